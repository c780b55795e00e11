/*
 * Path: what a name in the file system stands for.
 *
 * The public half, eg_path_..., is in engram.h.
 *
 * Thread:  any.
 * Errors:  what can not be looked at is as good as none.
 */
#ifndef EG_PATH_H
#define EG_PATH_H

#include "runtime/base.h"

/* Which file that is, and when it was last written; zeros for none. */
typedef struct path_stamp {
    uint64_t device, inode, bytes;
    int64_t written_s, written_ns;
} path_stamp;

path_stamp path_stamp_of(const char *path);

#endif
