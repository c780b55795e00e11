/*
 * The first part of os.h: pages, and the files that are mapped into them.
 */
#define _GNU_SOURCE
#include "runtime/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* MADV_GUARD_INSTALL of Linux 6.13, which Debian 12's headers do not know. A mapping with such
 * guards stays one mapping; mprotect cuts it in pieces. */
enum { GUARD_INSTALL = 102 };

static const size_t huge_from_bytes = (size_t)16 << 20;

size_t os_page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t bytes)
{
    return base_rounded_up(bytes, os_page_bytes());
}

static void *map(size_t bytes, int access)
{
    void *start = mmap(NULL, whole_pages(bytes), access,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

void *os_map(size_t bytes)
{
    return map(bytes, PROT_READ | PROT_WRITE);
}

bool os_guard(void *page)
{
    if (madvise(page, os_page_bytes(), GUARD_INSTALL) == 0) return true;
    return mprotect(page, os_page_bytes(), PROT_NONE) == 0;
}

void *os_reserve(size_t bytes)
{
    return map(bytes, PROT_NONE);
}

bool os_commit(void *start, size_t bytes)
{
    return mprotect(start, whole_pages(bytes), PROT_READ | PROT_WRITE) == 0;
}

void os_want_huge(void *start, size_t bytes)
{
    (void)madvise(start, whole_pages(bytes), MADV_HUGEPAGE);
}

void os_advise_huge(void *start, size_t bytes)
{
    if (bytes >= huge_from_bytes) os_want_huge(start, bytes);
}

void os_release(void *start, size_t bytes)
{
    munmap(start, whole_pages(bytes));
}

/* Where an empty file is mapped: it has no byte to be read. */
static const char no_bytes[1];

const void *os_map_file(const char *path, size_t *bytes)
{
    /* A pipe that nobody writes to must not keep us waiting to find out what it is. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return NULL;
    struct stat about;
    const void *start = MAP_FAILED;
    bool known = fstat(file, &about) == 0;
    if (known && S_ISREG(about.st_mode)) {
        *bytes = (size_t)about.st_size;
        start = *bytes == 0 ? no_bytes : mmap(NULL, *bytes, PROT_READ, MAP_SHARED, file, 0);
    } else if (known) {
        errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
    }
    int why = errno;
    close(file);
    errno = why;
    if (start == MAP_FAILED) return NULL;
    /* The rest of its last page reads as zeros, and is nobody's to read. */
    if (*bytes > 0) BASE_POISON((const char *)start + *bytes, whole_pages(*bytes) - *bytes);
    return start;
}

void os_unmap_file(const void *start, size_t bytes)
{
    if (bytes == 0) return;
    BASE_UNPOISON((const char *)start, whole_pages(bytes));
    munmap((void *)(uintptr_t)start, bytes);
}

/* By the call itself: others may be reading there, which is no race of theirs, but mmap counts as
 * a write to the thread sanitizer. */
bool os_map_zeros(void *start, size_t bytes)
{
    return syscall(SYS_mmap, start, whole_pages(bytes), PROT_READ,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L) != -1;
}
