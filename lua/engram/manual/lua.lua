--- What require "engram" answers, engram.run and its summary: `engram help lua`.
--
-- The keys of engram.run are the flags that there are.

local flags = require "engram.flags"
local prose = require "engram.prose"

local column, width = 20, 79

local function keys()
    local lines = {}
    for i, each in ipairs(flags) do
        lines[i] = ("  %-18s"):format(each.key) ..
            table.concat(prose.lines(each.about, width - column), "\n" .. (" "):rep(column))
    end
    return table.concat(lines, "\n")
end

local text = [=[
What engram has after local engram = require "engram", in a workload, in plain
LuaJIT, under busted and in OpenResty. Options are a table at the end; what is
counted counts from 1, a pointer of data() from 0. Misuse raises, with your
line; what may fail (a file, a script, memory) answers nil and a message.

Rows ('engram help matrix', 'similarity'):
  matrix(rows, dims)        zeros, or matrix { {1, 2}, {3, 4} }; type = "f32"
                            (default), "f16", "bf16", "i8", "bits"
      m.rows, m.dims, m.type, m:get(i, j), :set(i, j, x), :row(i), :data(),
      :convert(type), :freeze(), which threads may share then, :pack(), :step(i)
  vector(n)                 n zeros, or vector { 1, 2 }; a row of m is one, too
      #v, v:get(i), :set(i, x), :data()
  nearest(query, m, k)      hits, the best first; metric = "cosine", ids, rerank
      #hits, hits:get(i), an id and a score; :of(id), its score, or nil; :data()
  similarity(query, m)      a score per row: #scores, scores:get(i), :data()
  scan_counts()             the last call's: cosines of zero vectors, NaN scores
  recall(found, exact)      the share of the ids in exact that found has, too

Graphs ('engram help spread'):
  graph(nodes, edges)       { {from, to, weight (1), kind (none)}, ... }, or
                            { from = {...}, to = {...}, weight =, kind = }
      dup = what arcs with the same ends become: "sum" (default), "max", "first"
      self = arcs from a node to itself: "skip" (default), "keep"
      Arcs have a direction. g.nodes, g.edges: the arcs that stayed;
      g:neighbours(i): tables of ids, weights, kinds; :kinds(), their names;
      :components(): how many parts, and how large the largest is
  spread(g, seeds)          hits: nodes and activations; options: that page
  spread_many(g, sets)      a list of hits, one for each set of seeds
  spread_bytes(g, options)  the scratch that it takes at most
  actr.latency(x, { F = })  seconds to retrieve what has activation x;
                            actr.recall(x, { s = }) is the chance that it is

Forgetting ('engram help decay', 'scheduling'):
  decay(strengths, ages, { curve = })       what is left, as a vector
  interval(left, { curve = })               the age at which so much is left
  base_level(ages)                          ACT-R's, of all uses
  fit_decay(ages, retained)                 which curve fits
  fsrs(options), sm2(options)               when to review what

Files ('engram help files'):
  load(path), save(path, value), words(path), data(name): the path of a file
  that comes with engram

Memory, runs, chance:
  arena()                   the calling thread's arena: below
  arena_totals()            what :stats() has, of all arenas of the process
  run { ... }               what engram run does: below
  compare(a, b)             summaries or lists of them; assert.isolated(summary)
                            and others: 'engram help baselines'
  stop(), fail(message)     in a hook: end the run, as done, or as failed
  random(seed, stream)      numbers as thread.random's: 'engram help workload'
  info()                    version, luajit, cpu, cores, isa, isa_usable, clock,
                            arena.size.value and .source, .overflow.value
                            and .outside_runs, data

Each is loaded when it is first used: pairs(engram) has those that were, and
getmetatable(engram).names has all, as its keys.

  local m = engram.matrix { { 1, 0 }, { 0.6, 0.8 } }
  local id, score = engram.nearest({ 1, 0.1 }, m, 1):get(1)
  local g = engram.graph(3, { { 1, 2, .5 }, { 1, 2, .5 }, { 2, 3 }, { 3, 3 } })
  print(id, score > 0.99, g.edges, g:neighbours(1)[1])

Arenas. engram.arena() is thread.arena in a hook: what an event takes is given
back after it. Outside of runs nobody gives anything back but you, and the arena
grows when it is full, unless ENGRAM_ARENA_OVERFLOW says otherwise. A result
used after its memory was given back raises "stale: its arena was rewound".

  arena:floats(n)           a vector of n floats, not cleared
  arena:mark()              where it stands: a number
  arena:rewind(mark)        gives back all that was taken since
  arena:scope(body, ...)    answers body(arena, ...), and gives back what that
                            took, also when it fails
  arena:stats()             a table, bytes: capacity, used, high_water,
                            fallback_bytes; counts: allocations, overflows,
                            resets

  local best = engram.arena():scope(function()
      return (engram.nearest({ 1, 0.1 }, m, 1):get(1))
  end)
  print(best, engram.arena():stats().allocations > 0)

Runs. engram.run { key = value, ... } answers the summary, and prints nothing. A
run that failed has one, too: look at results.failed. nil and a message mean
that the script or a value was not accepted; an unknown key raises.

  workload          a path, if it holds a / or ends in .lua; else a built-in's
                    name
  source            in place of workload: the script as text
  options           the script's own: { k = 20 }
@keys@

These are run's flags with _ for -, and what stands in a script's defaults.
Values are numbers, in seconds or bytes, or the flag's text: duration = 0.5 or
"500ms", arena_size = "4M". What takes no value is true; threshold may be a
list.

  local summary = assert(engram.run { workload = "noop", threads = 2,
      events = 1000 })
  print(summary.results.events, summary.results.failed, summary.config.threads)

What thread_done returns goes to done(summary, results) alone. What done writes
into the summary stays there, in what engram.run answers and in the JSON:

  local with_mine = engram.run { threads = 2, events = 100, source = [[
      local workload = {}
      function workload.thread_init(thread) thread.sum = 0 end
      function workload.event(thread, i) thread.sum = thread.sum + i end
      function workload.thread_done(thread) return thread.sum end
      function workload.done(summary, sums) summary.sums = sums end
      return workload ]] }
  print(with_mine.sums[1] + with_mine.sums[2])        -- 5050

The summary is what -f json prints. Numbers ending in _s are seconds, in _ns and
in latencies nanoseconds, in arenas bytes; utilization and overflow_rate are 1,
not 100, for all. What was not asked for, or can not be computed, is
require("cjson").null, which is not nil; what is there "where" something is so
is nil elsewhere.

  context           version, luajit, cpu, isa, cores, clock, date (UTC),
                    overhead_ns (engram's own part of an event)
  config            workload, threads, duration_s, events, seed, max_errors,
                    arena_size, arena_overflow, arena_zero, allocator, options
                    (the script's own, by name), rate (per second), arrival,
                    stages, warmup_s, warmup_events, report_interval_s,
                    percentiles, pin, cpus, validate, dry_run
  config.stages[i]  seconds, rate, threads (one of these two)
  results           elapsed_s, events (those that failed, too), events_per_s
                    (those that did not), errors (how many failed), latency,
                    failed (true or false), stop_reason (duration, events,
                    script, error, interrupted, stuck), interrupted_by (a
                    signal's number, where one came), load (where there is a
                    rate), warmup, operations (where there are some), metrics
                    (where the script has some), batch (events in the largest,
                    where there are batches)
  results.load      rate, arrival, service, lag (latencies: 'engram help load'),
                    late, backlog (counts)
  results.warmup    events, errors
  results.operations[i]
                    name, weight, events, errors, latency (of a mix)
  results.metrics.NAME (by its kind)
    count           kind, value (the sum), per_s
    gauge           kind, value (the last one), min, max
    rate            kind, value (hits / count), hits, count
    trend           kind, count, min, mean, max, stddev, p50, p95, p99, p99_9
                    (of values from 0 to 3.6e9, to 1 % or 0.001)
  results.latency   unit ("ns"), count, min, mean, max, stddev, p50, p95, p99,
                    p99_9, buckets (with histogram; percentiles = "90" adds p90)
  results.latency.buckets[i]
                    ns, count
  arena             capacity, used, high_water (of the fullest), utilization,
                    allocations, overflows, overflow_rate, fallback_bytes,
                    resets (of all), advice (of the whole run alone)
  arena.advice      verdict, text, arena_size, export (a line for the shell)
  threads[i]        id, events, errors, latency, arena, metrics, lua, stuck
                    (true where it was given up), stuck_in (then: thread_init,
                    an event, or thread_done)
  threads[i].lua    memory (bytes), traces, aborts, driver (lua, or c where
                    LuaJIT refused to compile the event), refused (then: why)
  intervals[i]      from_s, to_s, events, errors, events_per_s, latency (where
                    there is a report_interval)
  errors[i]         message, traceback, thread, event, count (of equal ones;
                    where something failed)
  thresholds[i]     text, ok (true or false), found, limit, kind, why (where
                    there is no such figure)
  warnings[i]       (a text)
  process           max_rss_bytes, user_s, system_s

From the clone, before make install, for plain LuaJIT and for specs (Debian's
busted is run by another Lua, hence --lua):

  export LUA_PATH="build/share/lua/5.1/?.lua;build/share/lua/5.1/?/init.lua;;"
  export LUA_CPATH="build/lib/lua/5.1/?.so;;"
  luajit mine.lua
  busted --lua=luajit mine_spec.lua
]=]

return (text:gsub("@keys@", keys))
