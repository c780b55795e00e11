#define _GNU_SOURCE
#include "runtime/signals.h"

#include "runtime/os.h"

#include <signal.h>
#include <stdatomic.h>

static volatile sig_atomic_t caught;
static sigset_t before_hold;

static void on_signal(int number)
{
    if (caught) os_exit(128 + number);
    caught = number;
}

void eg_signals_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    caught = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int eg_signal_caught(void)
{
    return caught;
}

void signals_hold(void)
{
    static const int own_faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof own_faults / sizeof *own_faults; i++) {
        sigdelset(&all, own_faults[i]);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before_hold);
}

void signals_release(void)
{
    pthread_sigmask(SIG_SETMASK, &before_hold, NULL);
}

/* ---- SIGBUS ---- */

static bool (*repairer)(void *address);
static struct sigaction before_guard;
static atomic_int guarded; /* 0, 1 while it is being set up, 2 */

/* Nobody repairs it: the process ends as it would have without us. */
static void end_by(int number, bool is_read)
{
    sigaction(number, &before_guard, NULL);
    if (!is_read) raise(number);
}

/* A read is tried again afterwards: with zeros there, or with what the handler of before did. It
 * is called, not put back: the next fault may be ours again. */
static void on_bus_error(int number, siginfo_t *about, void *context)
{
    bool is_read = about->si_code == BUS_ADRERR;
    bool is_plain = before_guard.sa_handler == SIG_DFL || before_guard.sa_handler == SIG_IGN;
    if (is_read && repairer(about->si_addr)) return;
    if (before_guard.sa_flags & SA_SIGINFO) before_guard.sa_sigaction(number, about, context);
    else if (is_plain) end_by(number, is_read);
    else before_guard.sa_handler(number);
}

bool signals_guard(bool (*repair)(void *address))
{
    int none = 0;
    if (!atomic_compare_exchange_strong(&guarded, &none, 1)) {
        while (atomic_load(&guarded) == 1) os_sleep(1000);
        return atomic_load(&guarded) == 2;
    }
    repairer = repair;
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    /* Asked for first: another thread may need it before a single call had written it. */
    bool done = sigaction(SIGBUS, NULL, &before_guard) == 0 &&
                sigaction(SIGBUS, &action, NULL) == 0;
    atomic_store(&guarded, done ? 2 : 0);
    return done;
}
