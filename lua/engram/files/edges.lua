--- Edges: graphs as text, an edge a line.
--
--    # comment                     "u v" or "u v w", blanks or tabs between, CRLF too
--    0 1 0.5
--    0 2
--
--    local g, message = edges.read(file, options)
--
-- With weights by kind it is "u v kind", with kinds to keep "u v kind" or "u v kind w". Lines
-- that start with # or % are comments; a comma separates nothing. Messages name the line.

local C = require "engram.c"

local arcs = require "engram.files.arcs"
local options = require "engram.files.options"
local reading = require "engram.files.reading"

local edges = { name = "edges", gives = "graph", about = 'an edge list, "from to [weight]" a line',
    options = { base = options.one_of { 0, 1 }, weights = options.weights,
        kinds = options.switch, nodes = options.of_arcs.nodes,
        dup = options.of_arcs.dup, self = options.of_arcs.self } }

--- Text that is no other format is taken for edges.
function edges.is(file) return not file:first_text(4096):find "%z" end

local words_hint = "; as = 'words' reads a list of words"

-- A line that is one word can be no edge; where commas separate, it is no word either.
local function looks_like_words(file)
    local line = file:first_text(4096):match "^([^%s#%%]%S*)\r?\n"
    return line ~= nil and (line == "," or not line:find(",", 1, true))
end

-- The first line that is no comment, or nil.
local function first_line(file)
    for line in file:first_text(4096):gmatch "[^\r\n]+" do
        if line:find "%S" and not line:find "^%s*[#%%]" then return line end
    end
    return nil
end

local commas_hint = "; commas separate nothing: put blanks in their place, for edges " ..
    "(\"from to [weight]\" a line) as for vectors (\"word 0.5 1 2\"): 'engram help files'"

-- Are there fields between commas, each without a blank? In prose one is behind the comma.
local function is_of_commas(line)
    if not line:find(",", 1, true) then return false end
    if line:find ",%S" then return true end
    for field in (line .. ","):gmatch "([^,]*)," do
        if not field:find "^%s*%S*%s*$" then return false end
    end
    return true
end

-- In the first line, or behind it if that is the names of columns.
local function has_commas(file)
    local line = first_line(file)
    return line ~= nil and is_of_commas(line) or
        ("\n" .. file:first_text(4096)):find "\n%d+%s*," ~= nil
end

local unknown_hint = "; it is no format that is known, so edges were expected"

-- Does the first line that is no comment start as an edge does?
local function looks_like_edges(file)
    local line = first_line(file)
    return line == nil or line:find "^%s*[%-%d]" ~= nil
end

--- Where the name of the file promises something else.
function edges.is_likely(file) return file.size_bytes > 0 and looks_like_edges(file) end

local ids_hint = "; ids are whole numbers: give each name one, as 'engram help files' shows"

-- What is to be done about a file that is no list of edges at all.
local function hint(file, given, message)
    if given.nodes and message:find "is above %w+$" then
        return ("; nodes = %.0f is too few"):format(given.nodes)
    end
    if looks_like_words(file) then return words_hint end
    if has_commas(file) then return commas_hint end
    local is_name = message:find "an id expected, found \"[^%d%-]" ~= nil
    return (is_name and ids_hint or "") ..
        (not given.as and not looks_like_edges(file) and unknown_hint or "")
end

--- The graph.
function edges.read(file, given, progress)
    local made, message = arcs.options(given)
    if not made then return nil, message end
    local done
    done, message = reading.drive(C.eg_read_edges(file, made.c, given.base or 0,
        given.nodes or -1), progress)
    if not done then
        if given.nodes == 0 then message = message:gsub(" is above %-1$", " is above none") end
        return nil, message .. hint(file, given, message)
    end
    return done.graph
end

return edges
