--- Bench command: what `engram bench` takes, and what it prints.

local C = require "engram.c"
local bench = require "engram.bench"
local pairs = require("engram.core").pairs
local settings = require "engram.settings"
local turns = require "engram.bench.turns"
local units = require "engram.units"

local command = {}

local names = table.concat(bench.names, ", ")

command.spec = {
    name = "bench", usage = "bench [" .. table.concat(bench.names, "|") .. "] [options]",
    about = "Measures engram against its peers on this machine, in one run: contenders take\n" ..
        "turns, answers are checked, times are medians, ratios are paired.",
    arguments = { { key = "what", label = "WHAT", optional = true,
        about = "similarity, spread, decay: the kernels; arena: scratch memory; load: text " ..
            "into a matrix; events: what one costs that does nothing; start: threads " ..
            "started and ended; without it a short form of all" } },
    groups = { { title = "Options", options = {
        { key = "quick", flag = "--quick", about = "smaller data, fewer rounds" },
        { key = "rounds", flag = "--rounds", value = "N",
          about = "turns of each contender (default: 31 of about 1 ms for kernels, 11 for " ..
              "arena, 5 for events and start)" },
        { key = "only", flag = "--only", value = "TEXT",
          about = "the sections alone whose titles hold it, as 'from memory'" },
        { key = "alone", flag = "--alone", about = "look for no peers" },
        { key = "threads", flag = "--threads", short = "-t", value = "N,N",
          about = "of arena and events (default: 1,32) and start (1000)" },
        { key = "turn", flag = "--turn", value = "TIME",
          about = "how long a turn is, of arena (default: 50ms) and events (1s)" },
        { key = "format", flag = "--format", short = "-f", value = "text|json",
          about = "of the figures (default: text)" },
        { key = "output", flag = "--output", short = "-o", value = "FILE",
          about = "the figures go there; the terminal still gets the text" },
        { key = "quiet", flag = "--quiet", short = "-q", about = "no live progress" },
    } } },
    examples = { "engram bench                            a short form of all",
        "engram bench spread --only best --rounds 101",
        "engram bench arena -t 1,8 -f json -o arena.json" },
}

-- A count from 1 on, or nil and a message that starts with the flag.
local function count_of(value, flag)
    local count, message = settings.count(value)
    if count and count >= 1 then return count end
    return nil, flag .. ": " .. (message or "0 is too few")
end

