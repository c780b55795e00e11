--- Machine: how busy others keep it while a bench runs.
--
--    local before = machine.ticks()
--    ...
--    machine.foreign_share(before)      -> 0.03

local machine = {}

local function numbers_of(path, pattern)
    local file = io.open(path)
    local text = file and file:read "*a" or ""
    if file then file:close() end
    local list = {}
    for number in (text:match(pattern) or ""):gmatch "%d+" do list[#list + 1] = tonumber(number) end
    return list
end

--- Ticks of the machine in all, of those busy ones, stolen ones, and of the busy ones ours
--  and our children's; nil when the system does not tell.
function machine.ticks()
    local cpu = numbers_of("/proc/stat", "cpu%s+([%d ]+)")
    local own = numbers_of("/proc/self/stat", "%)%s+%a(.*)")
    if #cpu < 8 or #own < 14 then return nil end
    local total = 0
    for i = 1, 8 do total = total + cpu[i] end
    return { total = total, busy = total - cpu[4] - cpu[5], stolen = cpu[8],
        own = own[11] + own[12] + own[13] + own[14] }
end

--- The share of the machine's time that went to others since then, and the share of it that
--  the hypervisor gave to other machines.
function machine.foreign_share(before)
    local now = machine.ticks()
    if not before or not now or now.total == before.total then return nil end
    local total = now.total - before.total
    local busy, own = now.busy - before.busy, now.own - before.own
    return math.max(0, (busy - own) / total), (now.stolen - before.stolen) / total
end

return machine
