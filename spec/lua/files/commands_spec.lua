-- engram inspect and engram convert, as a user sees them.

local child = require "spec.support.child"
local cjson = require "cjson"
local engram = require "engram"
local samples = require "spec.support.samples"

local folder = require "spec.support.folder".new()
local path_of, write, listing = folder.path_of, folder.write, folder.listing

local function has(text, part)
    assert.truthy(text:find(part, 1, true), text)
end

-- What a command answers that must succeed.
local function told(line)
    local code, out, err = child.engram(line)
    assert.equal(0, code, err)
    return out, err
end

-- Wrong usage, or a file that is not what it has to be.
local function refused(line, part)
    local code, out, err = child.engram(line)
    assert.equal(2, code, err)
    assert.equal("", out)
    assert.equal(1, select(2, err:gsub("\n", "")), err)
    has(err, part)
end

local words_npy = engram.data "words.npy"

describe("engram inspect", function()
    before_each(folder.make)
    after_each(folder.remove)

    it("shows a matrix", function()
        local out = told("inspect " .. words_npy)
        has(out, words_npy .. ": NumPy's .npy, 4,000,128 bytes\n")
        has(out, "matrix      10,000 rows of 100 numbers, f32, mapped\n")
        has(out, "norms       2.51 (row 8,700) to 12.3 (row 8,406), mean 5.49\n")
        has(out, "zero rows   none\n")
        has(out, "duplicates  none\n")
    end)

    it("shows what is wrong with one", function()
        assert(engram.save(path_of "m.npy", engram.matrix { { 1, 0 }, { 0, 0 }, { 0 / 0, 1 },
            { 1, 0 } }))
        local out = told("inspect " .. path_of "m.npy")
        has(out, "zero rows   1, the first is row 2\n")
        has(out, "NaN, inf    1, the first is row 3\n")
        has(out, "duplicates  1, the first is row 4\n")
    end)

    it("shows a graph with its loops, from ids of 1, too", function()
        local out = told("inspect --base 1 " .. write("g.txt", "1 2 0.5\n2 2 2\n4 1 -1\n"))
        has(out, "graph       4 nodes, 3 edges\n")
        has(out, "weights     -1 to 2\n")
        has(out, "self arcs   1; engram.load leaves them out, unless self = 'keep'\n")
        has(out, "duplicates  none\n")
        has(out, "no arcs     1 node, the first is node 3\n")
        has(out, "components  2, the largest of 3 nodes\n")
        has(out, "out-degree  0 (node 3) to 1 (node 1), mean 0.75\n")
    end)

    it("shows words that are no words without filling the terminal", function()
        local path = write("w", "a\n" .. ("\1é"):rep(1000) .. "\n")
        has(told("inspect --as words " .. path),
            'words       2, the longest "' .. ("?é"):rep(20) .. '..."\n')
        path = write("w", "ab" .. ("é"):rep(1000) .. "c\n")
        has(told("inspect --as words " .. path), '"ab' .. ("é"):rep(29) .. '..."\n')
        path = write("w", "a" .. ("é"):rep(1000) .. "c\n")
        has(told("inspect --as words " .. path), '"a' .. ("é"):rep(29) .. '..."\n')
    end)

    it("says so where ids may start at 1, as node 1 has no arcs then", function()
        local hint = "1 node, the first is node 1, id 0; if ids start at 1: --base 1\n"
        local path = write("g.txt", "1 2\n2 1\n")
        has(told("inspect " .. path), "no arcs     " .. hint)
        assert.is_true(cjson.decode((told("inspect -f json " .. path))).graph.may_start_at_1)
        for _, line in ipairs { "--base 1 " .. path, "--base 0 " .. path,
            write("h.txt", "0 2\n") } do
            assert.is_nil(told("inspect " .. line):find("--base", 1, true), line)
        end
    end)

    it("shows words and kinds where it is told what they are", function()
        for _, flag in ipairs { "--from", "--as" } do
            has(told(("inspect %s words "):format(flag) .. engram.data "words.txt"),
                'words       10,000, the longest "telecommunications"\n')
            refused(("inspect %s xml "):format(flag) .. words_npy, flag .. ": xml is not one of")
        end
        refused("inspect --as npy --from npy " .. words_npy, "--as: --from is the same")
        has(told("inspect --kinds " .. engram.data "words.tsv"), "kinds       ! #m")
    end)

    it("weighs kinds, and takes arcs that are there twice as it is told to", function()
        local kinds = write("k.txt", "0 1 ~\n0 1 @\n1 0 =\n")
        has(told("inspect --weights '~=0.5,default=2,==7' " .. kinds), "weights     2.5 to 7\n")
        local path = write("d.txt", "0 1 2\n0 1 3\n1 0 1\n")
        has(told("inspect " .. path), "weights     1 to 5\n")
        has(told("inspect --dup max " .. path), "weights     1 to 3\n")
        told(("convert --dup first %s %s"):format(path, path_of "o.tsv"))
        assert.equal("# nodes 2, from 0 on; edges 2\n0\t1\t2\n1\t0\n", folder.bytes_of "o.tsv")
        refused("inspect --weights ~=1 " .. kinds,
            'line 2: kind "@" has no weight; --weights default=1 would give it one')
        refused("inspect --dup max " .. words_npy, "has no --dup")
        refused("inspect --nodes 1 " .. path, "; --nodes 1 is too few")
        refused("inspect --nodes 1 " .. write("e.txt", "1 1\n"), "--base 1 would count from 1")
        refused("inspect --nodes 0 " .. path, 'id "0" is above none; --nodes 0 is too few')
        refused("inspect --nodes 2 " .. write("e.txt", "0 3\n"), "; --nodes 2 is too few")
    end)

    it("says how many arcs were there again, and what became of them", function()
        local path = write("d.txt", "0 1 2\n0 1 3\n1 1\n1 1\n1 1\n")
        has(told("inspect " .. path), "edges\nweights     3 to 5\n")
        has(told("inspect " .. path), "duplicates  3, summed (--dup)\n")
        has(told("inspect --dup max " .. path), "duplicates  3, the greatest weight kept (--dup)\n")
        has(told("inspect --dup first " .. path), "duplicates  3, the first kept (--dup)\n")
        local graph = cjson.decode((told("inspect -f json " .. path))).graph
        assert.same({ 2, 3, "sum" }, { graph.edges, graph.duplicate_arcs, graph.dup })
        has(told("inspect --kinds " .. write("k.txt", "0 1 a\n0 1 b\n0 1 a\n")),
            "duplicates  1, summed (--dup)\n")
        has(told("inspect " .. write("m.mtx", "%%MatrixMarket matrix coordinate pattern " ..
            "symmetric\n2 2 2\n2 1\n2 1\n")), "duplicates  2, summed (--dup)\n")
    end)

    it("shows one of several by its name, and says which there are", function()
        local tensors = write("t.safetensors", samples.safetensors.bytes)
        has(told("inspect --tensor b " .. tensors), "matrix      1 row of 2 numbers, f32")
        refused("inspect " .. tensors, '2 of them found: "a", "b"; --tensor one of these')
        refused("inspect --member a " .. tensors, "has no --member")
        local arrays = write("a.npz", samples.npz.bytes)
        has(told("inspect --member a " .. arrays), "matrix      2 rows of 2 numbers")
        refused("inspect --member x " .. arrays, 'no member "x"; there are "a"')
    end)

    it("shows the words beside vectors, too", function()
        local out = told("inspect " .. write("v.txt", "the 1 2\nof 3 4\nthe 5 6\n"))
        has(out, "matrix      3 rows of 2 numbers")
        has(out, 'words       3, the longest "the"\n')
        has(out, "duplicates  1\n")
    end)

    it("shows a part", function()
        has(told("inspect --rows 9991..10000 " .. words_npy), "matrix      10 rows of 100")
        refused("inspect --rows 9991..10001 " .. words_npy, "10000")
    end)

    it("shows the same as JSON", function()
        local found = cjson.decode((told("inspect -f json " .. words_npy)))
        assert.same({ "npy", 4000128, 10000, 100, 0 }, { found.format, found.bytes,
            found.matrix.rows, found.matrix.dims, found.matrix.duplicate_rows })
    end)

    it("writes JSON to a file, and the text beside", function()
        has(told(("inspect -f json -o %s %s"):format(path_of "o.json", words_npy)), "matrix   ")
        assert.equal("npy", cjson.decode(io.open(path_of "o.json"):read "*a").format)
    end)

    it("refuses in one line", function()
        refused("inspect " .. path_of "none", "none: No such file")
        refused("inspect " .. write("x.npy", "\147NUMPY\9\0"), "byte 6: version 9.0")
        refused("inspect --base 1 " .. words_npy, "has no --base")
        refused("inspect " .. engram.data "words.tsv", "--kinds or --weights takes it for a kind")
        refused("inspect " .. write("two.u8bin.txt", ("\1\0\0\0"):rep(2) .. "\5"), "--from ")
        refused("inspect " .. write("huge.txt", "0 4294967290\n"), "say --nodes 4294967291")
        refused("inspect " .. write("table.csv", "a,b\n0,1\n"),
            'found "a,b"; commas separate nothing: put blanks in their place')
        refused("inspect " .. write("prose.txt", "Hello, 2 words\n"), "no format that is known")
        refused("inspect " .. write("empty", ""), "the file is empty")
        refused("inspect " .. write("empty.npy", ""), '"\\147NUMPY" expected, found the end')
        refused("inspect " .. write("odd.fbin", ("\1"):rep(9)), "byte 9: the file ends here")
        refused("inspect " .. folder.path, folder.path .. ": Is a directory")
        refused("inspect /dev/null", "is no regular file")
        refused("inspect --as xml " .. words_npy, "--as: xml is not one of npy, ")
        refused("inspect --rows 7..2 " .. words_npy, "--rows: 7..2 is no range")
        refused("inspect --rows 0 " .. words_npy, "--rows: 0 is no range")
        refused("inspect --nodes x " .. words_npy, "--nodes: x is not a count")
        refused("inspect --nodes 10G " .. words_npy, "--nodes: whole number from 0 to ")
        refused("inspect --rows 1..5000000000 " .. words_npy, "--rows: 1..5000000000 is no")
        refused("inspect --dup last " .. words_npy, "--dup: one of 'sum', 'max', 'first'")
        refused("inspect --weights a " .. words_npy, "'a' is no weight of a kind")
        refused("inspect --weights a=x " .. words_npy, "'a=x' is no weight of a kind")
        refused("inspect --weights a=1,a=2 " .. words_npy, "'a' has two weights")
        refused("inspect --weights a=inf " .. words_npy, "finite number for 'a' expected")
        refused("inspect --base x " .. words_npy, "--base: one of 0, 1 expected, got x")
    end)

    it("does not wait for a pipe, nor take from it", function()
        local pipe = path_of "pipe"
        os.execute("mkfifo " .. pipe)
        local code, _, err = child.engram("inspect " .. pipe, { under = "timeout -s KILL 20" })
        assert.equal(2, code)
        has(err, "pipe: is no regular file, which can be mapped; write it to one first")
    end)
end)

