/*
 * Two drivers run the events. Lua's loop comes first: once compiled, an event
 * costs one C call. When the compiler refuses the event, that loop returns, and
 * the loop here goes on: an interpreted FFI call would cost more than lua_pcall.
 */
#include "runtime/script.h"

#include "runtime/heap.h"
#include "runtime/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <luajit.h>
#include <lualib.h>

/* Where the functions of engram.thread lie on the state's stack. */
enum { INIT = 1, LOOP, EVENT, FAILED, HANDLER, FINISH, THREAD, FUNCTIONS = THREAD };

struct script {
    lua_State *L;
    heap heap;
};

typedef struct opening {
    eg_worker *worker;
    const eg_pool_options *options;
} opening;

/* ---- Opening ---- */

static void set_path(lua_State *L, const char *key, const char *value)
{
    lua_getglobal(L, "package");
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
    lua_pop(L, 1);
}

/* A searcher of require: the host's modules, straight from its memory. */
static int find_module(lua_State *L)
{
    const eg_pool_options *options = lua_touserdata(L, lua_upvalueindex(1));
    const char *name = luaL_checkstring(L, 1);
    for (size_t i = 0; i < options->module_count; i++) {
        const eg_module *module = &options->modules[i];
        if (strcmp(module->name, name) != 0) continue;
        if (luaL_loadbuffer(L, module->code, module->bytes, name) != 0) lua_error(L);
        return 1;
    }
    return 0;
}

/* It comes before all other searchers. */
static void add_searcher(lua_State *L, const eg_pool_options *options)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loaders");
    for (int i = (int)lua_objlen(L, -1); i >= 1; i--) {
        lua_rawgeti(L, -1, i);
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushlightuserdata(L, (void *)(uintptr_t)options);
    lua_pushcclosure(L, find_module, 1);
    lua_rawseti(L, -2, 1);
    lua_pop(L, 2);
}

/* Under lua_pcall: leaves the functions of engram.thread on the stack. The collector rests until
 * the script is loaded: what comes before leaves little to collect. */
static int open_protected(lua_State *L)
{
    const opening *with = lua_touserdata(L, 1);
    lua_gc(L, LUA_GCSTOP, 0);
    luaL_openlibs(L);
    tables_open(L);
    set_path(L, "path", with->options->lua_path);
    set_path(L, "cpath", with->options->lua_cpath);
    add_searcher(L, with->options);
    lua_getglobal(L, "require");
    lua_pushstring(L, "engram.thread");
    lua_call(L, 1, 1);
    lua_gc(L, LUA_GCRESTART, -1); /* by its pause, not at once */
    lua_pushlightuserdata(L, with->worker);
    lua_call(L, 1, FUNCTIONS);
    return FUNCTIONS;
}

static char *copy_of(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

/* Lua's last word, where nothing protects a call. */
static int panic(lua_State *L)
{
    fprintf(stderr, "engram: unprotected error in a thread: %s\n", lua_tostring(L, -1));
    return 0;
}

script *script_open(eg_worker *worker, const eg_pool_options *options, char *memory,
                    char **failure)
{
    script *opened = calloc(1, sizeof *opened);
    if (opened) heap_open(&opened->heap, memory, SCRIPT_MEMORY_BYTES);
    lua_State *L = opened ? lua_newstate(heap_alloc, &opened->heap) : NULL;
    if (!L) {
        free(opened);
        *failure = copy_of("no memory for a Lua state");
        return NULL;
    }
    lua_atpanic(L, panic);
    opened->L = L;
    opening with = {worker, options};
    lua_pushcfunction(L, open_protected);
    lua_pushlightuserdata(L, &with);
    if (lua_pcall(L, 1, FUNCTIONS, 0) == 0) return opened;
    const char *message = lua_tostring(L, -1);
    *failure = copy_of(message ? message : "error of no text");
    script_close(opened);
    return NULL;
}

/* ---- Running ---- */

bool script_init(script *opened)
{
    lua_State *L = opened->L;
    lua_pushvalue(L, INIT);
    bool ready = lua_pcall(L, 0, 1, 0) == 0 && lua_toboolean(L, -1);
    lua_settop(L, FUNCTIONS);
    return ready;
}

/* An event failed, and its error is on top: Lua records it. */
static void event_failed(lua_State *L)
{
    lua_pushvalue(L, FAILED);
    lua_insert(L, -2);
    (void)lua_pcall(L, 1, 0, 0);
    lua_settop(L, FUNCTIONS);
}

static void drive_from_c(lua_State *L, eg_worker *worker)
{
    for (double i = eg_next(worker); i >= 0; i = eg_next(worker)) {
        lua_pushvalue(L, EVENT);
        lua_pushvalue(L, THREAD);
        lua_pushnumber(L, i);
        if (lua_pcall(L, 2, 0, HANDLER) != 0) event_failed(L);
    }
}

void script_loop(script *opened)
{
    lua_State *L = opened->L;
    lua_pushvalue(L, LOOP);
    int status = lua_pcall(L, 0, 1, 0);
    /* The loop answers the worker when events are left for us to drive. */
    void *worker = status == 0 ? lua_touserdata(L, -1) : NULL;
    if (status != 0) event_failed(L);
    lua_settop(L, FUNCTIONS);
    if (worker) drive_from_c(L, worker);
}

/* What the other threads' states did since has driven this one from the cache. */
void script_finish(script *opened, bool complete)
{
    lua_State *L = opened->L;
    heap_fetch(&opened->heap);
    lua_pushvalue(L, FINISH);
    lua_pushboolean(L, complete);
    (void)lua_pcall(L, 1, 0, 0);
    lua_settop(L, FUNCTIONS);
}

/* ---- Closing ---- */

/* The heap is given up as a whole: what lua_close would free one by one need not be. */
void script_close(script *opened)
{
    heap_give_up(&opened->heap);
    lua_close(opened->L);
    heap_close(&opened->heap);
    free(opened);
}
