/*
 * Tables: walks of Lua tables that LuaJIT does not compile.
 *
 * LuaJIT 2.1.0-beta3 of Debian 12 compiles next and pairs wrongly: after a call of next it may
 * cut a pointer to its lower half, or read the value of a later call (mended upstream in April
 * and July 2022). A C function is called from compiled code as it is, so what is walked here
 * is walked right. Lua has them as require "engram.core".
 *
 * Thread:  its state's.
 * Errors:  Lua's own, with its words.
 */
#ifndef EG_TABLES_H
#define EG_TABLES_H

#include "runtime/base.h"
#include "runtime/engram.h"

#include <lua.h>

/* A lua_CFunction: answers the functions of tables.c as a table. */
EG_API int luaopen_engram_core(lua_State *L);
/* "engram.core" for require; and pairs and next as Lua's, where LuaJIT compiles its own wrongly. */
void tables_open(lua_State *L);

#endif
