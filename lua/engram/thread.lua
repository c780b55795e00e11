--- Thread: what a worker's Lua state does. Called by the C host, not by scripts.
--
-- The host requires this module and calls it with the worker; the functions it
-- answers are the thread's life: init, loop, (event, failed, handler: for the
-- driver in C), finish. Errors of hooks are caught here, grouped by message and
-- place, and handed to the host with the answer.

local ffi = require "ffi"
local buffer = require "string.buffer"
local C = require "engram.declarations".C
local control = require "engram.control"
local errors = require "engram.errors"
local methods = require "engram.methods"
local restore = require "engram.restore"
local traces = require "engram.traces"

-- Operands that Debian 12's LuaJIT fuses can become instructions that AArch64 does not have.
if jit.arch == "arm64" then require("jit.opt").start "-fuse" end

local function payload_of(worker)
    local bytes = ffi.new "double[1]"
    local text = C.eg_worker_payload(worker, bytes)
    return restore.unpack(ffi.string(text, bytes[0]))
end

-- The script's table; it ran once in the host already, so failing here is rare.
local function load_script(payload)
    if payload.print_to_stderr then
        print = function(...) -- luacheck: ignore 121
            local words = { ... }
            for i = 1, select("#", ...) do words[i] = tostring(words[i]) end
            io.stderr:write(table.concat(words, "\t"), "\n")
        end
        io.output(io.stderr)
    end
    return assert(load(payload.text, payload.chunk, "t"))()
end

-- What is called for each event: the script's own function, if that is all there is to do.
local function event_of(workload, worker, payload)
    local is_plain = not (workload.mix or workload.event_batch or payload.validate)
    if is_plain then return workload.event end
    return require("engram.event").of(workload, worker, payload)
end

-- Events of a warm-up draw from streams of their own, above those of all others.
local function number_of(stream)
    return stream >= 2 ^ 52 and stream - 2 ^ 52 or stream
end

return function(pointer)
    local worker = ffi.cast("eg_worker *", pointer)
    control.adopt(worker)
    local payload = payload_of(worker)
    local workload = load_script(payload)
    local event, handler = event_of(workload, worker, payload), errors.handler
    local seen = errors.new()
    local watch
    local driver = "lua"

    local thread = {
        id = C.eg_worker_id(worker), threads = payload.threads,
        arena = C.eg_worker_arena(worker), random = C.eg_worker_random(worker),
        shared = payload.shared, options = payload.options,
    }
    setmetatable(thread, { __index = methods.metrics })

    -- An event failed, or the end of the run cut it short.
    local function failed(message)
        local number = number_of(C.eg_worker_random(worker).stream)
        if message == control.stopped or errors.is_stopped() then
            errors.forget()
            return C.eg_event_void(worker)
        end
        seen:add(message, thread.id, number)
        C.eg_event_failed(worker)
    end

    local function hook_failed(message)
        if message == control.stopped or errors.is_stopped() then return errors.forget() end
        seen:add(message, thread.id) -- an error without an event: the host sees that it failed
    end

    local function init()
        if not workload.thread_init then return true end
        local ok, message = xpcall(workload.thread_init, handler, thread)
        if not ok then hook_failed(message) end
        return ok
    end

    -- The compiler sees a whole event: one call into C, the event, and the check of
    -- its outcome. Answers the worker when it is the C driver's turn.
    local function loop()
        while not watch.refused do
            local i = C.eg_next(worker)
            if i < 0 then return nil end
            local ok, message = xpcall(event, handler, thread, i)
            if not ok then failed(message) end
        end
        driver = "c"
        return pointer
    end

    local function begin()
        watch = traces.watch(loop)
        if not jit.status() then watch.refused = "finds the compiler switched off" end
        return loop()
    end

    local function answer(result)
        local metrics = package.loaded["engram.metrics"]
        return buffer.encode {
            errors = seen:list(), result = result, metrics = metrics and metrics.packed(),
            lua = {
                memory = collectgarbage "count" * 1024, driver = driver,
                traces = watch and watch.compiled or 0, aborts = watch and watch.aborts or 0,
                refused = watch and watch.refused and "event " .. watch.refused or nil,
            },
        }
    end

    local function finish(complete)
        local ok, result
        if complete and workload.thread_done then
            ok, result = xpcall(workload.thread_done, handler, thread)
            if not ok then
                hook_failed(result)
                result = nil
            end
        end
        local encoded, text = pcall(answer, result)
        if not encoded then
            seen:put { thread = thread.id, count = 1,
                message = "thread_done: its result can not leave the thread: " .. tostring(text) }
            text = answer(nil)
        end
        C.eg_worker_answer(worker, text, #text)
    end

    return init, begin, event, failed, handler, finish, thread
end
