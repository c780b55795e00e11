--- Usage: what a command takes, once for parsing and for its help.
--
--    local spec = { name = "list", about = "...", usage = "list", options = { ... } }
--    local values, message = usage.parse(spec, words)
--    io.write(usage.help(spec))
--
-- spec: name, usage, about; arguments, a list of { key, label, about, optional }
-- (is_chosen: its help need not show them); groups, a list of { title, options }, each option
-- { key, flag, short, value, about, choices }, where one without value is a switch, one with
-- is_list may be given again, choices are names that shells offer, and shown is what help has
-- in place of the flag; a switch with is_off is the value false; hidden, a list of options that
-- help does not show; takes_rest, for more words than arguments; commands, a list of names;
-- pages, a list of { name, about }; examples, a list of lines.

local argparse = require "argparse"

local prose = require "engram.prose"

local usage = {}

local column = 26
local help_option = { key = "help", flag = "--help", short = "-h", about = "this text" }

local function each_option(spec)
    return coroutine.wrap(function()
        for _, group in ipairs(spec.groups or {}) do
            for _, option in ipairs(group.options) do coroutine.yield(option) end
        end
        for _, option in ipairs(spec.hidden or {}) do coroutine.yield(option) end
        coroutine.yield(help_option)
    end)
end

-- ---- help

local function row(label, about)
    if #label >= column - 1 then return label .. "\n" .. (" "):rep(column) .. about end
    return label .. (" "):rep(column - #label) .. about
end

local function label_of(option)
    local label = (option.short and option.short .. ", " or "    ") ..
        (option.shown or option.flag)
    return "  " .. label .. (option.value and " " .. option.value or "")
end

-- So that nothing passes column 80.
local function wrapped(text)
    return table.concat(prose.lines(text, 79 - column), "\n" .. (" "):rep(column))
end

local function add_group(lines, title, rows)
    lines[#lines + 1] = ""
    lines[#lines + 1] = title .. ":"
    for _, each in ipairs(rows) do lines[#lines + 1] = row(each[1], wrapped(each[2])) end
end

--- The help of a command: one screen, with examples.
function usage.help(spec)
    local lines = { "Usage: engram " .. spec.usage, "", spec.about }
    if spec.arguments then
        local rows = {}
        for i, each in ipairs(spec.arguments) do rows[i] = { "  " .. each.label, each.about } end
        if not spec.is_chosen then add_group(lines, spec.arguments_title or "Arguments", rows) end
    end
    if spec.pages then
        local rows = {}
        for i, page in ipairs(spec.pages) do rows[i] = { "  " .. page.name, page.about } end
        add_group(lines, "Pages", rows)
    end
    local groups = spec.groups or {}
    for i, group in ipairs(groups) do
        local rows = {}
        for _, option in ipairs(group.options) do
            rows[#rows + 1] = { label_of(option), option.about }
        end
        if i == #groups then rows[#rows + 1] = { label_of(help_option), help_option.about } end
        add_group(lines, group.title, rows)
    end
    if spec.examples then
        lines[#lines + 1] = "\nExamples:"
        for _, example in ipairs(spec.examples) do lines[#lines + 1] = "  " .. example end
    end
    return table.concat(lines, "\n") .. "\n"
end

-- ---- parsing

local function by_name(spec)
    local names = {}
    for option in each_option(spec) do
        names[option.flag] = option
        if option.short then names[option.short] = option end
    end
    return names
end

-- "--bias", "-0.5" become one word, for argparse takes the second for an option.
local function join_negatives(words, names)
    local joined, i = {}, 1
    while i <= #words do
        local word, after = words[i], words[i + 1]
        local option = names[word]
        if option and option.value and after and after:match "^%-%.?%d" then
            word = word .. (word:match "^%-%-" and "=" or "") .. after
            i = i + 1
        end
        joined[#joined + 1] = word
        i = i + 1
    end
    return joined
end

local function parser_of(spec)
    local parser = argparse("engram " .. spec.name):add_help(false):require_command(false)
    for _, each in ipairs(spec.arguments or {}) do
        if each.key then
            parser:argument(each.label):target(each.key):args(each.optional and "?" or 1)
        end
    end
    for _, name in ipairs(spec.commands or {}) do parser:command(name) end
    if not spec.commands then parser:argument("rest"):args "*" end
    for option in each_option(spec) do
        local name = (option.short and option.short .. " " or "") .. option.flag
        if option.value then
            local made = parser:option(name):target(option.key):args(1)
            if option.is_list then made:count "*" end
        else
            local made = parser:flag(name):target(option.key)
            if option.is_off then made:action "store_false" end
        end
    end
    -- Called in place of argparse's own, which prints the usage and exits with 1.
    function parser.error(_, message)
        -- Every other letter is as close to one.
        if message:match "^unknown option '%-[^-]'" then message = message:match "^[^\n]+" end
        error({ refused = message:gsub("\n", "; "):gsub("Did you", "did you") }, 0)
    end
    return parser
end

--- The values by key: texts, true or false for switches. nil and a message when the words
--  are not understood.
function usage.parse(spec, words)
    local parser = parser_of(spec)
    local ok, values = pcall(parser.parse, parser, join_negatives(words, by_name(spec)))
    if ok then
        local surplus = values.rest and values.rest[1]
        if spec.takes_rest then surplus = nil end
        if surplus then return nil, "'" .. surplus .. "' is one word too many" end
        return values
    end
    if type(values) ~= "table" then error(values, 0) end
    return nil, values.refused
end

--- A look ahead, for what must be known before all options are: the first word
--  that is no option, and the values of the options that spec has. It stops
--  looking for that word where an unknown option comes first.
function usage.peek(spec, words)
    local names, values, i = by_name(spec), {}, 1
    local argument, is_lost
    while i <= #words do
        local word = words[i]
        local name, value = word:match "^(%-%-[^=]+)=(.*)$"
        if not name then name, value = word:match "^(%-%a)(.+)$" end
        local option = names[name or word]
        if option and option.value then
            if not value then
                i = i + 1
                value = words[i]
            end
            values[option.key] = value
        elseif option then
            values[option.key] = not option.is_off
        elseif word:match "^%-." then
            is_lost = is_lost or not argument
        elseif not argument and not is_lost then
            argument = word
        end
        i = i + 1
    end
    return argument, values
end

return usage