local function threads_of(text)
    local threads = {}
    for word in (text .. ","):gmatch "([^,]*)," do
        local count, message = count_of(word, "--threads")
        if not count then return nil, message end
        threads[#threads + 1] = count
    end
    return threads
end

-- The options that all take, or nil and a message.
local function common_options(values)
    local common = { quick = values.quick or not values.what, alone = values.alone,
        only = values.only }
    if values.only and not values.what then return nil, "--only: of which of " .. names .. "?" end
    local message
    if values.rounds then
        common.rounds, message = count_of(values.rounds, "--rounds")
        if not common.rounds then return nil, message end
    end
    if values.threads then
        common.threads, message = threads_of(values.threads)
        if not common.threads then return nil, message end
    end
    if values.turn then
        common.seconds, message = settings.duration(values.turn)
        if not common.seconds then return nil, "--turn: " .. message end
    end
    return common
end

-- Those of one family: what was given, or its own; nil and a message where it takes no such.
local function family_options(name, common)
    local family = bench.family(name)
    local options = {}
    for key, value in pairs(common) do options[key] = value end
    for key, flag in pairs { threads = "--threads", seconds = "--turn" } do
        local own = family[key]
        if common[key] and not own then return nil, ("%s: %s takes none"):format(flag, name) end
        if own and not common[key] then
            options[key] = key == "threads" and own or own[options.quick and 2 or 1]
        end
    end
    return options
end

--- What is to be measured, a list of { name, options }, from the values of the command line;
--  nil and a message when they are not understood.
function command.plan(values)
    local known = values.what == nil
    for _, name in ipairs(bench.names) do known = known or name == values.what end
    if not known then return nil, ("bench: %s is not one of %s"):format(
        settings.shown(values.what), names) end
    local common, message = common_options(values)
    if not common then return nil, message end
    local plan = {}
    for _, name in ipairs(values.what and { values.what } or bench.names) do
        local options
        options, message = family_options(name, common)
        if not options then return nil, message end
        plan[#plan + 1] = { name = name, options = options }
    end
    return plan
end

--- Measures all of the plan; one that fails does not keep the others from it. Answers a list of
--  what was found, a list of messages, turns.interrupted alone when a signal came, and whether
--  it was --only that was wrong.
function command.run(plan, say)
    local founds, messages, is_misused = {}, {}, false
    for _, step in ipairs(plan) do
        local found, message, has_none = bench.run(step.name, step.options, say)
        if C.eg_signal_caught() ~= 0 then return founds, { turns.interrupted } end
        founds[#founds + 1] = found
        if not found then messages[#messages + 1] = step.name .. ": " .. message end
        is_misused = is_misused or has_none == true
    end
    return founds, messages, is_misused
end

-- ---- the text

local row_format = "  %-34s %9s   %-22s %8s  %s"

local function times(ratio)
    return ("%.2fx [%.2f - %.2f]"):format(ratio.median, ratio.p10, ratio.p90)
end

local function row_line(row, error_unit)
    if row.wrong then return ("  %-34s %s"):format(row.name, row.wrong) end
    local share = row.limit_share and ("%.2f"):format(row.limit_share.median) or ""
    local off = row.error and ("%.2g %s"):format(row.error, error_unit or "") or ""
    return row_format:format(row.name, units.time(row.time.median),
        row.ratio and times(row.ratio) .. (row.against and " *" or "") or "", share, off)
end

-- Whom the rows are compared with that are not compared with the first, or not with it alone.
local function footnotes(rows)
    local lines = {}
    for _, row in ipairs(rows) do
        if row.against then lines[#lines + 1] = ("  * %s: to %s"):format(row.name, row.against) end
        if row.also then
            lines[#lines + 1] = ("  %s: %s of %s"):format(row.name, times(row.also.ratio),
                row.also.against)
        end
    end
    return lines
end

local function section_lines(lines, found, section)
    local has_limit, has_error = false, false
    for _, row in ipairs(section.rows) do
        has_limit, has_error = has_limit or row.is_limit, has_error or row.error
    end
    lines[#lines + 1] = "\n" .. section.title
    lines[#lines + 1] = row_format:format(("(%d round%s)"):format(section.rounds,
        section.rounds == 1 and "" or "s"), "median",
        "its time / ours", has_limit and "of limit" or "", has_error and "max error" or "")
    for _, row in ipairs(section.rows) do
        lines[#lines + 1] = row_line(row, found.error_unit)
    end
    for _, line in ipairs(footnotes(section.rows)) do lines[#lines + 1] = line end
end

local function peer_line(peer)
    return ("%s: %s%s"):format(peer.name, peer.version or peer.note,
        peer.caveat and "; " .. peer.caveat or "")
end

--- What was found, for people.
function command.text(found)
    local context, lines = found.context, {}
    lines[1] = found.bench .. ": " .. found.about
    lines[2] = ("engram %s, %s, %s, %s clock, %s, %d cores"):format(context.version, context.cpu,
        context.isa, context.clock, context.luajit, context.cores)
    lines[3] = "medians; ratios within each round, [p10 - p90]"
    for _, section in ipairs(found.sections) do section_lines(lines, found, section) end
    lines[#lines + 1] = ""
    if found.compiler then lines[#lines + 1] = "compiled by " .. found.compiler end
    for _, peer in ipairs(found.peers or {}) do lines[#lines + 1] = peer_line(peer) end
    if found.foreign_share then
        lines[#lines + 1] = ("others used %s of the machine meanwhile; %s of it was stolen"):format(
            units.percent(found.foreign_share), units.percent(found.stolen_share))
    end
    return (table.concat(lines, "\n"):gsub(" +\n", "\n")) .. "\n"
end

--- All of them, one under the other.
function command.texts(founds)
    local texts = {}
    for i, found in ipairs(founds) do texts[i] = command.text(found) end
    return table.concat(texts, "\n")
end

return command
