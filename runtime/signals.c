#define _GNU_SOURCE
#include "runtime/signals.h"

#include "runtime/os.h"

#include <signal.h>

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
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_hold);
}

void signals_release(void)
{
    pthread_sigmask(SIG_SETMASK, &before_hold, NULL);
}
