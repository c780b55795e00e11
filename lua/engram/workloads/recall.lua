-- recall: what does a word bring to mind? The memories nearest to it, what activation reaches
-- from these along WordNet, and how much of that is left.           engram recall coffee
local engram = require "engram"
local workload = {
    about = "associations of a word: nearest, spread, decay",
    options = {
        data = { "small", "small: 10,000 words; full: all of GloVe and WordNet (make data-full)" },
        k = { 10, "memories a cue wakes" }, hops = { 2, "relations that activation passes" },
        half_life = { 30, "days until half is left of the 10,000th word; of common ones, more" },
    },
    sources = { small = { folder = "", senses = 0 }, full = { folder = "full/", senses = 117659 } },
}
-- How much of its activation a relation passes on, by WordNet's symbols. In the full data words
-- are related with their senses, and these with each other; in the small data words are.
local weights = { sense = 1, word = 1, syn = 1, ["&"] = 0.8, ["~"] = 0.6, ["@"] = 0.6, ["+"] = 0.6,
    default = 0.3 }

-- Activation over all of WordNet needs more scratch than the usual 2M.
function workload.defaults(options) return options.data == "full" and { arena_size = "16M" } end

local function load(name, how) return assert(engram.load(assert(engram.data(name)), how)) end

function workload.setup(options, random)
    local set = assert(workload.sources[options.data], "data: small or full expected")
    local memories = load(set.folder .. "words.npy")
    local traces = engram.matrix(3, memories.rows)
    for i = 1, memories.rows do -- frequent words come first: the n-th is met n times as rarely
        traces:set(1, i, 1) -- how strong it was when it was met last,
        traces:set(2, i, 365 * random()) -- how many days ago that was,
        traces:set(3, i, options.half_life * 10000 / i) -- and its half-life
    end
    local how = { as = "edges", nodes = memories.rows + set.senses, weights = weights, dup = "max" }
    return { memories = memories, traces = traces, links = load(set.folder .. "words.tsv", how),
        sense_hops = set.senses > 0 and 2 or 0 } -- from a word to its senses, and back
end

function workload.thread_init(thread)
    local shared, hops = thread.shared, thread.options.hops + thread.shared.sense_hops
    thread.forgetting = { curve = "halflife", h = shared.traces:row(3) }
    thread.spreading = { max_hops = hops, decay = 0.5, fan = "sqrt" }
end

function workload.event(thread, _, cue)
    local memories, traces = thread.shared.memories, thread.shared.traces
    cue = cue or memories:row(thread.random(memories.rows))
    local hits = engram.nearest(cue, memories, thread.options.k)
    local found = engram.spread(thread.shared.links, hits, thread.spreading)
    thread.forgetting.out = thread.arena:floats(memories.rows)
    local left = engram.decay(traces:row(1), traces:row(2), thread.forgetting)
    thread.best, thread.strength = 0, 0
    for i = 1, #found do
        local id, activation = found:get(i)
        local strength = id <= #left and activation * left:get(id) or 0 -- of words, not of senses
        if strength > thread.strength then thread.best, thread.strength = id, strength end
    end
    return hits, found
end

return workload
