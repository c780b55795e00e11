-- Formats: the same figures for every kind of reader.

local cjson = require "cjson"
local engram = require "engram"
local formats = require "engram.formats"
local json = require "engram.json"

local summary = assert(engram.run {
    source = "return { event = function(_, i) if i % 100 == 0 then error 'x\\ny' end end }",
    duration = "250ms", report_interval = "100ms", max_errors = "all", threads = 2,
})
summary.config.workload = 'a "quoted", name'

local function lines_of(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    return lines
end

describe("JSON in a line", function()
    it("is the same value as over many", function()
        local value = { b = { 1, { c = "two\nlines  and \"quotes\"" } }, a = "\n  x",
            n = cjson.null }
        local line = json.line(value)
        assert.equal(1, select(2, line:gsub("\n", "")))
        assert.same(cjson.decode(json.encode(value)), cjson.decode(line))
    end)
end)

describe("JSON lines", function()
    it("are an interval each, and all the rest at last", function()
        local lines = lines_of(formats.jsonl(summary))
        local events = 0
        for i = 1, #lines - 1 do events = events + cjson.decode(lines[i]).interval.events end
        local rest = cjson.decode(lines[#lines]).summary
        assert.equal(#summary.intervals + 1, #lines)
        assert.equal(rest.results.events, events)
        assert.is_nil(rest.intervals)
        assert.is_truthy(summary.intervals)
    end)
end)

-- A reader of RFC 4180 for what is asked of it here.
local function cells_of(line)
    local cells, at = {}, 1
    while at <= #line + 1 do
        if line:sub(at, at) == '"' then
            local from, last = at + 1
            repeat last = line:find('"', from, true) from = last + 2 until
                line:sub(last + 1, last + 1) ~= '"'
            cells[#cells + 1] = line:sub(at + 1, last - 1):gsub('""', '"')
            at = last + 2
        else
            local cell = line:match("^[^,]*", at)
            cells[#cells + 1] = cell
            at = at + #cell + 1
        end
    end
    return cells
end

describe("CSV", function()
    it("has a row per interval and one for the whole", function()
        local lines = lines_of((formats.csv(summary):gsub("\r", "")))
        local head = cells_of(lines[1])
        assert.equal(#summary.intervals + 2, #lines)
        local whole = {}
        for i, cell in ipairs(cells_of(lines[#lines])) do whole[head[i]] = cell end
        assert.equal('a "quoted", name', whole.workload)
        assert.equal("whole", whole.part)
        assert.equal(summary.results.events, tonumber(whole.events))
        assert.equal(summary.results.errors, tonumber(whole.errors))
        assert.near(summary.results.latency.p99, tonumber(whole.p99_ns), 1e-6)
        for _, line in ipairs(lines) do assert.equal(#head, #cells_of(line)) end
    end)
end)

describe("a mix with figures of its own", function()
    local mixed = assert(engram.run {
        source = [[return {
            mix = { read = 3, write = 1 }, read = function() end,
            write = function(thread, i)
                thread:rate("hit", i % 2 == 0)
                thread:trend("size", i)
            end,
        }]], events = 400, threads = 1, seed = 1,
    })
    local metrics, list = mixed.results.metrics, mixed.results.operations

    it("has a row for each in CSV", function()
        local lines = lines_of((formats.csv(mixed):gsub("\r", "")))
        local head, found = cells_of(lines[1]), {}
        for i = 2, #lines do
            local row = {}
            for k, cell in ipairs(cells_of(lines[i])) do row[head[k]] = cell end
            found[row.part] = row
        end
        assert.equal(list[1].events, tonumber(found["operation read"].events))
        assert.near(list[2].latency.p99, tonumber(found["operation write"].p99_ns), 1e-6)
        assert.near(metrics.hit.value, tonumber(found["metrics.hit"].value), 1e-9)
        assert.near(metrics.size.p99, tonumber(found["metrics.size.p99"].value), 1e-9)
        assert.equal("400", found.whole.events)
    end)

    it("has a line for each in Markdown", function()
        local text = formats.markdown(mixed)
        assert.truthy(text:find(("| read | %d |"):format(list[1].events), 1, true), text)
        assert.truthy(text:find("| figure | value |\n|---|--:|\n| hit.count | ", 1, true), text)
        assert.truthy(text:find("| size.p99 | ", 1, true), text)
    end)
end)

describe("Markdown", function()
    it("is tables of one width each", function()
        local width
        for _, line in ipairs(lines_of(formats.markdown(summary))) do
            local bars = select(2, line:gsub("|", ""))
            if line:match "^| part" then width = bars end
            if line:match "^| arena" then width = bars end
            if bars > 0 then assert.equal(width, bars, line) end
        end
        assert.truthy(formats.markdown(summary):find("| all | ", 1, true))
    end)
end)

describe("the histogram of a report", function()
    it("holds every event once", function()
        local found = engram.run { source = "return { event = function() end }", events = 5000,
            histogram = true }
        local count = 0
        for _, bucket in ipairs(found.results.latency.buckets) do count = count + bucket.count end
        assert.equal(5000, count)
        local shown = 0
        for number in formats.text(found):gmatch "#+ ([%d,]+)" do
            shown = shown + tonumber((number:gsub(",", "")))
        end
        assert.equal(5000, shown)
    end)
end)
