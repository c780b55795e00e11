--- How a run is paced, what its figures count, its limits: `engram help load`.

return [=[
Without --rate events follow each other: a closed loop, as fast as it can. There
is no time to think between them: an event may sleep, which its latency has
then, or a rate spaces them. engram.stop() in a hook ends the run early.

--rate 5000          An open loop: events are due by the clock, 5,000 a second
                     over all threads, whatever became of those before. Also
                     1k/s, 60k/m.
--arrival poisson    Due at random, of the seed; constant is the default.
--stage 10s:1k,30s:5k
                     Leads the rate in straight lines: to 1,000 in 10 s, then to
                     5,000 in 30 s. 0s:1t,10s:8t leads the threads at work.
                     The run ends with them, or with -n goes on at the last; if
                     that is 0, with whichever comes first.

Under a rate the report has three latencies:
  when due           from when the event was due to its end: what a user waits
  service            from its begin to its end
  lag                from when it was due to its begin: some 20 us, which it
                     takes to wake up; if more, its thread was busy
and how many were late by over 1 ms, and how many were due but never begun.

--warmup 2s          Absent from every figure; 1000 means so many events. They
                     count from 1, too, and draw random numbers of their own.
--report-interval 1s The figures of each stretch; they add up to the whole.
                     With -q these lines are still written.
--percentiles 50,99.99
--histogram          Bars; --hdr FILE writes what HdrHistogram's plotters read.
-f csv               A row per interval, operation of a mix, and figure of the
                     script; the last is for all. Also json, jsonl, markdown.

--threshold 'p99<1ms'
                     Exit code 99 when missed; may be given again. Figures: p99,
                     latency.max, service.p50, lag.p99, read.p99 (of a mix's
                     operation), events_per_s, errors, error_rate<1%, late,
                     backlog, arena.high_water<1M, arena.overflows, and what
                     the script reports: a rate, count or gauge by its name,
                     metrics.hit>50%, metrics.bytes, also metrics.bytes.per_s
                     and metrics.queue.max; a trend by a field of it, as
                     metrics.size.p99 or .mean.
                     A script may have its own: thresholds = { "p99<1ms" }.

--validate           The script's validate(thread, i, result) judges results.
--dry-run            Each hook once, to see that the script works.
--pin compact        Binds threads to CPUs, cores first; scatter spreads them.

'engram run --help' lists every option.

Examples:
  engram run recall -R 2k -d 10s --warmup 1s --threshold 'p99<5ms'
  engram run recall --stage 5s:100,20s:3k --report-interval 1s
  engram run ./mine.lua -n 1M -f csv -o mine.csv
]=]
