--- Savers: the formats that engram.save writes.
--
--    for _, saver in ipairs(savers.of_kind.matrix) do print(saver.name, saver.about) end
--
-- Each is a module engram.files.save_<name>: name (what `as` calls it), saves ("matrix",
-- "graph" or "words"), about, endings (of paths, as keys), keeps (the types of a matrix that
-- stay what they are, as keys), options (the keys of its own, each with a check of
-- engram.files.options), refusal(value), which may answer why that can not be saved so,
-- files(path), those that are written where it is not the path alone, and
-- write(path, value, options, progress), which answers true, or nil and one line that names
-- the path; writer.save does.

local names = { "npy", "safetensors", "fbin", "words", "edges", "csr" }

local savers = { list = {}, of_kind = {} }

for i, name in ipairs(names) do
    local saver = require("engram.files.save_" .. name)
    savers.list[i] = saver
    local same = savers.of_kind[saver.saves] or {}
    savers.of_kind[saver.saves] = same
    same[#same + 1] = saver
end

return savers
