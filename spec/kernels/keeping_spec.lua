-- What a scan answers stays in the arena and nothing else does; nothing at all where an answer
-- can not be told from what comes after it, because the arena has no slot left.

local ffi = require "ffi"
local C = require "engram.c"
local matrix = require "engram.matrix"
local scans = require "spec.support.scans"

local ok, overflow = tonumber(C.EG_OK), tonumber(C.EG_OVERFLOW)

describe("the answer of", function()
    local m = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }
    local calls = {
        similarity = { kind = "eg_vector", bytes = 3 * 4, call = C.eg_similarity },
        nearest = { kind = "eg_hits", bytes = 2 * 8, call = function(arena, scan, out)
            return C.eg_nearest(arena, scan, 2, out)
        end },
        rerank = { kind = "eg_hits", bytes = 2 * 8, call = function(arena, scan, out)
            return C.eg_nearest_rerank(arena, scan, scan, 3, 2, out)
        end },
        similarity_many = { kind = "eg_answers", bytes = 9 * 4, call = function(arena, scan, out)
            return C.eg_similarity_many(arena, m, scan, out)
        end },
        nearest_many = { kind = "eg_answers", bytes = 6 * 8, call = function(arena, scan, out)
            return C.eg_nearest_many(arena, m, scan, 2, out)
        end },
    }
    local mine, scan
    before_each(function()
        mine = scans.arena(2 ^ 23, "error")
        scan = ffi.new("eg_scan", { matrix = m, query = m.cells })
    end)

    for name, each in pairs(calls) do
        it(name .. " is all that stays", function()
            local out = ffi.new(each.kind)
            assert.equal(ok, each.call(mine, scan, out))
            assert.equal(each.bytes, mine:mark())
            assert.equal(out.serial, out.slot.serial)
        end)

        it(name .. " is given back without a slot", function()
            local out = ffi.new(each.kind)
            local untouched = scans.bytes(out)
            while C.eg_arena_track(mine, C.eg_arena_alloc(mine, 1)) ~= nil do end
            local mark = mine:mark()
            assert.equal(overflow, each.call(mine, scan, out))
            assert.equal(mark, mine:mark())
            assert.equal(untouched, scans.bytes(out))
        end)
    end
end)
