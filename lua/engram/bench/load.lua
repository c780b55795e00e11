--- Words with vectors loaded from text, against a loop of strtof over the same file.

local ffi = require "ffi"

local data = require "engram.data"
local load = require "engram.load"
local turns = require "engram.bench.turns"
local words = require "engram.words"

local floats_t = ffi.typeof "float[?]"

-- A number in as few digits as tell the float.
local function written(number)
    local text = ("%.6g"):format(number)
    return tonumber(ffi.cast("float", tonumber(text))) == number and text or
        ("%.9g"):format(number)
end

-- The first of the shipped words into a file.
local function write(path, sample, list, rows)
    local file = assert(io.open(path, "wb"))
    for i = 1, rows do
        local line = { list:get(i) }
        for j = 1, sample.dims do line[j + 1] = written(sample:get(i, j)) end
        file:write(table.concat(line, " "), "\n")
    end
    file:close()
end

-- Whether the numbers are those of the sample; get(i, j) answers one.
local function are_same(sample, rows, get)
    for i = 1, rows do
        for j = 1, sample.dims do
            if get(i, j) ~= sample:get(i, j) then return false end
        end
    end
    return true
end

local function ours(path)
    local m, message = load.load(path)
    return m, not m and message or nil
end

-- CPU nanoseconds per number of what body does; body answers what it read, or nil and why not.
local function contender_of(clock, name, count, body)
    return { name = name, measure = function()
        local start = clock.lib.bench_now()
        local done, message = body()
        if not done then return nil, message end
        return (clock.lib.bench_now() - start) / count
    end }
end

local function race(shop, path, rows, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local text, failure = shop:library { source = "text.c" }
    if not text then return nil, failure end
    local sample = assert(load.load(data.data "words.npy"))
    write(path, sample, assert(words.words(data.data "words.txt")), rows)

    local numbers = floats_t(rows * sample.dims)
    local job = ffi.new("bench_text", { path = path, numbers = numbers, rows = rows,
        dims = sample.dims })
    local function theirs()
        text.contenders.strtof.body(job)
        return true
    end

    local m
    m, message = ours(path)
    if not m then return nil, message end
    theirs()
    if m.rows ~= rows or not are_same(sample, rows, function(i, j) return m:get(i, j) end) then
        return nil, "engram: wrong numbers"
    end
    if not are_same(sample, rows, function(i, j) return numbers[(i - 1) * m.dims + j - 1] end) then
        return nil, "strtof: wrong numbers"
    end
    local count = rows * sample.dims
    return turns.compare({
        contender_of(tools.clock, "engram", count, function() return ours(path) end),
        contender_of(tools.clock, "plain C loop of strtof", count, theirs),
    }, rounds, on_turn)
end

local function section_of(rows)
    local title = ("GloVe text, %d words of 100 numbers: time per number"):format(rows)
    return { title = title, rows = function(shop, rounds, on_turn)
        local path = os.tmpname()
        local ok, list, message = pcall(race, shop, path, rows, rounds, on_turn)
        os.remove(path)
        if not ok then error(list, 0) end
        return list, message
    end }
end

return {
    about = function() return "files loaded, 1 thread, CPU time; ours with words and norms" end,
    rounds = { 31, 5 },
    sections = function(options) return { section_of(options.quick and 1000 or 10000) } end,
}
