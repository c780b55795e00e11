--- engram recall: what a word brings to mind, and what is left of that after a while.
--
-- It is an event of the workload of that name, shown: the words nearest to the cue, and those
-- that activation reaches from them. How strongly one comes to mind is how active it is times
-- how near it is to the cue.

local engram = require "engram"
local pairs = require("engram.core").pairs
local json = require "engram.json"
local prose = require "engram.prose"
local recall = require "engram.workloads.recall"
local settings = require "engram.settings"
local spelling = require "engram.spelling"
local terminal = require "engram.terminal"
local units = require "engram.units"

local defaults = {}
for key, option in pairs(recall.options) do defaults[key] = option[1] end

local count_max, hops_max = 1000, 100
local ages = { { key = "day", days = 1 }, { key = "week", days = 7 }, { key = "year", days = 365 } }

local spec = {
    name = "recall", usage = "recall WORD [WORD ...] [options]", takes_rest = true,
    about = "Shows what a word brings to mind: the words nearest to it, those that activation\n" ..
        "reaches from these along WordNet, and what is left of them after a while.",
    arguments = { { key = "word", label = "WORD", optional = true,
        about = "the cue; of several words, all of them together" } },
    groups = { { title = "Options", options = {
        { key = "data", flag = "--data", value = "small|full",
          about = "10,000 words, or 341,479 and all of WordNet, once make data-full has " ..
              "installed them (default: small)" },
        { key = "k", flag = "--k", value = "N",
          about = "how many of each are shown; activation starts at the nearest (default: 10)" },
        { key = "hops", flag = "--hops", value = "N",
          about = ("how many relations activation passes (default: %d)"):format(defaults.hops) },
        { key = "half_life", flag = "--half-life", value = "DAYS",
          about = ("of the 10,000th word; the n-th has 10,000/n times that (default: %d)"):format(
              defaults.half_life) },
        terminal.format_option,
    } } },
    examples = { "engram recall coffee", "engram recall river bank",
        "engram recall piano --data full --k 20" },
}

-- ---- options

local function whole(values, key, most)
    if not values[key] then return defaults[key] end
    local count, message = settings.count(values[key])
    if count and count >= 1 and count <= most then return count end
    return nil, ("--%s: %s"):format(key, message or values[key] .. " is not within 1 to " .. most)
end

-- Those of the workload, or nil and a message.
local function options_of(values)
    local options = { data = values.data or defaults.data }
    if not recall.sources[options.data] then
        return nil, ("--data: %s is not one of small, full"):format(settings.shown(options.data))
    end
    local message
    options.k, message = whole(values, "k", count_max)
    if not options.k then return nil, message end
    options.hops, message = whole(values, "hops", hops_max)
    if not options.hops then return nil, message end
    options.half_life = tonumber(values.half_life or defaults.half_life)
    if not options.half_life or not (options.half_life > 0 and options.half_life < math.huge) then
        return nil, ("--half-life: %s is not a number of days above 0"):format(
            settings.shown(values.half_life))
    end
    return options
end

-- ---- words

