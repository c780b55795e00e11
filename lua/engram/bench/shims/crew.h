/*
 * Crew: threads that each take ten buffers, touch the first byte of each and give all
 * back, again and again. A program per allocator includes this, with CREW_LANGUAGE of
 * its own, after it has defined a struct scratch, one per thread, and
 *
 *   scratch_open, scratch_close      in the thread
 *   scratch_take(scratch, bytes)     a buffer, NULL when there is none
 *   scratch_release(scratch)         all that was taken
 *
 *     arena-x THREADS small|large MILLISECONDS
 *
 * prints the nanoseconds per buffer, of wall time over all threads, of CPU time, and how
 * many there were. Before any time is taken each thread writes all bytes of its ten
 * buffers and reads them back: code 3 when one is not whole.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUFFERS = 10, BATCH = 256, THREADS_MAX = 4096 };

static const size_t small_bytes[BUFFERS] = {64, 128, 192, 256, 512, 768, 1024, 1024, 1536, 3072};
static const size_t large_bytes = (size_t)3 << 20;

typedef struct crew_member {
    pthread_t thread;
    double buffers, cpu_ns, start_ns, end_ns;
    int failed;
} crew_member;

static size_t bytes[BUFFERS];
static double turn_ns;
static pthread_barrier_t start_line;

static double crew_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Not 0 when a buffer is not all there, or shares a byte with another. */
static int crew_check(struct scratch *scratch)
{
    unsigned char *taken[BUFFERS];
    int failed = 0;
    for (int i = 0; i < BUFFERS; i++) {
        taken[i] = (unsigned char *)scratch_take(scratch, bytes[i]);
        if (!taken[i]) return 1;
        memset(taken[i], i + 1, bytes[i]);
    }
    for (int i = 0; i < BUFFERS; i++) {
        for (size_t at = 0; at < bytes[i]; at++) failed |= taken[i][at] != i + 1;
    }
    scratch_release(scratch);
    return failed;
}

static void crew_turn(struct scratch *scratch)
{
    for (int i = 0; i < BUFFERS; i++) {
        *(volatile unsigned char *)scratch_take(scratch, bytes[i]) = 1;
    }
    scratch_release(scratch);
}

static void *crew_work(void *of)
{
    crew_member *self = (crew_member *)of;
    struct scratch scratch;
    scratch_open(&scratch);
    self->failed = crew_check(&scratch);
    pthread_barrier_wait(&start_line);
    double cpu_ns = crew_now(CLOCK_THREAD_CPUTIME_ID), count = 0;
    self->start_ns = self->end_ns = crew_now(CLOCK_MONOTONIC);
    while (!self->failed && self->end_ns - self->start_ns < turn_ns) {
        for (int i = 0; i < BATCH; i++) crew_turn(&scratch);
        count += BATCH * BUFFERS;
        self->end_ns = crew_now(CLOCK_MONOTONIC);
    }
    self->buffers = count;
    self->cpu_ns = crew_now(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    scratch_close(&scratch);
    return NULL;
}

static int crew_report(const crew_member *members, int threads)
{
    double start_ns = members[0].start_ns, end_ns = 0, cpu_ns = 0, buffers = 0;
    for (int i = 0; i < threads; i++) {
        if (members[i].failed) return 3;
        if (members[i].start_ns < start_ns) start_ns = members[i].start_ns;
        if (members[i].end_ns > end_ns) end_ns = members[i].end_ns;
        cpu_ns += members[i].cpu_ns;
        buffers += members[i].buffers;
    }
    printf("wall %.4f cpu %.4f buffers %.0f\n", (end_ns - start_ns) / buffers, cpu_ns / buffers,
           buffers);
    return 0;
}

int main(int count, char **words)
{
    int threads = count == 4 ? atoi(words[1]) : 0;
    if (threads < 1 || threads > THREADS_MAX) return 2;
    memcpy(bytes, small_bytes, sizeof bytes);
    if (strcmp(words[2], "large") == 0) bytes[BUFFERS - 1] = large_bytes;
    turn_ns = atof(words[3]) * 1e6;

    crew_member *members = (crew_member *)calloc((size_t)threads, sizeof *members);
    if (!members || pthread_barrier_init(&start_line, NULL, (unsigned)threads) != 0) return 1;
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&members[i].thread, NULL, crew_work, &members[i]) != 0) return 1;
    }
    for (int i = 0; i < threads; i++) pthread_join(members[i].thread, NULL);
    int code = crew_report(members, threads);
    free(members);
    return code;
}
