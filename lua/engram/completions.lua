--- Completions: what a shell offers after `engram`, made of what the commands say of themselves.
--
--    io.write(completions.bash(set))      -- and zsh, fish
--
-- set: commands, a list of { name, about, spec }; workloads, a list of { name, about, options };
-- pages, a list of { name, about }. The specs are those that --help shows, so they agree.

local completions = {}

-- Values of an option, where they are names.
local choices = {
    ["--data"] = "small full",
    ["--allocator"] = "thread shared malloc", ["--arrival"] = "constant poisson",
    ["--arena-overflow"] = "panic error fallback grow", ["--arena-zero"] = "0 1",
    ["--pin"] = "none compact scatter", ["--type"] = "f32 f16 bf16 i8 bits",
}
local takes_file = { ["--output"] = true, ["--hdr"] = true, ["--words"] = true }
local takes_workload = { run = true, scale = true, tune = true, ["search-rate"] = true }

local function options_of(spec)
    local list = {}
    for _, group in ipairs(spec.groups or {}) do
        for _, option in ipairs(group.options) do
            local values = option.choices and table.concat(option.choices, " ") or
                choices[option.flag]
            if option.flag == "--format" then
                values = (spec.formats or "text|json"):gsub("|", " ")
            end
            list[#list + 1] = { flag = option.flag, short = option.short, about = option.about,
                value = option.value, values = values, file = takes_file[option.flag],
                is_own = option.choices or option.flag == "--format" }
        end
    end
    list[#list + 1] = { flag = "--help", short = "-h", about = "what it takes" }
    return list
end

local function flags_of(list)
    local words = {}
    for i, option in ipairs(list) do words[i] = option.flag end
    return table.concat(words, " ")
end

local function names_of(list)
    local words = {}
    for i, each in ipairs(list) do words[i] = each.name end
    return table.concat(words, " ")
end

-- What follows a command beside its options.
local function arguments_of(set, name)
    if takes_workload[name] then return names_of(set.workloads) end
    if name == "help" then return names_of(set.commands) .. " " .. names_of(set.pages) .. " man" end
    if name == "bench" then return "similarity spread decay arena load events start" end
    return ""
end

-- ---- bash; and zsh, whose arrays and words differ

-- The lines of `case $before`, in which an option's values are offered.
local function value_cases(set, names, files)
    local lines, seen = {}, {}
    for _, command in ipairs(set.commands) do
        for _, option in ipairs(options_of(command.spec)) do
            local key = (option.is_own and command.name or "") .. option.flag
            if (option.values or option.file) and not seen[key] then
                seen[key] = true
                local pattern = option.short and option.short .. "|" .. option.flag or option.flag
                local of = (option.is_own and command.name or "*") .. ":"
                pattern = of .. pattern:gsub("|", "|" .. of)
                lines[#lines + 1] = ("        %s) %s;;"):format(pattern,
                    option.file and files or names:format(option.values))
            end
        end
    end
    return table.concat(lines, "\n")
end

local function command_cases(set)
    local lines = {}
    for _, command in ipairs(set.commands) do
        lines[#lines + 1] = ("        %s) found=\"%s %s\";;"):format(command.name,
            flags_of(options_of(command.spec)), arguments_of(set, command.name))
    end
    return table.concat(lines, "\n")
end

local function workload_cases(set)
    local lines = {}
    for _, workload in ipairs(set.workloads) do
        if #workload.options > 0 then
            lines[#lines + 1] = ("            %s) found=\"$found %s\";;"):format(workload.name,
                flags_of(workload.options))
        end
    end
    return table.concat(lines, "\n")
end

local bash = [==[
# Completion of engram for bash.
_engram() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]} found="" each
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "%s --help --version" -- "$word"))
        return
    fi
    case $command:$before in
%s
    esac
    if [ -n "$found" ]; then
        COMPREPLY=($(compgen -W "$found" -- "$word"))
        return
    fi
    case $command in
%s
    esac
    for each in "${COMP_WORDS[@]:2}"; do
        case $each in
%s
        esac
    done
    COMPREPLY=($(compgen -W "$found" -- "$word"))
    case $word in -*) ;; *) COMPREPLY+=($(compgen -f -- "$word"));; esac
}
complete -o filenames -F _engram engram
]==]

function completions.bash(set)
    return bash:format(names_of(set.commands), value_cases(set, 'found="%s"',
        'COMPREPLY=($(compgen -f -- "$word")); return'), command_cases(set), workload_cases(set))
end

local zsh = [==[
#compdef engram
# Completion of engram for zsh.
local before=$words[CURRENT-1] command=$words[2] found="" each
if (( CURRENT == 2 )); then
    compadd -- %s --help --version
    return
fi
case $command:$before in
%s
esac
if [[ -n $found ]]; then
    compadd -- ${=found}
    return
fi
case $command in
%s
esac
for each in $words[3,-1]; do
    case $each in
%s
    esac
done
compadd -- ${=found}
[[ $PREFIX == -* ]] || _files
]==]

function completions.zsh(set)
    return zsh:format(names_of(set.commands), value_cases(set, 'found="%s"', "_files; return"),
        command_cases(set), workload_cases(set))
end

-- ---- fish

local function quoted(text) return "'" .. text:gsub("\\", "\\\\"):gsub("'", "\\'") .. "'" end

local function fish_option(lines, condition, option)
    local line = ("complete -c engram -n %s -l %s"):format(quoted(condition), option.flag:sub(3))
    if option.short then line = line .. " -s " .. option.short:sub(2) end
    if option.value then line = line .. (option.file and " -r" or " -x") end
    if option.values then line = line .. " -a " .. quoted(option.values) end
    lines[#lines + 1] = line .. " -d " .. quoted((option.about:gsub("\n", " ")))
end

function completions.fish(set)
    local lines = { "# Completion of engram for fish." }
    for _, command in ipairs(set.commands) do
        lines[#lines + 1] = ("complete -c engram -n __fish_use_subcommand -a %s -d %s"):format(
            command.name, quoted(command.about))
        local condition = "__fish_seen_subcommand_from " .. command.name
        for _, option in ipairs(options_of(command.spec)) do
            fish_option(lines, condition, option)
        end
        local arguments = arguments_of(set, command.name)
        if arguments ~= "" then
            lines[#lines + 1] = ("complete -c engram -n %s -a %s"):format(quoted(condition),
                quoted(arguments))
        end
    end
    for _, workload in ipairs(set.workloads) do
        for _, option in ipairs(workload.options) do
            fish_option(lines, "__fish_seen_subcommand_from " .. workload.name, option)
        end
    end
    return table.concat(lines, "\n") .. "\n"
end

return completions
