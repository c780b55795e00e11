-- ACT-R's spreading: the fan effect (all 18 cells of the model in unit 5 of the ACT-R tutorial,
-- and the strengths they are made of), the definition on random graphs, noise, and what an
-- activation means in seconds and chances.

local engram = require "engram"
local arena = require "engram.arena"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local trace = require "spec.support.trace"

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local function actr(g, seeds, options)
    local all = { method = "actr", mas = 1.6 }
    for key, value in pairs(options or {}) do all[key] = value end
    return engram.spread(g, seeds, all)
end

-- How the two go together, and how far they are apart.
local function fit_of(xs, ys)
    local n, x_sum, y_sum, squares = #xs, 0, 0, 0
    for i = 1, n do
        x_sum, y_sum, squares = x_sum + xs[i], y_sum + ys[i], squares + (xs[i] - ys[i]) ^ 2
    end
    local xx, yy, xy = 0, 0, 0
    for i = 1, n do
        local x, y = xs[i] - x_sum / n, ys[i] - y_sum / n
        xx, yy, xy = xx + x * x, yy + y * y, xy + x * y
    end
    return xy / math.sqrt(xx * yy), math.sqrt(squares / n)
end

describe("the fan effect", function()
    before_each(remember)
    after_each(give_back)

    local person, place, T0, F = 1, 2, .845, .63

    -- A person known from so many facts and a place from so many; the first fact is of both,
    -- or, for a foil, none is. Facts are nodes from 3 on.
    local function memory(of_person, of_place, is_foil)
        local edges, fact = {}, 2
        for i = 1, of_person do
            fact = fact + 1
            edges[#edges + 1] = { person, fact }
            if i == 1 and not is_foil then edges[#edges + 1] = { place, fact } end
        end
        local shared = is_foil and 0 or 1
        for _ = 1, of_place - shared do
            fact = fact + 1
            edges[#edges + 1] = { place, fact }
        end
        return engram.graph(fact, edges), 3, 3 + of_person
    end

    local function latency(hits, fact)
        return engram.actr.latency(hits:of(fact), { F = F })
    end

    -- Published to three decimals: half a unit of the last, and 1e-7 for floats.
    local function check(expected, got) flows.close(expected, got, .0005 + 1e-7) end

    local targets = { { 1.099, 1.157, 1.205 }, { 1.157, 1.227, 1.286 }, { 1.205, 1.286, 1.354 } }
    local foils = { { 1.245, 1.290, 1.328 }, { 1.290, 1.335, 1.373 }, { 1.328, 1.373, 1.411 } }

    it("is what the model's nine targets show", function()
        for location, row in ipairs(targets) do
            for of_person, seconds in ipairs(row) do
                local g, fact = memory(of_person, location)
                local hits = actr(g, { [person] = 1, [place] = 1 })
                check(seconds, T0 + latency(hits, fact))
            end
        end
    end)

    it("is what its nine foils show", function()
        for location, row in ipairs(foils) do
            for of_person, seconds in ipairs(row) do
                local g, of_p, of_l = memory(of_person, location, true)
                local hits = actr(g, { [person] = 1, [place] = 1 })
                check(seconds, T0 + (latency(hits, of_p) + latency(hits, of_l)) / 2)
            end
        end
    end)

    -- Anderson 1974, as the tutorial gives it.
    it("is as far from what people did as published", function()
        local people = { { 1.11, 1.17, 1.22 }, { 1.17, 1.20, 1.22 }, { 1.15, 1.23, 1.36 },
            { 1.20, 1.22, 1.26 }, { 1.25, 1.36, 1.29 }, { 1.26, 1.47, 1.47 } }
        local xs, ys = {}, {}
        for row = 1, 6 do
            local is_foil = row > 3
            for of_person = 1, 3 do
                local g, p, l = memory(of_person, is_foil and row - 3 or row, is_foil)
                local hits = actr(g, { [person] = 1, [place] = 1 })
                local seconds = (latency(hits, p) + latency(hits, is_foil and l or p)) / 2
                xs[#xs + 1], ys[#ys + 1] = T0 + seconds, people[row][of_person]
            end
        end
        local r, rms = fit_of(xs, ys)
        flows.close(.864, r, .0005)
        flows.close(.053, rms, .0005)
    end)

    it("is made of the derived strengths and latencies", function()
        local strengths = { 0.9068528194400548, 0.5013877113318905, 0.21370563888010952 }
        for fan, strength in ipairs(strengths) do
            local g, fact = memory(fan, 1, true)
            flows.close(strength, actr(g, { [person] = 1 }):of(fact), strength * 2 ^ -24)
        end
        local parts = { { 1, 1, .25438961 }, { 1, 2, .31156237 }, { 1, 3, .35976124 },
            { 2, 2, .38158442 }, { 2, 3, .44061573 }, { 3, 3, .50877923 } }
        for _, part in ipairs(parts) do
            local g, fact = memory(part[1], part[2])
            flows.close(part[3], latency(actr(g, { [person] = 1, [place] = 1 }), fact), 5e-8)
        end
    end)
end)

describe("actr", function()
    before_each(remember)
    after_each(give_back)

    local g = engram.graph(4, { { 1, 2 }, { 1, 3, 2 }, { 4, 3 } })

    it("counts slots, and a chunk's own", function()
        -- 1 is in 3 slots: fan 4 for itself and 2, 4 / 2 for 3. 4 is in one: fan 2.
        local hits = actr(g, { [1] = 3, [4] = 1 }, { mas = 2 })
        local s1, s3, s4 = 2 - math.log(4), 2 - math.log(2), 2 - math.log(2)
        flows.all_close({ .75 * s1, .75 * s1, .75 * s3 + .25 * s4, .25 * s4 },
            flows.totals(4, hits))
        assert.same({ 1, 2, 0, 0 }, { hits.hops_used, hits.fired, hits.truncated, hits.residual })
    end)

    it("adds a slot of its own to a self-loop, and arcs of several kinds", function()
        local loop = engram.graph(2, { { 1, 1, 2, "a" }, { 1, 2, 1, "a" }, { 1, 2, 1, "b" } },
            { self = "keep" })
        local hits = actr(loop, { [1] = 1 }, { mas = 2 })
        flows.all_close({ 2 - math.log(5 / 3), 2 - math.log(5 / 2) }, flows.totals(2, hits))
        hits = actr(loop, { [1] = 1 }, { mas = 2, relations = { b = 0 } })
        flows.all_close({ 2 - math.log(4 / 3), 2 - math.log(4) }, flows.totals(2, hits))
    end)

    it("keeps negative strengths unless told otherwise", function()
        local below = actr(g, { [1] = 1 }, { mas = 1 })
        flows.close(1 - math.log(4), below:of(2), 1e-7)
        local ids, values = scans.pairs_of(actr(g, { [1] = 1 }, { mas = 1, nsji = false }))
        assert.same({ 3, 1, 2 }, ids)
        assert.same({ 0, 0 }, { values[2], values[3] })
    end)

    it("answers what is associated, or all where there are base levels", function()
        assert.same({ 3, 1, 2 }, (scans.pairs_of(actr(g, { [1] = 1 }))))
        assert.equal(0, #actr(g, {}))
        assert.equal(0, #actr(g, { [1] = 0 }))
        local base = { -1, .5, 0, -2 }
        for _, list in ipairs { base, engram.vector(base) } do
            local ids, values = scans.pairs_of(actr(g, { [4] = 2 }, { base = list, mas = 2 }))
            assert.same({ 3, 2, 4, 1 }, ids)
            flows.all_close({ 2 - math.log(2), .5, -math.log(2), -1 }, values)
            assert.same({ 2, 3, 1, 4 },
                (scans.pairs_of(actr(g, {}, { base = list }))))
        end
        assert.same({ 3 }, (scans.pairs_of(actr(g, { [4] = 2 }, { base = base, topk = 1 }))))
    end)

    it("passes over seeds of 0, and takes what rounds to 0 for 0", function()
        local hits = actr(g, { [1] = 0, [4] = 1 })
        assert.same({ 2, 1 }, { #hits, hits.fired })
        local ids, values = scans.pairs_of(actr(g, {}, { base = { -1e-60, 0, 1e-60, -1 } }))
        assert.same({ 1, 2, 3, 4 }, ids)
        assert.equal(1 / 0, 1 / values[1])
    end)

    it("shares ga among the seeds", function()
        local one = actr(g, { [1] = 1, [4] = 3 }, { ga = 2 })
        local same = actr(g, { [1] = .25, [4] = .75 }, { ga = 2 })
        local half = actr(g, { [1] = 1, [4] = 3 })
        assert.is_true(flows.bits(one) == flows.bits(same))
        for id = 1, 4 do flows.close(one:of(id), 2 * half:of(id), 1e-6) end
    end)

    it("is its definition on random graphs", function()
        local data = random.new(31)
        for _ = 1, 8 do
            local n = 40
            local h, rows = flows.random(data, n, .1)
            local seeds, base, mas = flows.random_seeds(data, n), data:list(n, data.normal), 2.5
            local total, expected = 0, {}
            for _, share in pairs(seeds) do total = total + share end
            for i = 1, n do expected[i] = base[i] end
            for j, share in pairs(seeds) do
                local all = 1
                for _, slots in pairs(rows[j]) do all = all + slots end
                for i = 1, n do
                    local slots = (rows[j][i] or 0) + (i == j and 1 or 0)
                    if slots > 0 then
                        expected[i] = expected[i] + share / total * (mas - math.log(all / slots))
                    end
                end
            end
            local got = flows.totals(n, actr(h, seeds, { mas = mas, base = base }))
            -- The base levels are given as doubles; the sum is rounded to a float once.
            flows.all_close(expected, got, 1e-12, data.hint)
        end
    end)

    it("draws noise of a logistic distribution, the same for the same seed", function()
        local n, s = 20000, .5
        local wide = engram.graph(n, {})
        local base = {}
        for i = 1, n do base[i] = 1 end
        local function values(seed)
            local hits = actr(wide, {}, { base = base, noise = s, random = engram.random(seed) })
            return hits, flows.totals(n, hits)
        end
        local hits, drawn = values(7)
        assert.is_true(flows.bits(hits) == flows.bits((values(7))))
        assert.is_false(flows.bits(hits) == flows.bits((values(8))))
        local sum, squares, above = 0, 0, 0
        for i = 1, n do
            local x = drawn[i] - 1
            sum, squares = sum + x, squares + x * x
            if x > s then above = above + 1 end
        end
        -- Mean 0, deviation pi s / sqrt 3 = .907; P(x > s) = 1 / (1 + e). Five standard errors.
        local deviation = math.pi * s / 3 ^ .5
        flows.close(0, sum / n, 5 * deviation / n ^ .5)
        flows.close(deviation ^ 2, squares / n, 5 * deviation ^ 2 * (3.2 / n) ^ .5)
        flows.close(1 / (1 + math.exp(1)), above / n, 5 * (.2 / n) ^ .5)
    end)

    it("draws as many numbers as it answers nodes, and none for a call that fails", function()
        local stream = engram.random(3)
        actr(g, { [1] = 1 }, { noise = 1, random = stream })
        assert.equal(3, stream.count)
        local before = stream.count
        assert.is_false((pcall(actr, g, { [1] = 1 }, { mas = 3e38, ga = 3, base = { 0, 0, 0, 0 },
            noise = 3e38, random = stream })))
        assert.equal(before, stream.count)
    end)

    it("refuses by name what it can not use", function()
        local wrong = {
            { {}, "mas: actr wants the maximum strength of association" },
            { { mas = "x" }, "mas: number within the range of a float expected, got x" },
            { { ga = 0 }, "ga: number above 0, within the range of a float, expected, got 0" },
            { { nsji = 1 }, "nsji: true or false expected, got 1" },
            { { base = 1 }, "base: table or vector expected, got number" },
            { { base = { 1 } }, "base: 4 numbers expected, one per node, got 1" },
            { { base = { 1, 1, 0 / 0, 1 } },
                "base: node 3: number within the range of a float expected, got nan" },
            { { noise = 0 },
                "noise: number above 0, within the range of a float, expected, got 0" },
            { { noise = 1 }, "noise wants random, as engram.random(seed) or thread.random" },
            { { random = engram.random(1) },
                "random: only noise draws from it, and there is none" },
            { { decay = .5 }, "actr takes base, ga, mas, noise, nsji, random, relations, topk, " ..
                "not decay" },
        }
        for at, case in ipairs(wrong) do
            local options = case[1]
            options.method = "actr"
            if at > 1 and options.mas == nil then options.mas = 1 end
            local function call() engram.spread(g, {}, options) end
            local _, message = pcall(call)
            message = message:gsub("%-nan", "nan")
            assert.matches("bad argument #3 to 'spread' (" .. case[2] .. ")", message, 1, true)
            assert.matches("actr_spec%.lua:" .. debug.getinfo(call, "S").linedefined .. ": ",
                message)
        end
        local inhibits = engram.graph(2, { { 1, 2, -1 } })
        assert.has_error(function() actr(inhibits, { [1] = 1 }) end,
            "spread: actr can not spread along a negative weight, nor beyond a float")
        assert.equal(1, #actr(inhibits, { [2] = 1 }))
    end)

    it("stays in compiled code", function()
        local stream, seeds, sum = engram.random(5), { [1] = 1 }, 0
        local options = { method = "actr", mas = 2, base = engram.vector { 0, 0, 0, 0 },
            noise = .1, random = stream }
        local mine = arena.current()
        local at = mine:mark()
        local compiled, refusal = trace.watch(function()
            for _ = 1, 20 do
                sum = sum + #engram.spread(g, seeds, options)
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 20 * 4, sum)
    end)
end)

describe("engram.actr", function()
    it("turns an activation into seconds", function()
        assert.equal(1, engram.actr.latency(0))
        assert.near(.63 * math.exp(-.5), engram.actr.latency(.5, { F = .63 }), 1e-15)
        assert.near(2 * math.exp(1.5), engram.actr.latency(-3, { F = 2, f = .5 }), 1e-13)
    end)

    it("turns an activation into the chance of recall", function()
        assert.equal(.5, engram.actr.recall(-1, { tau = -1, s = .4 }))
        assert.near(1 / (1 + math.exp(-2.5)), engram.actr.recall(1, { s = .4 }), 1e-15)
        assert.same({ 0, 1 }, { engram.actr.recall(-1e6, { s = 1 }),
            engram.actr.recall(1e6, { s = 1 }) })
    end)

    it("refuses what is no number", function()
        local wrong = {
            { function() engram.actr.latency() end,
                "#1 to 'latency' (activation: number expected, got nil)" },
            { function() engram.actr.latency(1, { F = 0 }) end,
                "#2 to 'latency' (F: number above 0 expected, got 0)" },
            { function() engram.actr.latency(1, { f = false }) end,
                "#2 to 'latency' (f: number above 0 expected, got false)" },
            { function() engram.actr.latency(1, { s = 1 }) end, "unknown option 's'" },
            { function() engram.actr.recall("x", { s = 1 }) end,
                "#1 to 'recall' (activation: number expected, got x)" },
            { function() engram.actr.recall(1) end,
                "#2 to 'recall' (s: number above 0 expected, got nil)" },
            { function() engram.actr.recall(1, { s = 1, tau = 1 / 0 }) end,
                "#2 to 'recall' (tau: finite number expected, got inf)" },
        }
        for _, case in ipairs(wrong) do
            local _, message = pcall(case[1])
            assert.matches(case[2], message, 1, true)
            assert.matches("actr_spec%.lua:" .. debug.getinfo(case[1], "S").linedefined .. ": ",
                message)
        end
    end)
end)
