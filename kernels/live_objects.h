/*
 * Live objects: how many matrices, graphs and lists of words this process holds.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_LIVE_OBJECTS_H
#define EG_LIVE_OBJECTS_H

/* +1 where an object is made, -1 where it is freed. */
void live_objects_count(int change);

#endif
