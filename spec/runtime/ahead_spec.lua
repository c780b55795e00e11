-- Asking ahead: what is asked for, call by call, in place of the system's own function. How
-- fast that is depends on the disk and is no matter of a spec.

local c_program = require "spec.support.c_program"

-- Reads all_bytes in blocks, from a place that is no page's start. Every byte has to be asked
-- for once, in order, by calls that are small enough, and well before the block it is in.
local source = [[
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/mman.h>

static uintptr_t start, asked;
static int calls;

static int noted(void *at, size_t bytes, int advice)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)at;
    calls++;
    if (from % page != 0 || bytes == 0 || bytes > 512 << 10 || advice != MADV_WILLNEED) exit(1);
    if (calls == 1 ? from != start / page * page : from > asked || from + page <= asked) exit(2);
    asked = from + bytes;
    return 0;
}

#define madvise noted
#include "runtime/ahead.c"

static void scan(size_t all_bytes, size_t block)
{
    size_t least = 4 << 20;
    calls = 0;
    asked = start;
    for (size_t first = 0; first < all_bytes; first += block) {
        size_t end = first + block < all_bytes ? first + block : all_bytes;
        ahead_ask((void *)start, all_bytes, first, end);
        size_t wanted = end + least < all_bytes ? end + least : all_bytes;
        if (asked < start + wanted) exit(3);
        if (asked > start + all_bytes) exit(4);
    }
    if (asked != start + all_bytes) exit(5);
}

int main(void)
{
    start = ((uintptr_t)1 << 40) + 128;
    size_t blocks[] = {1, 25600, 64 * 400, 98304, 1 << 20, (1 << 20) + 1, 5 << 20, 300 << 20};
    size_t sizes[] = {1, 4095, 1 << 20, (1 << 20) + 1, 4 << 20, (100 << 20) + 77, 256 << 20};
    for (size_t i = 1; i < sizeof blocks / sizeof *blocks; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) scan(sizes[j], blocks[i]);
    }
    scan(5000000, blocks[0]);
    ahead_ask((void *)start, 0, 0, 0);

    /* A file that is not there is on a device as most are. */
    printf("%d %d %d %d\n", ahead_when("/nonexistent", 1 << 20), ahead_when("/nonexistent", 65e6),
           ahead_when("/nonexistent", 1 << 26), ahead_when("/nonexistent", 1e18));
    return 0;
}
]]

describe("asking ahead", function()
    it("asks for every page of a scan once, some MiB before it is read", function()
        local code, out, err = c_program.run(source, "")
        assert.equal(0, code, err)
        assert.equal("0 0 1 2\n", out)
    end)
end)
