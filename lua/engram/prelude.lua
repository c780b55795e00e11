--- Prelude: engram's own modules as bytecode, which the threads of a run load from the host's
--- memory: each thread what it requires, and nothing from a file.
--
--    local list, count, kept = prelude()     -- an array of eg_module
--
-- A module that is not listed here still works: it is found and parsed as ever.

local ffi = require "ffi"

local declarations = require "engram.declarations"

declarations.rest()

local names = {
    -- What every thread starts with: names are looked for one after the other.
    "engram.thread", "engram.declarations", "engram.control", "engram.errors", "engram.restore",
    "engram.methods", "engram.traces",
    "engram",
    "engram.actr",
    "engram.answers",
    "engram.arena",
    "engram.base_level",
    "engram.c",
    "engram.check",
    "engram.curves",
    "engram.data",
    "engram.decay",
    "engram.event",
    "engram.files.arcs",
    "engram.files.bins",
    "engram.files.csr",
    "engram.files.edges",
    "engram.files.file",
    "engram.files.formats",
    "engram.files.mtx",
    "engram.files.named",
    "engram.files.npy",
    "engram.files.npy_header",
    "engram.files.npz",
    "engram.files.options",
    "engram.files.reading",
    "engram.files.rows",
    "engram.files.rows_out",
    "engram.files.safetensors",
    "engram.files.sample",
    "engram.files.save_csr",
    "engram.files.save_edges",
    "engram.files.save_fbin",
    "engram.files.save_npy",
    "engram.files.save_safetensors",
    "engram.files.save_words",
    "engram.files.savers",
    "engram.files.vecs",
    "engram.files.vectors",
    "engram.files.word2vec",
    "engram.files.whole_types",
    "engram.files.wordnet",
    "engram.files.words",
    "engram.files.writer",
    "engram.fit",
    "engram.fsrs",
    "engram.graph",
    "engram.hits",
    "engram.kinds",
    "engram.levenberg",
    "engram.load",
    "engram.matrix",
    "engram.method",
    "engram.metrics",
    "engram.query",
    "engram.random",
    "engram.refusals",
    "engram.save",
    "engram.seeds",
    "engram.settings",
    "engram.share",
    "engram.similarity",
    "engram.sm2",
    "engram.spread", "engram.spread_many",
    "engram.words",
    "jit.vmdef", -- for the words of a refusal: reading a file is no part of an event
}

-- Of engram.declarations.
local parts = { "path", "core", "arena", "rest" }

-- The bytecode of a module, which keeps what errors show: file and line.
local function bytecode(name)
    local path = package.searchpath(name, package.path)
    local chunk = path and loadfile(path)
    return chunk and string.dump(chunk)
end

local made

--- The array, its length, and what has to live as long as it; made at the first call.
return function()
    if made then return made.list, made.count, made end
    local list, count, kept = ffi.new("eg_module[?]", #parts + #names), 0, {}
    local function put(name, code)
        if not code then return end
        kept[name] = code
        list[count] = { name, code, #code }
        count = count + 1
    end
    for _, part in ipairs(parts) do
        local source = ("return %q"):format(declarations.texts[part])
        put("engram.declared." .. part, string.dump(loadstring(source, "=engram.declared")))
    end
    for _, name in ipairs(names) do put(name, bytecode(name)) end
    made = { list = list, count = count, kept = kept }
    return list, count, made
end
