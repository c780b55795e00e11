--- The page `engram help c`: its files, written, and its command lines, run one after the other.
--
--    local printed = c_page.run { folder = path, from = "make install", prefix = "/opt/e" }
--    printed["./nearest"]                       -- what that line said
--
-- from: which of the page's first lines says where headers and library are; there, prefix
-- stands for /usr/local and for the source tree's build.

local child = require "spec.support.child"
local manual = require "engram.manual"
local utils = require "pl.utils"

local c_page = {}

local verbs = { cc = true, engram = true, luajit = true, ["./nearest"] = true }

-- What is indented, piece by piece; a piece ends at text that is not.
local function pieces()
    local list, piece = {}, {}
    for line in manual.page "c":gmatch "([^\n]*)\n" do
        if line:match "^%S" then
            list[#list + 1], piece = piece, {}
        else
            piece[#piece + 1] = line:sub(3)
        end
    end
    list[#list + 1] = piece
    return list
end

-- { files = { name = text }, commands = { line, ... }, places = { from = line } }
function c_page.read()
    local page, name, before = { files = {}, commands = {}, places = {} }, nil, ""
    local function add(line)
        local place, from = line:match "^(.-%S) +# ([%l ]+)$"
        local head = line:match "^/%* (%S+) %*/$" or line:match "^%-%- (%S+%.lua)$"
        if line:match "^[IL]=.*\\$" then
            before = line:sub(1, -2)
        elseif line:match "^[IL]=" then
            page.places[from], before = before .. place, ""
        elseif head then
            name = head
            page.files[name] = line .. "\n"
        elseif verbs[line:match "^%S*"] then
            page.commands[#page.commands + 1] = line:gsub("%s+#.*$", "")
        elseif name then
            page.files[name] = page.files[name] .. line .. "\n"
        end
    end
    for _, piece in ipairs(pieces()) do
        name = nil
        for _, line in ipairs(piece) do add(line) end
    end
    return page
end

-- Where plain LuaJIT finds what was installed there.
local paths = 'P=$L/../../../..; export LUA_CPATH="$L/../?.so;;" ' ..
    'LUA_PATH="$P/share/lua/5.1/?.lua;$P/share/lua/5.1/?/init.lua;;"; '

-- The place is worked out where the shell stands, all else in the folder.
local function command_line(options, place, line)
    local programs = { cc = options.compiler or "cc", engram = "$P/bin/engram",
        luajit = child.luajit }
    local setup = place:gsub("/usr/local", options.prefix or "%0"):gsub("%$PWD/build",
        options.prefix or "%0") .. "; " .. paths
    return "sh -c " .. utils.quote_arg(setup .. "cd " .. options.folder .. " && " ..
        line:gsub("^%S+", programs))
end

--- What each line printed, by the line as the page has it; one that fails is an error.
--  compiler: in the place of cc. only, but: patterns for the lines to run, and not to.
function c_page.run(options)
    local page, printed = c_page.read(), {}
    local place = assert(page.places[options.from], options.from)
    for name, text in pairs(page.files) do utils.writefile(options.folder .. "/" .. name, text) end
    for _, line in ipairs(page.commands) do
        if line:find(options.only or "") and not (options.but and line:find(options.but)) then
            local command = command_line(options, place, line)
            local code, out, err = child.run(command, { environment = options.environment })
            assert(code == 0, ("%s\n%s%s"):format(command, out, err))
            printed[line] = out
        end
    end
    return printed
end

return c_page
