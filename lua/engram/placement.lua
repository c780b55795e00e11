--- Placement: which CPU each thread of a run is bound to.
--
--    placement.cpus "0-3,8"                      -> { 0, 1, 2, 3, 8 }
--    placement.of { pin = "compact", threads = 4, cpus = { 0, 1 } }  -> { 0, 1, 0, 1 }
--
-- compact fills one core after the other, hyperthreads together; scatter takes packages and
-- cores in turn, hyperthreads last. What the kernel says of CPUs decides; without its word
-- each CPU is a core of its own.

local ffi = require "ffi"
local C = require "engram.c"
local settings = require "engram.settings"

local placement = {}

local shown = settings.shown
local modes = { none = true, compact = true, scatter = true }
local cpus_max = 1024

function placement.pin(value)
    if modes[value] then return value end
    return nil, shown(value) .. " is not one of none, compact, scatter"
end

--- A list of CPUs, as taskset takes it.
function placement.cpus(value)
    local list, seen = {}, {}
    for part in (tostring(value) .. ","):gmatch "([^,]*)," do
        local first, last = part:match "^(%d+)%-(%d+)$"
        if not first then first = part:match "^(%d+)$" last = first end
        first, last = tonumber(first), tonumber(last)
        if not first or first > last or last >= cpus_max then
            return nil, ("%s is not a list of CPUs (0-3,8)"):format(shown(value))
        end
        for cpu = first, last do
            if not seen[cpu] then list[#list + 1] = cpu end
            seen[cpu] = true
        end
    end
    table.sort(list)
    return list
end

local function usable()
    local found = ffi.new("int[?]", cpus_max)
    local list = {}
    for i = 0, C.eg_cpus(found, cpus_max) - 1 do list[#list + 1] = found[i] end
    return list
end

local function number_in(path)
    local file = io.open(path)
    local text = file and file:read "*l"
    if file then file:close() end
    return tonumber(text)
end

-- Where each CPU is: its package, its core, and which of the core's hyperthreads it is.
local function topology(cpus)
    local places, siblings = {}, {}
    for i, cpu in ipairs(cpus) do
        local folder = ("/sys/devices/system/cpu/cpu%d/topology/"):format(cpu)
        local package = number_in(folder .. "physical_package_id") or 0
        local core = number_in(folder .. "core_id") or cpu
        local key = package .. ":" .. core
        siblings[key] = (siblings[key] or 0) + 1
        places[i] = { cpu = cpu, package = package, core = core, sibling = siblings[key] }
    end
    return places
end

local orders = {
    compact = { "package", "core", "sibling", "cpu" },
    scatter = { "sibling", "core", "package", "cpu" },
}

--- CPUs in the order in which threads take them.
function placement.order(places, pin)
    local keys = orders[pin]
    table.sort(places, function(a, b)
        for _, key in ipairs(keys) do
            if a[key] ~= b[key] then return a[key] < b[key] end
        end
        return false
    end)
    local list = {}
    for i, place in ipairs(places) do list[i] = place.cpu end
    return list
end

--- The CPU of each thread, or nil when they are free to move. nil and a message for a CPU
--  that this process may not use.
function placement.of(config)
    local pin = config.pin or (config.cpus and "compact") or "none"
    if pin == "none" then
        if not config.cpus then return nil end
        return nil, "--cpus: threads are bound to them, so --pin can not be none"
    end
    local allowed, is_allowed = usable(), {}
    for _, cpu in ipairs(allowed) do is_allowed[cpu] = true end
    for _, cpu in ipairs(config.cpus or {}) do
        if not is_allowed[cpu] then
            return nil, ("--cpus: CPU %d is not one of those this process may use (%s)"):format(cpu,
                table.concat(allowed, ","))
        end
    end
    local order = placement.order(topology(config.cpus or allowed), pin)
    local list = {}
    for i = 1, config.threads do list[i] = order[(i - 1) % #order + 1] end
    return list
end

return placement
