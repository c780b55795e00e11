-- The kernel eg_nearest as C calls it: what it takes, refuses and leaves alone.

local ffi = require "ffi"
local C = require "engram.c"
local matrix = require "engram.matrix"
local scans = require "spec.support.scans"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local overflow = tonumber(C.EG_OVERFLOW)
local inf, nan = math.huge, 0 / 0

describe("eg_nearest", function()
    local m, scan, hits, mine, untouched

    before_each(function()
        m = matrix.matrix { { 1, 0 }, { 0, 0 }, { nan, 0 }, { 0, inf } }
        scan = ffi.new("eg_scan", { matrix = m, query = m.cells })
        hits = ffi.new("eg_hits", { length = 77 })
        mine = scans.arena(65536, "error")
        untouched = scans.bytes(hits)
    end)

    it("counts all it met, not only what it answers", function()
        assert.equal(ok, C.eg_nearest(mine, scan, 1, hits))
        assert.equal(1, scan.zero_count)
        assert.equal(2, scan.nan_count)
        assert.equal(1, hits.length)
        assert.equal(0, ffi.cast("const uint32_t *", hits.ids)[0])
    end)

    it("keeps its hits in the arena, and nothing else", function()
        assert.equal(ok, C.eg_nearest(mine, scan, 3, hits))
        assert.equal(3 * 8, mine:mark())
        assert.equal(hits.serial, hits.slot.serial)
        mine:rewind(0)
        assert.are_not.equal(hits.serial, hits.slot.serial)
    end)

    it("tracks an empty answer too", function()
        assert.equal(ok, C.eg_nearest(mine, scan, 0, hits))
        assert.equal(0, hits.length)
        assert.equal(hits.serial, hits.slot.serial)
    end)

    it("leaves its output alone when an argument is invalid", function()
        assert.equal(invalid, C.eg_nearest(nil, scan, 1, hits))
        assert.equal(invalid, C.eg_nearest(mine, nil, 1, hits))
        assert.equal(invalid, C.eg_nearest(mine, scan, 1, nil))
        scan.metric = 9
        assert.equal(invalid, C.eg_nearest(mine, scan, 1, hits))
        scan.metric, scan.nan = 0, C.EG_NAN_ERROR
        assert.equal(invalid, C.eg_nearest(mine, scan, 1, hits))
        scan.nan, scan.zero = 0, C.EG_ZERO_ERROR
        assert.equal(invalid, C.eg_nearest(mine, scan, 1, hits))
        scan.zero = 0
        scan.candidates, scan.candidate_count = ffi.new("uint32_t[1]", 4), 1
        assert.equal(invalid, C.eg_nearest(mine, scan, 1, hits))
        assert.equal(untouched, scans.bytes(hits))
        assert.equal(0, mine:mark())
    end)

    it("leaves its output and the arena alone when it does not fit", function()
        -- First the answer, then the keys, then the query, then the candidates.
        local shapes = { { 9000, 3, 9000 }, { 6000, 3, 6000 }, { 2, 16380, 2 }, { 4000, 3, 1 } }
        for _, shape in ipairs(shapes) do
            local big = matrix.matrix(shape[1], shape[2])
            local ids = ffi.new("uint32_t[?]", shape[1])
            scan.matrix, scan.query = big, big.cells
            if shape[3] == 1 then scan.candidates, scan.candidate_count = ids, shape[1] end
            assert.equal(overflow, C.eg_nearest(mine, scan, shape[3], hits))
            assert.equal(untouched, scans.bytes(hits))
            assert.equal(0, mine:mark())
        end
    end)
end)
