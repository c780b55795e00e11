-- recall: what does a word bring to mind? Its nearest memories, what activation reaches from
-- them along WordNet, and how much of that is still strong.    engram run recall --show -d 5s
local engram = require "engram"

local workload = {
    about = "associations of a word: nearest, spread, decay on 10,000 words",
    options = {
        k = { 10, "memories a cue wakes" }, hops = { 2, "how far activation runs from them" },
        half_life = { 200, "days until half of a memory's strength is left" },
        show = { false, "print a few associations at the end" },
    },
}
-- How much of its activation a relation passes on, by WordNet's symbols.
local weights = { syn = 1, ["&"] = 0.8, ["~"] = 0.6, ["@"] = 0.6, ["+"] = 0.6, default = 0.3 }
local cues = { 3231, 655, 2770, 2427, 4525, 1508 } -- coffee, king, dog, ocean, piano, winter

function workload.setup()
    local relations = { nodes = 10000, weights = weights, dup = "max" }
    return { memories = assert(engram.load(engram.data "words.npy")),
        links = assert(engram.load(engram.data "words.tsv", relations)) }
end

function workload.thread_init(thread)
    thread.spreading = { max_hops = thread.options.hops, decay = 0.3, fan = "sqrt" }
    thread.forgetting = { curve = "halflife", h = thread.options.half_life }
end

function workload.event(thread, _, row)
    local memories, arena = thread.shared.memories, thread.arena
    local cue = memories:row(row or thread.random(memories.rows))
    local hits = engram.nearest(cue, memories, thread.options.k)
    local found = engram.spread(thread.shared.links, hits, thread.spreading)
    local strengths, ages = arena:floats(#found), arena:floats(#found)
    for i = 1, #found do
        local id, activation = found:get(i)
        strengths:set(i, activation)
        ages:set(i, 100 * id / memories.rows) -- days: rare words are the older memories
    end
    return found, engram.decay(strengths, ages, thread.forgetting)
end

function workload.done(summary)
    local thread = { options = summary.config.options, arena = engram.arena() }
    if not thread.options.show then return end
    thread.shared = workload.setup()
    workload.thread_init(thread)
    local words = assert(engram.words(engram.data "words.txt"))
    for _, row in ipairs(cues) do
        local best, found, strengths = {}, workload.event(thread, 0, row)
        for i = 1, #found do
            best[i] = { words:get((found:get(i))), found:get(i) == row and 1e9 or strengths:get(i) }
        end
        table.sort(best, function(a, b) return a[2] > b[2] end) -- the cue itself comes first
        for i = 1, #best do best[i] = best[i][1] end
        print(words:get(row) .. " -> " .. table.concat(best, ", ", 2, math.min(7, #best)))
    end
end

return workload
