--- Forgetting curves: `engram help decay`.

return [=[
What is left of strengths at their ages. A table of strengths gives a new
vector, a vector is decayed in place; out = vector leaves it as it was.

  local left = engram.decay({ 1, 1 }, { 0, 7 },
      { curve = "halflife", h = 7, time_unit = "d", age_unit = "d" })
  print(left:get(1), left:get(2))                        -- 1, 0.5

  curve         kept at age t, at most 1                 parameters (default)
  exponential   e^(-t/tau)                               tau
  halflife      2^(-t/h)                                 h
  power         a t^-b                                   a (1), b
  power1        a (1 + t)^-b                             a (1), b
  wickelgren    lambda (1 + beta t)^-psi                 lambda (1), beta, psi
  fsrs          (1 + F t/s)^-decay, 0.9 at age s         s, decay (0.1542)
  savings1885   k / ((log10 t)^c + k)                    k (1.84), c (1.25)
  two_exp       a (w e^(-t/tau1) + (1-w) e^(-t/tau2)) + c
                                                a (1), w, tau1, tau2, c (0)
  memory_chain  1 - e^-r, r = mu1 e^(-a1 t)              mu1, mu2, a1, a2
                + mu1 mu2 (e^(-a2 t) - e^(-a1 t)) / (a1 - a2); may rise first

tau is no half-life: h = tau ln 2. Both may be math.huge: then nothing fades.
Units: ages count in age_unit, the curve in time_unit: "ms", "s" (default of
both), "min", "h", "d" or seconds. fsrs counts days, savings1885 minutes; they
and their ages take no other by default.

Ages are a table, a vector (of floats), or doubles or 64-bit integers, rounded
once; a negative age is an error that names it, and then nothing has changed.

  local ages = require("ffi").new("uint64_t[?]", 2, { 86400, 1700000000 })
  local strengths = engram.vector { 3, 5 }
  engram.decay(strengths, ages, { curve = "power1", b = .5, time_unit = "d" })

Any parameter may be a table or a vector with a number for each strength:

  engram.decay(strengths, { 1, 4 }, { curve = "fsrs", s = { 2.3, 12 } })

  floor = x     what falls stops there; what is below it stays
  fast = true   less exact: relative to what is kept, R, 3e-7 + 2.4e-7 ln(1/R),
                for power laws 3e-7 (1 + b) + 2e-7 ln(1/R). Else the error is
                1.2 units in the last place, for power laws 2

NaN stays NaN, an infinite strength stays. Quickest: exponential and halflife,
then power1, wickelgren and fsrs with an exponent up to 2, ages in a vector.
savings1885, two_exp and memory_chain go item by item.

The way back, the last age at which so much is left:

  print(engram.interval(.9, { curve = "fsrs", s = 12 }))           -- 12
  print(engram.interval(.5, { curve = "exponential", tau = 86400 }))

ACT-R's base level from the ages of all uses, in seconds:

  local uses = { 60, 3600, 86400 }
  print(engram.base_level(uses))                                   -- -1.9027
  print(engram.base_level(uses, { method = "hybrid", k = 1, d = .5 }))

  exact      ln of the sum of t^-d                       d (0.5)
  optimized  ln(n / (1 - d)) - d ln L, L the oldest age or lifetime; d below 1.
             Far off for uneven uses, and it may rise with d: prefer
  hybrid     the k latest exactly, the others even between them and L
]=]
