-- Mapped files: what is read from one that shrinks is an error and never a crash, in any
-- thread; what is not ours to repair still goes to whoever handled it before.

local C = require "engram.c"
local c_program = require "spec.support.c_program"
local child = require "spec.support.child"
local engram = require "engram"
local ffi = require "ffi"

local path = os.tmpname()
local rows, dims = 3000, 16

local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
end

local function truncate(bytes)
    assert.equal(0, os.execute(("truncate -s %d %s"):format(bytes, path)))
end

-- A matrix of ones over a new file, and the file's length.
local function ones()
    local made = engram.matrix(rows, dims)
    for i = 1, rows do
        for j = 1, dims do made:set(i, j, 1) end
    end
    local dictionary = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }")
        :format(rows, dims)
    local header = "\147NUMPY\1\0\118\0" .. dictionary .. (" "):rep(117 - #dictionary) .. "\n"
    local text = header .. ffi.string(made:data(), rows * dims * 4)
    write(text)
    return assert(engram.load(path)), #text
end

local query = {}
for i = 1, dims do query[i] = 1 end

-- So many rows, of which the last is nearest: what is mapped puts it in order.
local coarse = engram.matrix(rows, dims, { type = "bits" })
for i = 1, dims do coarse:set(rows, i, 1) end

describe("a mapped file", function()
    teardown(function() os.remove(path) end)

    it("shows its bytes, its length and its path", function()
        write "abc"
        local file = C.eg_file_open(path)
        assert.equal(3, file.size_bytes)
        assert.equal("abc", ffi.string(file.bytes, 3))
        assert.equal(path, ffi.string(file.path))
        assert.equal(0, file.lost)
        C.eg_file_release(file)
    end)

    it("may be empty", function()
        write ""
        local file = C.eg_file_open(path)
        assert.equal(0, file.size_bytes)
        C.eg_file_release(file)
    end)

    it("is refused where there is no file", function()
        for _, name in ipairs { "/nonexistent/file", "/tmp", "/dev/null" } do
            assert.is_true(C.eg_file_open(name) == nil, name)
            assert.is_true(ffi.errno() ~= 0)
        end
        assert.is_true(C.eg_file_open(nil) == nil)
    end)

    it("is kept by the matrix over it when its name is gone", function()
        local m = ones()
        os.remove(path)
        collectgarbage()
        collectgarbage()
        assert.equal(1, m:get(rows, dims))
    end)

    it("that shrinks keeps what is left, and reads as zeros behind", function()
        local pages, page = 64, 65536 -- no less than any system's
        write(("x"):rep(pages * page))
        local file = C.eg_file_open(path)
        finally(function() C.eg_file_release(file) end)
        local bytes = ffi.cast("const uint8_t *", file.bytes)
        truncate(3 * page)
        assert.equal(0, file.lost)
        assert.equal(0, bytes[5 * page + 7])
        assert.equal(1, file.lost)
        for at = 0, pages - 1 do assert.equal(at < 3 and 120 or 0, bytes[at * page + 1]) end
    end)

    -- No disk fails when a spec wants it to: one that was cut off for the read alone, and then
    -- is as it was, looks the same.
    local function fail_at(read)
        local stamp = path .. ".stamp"
        assert.equal(0, os.execute(("touch -r %s %s"):format(path, stamp)))
        local file = assert(io.open(path, "rb"))
        local bytes = file:seek "end"
        file:close()
        truncate(0)
        read()
        truncate(bytes)
        assert.equal(0, os.execute(("touch -r %s %s; rm %s"):format(stamp, path, stamp)))
    end

    it("that can not be read, though it has not changed, has not shrunk", function()
        local m = ones()
        fail_at(function() assert.is_false(pcall(function() return m:get(rows, 1) end)) end)
        local _, message = pcall(engram.nearest, query, m, 3)
        assert.truthy(message:find(path .. " could not be read; load it anew", 1, true), message)
        truncate(200)
        _, message = pcall(engram.nearest, query, m, 3)
        assert.truthy(message:find(path .. " has shrunk; load it anew", 1, true), message)
    end)

    it("that is written anew, or replaced, by as much has shrunk for us", function()
        for _, change in ipairs { "touch %s", "cp -p %s %s.new && mv %s.new %s", "rm %s" } do
            local m = ones()
            fail_at(function() assert.is_false(pcall(function() return m:get(rows, 1) end)) end)
            assert.equal(0, os.execute((change:gsub("%%s", path))))
            local _, message = pcall(engram.nearest, query, m, 3)
            assert.truthy(message:find(path .. " has shrunk; ", 1, true), message)
        end
    end)

    it("that shrinks makes every kernel an error that names it", function()
        for _, call in ipairs {
            function(m) engram.nearest(query, m, 3) end,
            function(m) engram.nearest(query, m, 3, { metric = "l2" }) end,
            function(m) engram.nearest(query, m, 3, { ids = { rows - 1, rows } }) end,
            function(m) engram.similarity(query, m) end,
            function(m) engram.nearest(engram.matrix { query, query }, m, 3) end,
            function(m) engram.nearest(m, engram.matrix { query, query }, 1) end,
            function(m) engram.nearest(query, coarse, 3, { rerank = m }) end,
            function(m) engram.nearest(engram.matrix { query, query }, coarse, 3,
                { rerank = m }) end,
        } do
            local m, bytes = ones()
            truncate(math.floor(bytes / 2))
            local mark = engram.arena():mark()
            local ok, message = pcall(call, m)
            assert.is_false(ok)
            assert.truthy(message:find(path .. " has shrunk", 1, true), message)
            assert.truthy(message:find("mapping_spec.lua", 1, true), message)
            assert.equal(mark, engram.arena():mark())
        end
    end)

    it("that shrinks is no crash where Lua reads it", function()
        local m, bytes = ones()
        truncate(math.floor(bytes / 2))
        local ok, message = pcall(function() return m:get(rows, 1) end)
        assert.is_false(ok)
        assert.truthy(message:find("has shrunk", 1, true), message)
        assert.has_error(function() m:row(1) end)
    end)

    it("that shrinks is not converted", function()
        local m, bytes = ones()
        truncate(math.floor(bytes / 2))
        local made, message = m:convert "f16"
        assert.is_nil(made)
        assert.truthy(message:find("convert: " .. path .. " has shrunk", 1, true), message)
        assert.is_nil((engram.load(path, { type = "f16" })))
    end)

    it("that shrinks is no zero in a row that was taken before", function()
        local m, bytes = ones()
        local row = m:row(rows)
        assert.equal(1, row:get(1))
        truncate(math.floor(bytes / 2))
        local ok, message = pcall(function() row:get(1) end)
        assert.is_false(ok)
        assert.truthy(message:find("mapping_spec.lua", 1, true), message)
        assert.truthy(message:find("has shrunk", 1, true), message)
    end)

    it("that shrinks is no query of zeros for another matrix", function()
        local other = engram.matrix { query, query }
        for _, call in ipairs { engram.nearest, engram.similarity } do
            local m, bytes = ones()
            local row = m:row(rows)
            truncate(math.floor(bytes / 2))
            local ok, message = pcall(function()
                if call == engram.nearest then call(row, other, 1) else call(row, other) end
            end)
            assert.is_false(ok)
            assert.truthy(message:find("mapping_spec.lua", 1, true), message)
            assert.truthy(message:find(path .. " has shrunk", 1, true), message)
        end
    end)

    it("that shrinks fails the events of every thread, and the run says why", function()
        local _, bytes = ones()
        local summary = assert(engram.run {
            source = ([[
                local engram = require "engram"
                return {
                    setup = function() return { m = engram.load %q } end,
                    event = function(thread, i)
                        if i == 20 then os.execute "truncate -s %d %s" end
                        engram.nearest(thread.shared.m:row(1), thread.shared.m, 2)
                    end,
                }]]):format(path, math.floor(bytes / 2), path),
            threads = 2, events = 60, max_errors = "all",
        })
        assert.is_true(summary.results.errors > 0)
        assert.truthy(summary.errors[1].message:find("has shrunk", 1, true))
    end)

    -- Of memory's own file system no device is known, so all but its first MiB are asked for.
    it("that is large finds the same while its pages are asked for ahead", function()
        local name = "/dev/shm/engram_mapping_spec.fbin"
        local large, few = 2 ^ 18, 64
        local file = io.open(name, "wb")
        if not file then return pending "there is no /dev/shm" end
        finally(function() os.remove(name) end)
        file:write(ffi.string(ffi.new("uint32_t[2]", large, few), 8))
        file:seek("set", 8 + (large - 3) * few * 4)
        file:write(ffi.string(ffi.new("float[?]", few, 1), few * 4))
        file:seek("set", 8 + large * few * 4 - 1)
        file:write "\0"
        file:close()
        local m = assert(engram.load(name, { as = "fbin" }))
        local cue = { 1 }
        for i = 2, few do cue[i] = 0 end
        for _ = 1, 2 do
            assert.same({ large - 2, 0.125 }, { engram.nearest(cue, m, 1):get(1) })
            local answers = engram.nearest(engram.matrix { cue, cue }, m, 1)
            assert.same({ large - 2, 0.125 }, { answers:get(2, 1) })
        end
    end)

    it("leaves a bad read of others to its handler of before", function()
        write "short"
        local code, out = child.lua(([[
            local ffi = require "ffi"
            ffi.cdef "void *mmap(void *, size_t, int, int, int, long); int open(const char *, int);"
            local C = require "engram.c"
            assert(C.eg_file_open %q ~= nil)
            local start = ffi.C.mmap(nil, 8192, 1, 1, ffi.C.open(%q, 0), 0)
            io.stdout:write(ffi.string(start, 5)):flush()
            print(ffi.cast("char *", start)[8000])]]):format(path, path))
        assert.equal("short", out)
        assert.is_true(code ~= 0)
    end)

    it("stays our error after a bad read that the handler of before has mended", function()
        write(("x"):rep(3 * 4096))
        c_program.with_library([[
            #define _GNU_SOURCE
            #include <signal.h>
            #include <stdint.h>
            #include <sys/mman.h>

            static void mend(int number, siginfo_t *about, void *context)
            {
                void *page = (void *)((uintptr_t)about->si_addr & ~(uintptr_t)4095);
                mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            }

            void mend_all(void)
            {
                struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
                sigaction(SIGBUS, &action, NULL);
            }
        ]], function(library)
            local code, out, err = child.lua(([[
                local ffi = require "ffi"
                ffi.cdef "void mend_all(void); int truncate(const char *, long);"
                ffi.cdef "void *mmap(void *, size_t, int, int, int, long);"
                ffi.cdef "int open(const char *, int);"
                local path, C = %q, require "engram.c"
                library = ffi.load(%q) -- for good: a handler must stay where it is
                library.mend_all()
                local ours = C.eg_file_open(path)
                local theirs = ffi.cast("char *", ffi.C.mmap(nil, 12288, 1, 1,
                    ffi.C.open(path, 0), 0))
                assert(theirs[5000] == 120 and ffi.C.truncate(path, 4096) == 0)
                local shown = ffi.cast("const char *", ours.bytes)
                io.write(theirs[5000], theirs[9000], shown[5000], shown[9000], " ", ours.lost)
                ]]):format(path, library))
            assert.equal("0000 1", out, err)
            assert.equal(0, code)
        end)
    end)
end)
