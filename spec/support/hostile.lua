--- Hostile: what a valid file becomes in bad hands, for the specs of readers.
--
--    local sample = { name = "npy", suffix = ".npy", bytes = "\147NUMPY...", exact = true }
--    hostile.cut(sample)          -- truncated at every byte, bytes behind it, doubled
--    hostile.bytes(sample)        -- every byte changed to a few others
--    hostile.fields(sample)       -- every two, four and eight bytes a size that lies
--    hostile.numbers(sample)      -- every number that is written out, too
--    hostile.shrinks(sample)      -- needs large(): bytes, or files, of over 8 MiB
--
-- options go to engram.load. exact: the format knows its length, so none but the whole file
-- is accepted. A format of several files has files = { [name] = bytes } in place of bytes, and
-- at: the one that is loaded, or "" for their folder; each is changed in turn.
--
-- Whatever becomes of it, load answers a value all of which can be read, or nil and one line
-- that starts with the path; it does not raise, nothing stays alive, no file stays mapped, and
-- it takes less than seconds_max of the CPU. Each helper answers how many files were accepted
-- and how many refused.

local ffi = require "ffi"

local C = require "engram.c"
local engram = require "engram"
local graph = require "engram.graph"
local matrix = require "engram.matrix"
local samples = require "spec.support.samples"
local words = require "engram.words"

local hostile = {}

local seconds_max = 5
local read_max = 2 ^ 16 -- numbers of a value that are looked at, from its start and its end
local read_max_fuzzed = 256

local ids_t, weights_t = ffi.typeof "const uint32_t *", ffi.typeof "const float *"

-- ---- what can be read of a value

local function each_within(count, room, body)
    for i = 1, math.min(count, room) do body(i) end
    for i = math.max(1, count - room), count do body(i) end
end

