--- Ways to spread activation: `engram help spread`.

return [=[
Best-first: the strongest path counts, the best nodes come first.

  local g = engram.graph(4, { {1, 2, .25}, {1, 3, .75}, {3, 2, .75}, {2, 4} })
  local r = engram.spread(g, { [1] = 1 }, { method = "best", threshold = .1 })
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
threads use them. Scratch for n nodes: about 34 n bytes and 72 per bucket, of
which there are 8 for each halving from the sum of the seeds to the threshold
(16 or 32 where decay * weight / fan may be above 8/9, 16/17). Above 32/33 a
heap is used: 56 n bytes, and some 5 times the time.
]=]
