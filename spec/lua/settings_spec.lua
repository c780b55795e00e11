-- Settings: what text means, and which of flag, environment and default is in force.

local child = require "spec.support.child"
local settings = require "engram.settings"

local K, M, G = 1024, 1024 ^ 2, 1024 ^ 3

-- Each text or number to the value it means.
local function understands(parse, meanings)
    for _, each in ipairs(meanings) do
        local value, message = parse(each[1])
        assert.equal(each[2], value, tostring(each[1]) .. ": " .. tostring(message))
    end
end

-- Each is refused with a message that names it.
local function refuses(parse, values)
    for i = 1, values.n or #values do
        local value, message = parse(values[i])
        assert.is_nil(value, tostring(values[i]))
        assert.truthy(message:find(settings.shown(values[i]), 1, true), message)
    end
end

describe("a value in a message", function()
    it("is in quotes where it could not be seen", function()
        for value, text in pairs { ["4X"] = "4X", [""] = "''", [" "] = "' '", ["4 M"] = "'4 M'",
            ["4M\n"] = "'4M?'" } do
            assert.equal(text, settings.shown(value))
        end
        assert.equal("0.5 true nil", table.concat({ settings.shown(0.5), settings.shown(true),
            settings.shown(nil) }, " "))
    end)
end)

describe("a size", function()
    it("is bytes, or powers of 1024", function()
        understands(settings.size, {
            { "0", 0 }, { "1", 1 }, { "65536", 65536 }, { "1K", K }, { "512K", 512 * K },
            { "4M", 4 * M }, { "1G", G }, { "4k", 4 * K }, { "4m", 4 * M }, { "4g", 4 * G },
            { "007", 7 }, { 4194304, 4 * M }, { 0, 0 }, { 2 ^ 40, 2 ^ 40 },
        })
    end)

    it("may have a fraction that makes whole bytes", function()
        understands(settings.size, { { "1.5K", 1536 }, { "1.5M", 1.5 * M }, { "0.5G", 512 * M },
            { "0.0009765625K", 1 } })
        refuses(settings.size, { "1.5", "1.3K", 0.5, 1.5 })
    end)

    it("is nothing else", function()
        refuses(settings.size, { "", " ", "M", "4MB", "4MiB", "4T", "4 M", " 4M", "4M ", "4M\n",
            "-4M", "+4M", "0x10", "1e6", ".5M", "1.2.3M", "1,000", "four", "nan", "inf", 0 / 0,
            1 / 0, -1 })
        refuses(settings.size, { n = 4, nil, true, false })
    end)
end)

describe("a duration", function()
    it("is seconds, whatever the unit", function()
        understands(settings.duration, {
            { "500ms", 0.5 }, { "10s", 10 }, { "2m", 120 }, { "1h", 3600 }, { "1.5s", 1.5 },
            { "0.25ms", 0.00025 }, { "10", 10 }, { 10, 10 }, { 0.5, 0.5 },
        })
    end)

    it("is above zero", function()
        refuses(settings.duration, { "0", "0s", "0ms", "0.0s", 0 })
    end)

    it("is a year at most", function()
        understands(settings.duration, { { "8784h", 366 * 86400 }, { 366 * 86400, 366 * 86400 } })
        refuses(settings.duration, { "8785h", "99999999999999999999", 1e300 })
    end)

    it("is nothing else", function()
        refuses(settings.duration, { "", "s", "10 s", " 10s", "10S", "2M", "10sec", "1d", "5us",
            "-1s", "+1s", "1e3", "1m30s", "0x10s", "soon", 0 / 0, 1 / 0, -1 })
        refuses(settings.duration, { n = 3, nil, true, false })
    end)
end)

describe("a count", function()
    it("is a whole number, or powers of 1000", function()
        understands(settings.count, {
            { "0", 0 }, { "1", 1 }, { "100000", 1e5 }, { "1k", 1e3 }, { "100k", 1e5 },
            { "2M", 2e6 }, { "1G", 1e9 }, { "1.5k", 1500 }, { "0.5M", 5e5 }, { 1000, 1000 },
            { 0, 0 },
            { 2 ^ 53, 2 ^ 53 }, { "9007199254740992", 2 ^ 53 },
        })
    end)

    it("is whole where only binary makes it look otherwise", function()
        for text, count in pairs { ["4.1M"] = 4100000, ["1.001k"] = 1001, ["16.1k"] = 16100 } do
            assert.equal(count, settings.count(text))
        end
        assert.is_nil((settings.count "1.0005k"))
    end)

    it("is a whole number up to 2^53", function()
        refuses(settings.count, { "0.5", "1.2345k", 1.5, "9007199254740994", "10000000G" })
    end)

    it("is nothing else", function()
        refuses(settings.count, { "", "k", "1K", "2m", "1g", "1T", "1 k", " 1k", "1k ", "-1", "+1",
            "1e3", "0x10", "many", 0 / 0, 1 / 0, -1, -1 / 0 })
        refuses(settings.count, { n = 3, nil, true, false })
    end)
end)

