--- WordNet: the folder with its files data.noun, data.verb, data.adj and data.adv.
--
--    local g, names, lexicon = load.load("/usr/share/wordnet", { as = "wordnet" })
--    local dog = lexicon.words:find "dog"
--    lexicon.senses:neighbours(dog)                  -- the synsets that have this lemma
--    names:get(10816)                                -> "dog", the first lemma of that synset
--
-- Nodes are the synsets in the order of the files, arcs their pointers; one between two words
-- relates the synsets that these stand in. Lemmas are in lower case with blanks, adjectives
-- without their markers.

local ffi = require "ffi"
local C = require "engram.c"

local arcs = require "engram.files.arcs"
local file = require "engram.files.file"
local options = require "engram.files.options"
local reading = require "engram.files.reading"

local wordnet = { name = "wordnet", gives = "graph", about = "WordNet's folder", of_path = true,
    options = { weights = options.weights, kinds = options.switch,
        dup = options.of_arcs.dup, self = options.of_arcs.self } }

-- The four files, or nil and a message.
local function opened(folder)
    local files = {}
    for i, name in ipairs { "noun", "verb", "adj", "adv" } do
        local message
        files[i], message = file.open(folder .. "/data." .. name)
        if not files[i] then return nil, (message:gsub("^.*/data%.", "data.")) end
    end
    return files
end

--- The graph; the first lemma of each synset; and { words = all lemmas, senses = a graph from
--  the number of a lemma to the synsets that it is in }.
function wordnet.read(folder, given, progress)
    local files, message = opened(folder)
    if not files then return nil, message end
    local made
    made, message = arcs.options(given)
    if not made then return nil, message end
    local at_work = C.eg_read_wordnet(files[1], files[2], files[3], files[4], made.c)
    local done
    done, message = reading.drive(at_work, progress)
    if not done then return nil, message end
    local lexicon = {
        words = ffi.gc(C.eg_wordnet_take_lemmas(at_work), C.eg_words_release),
        senses = ffi.gc(C.eg_wordnet_take_senses(at_work), C.eg_graph_release),
    }
    return done.graph, done.words, lexicon
end

return wordnet
