/*
 * The engram command: opens a Lua state, finds its Lua files relative to
 * itself (../share/lua/5.1 and ../lib/lua/5.1), and hands over to engram.cli.
 */
#define _GNU_SOURCE
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

enum { PATH_BYTES = 4096 };

/* The folder two above the program: the prefix it was installed under. */
static const char *find_prefix(char path[PATH_BYTES])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_BYTES - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    return dirname(dirname(path));
}

/* Puts the prefix in front of what package.path or package.cpath says. */
static void prepend(lua_State *L, const char *field, const char *format, const char *prefix)
{
    lua_getglobal(L, "package");
    lua_pushfstring(L, format, prefix, prefix);
    lua_getfield(L, -2, field);
    lua_concat(L, 2);
    lua_setfield(L, -2, field);
    lua_pop(L, 1);
}

static int traceback(lua_State *L)
{
    luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

/* Answers the exit code that engram.cli answers. */
static int run_cli(lua_State *L, int count, char **words)
{
    lua_pushcfunction(L, traceback);
    int handler = lua_gettop(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "engram.cli");
    if (lua_pcall(L, 1, 1, handler) == 0) {
        lua_createtable(L, count, 0);
        for (int i = 1; i < count; i++) {
            lua_pushstring(L, words[i]);
            lua_rawseti(L, -2, i);
        }
        if (lua_pcall(L, 1, 1, handler) == 0) return (int)lua_tointeger(L, -1);
    }
    fprintf(stderr, "engram: %s\n", lua_tostring(L, -1));
    return 1;
}

int main(int count, char **words)
{
    char path[PATH_BYTES];
    const char *prefix = find_prefix(path);
    lua_State *L = luaL_newstate();
    if (!prefix || !L) {
        fprintf(stderr, "engram: %s\n", prefix ? "no memory" : "/proc is not mounted");
        return 1;
    }
    luaL_openlibs(L);
    prepend(L, "path", "%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua;", prefix);
    prepend(L, "cpath", "%s/lib/lua/5.1/?.so;", prefix);
    int code = run_cli(L, count, words);
    lua_close(L);
    return code;
}
