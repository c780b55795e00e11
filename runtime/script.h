/*
 * Script: a worker's Lua state; but for its heap, the only speaker of Lua's C API.
 *
 * What a state does is written in Lua, in engram.thread: it answers five functions
 * (init, loop, event, failed, finish), which are called here, each under protection.
 *
 * Thread:  a script belongs to its worker's thread, from open to close.
 * Errors:  script_open answers NULL and a message in *failure, to be freed. What
 *          goes wrong later is recorded by engram.thread and is part of its answer.
 * Garbage: LuaJIT's own collector and a heap, one per state.
 */
#ifndef EG_SCRIPT_H
#define EG_SCRIPT_H

#include "runtime/base.h"
#include "runtime/worker.h"

typedef struct script script;

/* Enough for a state that has loaded engram and a small script. */
enum { SCRIPT_MEMORY_BYTES = 120 << 10 };

/* Modules and search paths are the host's. memory: SCRIPT_MEMORY_BYTES that the state takes up
 * first; they must outlive it. */
script *script_open(eg_worker *worker, const eg_pool_options *options, char *memory,
                    char **failure);
/* Runs thread_init. */
bool script_init(script *opened);
/* Runs events until eg_next says stop. */
void script_loop(script *opened);
/* Runs thread_done when complete, and hands the worker its answer. */
void script_finish(script *opened, bool complete);
void script_close(script *opened);

#endif
