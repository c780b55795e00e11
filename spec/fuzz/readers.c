/*
 * Readers: engram.load, driven by libFuzzer: each input becomes a file that is loaded and,
 * where it is accepted, read. What is done with it is Lua, in spec/fuzz/readers.lua.
 *
 * The readers in C guide libFuzzer by their own counters; those in Lua by one for each line,
 * kept by a hook, so nothing is compiled by LuaJIT here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <luajit.h>

enum { LINES = 1 << 14 };

__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t lines[LINES];

static lua_State *state;

/* A number for a file of ours, 0 for others. */
static uint32_t number_of(const char *source)
{
    if (!strstr(source, "/engram/")) return 0;
    uint32_t hash = 1;
    for (const char *at = source; *at; at++) hash = (hash ^ (uint8_t)*at) * 16777619u;
    return hash | 1;
}

static void count_line(lua_State *L, lua_Debug *here)
{
    static const char *source; /* the last one: Lua keeps each file's name once */
    static uint32_t number;
    if (!lua_getinfo(L, "S", here)) return;
    if (here->source != source) {
        source = here->source;
        number = number_of(source);
    }
    uint32_t line = (number + (uint32_t)here->currentline) * 2654435761u;
    if (number != 0) lines[(line ^ line >> 16) % LINES]++;
}

static int traceback(lua_State *L)
{
    luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

/* What goes wrong in Lua ends the process, as what goes wrong in C does. */
static void call(int arguments, int results)
{
    int handler = lua_gettop(state) - arguments;
    lua_pushcfunction(state, traceback);
    lua_insert(state, handler);
    if (lua_pcall(state, arguments, results, handler) == 0) {
        lua_remove(state, handler);
        return;
    }
    fprintf(stderr, "%s\n", lua_tostring(state, -1));
    abort();
}

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    state = luaL_newstate();
    if (!state) abort();
    luaL_openlibs(state);
    luaJIT_setmode(state, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    if (luaL_loadfile(state, "spec/fuzz/readers.lua") != 0) {
        fprintf(stderr, "%s\n", lua_tostring(state, -1));
        abort();
    }
    call(0, 1); /* the function that takes an input stays on the stack */
    lua_sethook(state, count_line, LUA_MASKLINE, 0);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    lua_pushvalue(state, -1);
    lua_pushlstring(state, (const char *)bytes, size);
    call(1, 0);
    return 0;
}
