--- Bench: engram against its peers, on this machine, in one run.
--
--    local found = bench.run("decay", { rounds = 11 })
--    found.sections[1].rows[2].ratio.median
--
-- The contenders take turns (engram.bench.turns). Kernels and what they are compared with
-- are C functions in this process, built on this machine (engram.bench.workshop), whose
-- answers are checked first against double precision; allocators and sysbench are programs.

local info = require "engram.info"
local machine = require "engram.bench.machine"
local workshop = require "engram.bench.workshop"

local bench = {}

--- What there is to measure, in the order in which all are.
bench.names = { "similarity", "spread", "decay", "arena", "load", "events",
    "start" }

--- A family: about(options), sections(options); rounds, and threads, seconds where it takes
--  them: its defaults, seconds and rounds of the whole and the quick form.
function bench.family(name)
    return require("engram.bench." .. name)
end

-- The sections whose titles hold a text.
local function chosen_of(sections, text)
    local chosen = {}
    for _, section in ipairs(sections) do
        if not text or section.title:find(text, 1, true) then chosen[#chosen + 1] = section end
    end
    return chosen
end

local function measure(family, found, shop, options, say)
    for _, section in ipairs(chosen_of(family.sections(options), options.only)) do
        local rounds = options.rounds or section.rounds or family.rounds[options.quick and 2 or 1]
        local function on_turn(round, name)
            if say then say(("%s, %s, round %d of %d: %s"):format(found.bench, section.title,
                round, rounds, name)) end
        end
        if say then say(("%s, %s: building and checking"):format(found.bench, section.title)) end
        local rows, message = section.rows(shop, rounds, on_turn)
        if not rows then return nil, message end
        found.sections[#found.sections + 1] = { title = section.title, rounds = rounds,
            rows = rows }
    end
    return true
end

--- What was found: bench, about, context, sections (title, rounds, rows as of
--  engram.bench.turns, with the greatest error of each), peers, compiler, foreign_share and
--  stolen_share. options: quick, smaller and in fewer rounds; rounds; only, a text of the
--  titles of the sections wanted; alone, without peers; threads, a list, and seconds, how long
--  a turn is, for those that take them. say(text) is told each turn. nil and a message when a
--  contender of ours fails or is wrong; and true where `only` is in no title.
function bench.run(name, options, say)
    local family = bench.family(name)
    local shop, before = workshop.open(options), machine.ticks()
    local found = { bench = name, unit = "ns", about = family.about(options),
        error_unit = family.error_unit, context = info.machine(), sections = {} }
    local ok, done, message = pcall(measure, family, found, shop, options, say)
    shop:close()
    if not ok then error(done, 0) end
    if not done then return nil, message end
    found.peers = #shop.peers > 0 and shop.peers or nil
    if #found.sections == 0 then
        return nil, ("no title holds '%s'"):format(options.only), true
    end
    found.compiler = shop:built_by()
    found.foreign_share, found.stolen_share = machine.foreign_share(before)
    return found
end

return bench
