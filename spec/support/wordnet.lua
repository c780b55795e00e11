--- WordNet 3.0, where Debian's wordnet-base puts it: synsets in file order noun, verb, adj,
--- adv; one arc of weight 1 per pair.

local graph = require "engram.graph"

local path = "/usr/share/wordnet/data."

local wordnet = {}

function wordnet.is_here()
    local file = io.open(path .. "noun")
    if file then file:close() end
    return file ~= nil
end

--- The graph, made with these options; how many pairs were found; and the number of each
--- synset by the letter of its file and its offset.
function wordnet.load(options)
    local number, count, pointers = {}, 0, {}
    for file, tag in ("noun n verb v adj a adv r"):gmatch "(%l+) (%l)" do
        for line in io.lines(path .. file) do
            if line:sub(1, 2) ~= "  " then
                count = count + 1
                number[tag .. line:sub(1, 8)] = count
                local gloss = line:find("|", 1, true)
                pointers[count] = gloss and line:sub(1, gloss - 1) or line
            end
        end
    end
    local from, to, seen = {}, {}, {}
    for source = 1, count do
        -- symbol offset pos src/tgt: only pointers look like this.
        for offset, pos in pointers[source]:gmatch " [^%w%s]%l? (%d%d%d%d%d%d%d%d) (%l) %x%x%x%x" do
            local target = number[(pos == "s" and "a" or pos) .. offset]
            if not seen[source * 2 ^ 20 + target] then
                seen[source * 2 ^ 20 + target] = true
                from[#from + 1], to[#to + 1] = source, target
            end
        end
    end
    return graph.graph(count, { from = from, to = to }, options), #from, number
end

return wordnet