local function read_matrix(m)
    assert(m.frozen ~= 0, "a matrix that is not frozen")
    each_within(m.rows, math.ceil(read_max / m.dims), function(i)
        each_within(m.dims, read_max, function(j)
            assert(type(m:get(i, j)) == "number")
        end)
    end)
    if m.rows == 0 then return end
    local query = {}
    for j = 1, m.dims do query[j] = m.type == "bits" and 1 or 1 / j end
    engram.arena():scope(function()
        local metric = m.type == "bits" and "hamming" or "cosine"
        assert(#engram.nearest(query, m, 2, { metric = metric }) == math.min(2, m.rows))
    end)
end

local function read_graph(g)
    local offsets = ffi.cast(ids_t, g.offsets)
    local targets, weights = ffi.cast(ids_t, g.targets), ffi.cast(weights_t, g.weights)
    assert(offsets[0] == 0 and offsets[g.nodes] == g.edges, "offsets are no partition")
    for node = 0, g.nodes - 1 do assert(offsets[node] <= offsets[node + 1], "offsets fall") end
    for arc = 0, g.edges - 1 do
        assert(targets[arc] < g.nodes, "an arc to no node")
        assert(weights[arc] - weights[arc] == 0, "a weight that is not finite")
    end
    each_within(g.nodes, math.min(1000, read_max), function(node) g:neighbours(node) end)
    g:kinds()
end

local function read_words(w)
    each_within(#w, math.min(1000, read_max), function(i)
        local word = w:get(i)
        local found = w:find(word)
        assert(found and found <= i and w:get(found) == word, "a word that is not found")
    end)
end

--- Raises for a value of load that can not be read to its ends.
function hostile.read(value)
    if matrix.is_matrix(value) then return read_matrix(value) end
    if graph.is_graph(value) then return read_graph(value) end
    if words.is_words(value) then return read_words(value) end
    if type(value) == "table" then
        for _, each in pairs(value) do
            if type(each) == "cdata" or type(each) == "table" then hostile.read(each) end
        end
    end
end

-- ---- files

-- A new file, which is faster than an old one made empty.
local function write(path, bytes)
    os.remove(path)
    local file = assert(io.open(path, "wb"))
    assert(file:write(bytes))
    file:close()
end

local function is_mapped(folder)
    for line in io.lines "/proc/self/maps" do
        if line:find(folder, 1, true) then return true end
    end
    return false
end

-- What is compiled may hold a function that was at hand, and that a value.
local function collect()
    jit.flush()
    collectgarbage()
    collectgarbage()
end

-- In memory where there is such a place: on a disk, most of the time would go into files.
local function new_folder()
    local pipe = io.popen "mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"
    local name = assert(pipe:read "*l", "mktemp makes no folder")
    pipe:close()
    return name
end

-- Runs body(path, files, folder) with the sample's files in a folder that is gone afterwards,
-- and sees that nothing is left of it in memory. On a stack of its own, for no slot of ours
-- then holds what was garbage.
local function with_files(sample, body)
    local name = new_folder()
    local folder = name .. "/"
    local files, at = samples.files(sample)
    local path = folder .. at
    for each, bytes in pairs(files) do write(folder .. each, bytes) end
    collect()
    local before = C.eg_live_objects()
    local ok, message = coroutine.wrap(function()
        return xpcall(function() body(path, files, folder) end, debug.traceback)
    end)()
    collect()
    local after, mapped = C.eg_live_objects(), is_mapped(folder)
    os.execute("rm -r " .. name)
    if not ok then error(message, 0) end
    assert(after == before, ("%s: %d objects stay alive"):format(sample.name, after - before))
    assert(not mapped, sample.name .. ": a file stays mapped")
end

-- ---- one load

local function refusal(message, path)
    assert(type(message) == "string", "no message but " .. tostring(message))
    assert(not message:find "%c", "a message with control characters: " .. message)
    assert(message:sub(1, #path + 1) == path .. ":", "a message without the path: " .. message)
    assert(#message < #path + 600, "a long message: " .. message)
end

-- Whether the files as they are now are accepted. what: for the message when they are not
-- dealt with as they should be.
local function accepted(sample, path, what)
    local start = os.clock()
    local ok, value, second, third = pcall(engram.load, path, sample.options)
    local seconds = os.clock() - start
    local fine, why = pcall(function()
        assert(ok, value)
        assert(seconds < seconds_max, ("%.1f s of the CPU"):format(seconds))
        if value == nil then return refusal(second, path) end
        hostile.read(value)
        hostile.read(second)
        hostile.read(third)
    end)
    if not fine then error(("%s, %s: %s"):format(sample.name, what, tostring(why)), 0) end
    return value ~= nil
end

-- Loads the sample with each of its files changed in turn, as changes(bytes, try) wants it:
-- try(changed bytes, what) answers whether it was accepted.
local function each_change(sample, changes)
    local counts = { [true] = 0, [false] = 0 }
    with_files(sample, function(path, files, folder)
        assert(accepted(sample, path, "as it should be"), "the sample itself is refused")
        for name, bytes in pairs(files) do
            changes(bytes, function(changed, what)
                write(folder .. name, changed)
                local is_accepted = accepted(sample, path, name .. " " .. what)
                counts[is_accepted] = counts[is_accepted] + 1
                return is_accepted
            end)
            write(folder .. name, bytes)
        end
    end)
    return counts[true], counts[false]
end

-- ---- fuzzing

local collected_every = 100 -- files that are garbage may stay mapped so long

--- A function that takes bytes as that file of the sample, whose files come into folder, and
--  raises where they are not dealt with as they should be.
function hostile.stream(sample, name, folder)
    local files, at = samples.files(sample)
    for each, bytes in pairs(files) do write(folder .. each, bytes) end
    read_max = read_max_fuzzed
    collect()
    local count, before = 0, C.eg_live_objects()
    return function(bytes)
        write(folder .. name, bytes)
        accepted(sample, folder .. at, "as fuzzed")
        count = count + 1
        if count % collected_every > 0 then return end
        collect()
        local alive = C.eg_live_objects() - before
        assert(alive == 0, alive .. " objects stay alive")
        assert(not is_mapped(folder), "a file stays mapped")
    end
end

-- ---- the changes

--- Truncated at every byte, one and more bytes behind, the whole file twice.
function hostile.cut(sample)
    return each_change(sample, function(bytes, try)
        local function exactly(changed, what)
            local is_accepted = try(changed, what)
            assert(not (is_accepted and sample.exact), sample.name .. ", " .. what ..
                ": is accepted")
        end
        for length = 0, #bytes - 1 do
            exactly(bytes:sub(1, length), "cut to " .. length .. " bytes")
        end
        for _, more in ipairs { "\0", "\n", "x", (" "):rep(64), ("\0"):rep(4096) } do
            exactly(bytes .. more, ("and %d bytes %q behind"):format(#more, more:sub(1, 1)))
        end
        exactly(bytes .. bytes, "twice")
    end)
end

local function replaced(bytes, at, piece)
    return bytes:sub(1, at - 1) .. piece .. bytes:sub(at + #piece)
end

-- Is it in the middle of padding? There one byte stands for all.
local function is_padding(bytes, at)
    return at > 4 and bytes:sub(at - 4, at + 4) == bytes:sub(at, at):rep(9)
end

--- Every byte as 0, 1, 127, 128, 255, a line's end, a blank, and its neighbours.
function hostile.bytes(sample)
    return each_change(sample, function(bytes, try)
        for at = 1, #bytes do
            local byte = bytes:byte(at)
            local others = is_padding(bytes, at) and {} or
                { 0, 1, 10, 32, 127, 128, 255, (byte + 1) % 256, (byte - 1) % 256 }
            for _, other in ipairs(others) do
                if other ~= byte then
                    try(replaced(bytes, at, string.char(other)),
                        ("byte %d as %d"):format(at - 1, other))
                end
            end
        end
    end)
end

-- Little-endian.
local sizes = {
    "\0\0", "\1\0", "\255\255", "\0\128",
    "\0\0\0\0", "\1\0\0\0", "\255\255\255\255", "\255\255\255\127", "\0\0\0\128", "\0\0\1\0",
    "\0\0\0\64", "\0\0\192\127", "\0\0\128\255",
    ("\255"):rep(8), ("\255"):rep(7) .. "\127", ("\0"):rep(7) .. "\128",
    "\0\0\0\0\1\0\0\0",
    "\0\0\1\0\0\0\1\0", "\0\0\0\128\2\0\0\0", "\255\255\255\255\255\255\31\0",
}

--- Every two bytes a size that lies: the largest, the least, those whose product overflows. Not
--  of text, where sizes are written out.
function hostile.fields(sample)
    return each_change(sample, function(bytes, try)
        if not bytes:find "%z" then return end
        for at = 1, #bytes - 1, 2 do
            for _, size in ipairs(is_padding(bytes, at) and {} or sizes) do
                if at + #size - 1 <= #bytes then
                    try(replaced(bytes, at, size),
                        ("bytes %d on as %q"):format(at - 1, size))
                end
            end
        end
    end)
end

local numbers = {
    "0", "1", "-1", "65536", "2147483647", "2147483648", "4294967295", "4294967296", "4294967297",
    "9007199254740993", "9223372036854775807", "18446744073709551615", "18446744073709551617",
    "99999999999999999999999999", "1e9", "1.5", "nan", "inf", "-inf", "0x10", "", "1 1",
    ("9"):rep(400), ("0"):rep(400) .. "1",
}

--- Every number that is written out as another; and all of them at once.
function hostile.numbers(sample)
    return each_change(sample, function(bytes, try)
        local places = {}
        for first, last in bytes:gmatch "()%d+()" do places[#places + 1] = { first, last } end
        for _, number in ipairs(numbers) do
            for _, place in ipairs(places) do
                try(bytes:sub(1, place[1] - 1) .. number .. bytes:sub(place[2]),
                    ("the number at byte %d as %q"):format(place[1] - 1, number:sub(1, 30)))
            end
            try((bytes:gsub("%d+", number)), "all numbers as " .. number:sub(1, 30))
        end
    end)
end

-- ---- files that shrink

local large_bytes = 2 ^ 23

local function cut(path)
    assert(os.execute("truncate -s 5000 " .. path) == 0)
end

local function says_so(path, message)
    assert(type(message) == "string" and message:find(path, 1, true) and
        message:find("shrunk", 1, true), "no word that it has shrunk: " .. tostring(message))
end

--- A large file shrinks after its first piece was read, which is refused; or, where it is
--  read at once, when it is loaded: then what is mapped says so where it is read, and what was
--  copied is whole. Answers "read", "mapped" or "copied".
function hostile.shrinks(sample)
    local how
    local made = sample.large()
    local large = { name = sample.name, suffix = sample.suffix, at = sample.at }
    large[type(made) == "table" and "files" or "bytes"] = made
    with_files(large, function(path, files, folder)
        local options, pieces = {}, 0
        local function cut_short()
            for name, bytes in pairs(files) do
                if #bytes >= large_bytes then cut(folder .. name) end
            end
        end
        for key, value in pairs(sample.options or {}) do options[key] = value end
        function options.progress()
            pieces = pieces + 1
            if pieces == 1 then cut_short() end
        end
        local value, message = engram.load(path, options)
        if pieces > 0 then
            how = "read"
            assert(value == nil, sample.name .. ": is accepted")
            refusal(message, path)
            return says_so(path, message)
        end
        assert(value, message)
        collect()
        how = is_mapped(folder) and "mapped" or "copied"
        cut_short()
        local ok
        ok, message = pcall(hostile.read, value)
        assert(ok == (how == "copied"), ("%s, %s: %s"):format(sample.name, how,
            tostring(message)))
        if not ok then says_so(path, message) end
    end)
    return how
end

return hostile
