--- Event: what a thread calls for each event number: the script's event, one operation of
--- its mix, or a batch; followed by its check where that is asked for.
--
--    local call = event.of(workload, worker, payload)
--    call(thread, i)
--
-- Which operation an event is depends on the seed and its number alone, and takes nothing
-- from thread.random.

local ffi = require "ffi"
local C = require "engram.declarations".C
local pairs = require("engram.core").pairs

local event = {}

-- Seeds of users are below 2^46: a mix draws from one that nobody else can have.
local mix_seed = 2 ^ 47

--- The operations of a mix by name, with the share up to which each is drawn: a list, in
--  the order of their names, of { name, upto }. nil and a message for what is no mix.
function event.operations(workload)
    local list, total = {}, 0
    for name, weight in pairs(workload.mix) do
        local is_share = type(weight) == "number" and weight >= 0 and weight < math.huge
        if type(name) ~= "string" or not is_share then
            return nil, ("mix.%s is %s, not a share of the events"):format(tostring(name),
                tostring(weight))
        end
        if type(workload[name]) ~= "function" then
            return nil, ("mix.%s has no function of that name beside it"):format(name)
        end
        list[#list + 1] = { name = name, weight = weight }
        total = total + weight
    end
    if total == 0 then return nil, "mix has no share above zero" end
    table.sort(list, function(a, b) return a.name < b.name end)
    local sum = 0
    for _, each in ipairs(list) do
        sum = sum + each.weight
        each.upto = sum / total
    end
    return list
end

-- A dry run's event: each operation once.
local function all_of(workload)
    local list = event.operations(workload)
    return function(thread, i)
        for _, each in ipairs(list) do workload[each.name](thread, i) end
    end
end

local function mixed(workload, worker, seed)
    local operations, upto = {}, {}
    for k, each in ipairs(event.operations(workload)) do
        operations[k], upto[k] = workload[each.name], each.upto
    end
    upto[#upto] = 2
    local draw = ffi.new("eg_random", seed + mix_seed, 0, 0)
    return function(thread, i)
        draw.stream, draw.count = i, 0
        local drawn, k = C.eg_random_next(draw), 1
        while drawn >= upto[k] do k = k + 1 end
        C.eg_event_operation(worker, k)
        return operations[k](thread, i)
    end
end

local function batched(workload, worker)
    local batch = workload.event_batch
    return function(thread, i) return batch(thread, i, C.eg_event_batch(worker)) end
end

local function validated(call, validate)
    return function(thread, i)
        local result = call(thread, i)
        local ok, why = validate(thread, i, result)
        if not ok then
            error("not valid: " .. (why == nil and tostring(result) or tostring(why)), 0)
        end
    end
end

--- payload: seed, validate when results are to be checked, dry_run.
function event.of(workload, worker, payload)
    local call = workload.event
    if workload.mix and payload.dry_run then call = all_of(workload)
    elseif workload.mix then call = mixed(workload, worker, payload.seed)
    elseif workload.event_batch then call = batched(workload, worker) end
    if payload.validate then return validated(call, workload.validate) end
    return call
end

return event