describe("the size that fits", function()
    it("is a power of two or 1.5 of one, from 64K on", function()
        for _, each in ipairs {
            { 0, "64K" }, { 1, "64K" }, { 64 * K, "64K" }, { 64 * K + 1, "96K" }, { 96 * K, "96K" },
            { 96 * K + 1, "128K" }, { 128 * K, "128K" }, { M, "1M" }, { M + 1, "1536K" },
            { 1.5 * M + 1, "2M" }, { 3 * M, "3M" }, { 3 * M + 1, "4M" }, { G + 1, "1536M" },
            { 1.5 * G + 1, "2G" },
        } do
            assert.equal(each[2], settings.size_that_fits(each[1]), each[1])
        end
    end)

    it("holds what it is for, and is no more than half too large", function()
        for shift = 16, 40 do
            for _, part in ipairs { 1, 1.1, 1.25, 1.4999, 1.5, 1.5001, 1.75, 1.9999 } do
                local bytes = math.floor(2 ^ shift * part)
                local size = settings.size(settings.size_that_fits(bytes))
                assert.is_true(size >= bytes and size <= 1.5 * bytes, bytes)
            end
        end
    end)
end)

describe("the text of a size", function()
    it("is the shortest that says the same", function()
        for _, each in ipairs {
            { 0, "0" }, { 1, "1" }, { 1023, "1023" }, { K, "1K" }, { K + 1, "1025" },
            { 96 * K, "96K" }, { 2 * M, "2M" }, { 1.5 * M, "1536K" }, { G, "1G" },
            { 1.5 * G, "1536M" }, { 2 ^ 40, "1024G" },
        } do
            assert.equal(each[2], settings.size_text(each[1]))
            assert.equal(each[1], settings.size(each[2]))
        end
    end)
end)

-- ---- which value is in force

-- Runs body with these variables and no others.
local function with_environment(variables, body)
    local real = os.getenv
    os.getenv = function(name) return variables[name] end -- luacheck: ignore 122
    local fine, message = pcall(body)
    os.getenv = real -- luacheck: ignore 122
    if not fine then error(message, 0) end
end

local cases = {
    {
        key = "arena_size", variable = "ENGRAM_ARENA_SIZE", flag = "--arena-size", default = 2 * M,
        good = { { "64K", 64 * K }, { "3M", 3 * M }, { "65536", 65536 }, { "1.5M", 1.5 * M },
            { "1024G", 2 ^ 40 } },
        good_in_lua = { { 4194304, 4 * M } },
        bad = { "", "0", "65535", "63K", "1025G", "4MB", "-4M", "large", "4 M" },
    },
    {
        key = "arena_overflow", variable = "ENGRAM_ARENA_OVERFLOW", flag = "--arena-overflow",
        default = "error",
        good = { { "panic", "panic" }, { "error", "error" }, { "fallback", "fallback" },
            { "grow", "grow" } },
        good_in_lua = {},
        bad = { "", "Error", "abort", "0", "grow " },
    },
    {
        key = "arena_zero", variable = "ENGRAM_ARENA_ZERO", flag = "--arena-zero", default = false,
        good = { { "0", false }, { "1", true } },
        good_in_lua = { { 0, false }, { 1, true }, { false, false }, { true, true } },
        bad = { "", "2", "yes", "true", "00" },
    },
}

