--- The hooks of a workload, with an example each: `engram help workload`.

return [=[
A workload is a Lua script that returns a table. Only event is required.

  about     = "one line, for engram list and --help"
  options   = { k = { 10, "neighbours" } }     a flag --k of the default's type,
              of true and false --name and --no-name
  defaults  = { duration = "10s", threads = 4 } of run's options; flags win
              (--no-histogram over histogram = true);
              or function(options) return { arena_size = "4M" } end, or nothing

  setup(options, random)        once, before any thread
      return { memories = assert(engram.load "words.npy") }
      What it returns is thread.shared: matrices and graphs without a copy (they
      are frozen), plain values copied. random() depends on --seed alone.

  thread_init(thread)           once in each thread, before the start line
      thread.weights = thread.arena:floats(100)
      What it takes from the arena stays. Fields of your own are welcome.

  event(thread, i)              again and again: this is what is timed
      local cue = thread.shared.memories:row(thread.random(1000))
      local hits = engram.nearest(cue, thread.shared.memories, thread.options.k)
      i counts 1, 2, 3, ... over all threads. What it takes from the arena is
      given back after it; a result used later raises "stale: ...".

  event_batch(thread, i, n)     instead of event: operations of under 1 us
      for k = i, i + n - 1 do work(k) end
      n is such that the clock costs under 1 %; thread.random:seek(k) draws
      what event k would draw. A latency is a batch's time by its events.

  mix = { read = 90, write = 10 }         instead of event: shares of operations
      read(thread, i), write(thread, i): functions beside it. Which one an event
      is depends on the seed and i; each has latencies of its own.

  validate(thread, i, result)   after each event, under --validate
      return #result == 10, "ten are expected"
      result is what event returned. Falsy is a failed event.

  thread_done(thread)           once in each thread, after its last event
      return thread.found
      Plain values only: they are copied to the host.

  done(summary, results)        once, at the end
      print(summary.results.events_per_s, results[1])
      summary is what -f json prints ('engram help lua'), with what done adds to
      it; results holds what thread_done returned, which is kept nowhere else.

thread   id (from 1), threads, arena, random, shared, options
figures  thread:count(name, n), :gauge(name, value), :rate(name, is_hit),
         :trend(name, value): in the report, per thread and in total
random   random() in [0, 1), random(6), random(5, 9), random:normal(),
         :exponential(), :zipf(n, s), :pareto(shape): the same for the same seed
         and event, on any thread
arena    arena:floats(n), :mark(), :rewind(mark), :scope(body, ...), :stats()
engram   nearest, similarity, spread, decay, matrix, vector, graph, load, data,
         random, ...: 'engram help lua'; engram.stop() ends the run,
         engram.fail(message) fails it

Paths in a script start in the folder that engram was started in; require looks
beside the script first. What else lies beside it, at the top of the script:
  local here = debug.getinfo(1, "S").source:match "^@(.*/)" or ""
  local words = assert(engram.words(here .. "words.txt"))

For speed, make no closures in event, and no tables or strings you can do
without: then LuaJIT compiles it whole. Where it can not, the report says why.
pairs and next are not compiled, as Debian 12's LuaJIT does it wrongly; for a
script that LuaJIT itself runs, require("engram.core").adopt() does the same.

Examples:
  engram new mine.lua       writes a script with every hook
  engram list               names scripts to read
]=]
