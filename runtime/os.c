#define _GNU_SOURCE
#include "runtime/os.h"

#include "runtime/engram.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

/* ---- Time ---- */

static const uint64_t settle_ns = 50000000;

typedef struct instant {
    uint64_t ticks, ns;
} instant;

static bool clock_is_tsc;
static double clock_ns_per_tick = 1;
static bool clock_settled;
static instant clock_born;

uint64_t os_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void os_sleep(uint64_t ns)
{
    struct timespec rest = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    (void)nanosleep(&rest, NULL);
}

void os_sleep_sharply(void)
{
    (void)prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

#ifdef __x86_64__

/* Constant and nonstop by the CPU's word, and trusted by the kernel, which watches it. */
static bool tsc_is_invariant(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8)) return false;
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (!file) return false;
    char name[16] = "";
    bool is_tsc = fgets(name, sizeof name, file) && strcmp(name, "tsc\n") == 0;
    fclose(file);
    return is_tsc;
}

uint64_t os_ticks(void)
{
    if (BASE_LIKELY(clock_is_tsc)) return __builtin_ia32_rdtsc();
    return os_monotonic_ns();
}

#else

/* AArch64's counter of time is what clock_gettime reads, and as coarse: nothing to gain. */
static bool tsc_is_invariant(void)
{
    return false;
}

uint64_t os_ticks(void)
{
    return os_monotonic_ns();
}

#endif

/* The system's clock between two reads of ours, the tightest of a few tries. */
static instant clock_instant(void)
{
    instant best = {0, 0};
    uint64_t narrowest = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t before = os_ticks(), ns = os_monotonic_ns(), after = os_ticks();
        if (after - before >= narrowest) continue;
        narrowest = after - before;
        best = (instant){before + narrowest / 2, ns};
    }
    return best;
}

/* The baseline of the calibration starts when the library is loaded. */
__attribute__((constructor)) static void clock_start(void)
{
    clock_is_tsc = tsc_is_invariant();
    clock_born = clock_instant();
}

void os_clock_settle(void)
{
    if (!clock_is_tsc || clock_settled) return;
    uint64_t age_ns = os_monotonic_ns() - clock_born.ns;
    if (age_ns < settle_ns) {
        struct timespec rest = {0, (long)(settle_ns - age_ns)};
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {}
    }
    instant now = clock_instant();
    clock_ns_per_tick = (double)(now.ns - clock_born.ns) / (double)(now.ticks - clock_born.ticks);
    clock_settled = true;
}

double os_ns_per_tick(void)
{
    return clock_ns_per_tick;
}

const char *os_clock_name(void)
{
    return clock_is_tsc ? "tsc" : "clock_gettime";
}

/* ---- Cores, usage ---- */

/* Cores by the quota of one cgroup v2 folder; 0 for none. */
static int quota_of(const char *folder)
{
    char path[4200];
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", folder);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    long quota = 0, period = 0;
    int found = fscanf(file, "%ld %ld", &quota, &period); /* "max 100000" finds none */
    fclose(file);
    return found == 2 && quota > 0 && period > 0 ? (int)((quota + period - 1) / period) : 0;
}

/* The tightest quota from this process's cgroup up to the root. */
static int cgroup_quota(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return 0;
    char line[4096], folder[4096] = "";
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "0::", 3) != 0) continue;
        line[strcspn(line, "\n")] = 0;
        memcpy(folder, line + 3, strlen(line + 3) + 1);
    }
    fclose(file);
    int tightest = quota_of("");
    while (folder[0] == '/') {
        int quota = quota_of(folder);
        if (quota > 0 && (tightest == 0 || quota < tightest)) tightest = quota;
        *strrchr(folder, '/') = 0;
    }
    return tightest;
}

int os_cores(void)
{
    cpu_set_t allowed;
    int cores = sched_getaffinity(0, sizeof allowed, &allowed) == 0
                    ? CPU_COUNT(&allowed)
                    : (int)sysconf(_SC_NPROCESSORS_ONLN);
    int quota = cgroup_quota();
    if (quota > 0 && quota < cores) cores = quota;
    return cores < 1 ? 1 : cores;
}

