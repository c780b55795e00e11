-- recall: what does a word bring to mind? Its nearest memories, what activation reaches from
-- them along WordNet, and how much of that is still strong.    engram run recall --show -d 5s

local engram = require "engram"
local load = require "engram.load"

local workload = {
    about = "associations of a word: nearest, spread, decay on 10,000 words",
    options = {
        k = { 10, "memories that a cue wakes" },
        hops = { 2, "how far activation runs from them" },
        half_life = { 200, "days until half of a memory's strength is left" },
        show = { false, "print a few associations at the end" },
    },
}

-- How much of its activation a relation passes on, by WordNet's symbols.
local weights = { syn = 1, ["&"] = 0.8, ["~"] = 0.6, ["@"] = 0.6, ["+"] = 0.6, default = 0.3 }
local shown = { coffee = 1, king = 1, dog = 1, ocean = 1, piano = 1, winter = 1, moon = 1 }
local shared -- the host's own, for done

function workload.setup()
    local memories = assert(engram.load(engram.data "words.npy"))
    local relations = { nodes = memories.rows, weights = weights, dup = "max" }
    shared = { memories = memories, links = assert(engram.load(engram.data "words.tsv", relations)) }
    return shared
end

function workload.thread_init(thread)
    thread.spreading = { max_hops = thread.options.hops, decay = 0.3, fan = "sqrt" }
    thread.forgetting = { curve = "halflife", h = thread.options.half_life }
end

-- Hits, and how strong each still is: the rarer the word, the older the memory, up to 100 days.
local function recall(thread, word)
    local memories = thread.shared.memories
    local hits = engram.nearest(memories:row(word), memories, thread.options.k)
    local found = engram.spread(thread.shared.links, hits, thread.spreading)
    local strengths, ages = thread.arena:floats(#found), thread.arena:floats(#found)
    for i = 1, #found do
        local id, activation = found:get(i)
        strengths:set(i, activation)
        ages:set(i, 100 * id / memories.rows)
    end
    return found, engram.decay(strengths, ages, thread.forgetting)
end

function workload.event(thread)
    recall(thread, thread.random(thread.shared.memories.rows))
end

local function show(thread, words, row)
    local found, strengths = recall(thread, row)
    local order = {}
    for i = 1, #found do
        local id = found:get(i)
        if id ~= row then order[#order + 1] = { word = words[id], strength = strengths:get(i) } end
    end
    table.sort(order, function(a, b) return a.strength > b.strength end)
    local best = {}
    for i = 1, math.min(6, #order) do best[i] = order[i].word end
    print(words[row] .. " -> " .. table.concat(best, ", "))
end

function workload.done(summary)
    if not summary.config.options.show then return end
    local host = { shared = shared, options = summary.config.options, arena = engram.arena() }
    workload.thread_init(host)
    local words = assert(load.words(engram.data "words.txt"))
    for row, word in ipairs(words) do
        if shown[word] then show(host, words, row) end
    end
end

return workload