describe("engram convert", function()
    before_each(folder.make)
    after_each(folder.remove)

    it("writes what it read, and says what", function()
        local out = told(("convert %s %s"):format(words_npy, path_of "o.npy"))
        assert.equal(path_of "o.npy" .. ": 10,000 rows of 100 numbers, f32, 4,000,128 bytes\n", out)
        local ours, theirs = assert(engram.load(path_of "o.npy")), engram.load(words_npy)
        assert.equal(theirs:get(9999, 99), ours:get(9999, 99))
        assert.same({ "o.npy" }, listing())
    end)

    it("rounds to a type, and says how far that is off", function()
        local _, off = engram.load(words_npy):convert "f16"
        local out = told(("convert --type f16 %s %s"):format(words_npy, path_of "o.npy"))
        has(out, "10,000 rows of 100 numbers, f16, 2,000,128 bytes\n")
        has(out, ("rounded to f16: off by %.3g at most\n"):format(off))
    end)

    it("says which type numbers have in the file", function()
        has(told(("convert --type i8 %s %s"):format(words_npy, path_of "o.safetensors")),
            "numbers, i8, 1,080,256 bytes\nrounded to i8: off by 0.01")
    end)

    it("drops the steps of i8 where NumPy has no place for them, and says so", function()
        has(told(("convert --type i8 %s %s"):format(words_npy, path_of "o.npy")),
            "numbers, i8, 1,000,128 bytes\neach row in steps of its own")
        local memories = engram.load(words_npy)
        local small = assert(engram.load(path_of "o.npy"))
        local cue = memories:row(655)
        local found, expected = engram.nearest(cue, small, 1000), engram.nearest(cue, memories, 10)
        for i = 1, 10 do
            local id, cosine = expected:get(i)
            assert.near(cosine, found:of(id), 0.01)
        end
    end)

    it("refuses a type that the format does not keep", function()
        for name, kind in pairs { ["o.npy"] = "bf16", ["o.fbin"] = "i8" } do
            refused(("convert --type %s %s %s"):format(kind, words_npy, path_of(name)),
                "keeps no " .. kind .. ", and safetensors does: name OUT so")
        end
        assert.same({}, listing())
    end)

    it("takes the format from --as, too", function()
        has(told(("convert --as npy %s %s"):format(words_npy, path_of "o")), "4,000,128 bytes")
        has(told(("convert --from words %s %s"):format(engram.data "words.txt", path_of "w.txt")),
            "10,000 words, 79,049 bytes")
    end)

    it("writes the words beside vectors where it is told to", function()
        local vectors = write("v.txt", "the 1 2\nof 3 4\n")
        local out = told(("convert %s %s"):format(vectors, path_of "o.npy"))
        has(out, "o.npy: 2 rows of 2 numbers, f32, 144 bytes\n2 words of " .. vectors ..
            " are not in it; --words FILE writes them\n")
        out = told(("convert %s %s -f --words %s"):format(vectors, path_of "o.npy",
            path_of "w.txt"))
        has(out, "w.txt: 2 words, 7 bytes\n")
        assert.equal("the\nof\n", io.open(path_of "w.txt"):read "*a")
    end)

    it("writes a part", function()
        has(told(("convert --rows 2..11 %s %s"):format(words_npy, path_of "o.fbin")),
            "o.fbin: 10 rows of 100 numbers, f32, 4,008 bytes\n")
        assert.equal(engram.load(words_npy):get(11, 100),
            engram.load(path_of "o.fbin"):get(10, 100))
    end)

    it("writes graphs, of several files, too", function()
        local graph = write("g.txt", "0 1 0.5\n1 1 2\n3 0 -1\n")
        local line = ("convert %s %s"):format(graph, path_of "o.tsv")
        has(told(line), "o.tsv: 4 nodes, 3 edges, ")
        line = ("convert --as csr %s %s"):format(graph, path_of "o")
        has(told(line), "o: 4 nodes, 3 edges, 428 bytes in 3 files\n")
        refused(line, "o.data.npy is there already; -f overwrites it")
        told(line .. " -f")
        has(told("inspect --as csr " .. path_of "o"), "self arcs   1\n")
        refused(("convert --kinds --as csr %s %s"):format(engram.data "words.tsv", path_of "p"),
            "graph without kinds expected; --as 'edges' keeps them")
    end)

    it("overwrites when told to", function()
        local line = ("convert %s %s"):format(words_npy, write("o.npy", "mine"))
        refused(line, "o.npy is there already; -f overwrites it")
        assert.equal("mine", io.open(path_of "o.npy"):read "*a")
        told(line .. " -f")
    end)

    it("writes to a pipe what it would to a file, and no word besides", function()
        local _, err = told(("convert %s /dev/stdout --as npy | cat > %s"):format(words_npy,
            path_of "copy.npy"))
        has(err, "/dev/stdout: 10,000 rows of 100 numbers, f32\n")
        local copy, mine = io.open(path_of "copy.npy", "rb"), io.open(words_npy, "rb")
        assert.is_true(copy:read "*a" == mine:read "*a")
        copy:close()
        mine:close()
    end)

    it("refuses what makes no sense, and leaves nothing", function()
        local graph = write("g.txt", "0 1\n")
        local to = " " .. path_of "o"
        refused("convert " .. graph .. to .. ".npy", "holds a graph, which " .. to:sub(2) ..
            ".npy can not")
        refused("convert " .. words_npy .. to .. ".txt", "holds a matrix, which")
        refused("convert " .. words_npy .. to .. ".xyz", "names no format; --as one of 'npy'")
        refused("convert --as xml " .. words_npy .. to, "--as: xml is not one of 'npy'")
        refused("convert --from xml " .. words_npy .. to .. ".npy", "--from: xml is not one")
        refused("convert --type f64 " .. words_npy .. to .. ".npy", "--type: f64 is not one of")
        refused("convert --from words --type i8 " .. engram.data "words.txt" .. to .. ".txt",
            "holds words: --type is for a matrix")
        refused("convert --words" .. to .. ".txt " .. words_npy .. to .. ".npy",
            "has no words beside")
        refused("convert --words" .. to .. ".npy " .. words_npy .. to .. ".npy",
            "--words: OUT is that file, too")
        refused("convert " .. words_npy .. " " .. path_of "none/o.npy", "No such file")
        refused("convert --as npy " .. words_npy .. " " .. folder.path, "Is a directory")
        refused("convert " .. path_of "none" .. to .. ".npy", "none: No such file")
        assert.same({ "g.txt" }, listing())
        local code, _, err = child.engram("convert --as npy " .. words_npy .. " /dev/full")
        assert.same({ 1, "engram: convert: /dev/full: No space left on device\n" }, { code, err })
    end)

    -- SIGTERM, for system() of the C library holds SIGINT back while it waits.
    it("ends where it is when it is told to, and leaves nothing", function()
        local code, _, err = child.lua(([[
            local engram = require "engram"
            local errand = require "engram.errand"
            local m, pieces = engram.matrix(1000, 3000), 0
            local ok, code = errand.run(true, function(tell)
                local step = tell "writing"
                return engram.save(%q, m, { progress = function(...)
                    pieces = pieces + 1
                    if pieces == 3 then os.execute "kill -TERM $PPID" end
                    step(...)
                end })
            end)
            assert(not ok and pieces == 3)
            os.exit(code)]]):format(path_of "o.npy"))
        assert.equal(143, code, err)
        assert.same({}, listing())
    end)
end)
