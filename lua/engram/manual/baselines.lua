--- Comparing runs, baselines, assertions: `engram help baselines`.

return [=[
Is it slower than yesterday? One number against another can not say: two runs
of the same thing differ, too. Ask with ten runs a side:

  engram run mine.lua --seed 1 --repeat 10 --save-baseline main
  engram run mine.lua --seed 1 --repeat 10 --baseline main --fail-on-regression

The same seed on both sides, so that both get the same random data.

Or from files, as engram run -f json, --repeat -f json, or -f jsonl wrote them
(runs of several processes: append -f jsonl to one file):

  engram compare before.json after.json
  engram compare main after.json -f json

Each figure is one value per run, judged by the Mann-Whitney U test: exact for
up to 80 runs in all, ties included.

  improved, regressed   p below --alpha (0.01), and medians that differ by
                        --noise (2%) or more
  unchanged             medians that differ by less
  mixed                 they differ by more, but the runs overlap too much
  unjudged              too few runs: at 0.01 it takes 5 a side

The effect is Cliff's delta (the rank-biserial correlation): the share of pairs
in which B is larger, less that in which A is. Errors and overflows are judged
by their rates. max_rss is one value per process. Runs in which --set or
--threads varied are compared value by value. Machines, versions or options
that differ are warned about, each in a line. Runs that are far apart in time
differ by what else the machine did: --interleave takes turns instead.

A baseline is .engram/NAME.json, or in the folder $ENGRAM_BASELINES. With
--fail-on-regression exit code 98 means a figure regressed; the baseline is
then left as it was. Too few runs, or failed ones, are exit code 1: a gate that
could not close would be none.

From Lua, with summaries, lists of them, or decoded JSON:

  local summary = engram.run { workload = "noop", threads = 2, events = 100 }
  local found = engram.compare(summary, { summary }, { noise = 0.05 })
  print(found.verdict, found.groups[1].metrics[1].name)

In specs; under busted (as busted --lua=luajit) also assert.isolated(summary)
and so on, once engram's are loaded (require "engram.assert"):

  engram.assert.isolated(summary)
  engram.assert.no_overflow(summary)
  engram.assert.threshold(summary, "p99<1s")

isolated: two threads or more, an arena each, nothing failed, stuck or borrowed
from the heap, and the threads' figures add up to the totals.
]=]
