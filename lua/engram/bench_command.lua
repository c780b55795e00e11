--- Bench command: what `engram bench` takes, and what it prints.

local bench = require "engram.bench"
local settings = require "engram.settings"
local units = require "engram.units"

local command = {}

local default_threads = { events = "1,32", start = "1000" }

command.spec = {
    name = "bench", usage = "bench events|start [options]",
    about = "Measures engram against its peers on this machine, in one run.",
    arguments = { { key = "what", label = "WHAT",
        about = "events: what one costs that does nothing; start: threads started and ended" } },
    groups = { { title = "Options", options = {
        { key = "threads", flag = "--threads", short = "-t", value = "N,N",
          about = "thread counts to try (default: 1,32; for start: 1000)" },
        { key = "rounds", flag = "--rounds", value = "N",
          about = "turns of each contender (default: 5)" },
        { key = "turn", flag = "--turn", value = "TIME",
          about = "how long a turn of events is (default: 1s)" },
        { key = "format", flag = "--format", short = "-f", value = "text|json",
          about = "of the figures (default: text)" },
        { key = "quiet", flag = "--quiet", short = "-q", about = "no live progress" },
    } } },
    examples = { "engram bench events", "engram bench start -t 100,1000 -f json" },
}

-- A count from 1 on, or nil and a message that starts with the flag.
local function count_of(value, flag)
    local count, message = settings.count(value)
    if count and count >= 1 then return count end
    return nil, flag .. ": " .. (message or "0 is too few")
end

--- The options of bench.run from those of the command line, or nil and a message.
function command.options(values)
    if not default_threads[values.what] then
        return nil, ("bench: %s is not one of events, start"):format(values.what)
    end
    local rounds, message = count_of(values.rounds or 5, "--rounds")
    if not rounds then return nil, message end
    local seconds
    seconds, message = settings.duration(values.turn or 1)
    if not seconds then return nil, "--turn: " .. message end
    local options = { threads = {}, rounds = rounds, seconds = seconds }
    for word in ((values.threads or default_threads[values.what]) .. ","):gmatch "([^,]*)," do
        local count, problem = count_of(word, "--threads")
        if not count then return nil, problem end
        options.threads[#options.threads + 1] = count
    end
    return options
end

--- nil and a message when a contender fails.
function command.run(what, options, on_turn)
    return bench[what](options, on_turn)
end

-- ---- the text

local row_format = "  %-26s%12s   %-22s%s"

local function range(of, format)
    return ("[%s - %s]"):format(format(of.p10), format(of.p90))
end

local function times(ratio)
    return ("%.2fx"):format(ratio)
end

--- What was found, for people.
function command.text(found)
    local context = found.context
    local lines = { found.bench .. ": " .. found.about, ("engram %s, %s, %s clock, %s, %d cores")
        :format(context.version, context.cpu, context.clock, context.luajit, context.cores) }
    for _, section in ipairs(found.sections) do
        lines[#lines + 1] = "\n" .. row_format:format(section.title, "median", "[p10 - p90]",
            "its time / ours, paired"):sub(3)
        for _, row in ipairs(section.rows) do
            lines[#lines + 1] = row_format:format(row.name, units.time(row.time.median),
                range(row.time, units.time), row.ratio and times(row.ratio.median) .. " " ..
                range(row.ratio, times) or "")
        end
    end
    lines[#lines + 1] = ""
    for _, peer in ipairs(found.peers) do
        lines[#lines + 1] = ("%s: %s"):format(peer.name, peer.version or peer.note)
    end
    if found.foreign_share then
        lines[#lines + 1] = ("others used %s of the machine meanwhile"):format(
            units.percent(found.foreign_share))
    end
    return (table.concat(lines, "\n"):gsub(" +\n", "\n")) .. "\n"
end

return command
