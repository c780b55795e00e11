--- Man: the man page, made of what the commands say of themselves.
--
--    io.write(man.page(version, top, specs, pages))
--
-- top and specs: as of engram.usage; pages: a list of { name, about, text }. The same specs
-- are parsed and shown by --help, so the three can not drift.

local man = {}

-- What roff would take for its own is told not to be.
local function escaped(text)
    text = text:gsub("\\", "\\e"):gsub("%-", "\\-")
    return (text:gsub("^([.'])", "\\&%1"):gsub("\n([.'])", "\n\\&%1"))
end

local function paragraph(text)
    return escaped((text:gsub("%s+", " ")))
end

local function add_tag(lines, label, about)
    lines[#lines + 1] = ".TP"
    lines[#lines + 1] = "\\fB" .. escaped(label) .. "\\fR"
    lines[#lines + 1] = paragraph(about)
end

local function add_literal(lines, text)
    lines[#lines + 1] = ".PP"
    lines[#lines + 1] = ".nf"
    lines[#lines + 1] = (escaped(text):gsub("\n+$", ""):gsub("\n\n+", "\n\\&\n"))
    lines[#lines + 1] = ".fi"
end

local function option_label(option)
    return (option.short and option.short .. ", " or "") .. option.flag ..
        (option.value and " " .. option.value or "")
end

local function add_command(lines, spec)
    lines[#lines + 1] = ".SS engram " .. escaped(spec.usage)
    lines[#lines + 1] = paragraph(spec.about)
    for _, argument in ipairs(spec.arguments or {}) do
        add_tag(lines, argument.label, argument.about)
    end
    for _, group in ipairs(spec.groups or {}) do
        for _, option in ipairs(group.options) do
            add_tag(lines, option_label(option), option.about)
        end
    end
    if spec.examples then add_literal(lines, table.concat(spec.examples, "\n")) end
end

local environment = {
    { "ENGRAM_ARENA_SIZE", "the size of each arena, as 512K, 4M, 1G; --arena-size beats it" },
    { "ENGRAM_ARENA_OVERFLOW", "panic, error, fallback or grow; --arena-overflow beats it" },
    { "ENGRAM_ARENA_ZERO", "0 or 1: clear what is given back; --arena-zero beats it" },
    { "ENGRAM_ISA", "the instruction set of the kernels: one that engram info lists" },
    { "ENGRAM_DATA", "a folder to look into before engram's own for what engram.data names" },
    { "ENGRAM_BASELINES", "the folder of baselines, in place of .engram" },
}

local codes = {
    { "0", "done" }, { "1", "a script or a run failed" },
    { "2", "wrong usage, or a file to inspect or to convert that is not accepted" },
    { "98", "a figure regressed, under --fail-on-regression" },
    { "99", "a threshold was missed" }, { "130, 143", "interrupted by SIGINT, SIGTERM" },
}

local function add_tags(lines, title, rows)
    lines[#lines + 1] = ".SH " .. title
    for _, row in ipairs(rows) do add_tag(lines, row[1], row[2]) end
end

--- The page as roff source, for man -l.
function man.page(version, top, specs, pages)
    local lines = {
        '.TH ENGRAM 1 "" "engram ' .. escaped(version) .. '" "User Commands"',
        ".SH NAME", "engram \\- timed runs of Lua workloads, scratch arenas, memory kernels",
        ".SH SYNOPSIS", ".B engram", escaped(top.usage),
        ".SH DESCRIPTION", paragraph(top.about), ".SH COMMANDS",
    }
    for _, spec in ipairs(specs) do add_command(lines, spec) end
    lines[#lines + 1] = ".SH OPTIONS"
    for _, option in ipairs(top.groups[1].options) do
        add_tag(lines, option_label(option), option.about)
    end
    add_tag(lines, "-h, --help", "of engram and of each command: what it takes")
    add_tags(lines, "ENVIRONMENT", environment)
    add_tags(lines, "EXIT STATUS", codes)
    for _, page in ipairs(pages) do
        lines[#lines + 1] = ".SH " .. page.name:upper()
        lines[#lines + 1] = paragraph(page.about) .. ":"
        add_literal(lines, page.text)
    end
    lines[#lines + 1] = ".SH EXAMPLES"
    add_literal(lines, table.concat(top.examples, "\n"))
    return table.concat(lines, "\n") .. "\n"
end

return man
