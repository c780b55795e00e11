/*
 * Mapping: the bytes of a file, read-only, where they are read without a copy.
 *
 * The public half is eg_file, in engram.h. A file may be renamed or deleted while it is
 * mapped. One that shrinks reads as zeros beyond its new end, page by page, where the system
 * would end the process with SIGBUS; from the first such read on, lost says so. (What lies
 * in the page of the new end is zero at once, and nothing tells.) A page that its disk can
 * not give is taken for one that is gone, and all behind it with it; eg_file_loss says so
 * while the file at its path is the one that was mapped, and as it was.
 *
 * Thread:  any; the bytes are frozen.
 * Errors:  NULL, with errno set.
 */
#ifndef EG_MAPPING_H
#define EG_MAPPING_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* Whether some of it is gone, as far as a read has shown. */
bool mapping_is_lost(const eg_file *file);

/* From first on, bytes of them, which end within the file; NULL when they do not. */
const void *mapping_part(const eg_file *file, double first, double bytes);

#endif
