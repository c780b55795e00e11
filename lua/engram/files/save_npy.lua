--- A matrix as NumPy's .npy, version 1.0, two dimensions in C order.
--
-- f32 becomes <f4 and f16 <f2, bit for bit; i8 becomes |i1 where every step is 1, so that the
-- file holds the numbers themselves. i8 with other steps and bf16, which NumPy does not know,
-- become <f4; with steps = "drop" i8 is |i1 in any case: what is left of each row has the same
-- direction, and another length. Bits are refused.

local npy_header = require "engram.files.npy_header"
local options = require "engram.files.options"
local rows_out = require "engram.files.rows_out"
local writer = require "engram.files.writer"

local saver = { name = "npy", saves = "matrix", about = "NumPy's .npy", endings = { npy = true },
    keeps = { f32 = true, f16 = true, i8 = true }, options = { steps = options.one_of { "drop" } } }

local descr = { f32 = "<f4", f16 = "<f2", i8 = "|i1" }

local function has_whole_steps(m)
    for i = 1, m.rows do
        if m:step(i) ~= 1 then return false end
    end
    return true
end

local function kind_of(m, steps)
    if m.type == "i8" and steps ~= "drop" and not has_whole_steps(m) then return "f32" end
    return descr[m.type] and m.type or "f32"
end

function saver.refusal(m)
    if m.type ~= "bits" then return nil end
    return "matrix of numbers expected, got bits; convert it to f32, or keep what it was made of"
end

function saver.write(path, m, given, progress)
    local kind = kind_of(m, given.steps)
    return writer.save(path, function(out)
        out:write(npy_header.text(descr[kind], { m.rows, m.dims }))
        return rows_out.write(out, m, kind, progress)
    end)
end

return saver
