-- The event loop, and taking from and rewinding a thread's arena, make no system
-- call, take no lock and ask nothing of the heap. A thousand times the events
-- must not mean one call more. What may differ between two runs is the start:
-- which thread waits for which, how the compiler and Lua's heap get their pages.

local child = require "spec.support.child"

local build = os.getenv "ENGRAM_BUILD" or "build"
local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""
local few, many = 1000, 1000000

local scripts = {
    plain = [[
        local workload = {}
        function workload.event(thread)
            local arena = thread.arena
            local mark = arena:mark()
            arena:floats(64):set(1, 1)
            arena:rewind(mark)
            arena:floats(16):set(1, 2)
        end
        return workload
    ]],
    calling_the_system = [[
        return { event = function() os.rename("/no/such/file", "/no/other") end }
    ]],
}

-- Runs a script so many times; before: what goes in front of the command.
local function run(before, script, events, rest)
    return child.with_file(script, function(path)
        local file = path .. ".lua"
        assert(os.rename(path, file))
        local code, out, err = child.run(("%s %s/bin/engram run %s -t 2 -n %d --seed 1 %s")
            :format(before, build, file, events, rest or ""))
        os.remove(file)
        assert.equal(0, code, out .. err)
        return out, err
    end)
end

-- Differ with the start: pages for the compiler and Lua's heap, waiting, the clock.
local about_memory = { mmap = true, munmap = true, mprotect = true, madvise = true, brk = true,
    mremap = true }
local about_time = { futex = true, clock_gettime = true, gettimeofday = true, sched_yield = true,
    clock_nanosleep = true, nanosleep = true, restart_syscall = true }

-- How often each system call was made: by name; and those two groups.
local function calls_of(script, events)
    local log = os.tmpname()
    run("strace -f -qq -o " .. log, script, events)
    local calls, memory, waiting = {}, 0, 0
    for line in io.lines(log) do
        local name = line:match "^%d+%s+([%w_]+)%("
        if about_memory[name] then memory = memory + 1
        elseif about_time[name] then waiting = waiting + 1
        elseif name then calls[name] = (calls[name] or 0) + 1 end
    end
    os.remove(log)
    return calls, memory, waiting
end

local function why_no_strace()
    if sanitized then return "a sanitizer makes system calls of its own" end
    if not child.has "strace" then return "strace is not installed" end
    if child.run "strace -f -qq -o /dev/null true" ~= 0 then return "strace may not trace here" end
end

describe("system calls", function()
    local reason = why_no_strace()

    it("are as many for 1,000 events as for 1,000,000", function()
        if reason then return pending(reason) end
        local calls, memory, waiting = calls_of(scripts.plain, few)
        local more_calls, more_memory, more_waiting = calls_of(scripts.plain, many)
        assert.is_true((calls.read or 0) > 10) -- they were seen at all
        assert.same(calls, more_calls)
        assert.is_true(more_memory - memory < 100, more_memory - memory)
        assert.is_true(more_waiting - waiting < many / 1000, more_waiting - waiting)
    end)

    it("are seen when an event makes them", function()
        if reason then return pending(reason) end
        assert.equal(few, calls_of(scripts.calling_the_system, few).rename)
    end)
end)

-- ---- locks and heap: counted by a library that stands before the system's

local counter = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_long locks, blocks;

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
extern void *__libc_memalign(size_t, size_t);

#define COUNTED(name, type)                                                  \
    int name(type *lock)                                                     \
    {                                                                        \
        static int (*real)(type *);                                          \
        if (!real) real = (int (*)(type *))dlsym(RTLD_NEXT, #name);          \
        locks++;                                                             \
        return real(lock);                                                   \
    }

COUNTED(pthread_mutex_lock, pthread_mutex_t)
COUNTED(pthread_mutex_trylock, pthread_mutex_t)
COUNTED(pthread_rwlock_rdlock, pthread_rwlock_t)
COUNTED(pthread_rwlock_wrlock, pthread_rwlock_t)

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    locks++;
    return pthread_spin_trylock(lock);
}

void *malloc(size_t n) { blocks++; return __libc_malloc(n); }
void *calloc(size_t a, size_t b) { blocks++; return __libc_calloc(a, b); }
void *aligned_alloc(size_t a, size_t n) { blocks++; return __libc_memalign(a, n); }

__attribute__((destructor)) static void tell(void)
{
    fprintf(stderr, "locks %ld blocks %ld\n", (long)locks, (long)blocks);
}
]]

local function made_counter()
    if sanitized then return nil, "a sanitizer stands there itself" end
    local library = os.tmpname()
    local code = child.with_file(counter, function(path)
        return child.run("gcc -shared -fPIC -O2 -x c -o " .. library .. " " .. path .. " -ldl")
    end)
    if code == 0 then return library end
    os.remove(library)
    return nil, "the counting library does not build here"
end

describe("locks and heap", function()
    local library, reason

    setup(function() library, reason = made_counter() end)
    teardown(function() if library then os.remove(library) end end)

    local function counts(events, allocator)
        local _, err = run("env LD_PRELOAD=" .. library, scripts.plain, events,
            "--allocator " .. allocator)
        local locks, blocks = err:match "locks (%d+) blocks (%d+)"
        assert.is_truthy(blocks, err)
        return tonumber(locks), tonumber(blocks)
    end

    it("are asked as often for 1,000 events as for 1,000,000", function()
        if reason then return pending(reason) end
        local locks, blocks = counts(few, "thread")
        local more_locks, more_blocks = counts(many, "thread")
        -- The host looks at the run several times a second; the threads do not.
        assert.is_true(more_locks - locks < many / 1000, more_locks - locks)
        assert.is_true(more_blocks - blocks < 100, more_blocks - blocks)
    end)

    it("are seen with the allocators that use them", function()
        if reason then return pending(reason) end
        local locks, blocks = counts(few, "thread")
        local more_locks = counts(few, "shared")
        assert.is_true(more_locks - locks >= 3 * few, more_locks - locks)
        local _, more_blocks = counts(few, "malloc")
        assert.is_true(more_blocks - blocks >= 2 * few, more_blocks - blocks)
    end)
end)
