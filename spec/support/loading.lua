--- Loading: bytes as a file that engram.load reads, and what has to come of it.

local engram = require "engram"
local assert = require "luassert"

local path = os.tmpname()

local function write(text, name)
    local file = assert(io.open(name or path, "wb"))
    file:write(text)
    file:close()
end

local function load_bytes(text, options)
    write(text)
    return engram.load(path, options)
end

-- As the end of its path tells.
local function load_named(text, suffix, options)
    local name = path .. "." .. suffix
    write(text, name)
    local m, message = engram.load(name, options)
    os.remove(name)
    return m, message
end

local function rows_of(m)
    local rows = {}
    for i = 1, m.rows do
        rows[i] = {}
        for j = 1, m.dims do rows[i][j] = m:get(i, j) end
    end
    return rows
end

local function is_mapped(m) return m.file ~= nil end

local function accepted(expected, m, message)
    assert(m, message)
    assert.same(expected, rows_of(m))
    assert.is_true(m.frozen ~= 0)
    return m
end

local function refused(text, m, message)
    assert.is_nil(m)
    assert.is_nil(message:find "%c")
    assert.truthy(message:find(text, 1, true), message)
end

return {
    path = path, write = write, load_bytes = load_bytes, load_named = load_named, rows_of = rows_of,
    is_mapped = is_mapped, accepted = accepted, refused = refused,
}
