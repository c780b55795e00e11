--- Arrays: binary files of numbers, byte by byte, as other programs write them.
--
--    arrays.npy("<f4", "(2, 3)", arrays.floats { 1, 2, 3, 4, 5, 6 })
--    arrays.zip { { "a.npy", text }, { "b.npy", text, { method = 8 } } }
--    arrays.safetensors('{"t":{...}}', text)

local ffi = require "ffi"

local arrays = {}

-- ---- numbers, little-endian

local function packer(element, bytes)
    local kind = ffi.typeof(element .. "[?]")
    return function(numbers)
        return ffi.string(kind(#numbers, numbers), #numbers * bytes)
    end
end

arrays.floats, arrays.doubles = packer("float", 4), packer("double", 8)
arrays.i8, arrays.u8, arrays.i16 = packer("int8_t", 1), packer("uint8_t", 1), packer("int16_t", 2)
arrays.u16, arrays.i32, arrays.u32 = packer("uint16_t", 2), packer("int32_t", 4),
    packer("uint32_t", 4)
arrays.i64, arrays.u64 = packer("int64_t", 8), packer("uint64_t", 8)

-- ---- NumPy's

--- Version 1.0. The data start at a multiple of 64 as NumPy has it, or `off` bytes behind.
function arrays.npy(descr, shape, data, off)
    local text = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }"):format(descr, shape)
    text = text .. (" "):rep(-(10 + #text + 1) % 64 + (off or 0)) .. "\n"
    return "\147NUMPY\1\0" .. arrays.u16 { #text } .. text .. data
end

-- One member's local header, and its entry; changes stand for those of the entry.
local function zip_headers(name, data, changes, offset)
    local size = changes.size or #data
    local extra = changes.extra or ""
    local common = arrays.u16 { 20, changes.flags or 0, changes.method or 0, 0, 0 } ..
        arrays.u32 { 0, changes.stored or size, size }
    return "PK\3\4" .. common .. arrays.u16 { #name, #extra } .. name .. extra,
        "PK\1\2" .. arrays.u16 { 20 } .. common .. arrays.u16 { #name, #extra, 0, 0, 0 } ..
        arrays.u32 { 0, changes.offset or offset } .. name .. extra
end

--- members: { name, data [, changes] }. comment stands at its end; wide: with zip64's end.
function arrays.zip(members, comment, wide)
    local text, entries = "", ""
    for _, member in ipairs(members) do
        local head, entry = zip_headers(member[1], member[2], member[3] or {}, #text)
        text, entries = text .. head .. member[2], entries .. entry
    end
    local at, count = #text, #members
    text = text .. entries
    if wide then
        text = text .. "PK\6\6" .. arrays.u64 { 44 } .. arrays.u16 { 45, 45 } ..
            arrays.u32 { 0, 0 } .. arrays.u64 { count, count, #entries, at } ..
            "PK\6\7" .. arrays.u32 { 0 } .. arrays.u64 { at + #entries } .. arrays.u32 { 1 }
        return text .. "PK\5\6" .. ("\255"):rep(16) .. "\0\0"
    end
    comment = comment or ""
    return text .. "PK\5\6" .. arrays.u16 { 0, 0, count, count } ..
        arrays.u32 { #entries, at } .. arrays.u16 { #comment } .. comment
end

-- ---- others

function arrays.safetensors(header, data)
    return arrays.u64 { #header } .. header .. data
end

--- Rows that each begin with their dims; pack packs a row.
function arrays.vecs(rows, pack)
    local parts = {}
    for i, row in ipairs(rows) do parts[i] = arrays.i32 { #row } .. pack(row) end
    return table.concat(parts)
end

--- Rows behind how many they are, and of how many numbers.
function arrays.bin(rows, pack)
    local parts = { arrays.u32 { #rows, #rows[1] } }
    for i, row in ipairs(rows) do parts[i + 1] = pack(row) end
    return table.concat(parts)
end

return arrays
