-- engram help lua: its examples run, every name is on it, and what it says of the summary is
-- what real summaries hold, no less and no more.

local child = require "spec.support.child"
local engram = require "engram"
local flags = require "engram.flags"
local manual = require "engram.manual"
local methods = require "engram.methods"
local pages = require "spec.support.pages"
local runs = require "spec.support.runs"

local page = manual.page "lua"

describe("engram help lua", function()
    it("fits a terminal", function() pages.fits(page) end)

    it("has examples that run and print what they are about", function()
        assert.same({ 1, true, 2, 2, 1, true, 1000, false, 2, 5050 }, pages.printed "lua")
    end)

    local first = page:match "^(.-)\n%s+local m = "

    it("has every name, each with what follows it", function()
        for name in pairs(getmetatable(engram).names) do
            assert.truthy(first:find("%f[%w_]" .. name .. " ?[%(%{%.]"), name)
        end
    end)

    it("has no name that engram has not", function()
        local count = 0
        for line in first:gmatch "[^\n]+" do
            local name = line:match "^  ([%l_]+)[%(%. ]"
            if name and line:match "^  [%l_.]+ ?[%(%{]" then
                assert.is_not_nil(engram[name], line)
                count = count + 1
            end
        end
        assert.is_true(count >= 20, count)
    end)

    it("has what arenas answer to", function()
        for name, method in pairs(methods.arena) do
            if type(method) == "function" then
                assert.truthy(page:find("\n  arena:" .. name .. "(", 1, true), name)
            end
        end
        for key in pairs(engram.arena():stats()) do
            assert.truthy(page:match("arena:stats%(%).-\n\n"):find(key, 1, true), key)
        end
    end)

    it("has what engram.info tells", function()
        local row = page:match "\n  info%(%).-\n\n"
        for key in pairs(engram.info()) do assert.truthy(row:find(key, 1, true), key) end
    end)

    it("has every key of engram.run", function()
        for _, each in ipairs(flags) do
            assert.truthy(page:find("\n  " .. each.key .. " ", 1, true), each.key)
        end
    end)

    it("says how plain LuaJIT finds what the clone has built", function()
        local build = os.getenv "ENGRAM_BUILD" or "build"
        local function path(name)
            return (assert(page:match(name .. '="([^"]+)"')):gsub("build/", build .. "/"))
        end
        local program = ("env LD_PRELOAD=%s LUA_PATH='%s' LUA_CPATH='%s' %s"):format(
            os.getenv "ENGRAM_PRELOAD" or "", path "LUA_PATH", path "LUA_CPATH",
            os.getenv "ENGRAM_LUAJIT" or "luajit")
        local code, out, err = child.lua('print(require("engram").info().version)',
            { program = program })
        assert.equal(0, code, err)
        assert.equal(engram.info().version .. "\n", out)
    end)
end)

-- ---- the summary

local row_of = { service = "latency", lag = "latency" } -- else the row has the key's name
-- In some runs alone.
local rare = { stuck = true, stuck_in = true, interrupted_by = true, warnings = true }

-- The page's rows: by the last word of each label, its keys as a set.
local function page_rows()
    local rows, name = { summary = {} }, nil
    for line in page:match "\n(  context .-)\n\n":gmatch "[^\n]+" do
        local label, rest = line:match "^  ? ? ?(%S+)(.*)"
        if label then
            name = label:match "([%a_]+)[%[%]i]*$"
            rows[name] = ""
            if line:find "^  %a" and not label:find(".", 1, true) then
                rows.summary[name] = true
            end
        end
        rows[name] = rows[name] .. (rest or line)
    end
    for each, text in pairs(rows) do
        if type(text) == "string" then
            local keys = {}
            for key in text:gsub("%b()", ""):gmatch "[^,%s]+" do keys[key] = true end
            rows[each] = keys
        end
    end
    return rows
end

-- Adds the keys of a part of a summary, and of all within it, to seen[its row].
local function collect(seen, part, name)
    local row = row_of[name] or name
    seen[row] = seen[row] or {}
    for key, value in pairs(part) do
        local is_item = type(key) == "number"
        if not is_item then seen[row][key] = true end
        if key == "metrics" then
            for _, metric in pairs(value) do collect(seen, metric, metric.kind) end
        elseif type(value) == "table" and key ~= "options" then
            collect(seen, value, is_item and name or key)
        end
    end
end

local everything = [[
    local workload = { mix = { read = 1, write = 1 } }
    function workload.read(thread, i)
        thread:count("bytes", 10)
        thread:gauge("queue", i)
        thread:rate("hit", true)
        thread:trend("size", 4)
        thread.arena:floats(10)
        if i % 10 == 0 then error("tenth") end
    end
    function workload.write() end
    return workload ]]
local closure = "return { event = function(t) t.f = function() return t end end }"
local batch = "return { event_batch = function() end }"

describe("the summary of engram help lua", function()
    local seen, rows = {}, page_rows()

    setup(function()
        for _, summary in ipairs {
            runs.run(everything, { rate = "5k", duration = "100ms", warmup = "20ms",
                report_interval = "50ms", threshold = { "p99<99s", "metrics.none<1" },
                max_errors = "all", histogram = true, seed = 1 }),
            runs.run(runs.noop, { events = 100, stage = "0s:1t,10ms:2t" }),
            runs.run(runs.noop, { duration = "20ms", stage = "20ms:1k" }),
            runs.run(closure, { events = "100k" }),
            runs.run(batch, { events = "10k" }),
        } do
            collect(seen, summary, "summary")
        end
    end)

    it("has every key of real ones", function()
        for name, keys in pairs(seen) do
            for key in pairs(keys) do
                assert.is_not_nil(rows[name], "no row " .. name)
                assert.is_true(rows[name][key], name .. "." .. key .. " is not on the page")
            end
        end
    end)

    it("has no key that none of them has", function()
        for name, keys in pairs(rows) do
            for key in pairs(keys) do
                local is_there = seen[name] and seen[name][key]
                assert.is_true(is_there or rare[key], name .. "." .. key .. " is in no summary")
            end
        end
    end)
end)
