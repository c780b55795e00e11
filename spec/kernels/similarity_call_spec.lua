-- The kernel eg_similarity as C calls it: what it takes, refuses and leaves alone.

local ffi = require "ffi"
local C = require "engram.c"
local matrix = require "engram.matrix"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local overflow = tonumber(C.EG_OVERFLOW)
local inf, nan = math.huge, 0 / 0

describe("eg_similarity", function()
    local m, query, scan, scores, mine, untouched

    before_each(function()
        m = matrix.matrix { { 1, 0 }, { 0, 0 }, { nan, 0 }, { 0, inf } }
        query = ffi.new("float[2]", 1, 1)
        scan = ffi.new("eg_scan", { matrix = m, query = query })
        scores = ffi.new("eg_vector", { length = 77 })
        mine = scans.arena(65536, "error")
        untouched = scans.bytes(scores)
    end)

    local function refused(status)
        assert.equal(status, C.eg_similarity(mine, scan, scores))
        assert.equal(untouched, scans.bytes(scores))
        assert.equal(0, mine:mark())
    end

    it("counts zero vectors, and rows that are no numbers", function()
        assert.equal(ok, C.eg_similarity(mine, scan, scores))
        assert.equal(1, scan.zero_count)
        assert.equal(2, scan.nan_count)
        scan.metric = C.EG_L2
        assert.equal(ok, C.eg_similarity(mine, scan, scores))
        assert.equal(0, scan.zero_count)
        assert.equal(2, scan.nan_count)
        scan.metric = C.EG_DOT
        assert.equal(ok, C.eg_similarity(mine, scan, scores))
        assert.equal(0, scan.zero_count)
        assert.equal(2, scan.nan_count)
    end)

    it("keeps its scores in the arena, and nothing else", function()
        assert.equal(ok, C.eg_similarity(mine, scan, scores))
        assert.equal(4, scores.length)
        assert.equal(4 * 4, mine:mark())
        assert.equal(scores.serial, scores.slot.serial)
        assert.is_true(scores.owner == nil)
        mine:rewind(0)
        assert.are_not.equal(scores.serial, scores.slot.serial)
    end)

    it("answers an empty result for no rows", function()
        scan.candidates, scan.candidate_count = ffi.new "uint32_t[1]", 0
        assert.equal(ok, C.eg_similarity(mine, scan, scores))
        assert.equal(0, scores.length)
        assert.is_true(scores.slot ~= nil)
    end)

    it("leaves its output alone when an argument is invalid", function()
        local good = ffi.new("eg_scan", scan)
        local function try(change)
            ffi.copy(scan, good, ffi.sizeof(scan))
            change()
            refused(invalid)
        end
        try(function() scan.matrix = nil end)
        try(function() scan.query = nil end)
        try(function() scan.metric = -1 end)
        try(function() scan.metric = 4 end)
        try(function() scan.metric = 6 end)
        try(function() scan.zero = 3 end)
        try(function() scan.zero = -1 end)
        try(function() scan.nan = 2 end)
        try(function() scan.nan = -1 end)
        try(function() scan.zero = C.EG_ZERO_ERROR end)
        try(function() scan.nan = C.EG_NAN_ERROR end)
        try(function() query[1] = nan end)
        query[1] = 1
        local ids = ffi.new("uint32_t[3]", 0, 4, 1)
        try(function() scan.candidates, scan.candidate_count = ids, 3 end)
        assert.equal(invalid, C.eg_similarity(nil, scan, scores))
        assert.equal(invalid, C.eg_similarity(mine, nil, scores))
        assert.equal(invalid, C.eg_similarity(mine, scan, nil))
        assert.equal(0, mine:mark())
    end)

    it("leaves its output and the arena alone when it does not fit", function()
        -- First the scores, then the query, then the gathered candidates.
        for _, shape in ipairs { { 20000, 3 }, { 1, 17000 }, { 4000, 3 } } do
            local big = matrix.matrix(shape[1], shape[2])
            local ids = ffi.new("uint32_t[?]", shape[1])
            scan.matrix, scan.query = big, ffi.new("float[?]", shape[2])
            if shape[1] == 4000 then scan.candidates, scan.candidate_count = ids, shape[1] end
            refused(overflow)
        end
    end)

    it("goes on beyond the arena under the other policies, and answers the same", function()
        local data = random.new(18)
        local big = matrix.matrix(data:lists(9000, 3, data.normal))
        scan.matrix, scan.query = big, ffi.new("float[3]", 1, 2, 3)
        local ids = ffi.new("uint32_t[?]", 9000)
        for i = 0, 8999 do ids[i] = 8999 - i end
        scan.candidates, scan.candidate_count = ids, 9000
        local large = scans.arena(2 ^ 21, "error")
        assert.equal(ok, C.eg_similarity(large, scan, scores))
        local expected = ffi.string(ffi.cast("char *", scores.cells), 36000)
        for _, policy in ipairs { "fallback", "grow" } do
            local small = scans.arena(65536, policy)
            for _ = 1, 3 do
                assert.equal(ok, C.eg_similarity(small, scan, scores))
                assert.equal(expected, ffi.string(ffi.cast("char *", scores.cells), 36000))
                assert.equal(36000, small:mark())
                small:rewind(0)
            end
        end
    end)
end)