local function unknown(word, words, options)
    local text = ("'%s' is not among the %s words"):format(word, units.count(#words))
    local near = #word > 2 and spelling.near(word:lower(), words, 5) or {}
    if #near > 0 then text = text .. "; spelt almost so: " .. table.concat(near, ", ") end
    if options.data == "small" and engram.data "full/words.txt" then
        text = text .. "; --data full has more"
    end
    return text
end

local function number_of(cue, words)
    return words:find(cue) or words:find(cue:lower())
end

-- The cues; of one that is no word of the list, as "river bank", those between its blanks.
local function parted(cues, words)
    local parts = {}
    for _, cue in ipairs(cues) do
        if number_of(cue, words) then
            parts[#parts + 1] = cue
        else
            for part in cue:gmatch "%S+" do parts[#parts + 1] = part end
        end
    end
    return parts
end

-- The numbers of the cues; nil and a message for one that is not in the list.
local function numbers_of(cues, words, options)
    local numbers = {}
    for i, cue in ipairs(cues) do
        numbers[i] = number_of(cue, words)
        if not numbers[i] then return nil, unknown(cue, words, options) end
    end
    return numbers
end

-- One word's vector; of several the sum of theirs, each of length 1.
local function vector_of(numbers, memories)
    if #numbers == 1 then return memories:row(numbers[1]) end
    local sum = {}
    for i = 1, memories.dims do sum[i] = 0 end
    for _, number in ipairs(numbers) do
        local row, squares = memories:row(number), 0
        for i = 1, #row do squares = squares + row:get(i) ^ 2 end
        for i = 1, #row do sum[i] = sum[i] + row:get(i) / math.sqrt(squares) end
    end
    return sum
end

-- ---- what comes to mind

-- The first k of the nearest that are no cues.
local function nearest_of(hits, is_cue, words, k)
    local list = {}
    for i = 1, #hits do
        local id, cosine = hits:get(i)
        if not is_cue[id] and #list < k then
            list[#list + 1] = { id = id, word = words:get(id), cosine = cosine }
        end
    end
    return list
end

-- The words among what activation has reached, but for those that are known; by strength.
local function reached_of(found, cue, memories, is_known, words, k)
    local ids, activations, list = {}, {}, {}
    for i = 1, #found do
        local id, activation = found:get(i)
        if id <= memories.rows and not is_known[id] then
            ids[#ids + 1], activations[#activations + 1] = id, activation
        end
    end
    local cosines = #ids > 0 and engram.similarity(cue, memories, { ids = ids })
    for i, id in ipairs(ids) do
        local cosine = cosines:get(i)
        list[i] = { id = id, word = words:get(id), activation = activations[i], cosine = cosine,
            strength = activations[i] * cosine }
    end
    table.sort(list, function(a, b)
        return a.strength > b.strength or a.strength == b.strength and a.id < b.id
    end)
    while #list > k or #list > 0 and list[#list].strength <= 0 do list[#list] = nil end
    return list
end

-- What is left of each at each age, as a share of what it was.
local function forget(list, traces)
    if #list == 0 then return end
    local half_lives, strengths, times = {}, {}, {}
    for i, each in ipairs(list) do
        half_lives[i], strengths[i], each.left = traces:get(3, each.id), 1, {}
        each.half_life_days = half_lives[i]
    end
    for _, age in ipairs(ages) do
        for i = 1, #list do times[i] = age.days end
        local left = engram.decay(strengths, times, { curve = "halflife", h = half_lives })
        for i, each in ipairs(list) do each.left[age.key] = left:get(i) end
    end
end

-- What a hook answers; nil and a message when it fails, as it does where a file is not accepted
-- or an arena too small: no fault of this file's.
local function answers(hook, ...)
    local ok, first, second = pcall(hook, ...)
    if ok then return first, second end
    return nil, (tostring(first):gsub("^%S+%.lua:%d+: ", ""))
end

local function recalled(thread, numbers, words, cues)
    local shared, options = thread.shared, thread.options
    local is_known, cue = {}, vector_of(numbers, shared.memories)
    for _, number in ipairs(numbers) do is_known[number] = true end
    local hits, found = answers(recall.event, thread, 1, cue)
    if not hits then return nil, found end
    local k = options.k - #numbers
    local nearest = nearest_of(hits, is_known, words, k)
    for _, each in ipairs(nearest) do is_known[each.id] = true end
    local reached = reached_of(found, cue, shared.memories, is_known, words, k)
    forget(reached, shared.traces)
    return { cue = cues, data = options.data, words = #words, hops = options.hops,
        half_life_days = options.half_life, nearest = nearest, reached = reached }
end

-- ---- the table

-- Padded to a width in characters, and cut if it is longer.
local function cell(text, width)
    local _, length = text:gsub("[^\128-\191]", "")
    if length <= width then return text .. (" "):rep(width - length) end
    return text:match("^" .. ("[^\128-\191][\128-\191]*"):rep(width - 1)) .. "~"
end

local function percent(share) return ("%.0f %%"):format(100 * share) end

local function row(near, far)
    local line = near and cell(near.word, 16) .. ("%8.3f"):format(near.cosine) or (" "):rep(24)
    if not far then return line end
    line = line .. "    " .. cell(far.word, 16) .. ("%10.3f"):format(far.strength)
    for _, age in ipairs(ages) do line = line .. ("%8s"):format(percent(far.left[age.key])) end
    return line
end

local function text(result)
    local lines = prose.lines(("%s: the nearest of %s words, what activation reaches from them " ..
        "over %d relation%s of WordNet, and what is left of that after a while"):format(
        table.concat(result.cue, " "), units.count(result.words), result.hops,
        result.hops == 1 and "" or "s"), 79)
    lines[#lines + 1] = ""
    lines[#lines + 1] =
        "nearest           cosine    reached           strength   1 day  1 week  1 year"
    for i = 1, math.max(#result.nearest, #result.reached) do
        lines[#lines + 1] = row(result.nearest[i], result.reached[i])
    end
    return table.concat(lines, "\n") .. "\n"
end

-- What the cues bring to mind; nil, a message and the exit code when they can not be.
local function look_up(cues, options)
    local path, message = engram.data(recall.sources[options.data].folder .. "words.txt")
    local words
    if path then words, message = engram.words(path) end
    if not words then return nil, message, terminal.failed end
    cues = parted(cues, words)
    local numbers
    numbers, message = numbers_of(cues, words, options)
    if not numbers then return nil, message, terminal.misused end

    options.k = options.k + #numbers -- a cue is nearest to itself
    local thread = { options = options }
    thread.arena, message = answers(engram.arena)
    if not thread.arena then return nil, message, terminal.misused end
    thread.shared, message = answers(recall.setup, options, engram.random(1))
    if not thread.shared then return nil, message, terminal.failed end
    if thread.shared.memories.rows ~= #words then
        return nil, ("%s: %s words found, %s expected, as there are vectors"):format(path,
            units.count(#words), units.count(thread.shared.memories.rows)), terminal.failed
    end
    recall.thread_init(thread)
    local result
    result, message = recalled(thread, numbers, words, cues)
    return result, message, terminal.failed
end

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    local cues = { values.word, unpack(values.rest or {}) }
    if not table.concat(cues):find "%S" then
        return terminal.refuse(spec, "recall: no word is given")
    end
    local options, message = options_of(values)
    if not options then return terminal.refuse(spec, message) end
    local result
    result, message, code = look_up(cues, options)
    if not result then return terminal.complain(code, "recall: " .. message) end
    return terminal.show(result, values, { text = text, json = json.encode })
end

return {
    name = "recall", label = "recall WORD", line = "what a word brings to mind", spec = spec,
    run = command,
}
