/*
 * Os: the only window to the system: pages, files, time, cores, a mutex, a gate.
 *
 * Thread:  everything here may be called from any thread, but os_clock_settle,
 *          which the host calls while all others wait at the start line.
 * Errors:  NULL or false, with errno set.
 */
#ifndef EG_OS_H
#define EG_OS_H

#include "runtime/base.h"

/* ---- Pages ---- */

size_t os_page_bytes(void);
/* Memory: it comes, zeroed, when a page is first touched. bytes is rounded up to pages. */
void *os_map(size_t bytes);
/* From now on nobody may touch this page of it. */
bool os_guard(void *page);
/* Address space without memory behind it, and what makes a part of it memory. */
void *os_reserve(size_t bytes);
bool os_commit(void *start, size_t bytes);
/* Asks for huge pages: for memory that will be used as a whole; and for what may be used here
 * and there, where that pays, from 16 MiB on. */
void os_want_huge(void *start, size_t bytes);
void os_advise_huge(void *start, size_t bytes);
void os_release(void *start, size_t bytes);

/* A file, read-only. *bytes is its length; an empty one is a place without bytes. EISDIR and
 * EINVAL for what is no file. One that is shortened later raises SIGBUS where it is read. */
const void *os_map_file(const char *path, size_t *bytes);
void os_unmap_file(const void *start, size_t bytes);
/* Zeros in place of the pages from start on. May be called from a handler of signals. */
bool os_map_zeros(void *start, size_t bytes);

/* ---- Time ---- */

/* Ticks of the fastest trustworthy clock, and their length. os_clock_settle
 * measures it against the monotonic clock over 50 ms of the process's life. */
uint64_t os_ticks(void);
void os_clock_settle(void);
double os_ns_per_tick(void);
const char *os_clock_name(void);
uint64_t os_monotonic_ns(void);
/* Rests for ns, or less. */
void os_sleep(uint64_t ns);
/* From now on the calling thread's rests end on time, not up to 50 us later. */
void os_sleep_sharply(void);

/* ---- Cores, usage ---- */

/* Cores this process may use: by affinity, and by cgroup quota rounded up. */
int os_cores(void);
/* Binds the calling thread to one CPU. false, with errno set, when it may not be used. */
bool os_bind(int cpu);
/* The CPUs this process may use, ascending; room of them at most. Answers how many. */
int os_cpus(int *cpus, int room);
/* Of the second-level cache of a core; 0 when the system does not say. */
size_t os_second_cache_bytes(void);
void os_usage(double *max_rss_bytes, double *user_s, double *system_s);

/* What limits how many threads there can be, in the words of the shell: a line of 100 bytes. */
void os_limits(char *text, size_t bytes);

/* Ends the process without running its exit handlers, which could wait for a thread. */
void os_exit(int code);

/* ---- Mutex ---- */

typedef struct os_mutex os_mutex;
os_mutex *os_mutex_new(void);
void os_mutex_free(os_mutex *mutex);
void os_mutex_lock(os_mutex *mutex);
void os_mutex_unlock(os_mutex *mutex);

/* ---- Gate ---- */

/* Closed until it is opened, once, by whoever made it; then all pass, and at once: a
 * condition would hand them its mutex one after the other. */
typedef struct os_gate os_gate;
os_gate *os_gate_new(void);
void os_gate_free(os_gate *gate);
void os_gate_open(os_gate *gate);
void os_gate_pass(os_gate *gate);

#endif
