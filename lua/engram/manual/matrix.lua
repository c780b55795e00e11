--- The types of a matrix, conversion and its errors, rerank: `engram help matrix`.

return [=[
A matrix holds rows of numbers, as one of five types. Less memory is less to
read: a scan is faster by about as much as its rows are smaller.

  type   a number is                           off by at most
  f32    a float, 4 bytes                      as given
  f16    11 bits, 6e-8 to 65504, 2 bytes       2^-11 of it; above: infinite
  bf16   8 bits, to 3.39e38, 2 bytes           2^-8 of it; above: infinite
  i8     a step of 1/127 of the row's largest  half a step
  bits   whether it is above 0, 1/8 byte       its sign is all that is left

  local m = engram.matrix(2, 3)                     -- zeros, f32
  local few = engram.matrix({ { 1, 2, 3 }, { 3, 2, 1 } }, { type = "i8" })
  local none = engram.matrix(1000, 768, { type = "bf16" })
  m:set(2, 1, 0.5)                                  -- m:get, m:row, m:data too
  print(few.type, few.rows, few.dims, few:get(1, 3))

Conversion answers a new matrix, and the largest error that it made:

  local words = assert(engram.load(engram.data "words.npy")) -- f32, mapped
  local small, error_max = words:convert "i8"
  small:freeze()                                    -- norms once, not per call
  print(error_max)

  Rounding is to nearest, ties to even; every number is a float first. A row of
  i8 with NaN or an infinity in it is NaN as a whole; error_max knows only of
  numbers that are finite before and after. A larger number set into a row of
  i8 makes its steps wider: fill an f32 matrix and convert that. small:step(i)
  is what 1 in small:data() stands for. Rows of bits start in the lowest bit.

Every type takes part in nearest and similarity, with a query in floats:

  local query = words:row(655)                      -- or a row of another type
  local hits = engram.nearest(query, small, 10)
  print(hits:get(1))

  f32, f16, bf16, i8: cosine, dot, l2, l2sq; bits: hamming (which bits has by
  default) and jaccard, the share that differs of what is set in either, 0 for
  two empty sets. Distances come least first.

  Cosines are off by at most 1e-6 (f32), 2e-4 (f16), 1.5e-3 (bf16), 5e-3 (i8)
  for rows of 100 to 4,096 numbers of like size. For any row at all: by
  2^-11 (f16), 2^-8 (bf16), sqrt(dims) * step / 2 / length (i8), and what
  rounding the query adds: 2^-17 of it for bf16 on avx512_bf16, half a step of
  1/16256 of its largest number for i8. i8 and bits are added in whole numbers:
  the same scores on every instruction set.

Small rows to find, exact rows to decide:

  local exact = engram.nearest(query, words, 10)
  local found = engram.nearest(query, small, 10, { rerank = words })
  print(engram.recall(found, exact))                -- 1: nothing was missed
  local bits = words:convert("bits"):freeze()
  found = engram.nearest(query, bits, 10, { rerank = words, pool = 20 })
  print(engram.recall(found, exact))

  rerank is a matrix of the same rows. The best pool * k (4 * k) of the small
  rows are scored by it; these scores are answered, of a matrix of queries to
  each as if it asked alone. What the small rows miss is
  lost: recall(found, exact), the share of exact's ids in found, tells how much
  on your data. On the words above, 10 of 10,000: i8 0.993 alone and 1 with
  rerank, bits 0.47 alone, 0.76 with rerank, 0.93 with pool = 20.
]=]