for _, case in ipairs(cases) do
    local key, variable = case.key, case.variable

    describe(key, function()
        -- A value that is neither the default nor the other two.
        local by_flag = case.good[#case.good]
        local by_variable = case.good[1]

        it("has a default", function()
            with_environment({}, function()
                local found = settings.arena()
                assert.equal(case.default, found[key])
                assert.equal("default", found.source[key])
            end)
        end)

        it("is what a script's defaults say, when nobody else does", function()
            with_environment({}, function()
                assert.equal(by_flag[2], settings.arena({ [key] = by_flag[1] })[key])
                assert.equal(by_variable[2], settings.arena({ [key] = by_variable[1] }, {})[key])
            end)
        end)

        it("is what the environment says, before any default", function()
            for _, good in ipairs(case.good) do
                with_environment({ [variable] = good[1] }, function()
                    for _, defaults in ipairs { {}, { [key] = by_flag[1] } } do
                        local found = settings.arena(defaults)
                        assert.equal(good[2], found[key])
                        assert.equal(variable, found.source[key])
                    end
                end)
            end
        end)

        it("is what the flag says, before all", function()
            local defaults = { [key] = by_variable[1] }
            local function in_force(good)
                local found = settings.arena(defaults, { [key] = good[1] })
                assert.equal(good[2], found[key])
                assert.equal(case.flag, found.source[key])
            end
            for _, environment in ipairs { {}, { [variable] = by_variable[1] } } do
                with_environment(environment, function()
                    for _, good in ipairs(case.good) do in_force(good) end
                    for _, good in ipairs(case.good_in_lua) do in_force(good) end
                end)
            end
        end)

        it("is an error that names variable and value when the environment is wrong", function()
            for _, bad in ipairs(case.bad) do
                with_environment({ [variable] = bad }, function()
                    local named = variable .. ": " .. settings.shown(bad)
                    for _, given in ipairs { {}, { [key] = by_flag[1] } } do
                        local found, message = settings.arena({ [key] = by_flag[1] }, given)
                        assert.is_nil(found, bad)
                        assert.equal(named, message:sub(1, #named))
                    end
                end)
            end
        end)

        it("is an error that names flag and value when the flag is wrong", function()
            local function is_refused(bad)
                local found, message = settings.arena({}, { [key] = bad })
                assert.is_nil(found, bad)
                local named = case.flag .. ": " .. settings.shown(bad)
                assert.equal(named, message:sub(1, #named))
            end
            for _, value in ipairs { false, by_variable[1], "?" } do
                with_environment({ [variable] = value or nil }, function()
                    for _, bad in ipairs(case.bad) do is_refused(bad) end
                end)
            end
        end)

        it("is an error that names the value when a script's default is wrong", function()
            with_environment({}, function()
                local found, message = settings.arena({ [key] = "nonsense" })
                assert.is_nil(found)
                assert.truthy(message:find("defaults." .. key .. ": nonsense", 1, true), message)
            end)
        end)

        it("leaves the others alone", function()
            with_environment({ [variable] = by_variable[1] }, function()
                local found = settings.arena()
                for _, other in ipairs(cases) do
                    if other ~= case then assert.equal(other.default, found[other.key]) end
                end
            end)
        end)
    end)
end

describe("the environment of a process", function()
    local environment = { ENGRAM_ARENA_SIZE = "3M", ENGRAM_ARENA_OVERFLOW = "fallback",
        ENGRAM_ARENA_ZERO = "1" }

    it("is what info shows, each with its source", function()
        local _, out, err = child.lua([[
            local arena = require("engram").info().arena
            for _, key in ipairs { "size", "overflow", "zero" } do
                print(key, arena[key].value, arena[key].source)
            end
        ]], { environment = environment })
        assert.equal("size\t3145728\tENGRAM_ARENA_SIZE\n" ..
            "overflow\tfallback\tENGRAM_ARENA_OVERFLOW\nzero\ttrue\tENGRAM_ARENA_ZERO\n", out, err)
    end)

    it("is what a run uses, unless it is told otherwise", function()
        local _, out, err = child.lua([[
            local engram = require "engram"
            local told = { arena_size = "5M", arena_overflow = "grow", arena_zero = false }
            for _, given in ipairs { {}, told } do
                given.source = "return { event = function(thread) thread.arena:floats(1) end }"
                given.events, given.threads, given.seed = 10, 1, 1
                local summary = engram.run(given)
                print(summary.config.arena_size, summary.config.arena_overflow,
                    summary.config.arena_zero, summary.threads[1].arena.capacity)
            end
        ]], { environment = environment })
        assert.equal("3145728\tfallback\ttrue\t3145728\n5242880\tgrow\tfalse\t5242880\n", out, err)
    end)

    it("is refused by a run when it is wrong", function()
        for name, value in pairs { ENGRAM_ARENA_SIZE = "12", ENGRAM_ARENA_OVERFLOW = "ignore",
            ENGRAM_ARENA_ZERO = "maybe" } do
            local _, out, err = child.lua([[
                local source = "return { event = function() end }"
                print(require("engram").run { source = source, events = 1 })
            ]], { environment = { [name] = value } })
            assert.truthy(out:find("nil\t" .. name .. ": " .. value, 1, true), out .. err)
        end
    end)
end)
