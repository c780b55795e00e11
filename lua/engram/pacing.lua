--- Pacing: when the events of a run begin, and which of them count.
--
--    pacing.rate "60k/m"                  -> 1000 (events per second)
--    pacing.stages "10s:1k,30s:5k"        -> { { seconds = 10, value = 1000 }, ... }
--    pacing.stages "0s:1t,10s:8t"         -> the same with of = "threads"
--    pacing.warmup "2s"                   -> { seconds = 2 }; "1000" -> { events = 1000 }
--    pacing.settle(config)                -> true, or nil and what does not go together
--
-- Every parser answers nil and a message for what it does not understand.

local ffi = require "ffi"
local C = require "engram.c"
local settings = require "engram.settings"

local pacing = {}

pacing.arrivals = {
    constant = tonumber(C.EG_ARRIVAL_CONSTANT), poisson = tonumber(C.EG_ARRIVAL_POISSON),
}

local shown = settings.shown
local stages_of = { rate = C.EG_STAGES_RATE, threads = C.EG_STAGES_THREADS }
local per_second = { s = 1, m = 1 / 60 }
local count_scale = { [""] = 1, k = 1e3, M = 1e6, G = 1e9 }

-- "1.5k/m" -> 25; a rate may be 0 only where a stage leads there.
local function rate_of(value)
    if type(value) == "number" then return value >= 0 and value < math.huge and value or nil end
    local number, scale, unit = tostring(value):match "^(%d+%.?%d*)([kMG]?)/?([sm]?)$"
    if not number or tostring(value):match "/$" then return nil end
    if unit ~= "" and not tostring(value):find("/", 1, true) then return nil end
    return tonumber(number) * count_scale[scale] * (per_second[unit] or 1)
end

--- Events per second of all threads together: 500, "1k", "1000/s", "60k/m".
function pacing.rate(value)
    local rate = rate_of(value)
    if not rate then return nil, shown(value) .. " is not a rate (500, 1k/s, 60k/m)" end
    if rate == 0 then return nil, shown(value) .. " is not a rate above zero" end
    return rate
end

function pacing.arrival(value)
    if pacing.arrivals[value] then return value end
    return nil, shown(value) .. " is not one of constant, poisson"
end

local function seconds_of(text)
    if text:match "^0+%.?0*%a*$" and settings.duration((text:gsub("0", "1", 1))) then return 0 end
    return settings.duration(text)
end

local function one_stage(text)
    local time, value = text:match "^([^:]+):([^:]+)$"
    local seconds = time and seconds_of(time)
    if not seconds then return nil end
    local threads = value:match "^(%d+)t$"
    if threads then return { seconds = seconds, value = tonumber(threads) }, "threads" end
    local rate = rate_of(value)
    if not rate then return nil end
    return { seconds = seconds, value = rate }, "rate"
end

--- A course of the rate ("10s:1000,30s:5k/s") or of the threads at work ("0s:1t,10s:8t"):
--  each stage leads in a straight line from the value before to its own. Answers a list
--  with `of` and `seconds`, all of them together.
function pacing.stages(value)
    local list = { seconds = 0 }
    local function bad(text, why) return nil, ("%s: %s"):format(shown(text), why) end
    if type(value) ~= "string" or value == "" then
        return bad(tostring(value), "is not a list of stages (10s:1000,30s:5000)")
    end
    for text in (value .. ","):gmatch "([^,]*)," do
        local stage, of = one_stage(text)
        if not stage then
            return bad(text, "is not a stage: a duration, a colon, and a rate (10s:1000) or " ..
                "threads (10s:8t)")
        end
        if list.of and list.of ~= of then
            return bad(text, "all stages are of one kind: rates, or threads")
        end
        list.of = of
        list[#list + 1] = stage
        list.seconds = list.seconds + stage.seconds
    end
    if list.seconds == 0 then return bad(value, "takes no time") end
    return list
end

--- "2s" is a time, "1000" a number of events.
function pacing.warmup(value)
    local events = settings.count(value)
    if events and events > 0 then return { events = events } end
    local seconds = tostring(value):match "%a$" and settings.duration(value)
    if seconds then return { seconds = seconds } end
    return nil, shown(value) .. " is neither a duration (2s) nor a count of events (1000)"
end

local function most_threads(stages)
    local most = 1
    for _, stage in ipairs(stages) do most = math.max(most, stage.value) end
    return most
end

local function settle_threads(config, stages)
    if config.rate then
        return nil, "--stage: stages of threads do not go with --rate; ramp the rate instead " ..
            "(10s:1000)"
    end
    if config.warmup then
        return nil, "--warmup: does not go with stages of threads"
    end
    local most = most_threads(stages)
    if config.threads and config.threads < most then
        return nil, ("--stage: %d threads are asked for, --threads allows %d"):format(most,
            config.threads)
    end
    config.threads = config.threads or most
    return true
end

-- A warm-up runs at the rate that the first stage starts from.
local function settle_rate(config, stages)
    if not config.warmup then return true end
    if not (config.rate and config.warmup.seconds) then
        return nil, "--warmup: with stages it needs a duration (2s) and --rate, the rate to " ..
            "warm up at"
    end
    table.insert(stages, 1, { seconds = config.warmup.seconds, value = config.rate })
    return true
end

--- Completes and checks a configuration: what stages imply for threads and duration.
function pacing.settle(config)
    local stages = config.stages
    if config.arrival and not (config.rate or stages and stages.of == "rate") then
        return nil, "--arrival: needs --rate, or stages of a rate"
    end
    if config.rate or stages and stages.of == "rate" then
        config.arrival = config.arrival or "constant"
    end
    if not stages then return true end
    -- Where nothing happens after them, events alone might never all come.
    local is_over = stages[#stages].value == 0
    if not config.duration and (is_over or not config.events) then
        config.duration = stages.seconds
    end
    if stages.of == "threads" then return settle_threads(config, stages) end
    return settle_rate(config, stages)
end

--- Puts it into an eg_pool_options; answers what has to live as long as the pool.
function pacing.apply(config, options)
    options.rate = config.rate or 0
    options.arrival = pacing.arrivals[config.arrival or "constant"]
    options.warmup_s = config.warmup and config.warmup.seconds or 0
    options.warmup_events = config.warmup and config.warmup.events or 0
    local stages = config.stages
    if not stages then return nil end
    local list = ffi.new("eg_stage[?]", #stages)
    for i, stage in ipairs(stages) do list[i - 1] = { stage.seconds, stage.value } end
    options.stages, options.stage_count, options.stages_of = list, #stages, stages_of[stages.of]
    return list
end

return pacing
