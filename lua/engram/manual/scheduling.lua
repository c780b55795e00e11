--- When to review what, and fitting curves of forgetting: `engram help scheduling`.

return [=[
FSRS, versions 4, 4.5, 5 and 6. Grades: 1 again, 2 hard, 3 good, 4 easy. Time
is in days; the same day is less than one (a rule of its own from 5 on).

  local fsrs = engram.fsrs()             -- or { version = 5 }, { weights = w }
  local card = fsrs:first(3)             -- stability 2.3065, difficulty 2.118
  card = fsrs:review(card, 3, 2)         -- graded 3, two days later
  fsrs:review(card, 4, 11, card)         -- the same into a table that is there
  print(fsrs:retrievability(card, 30))   -- what is left after 30 days
  print(fsrs:interval(card, .9))         -- days until 0.9 is left, not rounded

  17 weights mean 4.5, 19 mean 5, 21 mean 6; 4 must be named. S stays within
  0.001 and 36500 days, D within 1 and 10. Learning steps, fuzz, rounding and a
  longest interval are yours. A model belongs to the thread that made it.

Many at once, in place, without a table for each; both 0 stand for a new card:

  local s, d = engram.vector(1000), engram.vector(1000)
  local grades, days = engram.vector(1000), engram.vector(1000)
  for i = 1, 1000 do grades:set(i, i % 4 + 1) end
  fsrs:review_all(s, d, grades, days)

  Vectors keep floats. FFI arrays double[?] keep doubles; they take their count
  as a fifth argument when no column is a vector or a table. After an error
  nothing has changed. fsrs.decay is the exponent for engram.decay's "fsrs".

SM-2. Grades 0 to 5; intervals of 1 day, 6, then the last one times ef:

  local sm2 = engram.sm2()
  local item = sm2:review(sm2:first(), 4)
  print(item.interval, item.repetition, item.ef)

  option        as Wozniak wrote it (default)    as npm supermemo does
  ef_on_fail    "keep"                           "change"
  rounding      "up"                             "nearest"       also "none"
  ef_order      "updated"                        "previous"

Which curve fits: ages from 0 in one unit, retained within 0 and 1. Hyperbolic,
weibull and those whose name ends in _c are for fitting alone: decay and
interval do not have them.

  local ages, retained = { 1, 3, 6, 9, 12, 18 }, { .94, .77, .4, .26, .24, .16 }
  local fit = engram.fit_decay(ages, retained, { curve = "power" })
  print(fit.a, fit.b, fit.r2, fit.rmse, fit.aic, fit.converged)
  fit = engram.fit_decay(ages, retained,
      { curve = "exponential", method = "mle", trials = 100 })
  print(fit.a, fit.tau, fit.log_likelihood)
  for _, one in ipairs(engram.fit_decay(ages, retained)) do  -- least aic first
      print(one.curve, one.aic)
  end

  exponential  a e^(-t/tau)                 power       a t^-b, no age 0
  halflife     a 2^(-t/h)                   power1      a (1 + t)^-b
  hyperbolic   a / (a + t^b)                wickelgren  lambda (1 + beta t)^-psi
  savings1885  k / ((log10 t)^c + k), min   fsrs        s, decay; 0.9 at age s
  weibull      a e^(-b t^c)                 power_c     a t^-b + c, no age 0
  exponential_c  a e^(-t/tau) + c

  "lse" makes the squares of the errors least; "mle" the likelihood of so many
  of trials (a number or one for each age) most. start = { a = 1, b = .5 } says
  where to begin. nil and a message when the data can not be fitted; converged
  is false when they do not tell the parameters apart.
]=]
