--- Terminal: how a command reads its words and answers: values, text, complaints, exit codes.
--
--    local values, code = terminal.values(spec, words)
--    if not values then return code end
--    return terminal.say(text)
--
-- 0 done, 1 a script or a run failed, 2 wrong usage, or a file to be read that is not what it
-- has to be, 98 a figure regressed, 99 a threshold was missed, 130 and 143 interrupted. What is
-- wrong with the usage is said in one line on standard error.

local output = require "engram.output"
local report = require "engram.report"
local settings = require "engram.settings"
local usage = require "engram.usage"

local terminal = { done = 0, failed = 1, misused = 2, regressed = 98, missed = 99,
    by_signal = 128 }

terminal.format_option = { key = "format", flag = "--format", short = "-f", value = "text|json",
    about = "of the report (default: text)" }
terminal.output_option = { key = "output", flag = "--output", short = "-o", value = "FILE",
    about = "the report goes there; the terminal still gets the text" }
terminal.quiet_option = { key = "quiet", flag = "--quiet", short = "-q",
    about = "no live progress" }
-- Of a command that works for a while and then reports.
terminal.output_group = { title = "Output", options = { terminal.format_option,
    terminal.output_option, terminal.quiet_option } }

--- One line on standard error. Answers code.
function terminal.complain(code, message)
    io.stderr:write("engram: ", message, "\n")
    return code
end

--- Wrong usage, and where the right one is shown.
function terminal.refuse(spec, message)
    local link = message:match "%?$" and " See" or "; see"
    return terminal.complain(terminal.misused, ("%s%s 'engram %s--help'"):format(message, link,
        spec.name == "" and "" or spec.name .. " "))
end

-- Scripts may have been led away from it later.
local stdout = io.stdout

--- To standard output, whole.
function terminal.say(text)
    local written, message = stdout:write(text)
    if written then written, message = stdout:flush() end
    if written then return terminal.done end
    return terminal.complain(terminal.failed, "standard output: " .. tostring(message))
end

--- The values of the command line, or nil and the exit code once it has been refused.
--  spec.formats: those that --format takes, text|json by default.
function terminal.values(spec, words)
    local values, message = usage.parse(spec, words)
    if not values then return nil, terminal.refuse(spec, message) end
    local names = spec.formats or terminal.format_option.value
    if values.format and not ("|" .. names .. "|"):find("|" .. values.format .. "|", 1, true) then
        return nil, terminal.refuse(spec, ("--format: %s is not one of %s"):format(
            settings.shown(values.format),
            (names:gsub("|", ", "))))
    end
    return values
end

-- Why the file of one of these keys can not be written; nil where it can.
local function file_problem(values, keys, key)
    local ok, message = output.check(values[key])
    if not ok then return message end
    for _, other in ipairs(keys) do
        if other == key then return nil end
        if values[other] and output.is_same(values[key], values[other]) then
            return ("--%s is that file, too"):format(other)
        end
    end
end

--- Before any work is done for them: can the files of these keys be written? Else the exit
--  code, once it has been said which can not.
function terminal.check_files(values, keys)
    for _, key in ipairs(keys) do
        local message = values[key] and file_problem(values, keys, key)
        if message then
            return terminal.complain(terminal.misused, ("--%s: %s"):format(key, message))
        end
    end
end

--- Shows a result as --format and --output ask. shown_as: functions by format; text is what
--  the terminal gets when a file gets the rest.
function terminal.show(result, values, shown_as)
    local text = (shown_as or report)[values.format or "text"](result)
    if not values.output then return terminal.say(text) end
    local saved, message = output.save(values.output, text)
    if not saved then terminal.complain(terminal.failed, "--output: " .. message) end
    local said = terminal.say((shown_as or report).text(result))
    return saved and said or terminal.failed
end

return terminal
