/*
 * Ahead: asking for the pages of a mapped file before they are read.
 *
 * The system reads ahead of whoever reads a mapping in order, but no further than the device's
 * setting says. Where that is 128 KiB, as most are set, the disk mostly waits, and asking for
 * some MiB ahead is several times faster; where it is some MiB, the system itself is faster
 * than what is asked for. Of what is in memory already, asking costs a scan up to a tenth.
 *
 * Thread:  any.
 * Errors:  none: what can not be found out is not asked for.
 */
#ifndef EG_AHEAD_H
#define EG_AHEAD_H

#include "runtime/base.h"

/* When a file's pages are worth asking for: never; when they are read for the first time;
 * or each time, for they do not stay in the memory that this process may use. */
enum ahead_when { AHEAD_NEVER, AHEAD_FIRST, AHEAD_ALWAYS };

int ahead_when(const char *path, double bytes);

/*
 * Bytes first up to end of a mapping of all_bytes from start on are read next, in order: asks
 * for a piece further on whenever they reach into another one. Does not wait.
 */
void ahead_ask(const void *start, size_t all_bytes, size_t first, size_t end);

#endif