bool os_bind(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

int os_cpus(int *cpus, int room)
{
    cpu_set_t allowed;
    int found = 0;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && found < room; cpu++) {
        if (CPU_ISSET((size_t)cpu, &allowed)) cpus[found++] = cpu;
    }
    return found;
}

/* Looked up once: the system asks the CPU, and a virtual one takes long to answer. */
size_t os_second_cache_bytes(void)
{
    static _Atomic(long) known = -1;
    long bytes = atomic_load_explicit(&known, memory_order_relaxed);
    if (bytes >= 0) return (size_t)bytes;
    bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    if (bytes < 0) bytes = 0;
    atomic_store_explicit(&known, bytes, memory_order_relaxed);
    return (size_t)bytes;
}

void os_usage(double *max_rss_bytes, double *user_s, double *system_s)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    *max_rss_bytes = (double)usage.ru_maxrss * 1024;
    *user_s = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
    *system_s = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6;
}

/* Name and value behind what text holds. unit: the bytes of which the shell counts. */
static void add_limit(char *text, size_t bytes, const char *name, int resource, rlim_t unit)
{
    struct rlimit limit;
    size_t used = strlen(text);
    if (getrlimit(resource, &limit) != 0) return;
    if (limit.rlim_cur == RLIM_INFINITY) {
        snprintf(text + used, bytes - used, "%s unlimited", name);
    } else {
        snprintf(text + used, bytes - used, "%s %llu", name,
                 (unsigned long long)(limit.rlim_cur / unit));
    }
}

void os_limits(char *text, size_t bytes)
{
    text[0] = 0;
    add_limit(text, bytes, "ulimit -v", RLIMIT_AS, 1024);
    add_limit(text, bytes, ", ulimit -u", RLIMIT_NPROC, 1);
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (!file) return;
    long most;
    size_t used = strlen(text);
    if (fscanf(file, "%ld", &most) == 1) {
        snprintf(text + used, bytes - used, ", vm.max_map_count %ld", most);
    }
    fclose(file);
}

void os_exit(int code)
{
    _exit(code);
}

/* ---- Mutex ---- */

struct os_mutex {
    pthread_mutex_t held;
};

os_mutex *os_mutex_new(void)
{
    os_mutex *mutex = aligned_alloc(BASE_LINE_PAIR, BASE_LINE_PAIR);
    if (mutex) pthread_mutex_init(&mutex->held, NULL);
    return mutex;
}

void os_mutex_free(os_mutex *mutex)
{
    if (!mutex) return;
    pthread_mutex_destroy(&mutex->held);
    free(mutex);
}

void os_mutex_lock(os_mutex *mutex)
{
    pthread_mutex_lock(&mutex->held);
}

void os_mutex_unlock(os_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->held);
}

/* ---- Gate: whoever passes reads what the maker holds for writing ---- */

struct os_gate {
    pthread_rwlock_t held;
    bool is_open;
};

os_gate *os_gate_new(void)
{
    os_gate *gate = aligned_alloc(BASE_LINE_PAIR, BASE_LINE_PAIR);
    if (!gate) return NULL;
    pthread_rwlock_init(&gate->held, NULL);
    pthread_rwlock_wrlock(&gate->held);
    gate->is_open = false;
    return gate;
}

void os_gate_free(os_gate *gate)
{
    if (!gate) return;
    os_gate_open(gate);
    pthread_rwlock_destroy(&gate->held);
    free(gate);
}

void os_gate_open(os_gate *gate)
{
    if (gate->is_open) return;
    gate->is_open = true;
    pthread_rwlock_unlock(&gate->held);
}

void os_gate_pass(os_gate *gate)
{
    pthread_rwlock_rdlock(&gate->held);
    pthread_rwlock_unlock(&gate->held);
}

/* ---- What Lua asks of the machine ---- */

const char *eg_clock_name(void)
{
    return os_clock_name();
}

int eg_cpus(int *cpus, int room)
{
    return os_cpus(cpus, room);
}

double eg_clock_ns(void)
{
    return (double)os_monotonic_ns();
}

int eg_cores(void)
{
    return os_cores();
}

void eg_usage_read(eg_usage *usage)
{
    os_usage(&usage->max_rss_bytes, &usage->user_s, &usage->system_s);
}

int eg_is_terminal(int descriptor)
{
    return isatty(descriptor) == 1;
}

void eg_exit(int code)
{
    os_exit(code);
}
