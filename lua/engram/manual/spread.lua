--- Ways to spread activation: `engram help spread`.

return [=[
Activation runs from seed nodes along the arcs of a graph:

  local words = engram.graph(5, { {1, 2, 1, "is"}, {1, 3, .5, "has"},
      {2, 4, 1, "is"}, {3, 4, .5, "is"}, {4, 1, 1, "has"} })
  local r = engram.spread(words, { [1] = 1 }, { decay = .5 })
  for i = 1, #r do print(r:get(i)) end   -- id and activation, best first
  print(r:of(4), r.hops_used, r.fired, r:truncated_by(), r.residual)

Seeds are { [id] = activation } or hits, of nearest or spread. topk, for every
method: how many are answered. Equals stand by lower id. Sums are made in double
in a fixed order: the same call gives the same bits, on every instruction set.

method = "once" (default): in each cycle every node that has not fired and is
above the threshold gives activation * decay * weight / fan along each arc.

  decay       what is kept per hop, above 0, at most 1 (default)
  max_hops    how many cycles; default no limit
  threshold   what is at or below it does not fire; default 0
  fan         what a node divides by: "none" (default), "out" the sum of its
              |weights|, "sqrt" of the number of its arcs, "log" log2(2 + it)
  clamp       keeps activations within 0 and this; default none
  max_nodes   how many nodes may be visited, in the order of visiting
  accumulate  "sum" (default), or "max": of what a node has and is given the
              largest counts
  refire      true: a node fires whenever its pulse, what the last cycle gave
              it, is above the threshold; it passes that pulse on, and has the
              sum of its pulses. clamp does not touch pulses: if they grow from
              hop to hop, max_hops alone ends it, and all ends up at clamp.

  Negative weights inhibit: what they pull to 0 or below does not fire, and
  without clamp stays below. Under "max" they change nothing. A node without
  arcs, or whose fan is 0, keeps what it has and gives nothing.

method = "spreadr" (Siew 2019): each step a node keeps a part, the rest flows.

  retention   the part that is kept, 0 to 1, default 0.5; or one for each node,
              in a table or a vector
  loss, suppress   the part that is lost per step; what is below becomes 0
  time        how many steps; threshold_to_stop: the last leaves all below it

method = "ppr": personalised PageRank; "push": the same from below, near seeds.

  alpha       the part that goes on, above 0 and below 1; default 0.85
  dangling    what comes to a node without arcs: "restart" (default) at the
              seeds, is lost ("drop"), or stays ("keep")
  tol, max_iter    ppr: the last change in all; default 1e-9, within 1000
  eps         push: no node keeps more than this for each of its arcs waiting;
              ppr is at most r.residual above it, in all

method = "actr": ACT-R's, one hop. An arc's weight says in how many slots of its
target its source is; fan = (1 + all slots) / these; seeds share the attention.

  mas         maximum strength of association: a strength is mas - ln(fan)
  ga          all attention, default 1; nsji = false: no strength below 0
  base        base levels, one per node: then all nodes are answered
  noise       scale of logistic noise, drawn from random, an engram.random

  local fact = engram.graph(3, { {1, 3}, {2, 3} })
  local a = engram.spread(fact, { [1] = 1, [2] = 1 },
      { method = "actr", mas = 1.6 }):of(3)
  print(engram.actr.latency(a, { F = .63 }), engram.actr.recall(a, { s = .4 }))

relations, for all of these: { [kind] = factor, default = factor }, for arcs
with kinds (a fourth column; load with kinds = true). Weights are multiplied, by
1 unless said; an arc of factor 0 is not there. Only once takes negative ones.

  r = engram.spread(words, { [1] = 1 },
      { max_hops = 2, relations = { is = .5, has = 0 } })
  print(#r, r:of(4))                     -- 3, 0.25

Every call needs a stop rule, or it is refused: once, decay below 1, max_hops or
threshold; with refire, max_hops, or a threshold where decay * weight / fan sums
to less than 1 over the arcs out of each node, or over those into each; spreadr,
time, or threshold_to_stop and loss; push, eps. So once makes at most one firing
per node, refire at most ln(threshold / seeds) / ln(that sum) cycles, spreadr
1 + ln(threshold_to_stop / seeds) / ln(1 - loss), push 1 / (eps * (1 - alpha))
visits; where rounding outweighs a sum or alpha next to 1, or a loss next to 0,
2^32 - 1 cycles, steps or pushes. The threshold or eps that ends a call must be
2.3e-308 or more, for less stops shrinking, and loss 1e-16. r:truncated_by() is
the limit that left some out, "max_hops", "max_nodes", "time" or "max_iter", or
nil. r.residual is what was still to be passed on (ppr: the last change).
r.hops_used counts cycles, steps, iterations or pushes, under best the longest
path; r.fired the nodes that gave. One without arcs never fires under once, nor
is a cycle made for such nodes alone.

Scratch, in bytes, is known before: engram.spread_bytes(g, options). It is, for
n nodes, c = min(n, max_nodes), w = n/64 + 1, divisions rounded down, any seeds:

  once          64 (c/8 + c/16 + 2) + 536 w + 8 (w/64 + 1), + 512 w with refire
  spreadr, actr 16 n + 8 w       ppr 16 n       push 20 n + 24 w     (n >= 1)

The answer keeps 8 bytes per hit of it. With less free, the call says how much
would do, and changes nothing. Seeds and factors lie outside of the arena.

  print(engram.spread_bytes(words, { method = "ppr" }))     -- 80

Best-first: the strongest path counts, the best nodes come first.

  local g = engram.graph(4, { {1, 2, .25}, {1, 3, .75}, {3, 2, .75}, {2, 4} })
  r = engram.spread(g, { [1] = 1 }, { method = "best", threshold = .1 })
  print(#r, r:of(2))                     -- 4, 0.5625: by way of 3
  r = engram.spread(g, { [1] = 1 }, { method = "best", budget = 2 })
  print(#r, r:truncated_by(), r.residual)

  decay       what is kept per hop, above 0, at most 1 (default)
  fan         what a node divides by: none, out, sqrt, log; as for once
  threshold   what is not above it is neither passed on nor answered; default 0.
              What is below 2^-126 is lost even so.
  max_hops    a node that many hops along its best path passes nothing on,
              though a weaker and shorter path may lead there
  budget      how many nodes are settled at most, seeds included: the best,
              among equals those with fewer hops, then those with lower ids
  topk        how many of them are answered

A node has the best of all products, along paths from a seed, of decay * weight
/ fan per arc; seeds of one node add up. It is settled once and passes on what
it has, the last that the budget allows too. No weight of a node that passes on
may be negative. Where decay * weight / fan is above 1 a node may be settled
before a better path to it is known; what comes later does not count. Give decay
below 1, max_hops, threshold or budget, or the call is refused.

r:truncated_by() is the first of these that is true: "budget", nodes were left
waiting; "max_hops", nodes with arcs were settled there; "threshold", it held
something back; else nil. r.residual is the activation of the nodes with arcs at
max_hops and of those left waiting, in all. Products are rounded to a float once
per hop, so the same call gives the same bits, on every instruction set.

The first call makes the graph's arcs by weight, 8 bytes for each, and all
threads use them. Scratch for n nodes: about 33 n bytes and 72 per bucket, of
which there are 8 for each halving from the sum of the seeds to the threshold
(16 or 32 where decay * weight / fan may be above 8/9, 16/17). Above 32/33 a
heap is used: 56 n bytes, and some 5 times the time.

Many at once: the same answers as one by one, to the bit.

  local sets = {}
  for i = 1, 20 do sets[i] = { [i % 4 + 1] = 1 } end
  local all = engram.spread_many(g, sets, { method = "ppr" })
  print(#all, all[3]:get(1))

  Options are those of engram.spread, for all sets; a set is a table of seeds,
  or hits. all[i] are the hits of the i-th set, all:set(i) checks i. ppr and
  spreadr read the graph once for up to 16 sets, from 8 on. So does once when
  half of the nodes fire in the first set, which goes alone, of 16,384 at most
  unless refire: a node fires a single time, in each set in another cycle, so
  that there is less to share, and nothing where few nodes are reached. All
  else goes one by one: fewer sets, the other methods, ppr and spreadr with
  relations or a negative weight, and sets for whose scratch the arena is full
  (where that is panic, it ends the process). `engram bench spread` shows what
  is won. Scratch at most, for n nodes, answered by spread_bytes when the number
  of sets follows the options:

  once          266 (n + 1) + 16 (n/64 + 1), with refire 394 for 266
  ppr           264 (n + 1)      spreadr 2 n more, rounded up to 64
]=]
