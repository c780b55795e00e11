--- nearest, similarity, many queries and packing: `engram help similarity`.

return [=[
Two calls compare a query with the rows of a matrix:

  local words = assert(engram.load(engram.data "words.npy"))
  local cue = words:row(655)
  local hits = engram.nearest(cue, words, 5)        -- the 5 best, best first
  print(hits:get(1))                                -- id, score
  local scores = engram.similarity(cue, words)      -- one per row, in order
  print(#scores, scores:get(655))

  A query is a row, a vector or a table of numbers. hits:of(id) is the score of
  an id among them; :data() gives raw pointers, counted from 0. Results lie in
  the thread's arena: after the event, or a rewind, they are stale and say so.

Options, in a table at the end:

  metric   cosine (the default), dot: the greatest first
           l2, l2sq: the least first; for rows of bits see engram help matrix
  ids      only these rows: a table of ids, or earlier hits
  zero     the cosine where a vector is all zeros: "zero" (0), "nan", "error"
  nan      rows with NaN or an infinity score NaN; they come "last", or are an
           "error". A query with one always is.
  rerank, pool   of nearest: see engram help matrix

  local few = engram.nearest(cue, words, 3, { metric = "l2", ids = hits })
  print(#few)

Zeros and NaN are unseen among the k best. scan_counts says of the last call how
many cosines were those of a zero vector, and how many scores were NaN:

  local some = engram.matrix { { 1, 0 }, { 0, 0 }, { 0 / 0, 1 } }
  local one = engram.nearest({ 1, 0 }, some, 1)
  print(#one, engram.scan_counts())                        -- 1, 1, 1

Many queries at once are the rows of a matrix. The memories then pass through
the cache once for up to 96 queries, not once for each:

  local cues = engram.matrix(64, words.dims)
  for q = 1, 64 do
      for j = 1, words.dims do cues:set(q, j, words:get(q, j)) end
  end
  local found = engram.nearest(cues, words, 5)
  print(found.queries, #found)                      -- 64 queries, 5 hits each
  local id, score = found:get(64, 1)                -- query 64, its best
  print(id, found:row(64):get(1))                   -- row: as if asked alone
  local table_of = engram.similarity(cues, words)   -- a score for each pair
  print(table_of:get(2, 9) == table_of:row(2):get(9))

  :data() gives ids and scores, or scores, those of one query after those of
  the other. Options are those of one query; ids are shared by all. Scratch:
  per query, of 96 or 512 KiB of them at most, 4 bytes for each number; when
  packed, once more; for nearest 40, 8 for each hit, 4 for each row up to 1,024.

A matrix that is asked so again and again may be packed:

  local memories = words:pack()                     -- freezes it, too
  print(memories:pack() == memories)

  That keeps a second copy of the floats, 4 * rows * dims bytes with both
  rounded up to 32, laid out for many queries; for one it makes no difference.
  Pack before threads share it. Rows of f32 only.

The exact rule. A score depends on the query, the row, the metric, the type of
rows and the instruction set, and on nothing else: to the bit the same for every
k, among any candidates, for one query or many, packed or not, on any thread.
Equal scores are in the order of ids, -0 equals 0, NaN comes last.
avx2, avx512 and neon add floats in the same order and agree to the bit; scalar
adds in double. Cosines of f32 rows are within 1e-6 of exact ones on each (of
100 to 4,096 numbers of like size), so between scalar and the others ids can
trade places only where scores are that close. Sums that float could not hold
are made again in double: huge and tiny numbers are right, too.
]=]
