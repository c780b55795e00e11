#include "runtime/tables.h"

#include <math.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

/* ---- What Lua has, too ---- */

static int table_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_next(L, 1)) return 2;
    lua_pushnil(L);
    return 1;
}

/* Its upvalue is next. */
static int table_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* ---- Questions about a whole table ---- */

/* unknown(options, known): a key of options that known has not, or nil. */
static int table_unknown(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawget(L, 2);
        if (!lua_toboolean(L, -1)) {
            lua_pop(L, 1);
            return 1;
        }
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    return 1;
}

/* count(t): how many keys it has. */
static int table_count(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    int count = 0;
    lua_settop(L, 1);
    lua_pushnil(L);
    for (; lua_next(L, 1); count++) lua_pop(L, 1);
    lua_pushinteger(L, count);
    return 1;
}

/* ---- Seeds ---- */

typedef struct seeds {
    uint32_t *ids; /* from 0 */
    double *values;
    uint32_t count, room;
} seeds;

/* By id, because Lua's order is any order: Shell's sort, in place. qsort may take memory. */
static void seeds_sort(const seeds *self)
{
    uint32_t gap = 1;
    while (gap < self->count / 3) gap = gap * 3 + 1;
    for (; gap >= 1; gap /= 3) {
        for (uint32_t i = gap; i < self->count; i++) {
            uint32_t id = self->ids[i], at = i;
            double value = self->values[i];
            for (; at >= gap && self->ids[at - gap] > id; at -= gap) {
                self->ids[at] = self->ids[at - gap];
                self->values[at] = self->values[at - gap];
            }
            self->ids[at] = id;
            self->values[at] = value;
        }
    }
}

/* The entry on top of the stack: a node's number from 1, and a finite activation. */
static bool is_seed(lua_State *L, double nodes, bool is_unsigned)
{
    if (lua_type(L, -2) != LUA_TNUMBER || lua_type(L, -1) != LUA_TNUMBER) return false;
    double id = lua_tonumber(L, -2), activation = lua_tonumber(L, -1);
    if (!(id >= 1 && id <= nodes && id == floor(id))) return false;
    return isfinite(activation) && !(is_unsigned && activation < 0);
}

/*
 * seeds(from, nodes, unsigned, ids, values, room): fills the arrays (uint32_t, from 0, and double)
 * with a table { [id] = activation } by id, as far as there is room, and answers how many seeds
 * there are; nil if one of them is none.
 */
static int table_seeds(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    double nodes = luaL_checknumber(L, 2);
    bool is_unsigned = lua_toboolean(L, 3);
    seeds found = {.ids = (uint32_t *)(uintptr_t)lua_topointer(L, 4),
                   .values = (double *)(uintptr_t)lua_topointer(L, 5),
                   .room = (uint32_t)luaL_checknumber(L, 6)};
    lua_pushnil(L);
    for (; lua_next(L, 1); found.count++) {
        if (!is_seed(L, nodes, is_unsigned)) return 0;
        if (found.count < found.room) {
            found.ids[found.count] = (uint32_t)(lua_tonumber(L, -2) - 1);
            found.values[found.count] = lua_tonumber(L, -1);
        }
        lua_pop(L, 1);
    }
    if (found.count <= found.room) seeds_sort(&found);
    lua_pushnumber(L, found.count);
    return 1;
}

/* ---- Opening ---- */

/* adopt(): next and pairs in the place of Lua's own, if this is a LuaJIT that compiles those
 * wrongly: what came later is numbered by its date and is no beta. */
static int table_adopt(lua_State *L)
{
    lua_getglobal(L, "jit");
    lua_getfield(L, -1, "version");
    if (!strstr(luaL_checkstring(L, -1), "beta")) return 0;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setglobal(L, "next");
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_setglobal(L, "pairs");
    return 0;
}

int luaopen_engram_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"unknown", table_unknown}, {"count", table_count}, {"seeds", table_seeds}, {NULL, NULL}};
    lua_createtable(L, 0, 6);
    luaL_register(L, NULL, functions);
    lua_pushcfunction(L, table_next);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, table_pairs, 1);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, table_adopt, 2);
    lua_setfield(L, -4, "adopt");
    lua_setfield(L, -3, "pairs");
    lua_setfield(L, -2, "next");
    return 1;
}

void tables_open(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
    (void)luaopen_engram_core(L);
    lua_getfield(L, -1, "adopt");
    lua_call(L, 0, 0);
    lua_setfield(L, -2, "engram.core");
    lua_pop(L, 1);
}
