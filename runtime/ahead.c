#define _GNU_SOURCE
#include "runtime/ahead.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What is asked for together, how far ahead, and by one call: more of it would be cut to what
 * the device takes at once. Smaller pieces are slower. */
enum { PIECE = 1 << 20, PIECES = 4, CALL = 512 << 10 };

/* Smaller files are read before asking would matter. */
static const double least_bytes = 64.0 * (1 << 20);
/* A device that reads so far ahead needs no asking; unless known it is as most are set. */
static const double far_bytes = 1 << 20, usual_bytes = 128 << 10;

/* ---- What there is ---- */

/* The number a file of one line holds, or that for none. */
static double number_in(const char *path, double none)
{
    FILE *file = fopen(path, "re");
    if (!file) return none;
    double number;
    bool found = fscanf(file, "%lf", &number) == 1; /* "max" finds none */
    fclose(file);
    return found ? number : none;
}

/* How far the device of a file reads ahead. */
static double read_ahead_bytes(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) return usual_bytes;
    unsigned major_number = major(about.st_dev), minor_number = minor(about.st_dev);
    static const char *const places[] = {
        "/sys/class/bdi/%u:%u/read_ahead_kb",
        "/sys/dev/block/%u:%u/../queue/read_ahead_kb", /* of a partition */
    };
    double found = -1;
    for (size_t i = 0; i < sizeof places / sizeof *places && found < 0; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, places[i], major_number, minor_number);
        found = number_in(name, -1);
    }
    return found < 0 ? usual_bytes : found * 1024;
}

/* The least limit of a cgroup, from its folder up to the root. */
static double limit_of(const char *root, char *folder, const char *name)
{
    double least = INFINITY;
    for (;;) {
        char path[4400];
        (void)snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
        least = fmin(least, number_in(path, INFINITY));
        char *slash = strrchr(folder, '/');
        if (!slash) return least;
        *slash = 0;
    }
}

/* Lines are "0::/folder" or "4:memory:/folder"; each hierarchy has its own place. */
static double cgroup_bytes(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return INFINITY;
    double least = INFINITY;
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *folder = strchr(line, '/');
        if (!folder) continue;
        if (strncmp(line, "0::", 3) == 0) {
            least = fmin(least, limit_of("/sys/fs/cgroup", folder, "memory.max"));
        } else if (strstr(line, ":memory:")) {
            least = fmin(least, limit_of("/sys/fs/cgroup/memory", folder,
                                         "memory.limit_in_bytes"));
        }
    }
    fclose(file);
    return least;
}

/* What this process may use; looked up once. */
static double memory_bytes(void)
{
    static _Atomic double known;
    double bytes = atomic_load(&known);
    if (bytes > 0) return bytes;
    bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    bytes = fmin(bytes, cgroup_bytes());
    atomic_store(&known, bytes);
    return bytes;
}

/* ---- Asking ---- */

int ahead_when(const char *path, double bytes)
{
    if (bytes < least_bytes || read_ahead_bytes(path) >= far_bytes) return AHEAD_NEVER;
    return bytes > memory_bytes() / 2 ? AHEAD_ALWAYS : AHEAD_FIRST;
}

static void ask(const char *start, size_t bytes)
{
    uintptr_t at = (uintptr_t)start, page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t end = at + bytes;
    for (at -= at % page; at < end; at += CALL) {
        (void)madvise((void *)at, end - at < CALL ? end - at : CALL, MADV_WILLNEED);
    }
}

void ahead_ask(const void *start, size_t all_bytes, size_t first, size_t end)
{
    size_t from = first > 0 ? (first / PIECE + PIECES + 1) * PIECE : 0;
    size_t to = (end / PIECE + PIECES + 1) * PIECE;
    if (to > all_bytes) to = all_bytes;
    for (; from < to; from += PIECE) {
        ask((const char *)start + from, to - from < PIECE ? to - from : PIECE);
    }
}
