-- One table of kernels per instruction set; which one is used can be chosen.

local ffi = require "ffi"
local C = require "engram.c"
local child = require "spec.support.child"
local scans = require "spec.support.scans"

-- What a fresh process uses when ENGRAM_ISA has this value.
local function chosen_under(value)
    local _, name = child.lua("io.write(require 'ffi'.string(require 'engram.c'.eg_isa_name()))",
        { environment = { ENGRAM_ISA = value } })
    return name
end

describe("isa", function()
    local before = ffi.string(C.eg_isa_name())
    after_each(function() C.eg_isa_use(before) end)

    it("lists the usable sets, scalar last", function()
        local sets = scans.sets()
        assert.equal("scalar", sets[#sets])
    end)

    it("names the better ones first", function()
        local place = { avx512_bf16 = 1, avx512_vnni = 2, avx512 = 3, avx2 = 4, neon = 4,
            scalar = 5 }
        local sets = scans.sets()
        for i = 2, #sets do assert.is_true(place[sets[i - 1]] < place[sets[i]]) end
    end)

    -- On AArch64 there is nothing to ask for: every one of them has NEON.
    it("has a set exactly when the CPU has every feature of it", function()
        if jit.arch == "arm64" then return assert.same({ "neon", "scalar" }, scans.sets()) end
        local file = io.open "/proc/cpuinfo"
        local flags = file and file:read "*a":match "\nflags%s*:([^\n]*)"
        if file then file:close() end
        if not flags then return pending "no flags of an x86 CPU here" end
        local expected = {}
        local function add(name, features)
            for feature in features:gmatch "%S+" do
                if not (flags .. " "):find(" " .. feature .. " ", 1, true) then return end
            end
            expected[#expected + 1] = name
        end
        local wide = "avx2 fma f16c avx512f avx512bw avx512dq avx512vl"
        add("avx512_bf16", wide .. " avx512_vnni avx512_bf16")
        add("avx512_vnni", wide .. " avx512_vnni")
        add("avx512", wide)
        add("avx2", "avx2 fma f16c")
        add("scalar", "")
        assert.same(expected, scans.sets())
    end)

    it("uses one of the list", function()
        local list = " " .. ffi.string(C.eg_isa_list()) .. " "
        assert.truthy(list:find(" " .. before .. " ", 1, true))
    end)

    it("changes to each of the list", function()
        for _, name in ipairs(scans.sets()) do
            assert.equal(tonumber(C.EG_OK), C.eg_isa_use(name))
            assert.equal(name, ffi.string(C.eg_isa_name()))
        end
    end)

    it("refuses a name it does not know, and stays", function()
        local names = { "", "sse9", "avx2 scalar", "neon scalar", "avx", "avx51", "avx512f",
            "SCALAR", "scala" }
        for _, name in ipairs(names) do
            assert.equal(tonumber(C.EG_INVALID), C.eg_isa_use(name))
        end
        assert.equal(tonumber(C.EG_INVALID), C.eg_isa_use(nil))
        assert.equal(before, ffi.string(C.eg_isa_name()))
    end)

    it("follows ENGRAM_ISA in a fresh process", function()
        for _, name in ipairs(scans.sets()) do assert.equal(name, chosen_under(name)) end
    end)

    it("falls back to the best when ENGRAM_ISA is no set", function()
        assert.equal(scans.sets()[1], chosen_under "nonsense")
        assert.equal(scans.sets()[1], chosen_under "")
    end)
end)
