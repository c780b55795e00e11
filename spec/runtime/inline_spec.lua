-- engram_inline.h: a C program that takes pieces inline and by the call alike must see the
-- same addresses, counts, and answers. It is compiled here, as users do.

local child = require "spec.support.child"
local build = os.getenv "ENGRAM_BUILD" or "build"

local source = [[
#include <stdio.h>
#include <string.h>
#include "runtime/engram.h"
#include "runtime/engram_inline.h"

static void *take(int is_inline, eg_arena *arena, size_t bytes)
{
    return is_inline ? eg_arena_alloc_inline(arena, bytes) : eg_arena_alloc(arena, bytes);
}

static int give_back(int is_inline, eg_arena *arena, size_t mark)
{
    return is_inline ? eg_arena_rewind_inline(arena, mark) : eg_arena_rewind(arena, (double)mark);
}

/* What a row of requests leads to, in words; and of marks, good and bad ones. */
static void tell(int is_inline, int policy, int zero)
{
    static const size_t sizes[] = {0, 1, 63, 64, 65, 1000, 4096, 60000, 70000, 1, SIZE_MAX,
                                   SIZE_MAX - 63, 8};
    eg_arena *arena = eg_arena_new(1 << 16, policy, zero, 0);
    char *base = eg_arena_alloc(arena, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *piece = take(is_inline, arena, sizes[i]);
        int is_inside = piece >= base && piece < base + (1 << 16);
        if (is_inside && sizes[i] < 1 << 16) memset(piece, 7, sizes[i]);
        printf("%d:%ld ", piece != NULL, is_inside ? (long)(piece - base) : -1);
    }
    eg_arena_stats stats;
    eg_arena_stats_read(arena, &stats);
    printf("used %g allocations %g overflows %g high %g ", stats.used, stats.allocations,
           stats.overflows, stats.high_water);
    static const size_t marks[] = {200, SIZE_MAX, 201, 200, 64, 0, 0, 1};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        int status = give_back(is_inline, arena, marks[i]);
        char *piece = i == 4 ? take(is_inline, arena, 3000) : NULL;
        if (piece) eg_arena_track(arena, piece);
        eg_arena_stats_read(arena, &stats);
        printf("%d used %g resets %g high %g; ", status, stats.used, stats.resets,
               stats.high_water);
    }
    printf("%d\n", base[100]);
    eg_arena_free(arena);
}

int main(void)
{
    int policies[] = {EG_ERROR, EG_FALLBACK, EG_GROW, EG_ERROR};
    for (int i = 0; i < 4; i++) {
        tell(0, policies[i], i == 3);
        tell(1, policies[i], i == 3);
    }
    return 0;
}
]]

describe("an inline allocation", function()
    it("does what the call does", function()
        if (os.getenv "ENGRAM_SANITIZE" or "") ~= "" or os.getenv "ENGRAM_LUAJIT" then
            return pending "compiled against the plain build of this machine only"
        end
        local name = os.tmpname()
        local file = assert(io.open(name .. ".c", "w"))
        file:write(source)
        file:close()
        local library = build .. "/lib/lua/5.1/engram/core.so"
        local code, out, err = child.run(("sh -c 'gcc -O2 -Wall -Wextra -Werror -I. -o %s %s.c " ..
            "%s $(pkg-config --libs luajit) -Wl,-rpath,$(realpath %s) && %s'"):format(name, name,
            library, library:match "^(.*)/", name))
        os.remove(name)
        os.remove(name .. ".c")
        assert.equal(0, code, err)
        local lines = {}
        for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
        assert.equal(8, #lines, out)
        for i = 1, 8, 2 do assert.equal(lines[i], lines[i + 1]) end
        assert.truthy(lines[1]:find("0:-1", 1, true))
        assert.truthy(lines[3]:find "overflows [1-9]")
    end)
end)
