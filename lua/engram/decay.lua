--- Decay: what is left of strengths at their ages.
--
--    decay.decay(strengths, ages, { curve = "halflife", h = 7, time_unit = "d" })
--
-- Strengths are a vector, decayed in place and answered, or a table, which gives a new vector
-- in the thread's arena. With out = vector the result goes there and strengths stay as they are.
-- Ages are a table, a vector, or an FFI array double[?] or uint64_t[?] (or a pointer to such)
-- with at least as many items as strengths: nobody can check that.
--
-- The curves, their parameters and the units of both are those of engram.curves. A parameter may
-- be a vector or a table with a number for each item. fast = true lets the error grow, to the
-- bound that kernels/decay.c states.
--
-- floor stops the fall of what is above it; what is below it stays. NaN stays NaN. A negative
-- age is an error, and then nothing has changed.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local check = require "engram.check"
local curves = require "engram.curves"
local matrix = require "engram.matrix"

local vector_t = ffi.typeof "eg_vector"
local floats_t = ffi.typeof "float *"
local float_bytes = ffi.sizeof "float"
local doubles_t = ffi.typeof "double[?]"
local doubles_pointer_t = ffi.typeof "const double *"
local u64s_t = ffi.typeof "uint64_t[?]"
local u64s_pointer_t = ffi.typeof "const uint64_t *"
local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local f64, u64, f32 = tonumber(C.EG_AGE_F64), tonumber(C.EG_AGE_U64), tonumber(C.EG_AGE_F32)
local huge = math.huge

local decay = {}

-- One for all calls: a call fills it and hands it to C.
local request = curves.items

local age_room = 1024
local own_ages = doubles_t(age_room)

local function read_floor(floor)
    if floor ~= nil and not (type(floor) == "number" and floor == floor) then
        check.bad(3, "decay", "floor: number expected, got " .. tostring(floor), 2)
    end
    request.floor = floor or -huge
end

local function read_fast(fast)
    if fast ~= nil and type(fast) ~= "boolean" then
        check.bad(3, "decay", "fast: true or false expected, got " .. tostring(fast), 2)
    end
    request.fast = fast and 1 or 0
end

local function copy_ages(ages, n)
    if n > age_room then
        age_room = n * 2
        own_ages = doubles_t(age_room)
    end
    for i = 1, n do
        local age = ages[i]
        if type(age) ~= "number" then
            check.bad(2, "decay", "age " .. i .. ": number expected, got " .. check.kind(age), 3)
        end
        own_ages[i - 1] = age
    end
end

local function check_length(length, n, level)
    if length == n then return end
    check.bad(2, "decay", ("%d ages expected, as there are strengths, got %d"):format(n, length),
        level or 3)
end

-- Arrays of a fixed length: each has a type of its own.
local function read_fixed(ages, n)
    local doubles = check.fixed_length(ages, "double")
    local length = doubles or check.fixed_length(ages, "uint64_t")
    if length == nil then
        check.bad(2, "decay", "table, vector, double[?] or uint64_t[?] of ages expected, got " ..
            check.kind(ages), 3)
    end
    check_length(math.min(length, n), n, 4)
    request.age_type, request.ages = doubles and f64 or u64, ages
end

local function read_ages(ages, n)
    if matrix.is_vector(ages) then
        if ages.slot.serial ~= ages.serial then error("stale: its arena was rewound", 3) end
        check_length(ages.length, n)
        request.age_type, request.ages = f32, ages.cells
    elseif type(ages) == "table" then
        check_length(#ages, n)
        copy_ages(ages, n)
        request.age_type, request.ages = f64, own_ages
    elseif ffi.istype(doubles_t, ages) or ffi.istype(doubles_pointer_t, ages) then
        request.age_type, request.ages = f64, ages
    elseif ffi.istype(u64s_t, ages) or ffi.istype(u64s_pointer_t, ages) then
        request.age_type, request.ages = u64, ages
    else
        read_fixed(ages, n)
    end
    request.count = n
end

-- The vector may be written.
local function check_open(vector, at, what)
    if vector.slot.serial ~= vector.serial then error("stale: its arena was rewound", 3) end
    if vector.owner ~= nil and vector.owner.frozen ~= 0 then
        check.bad(at, "decay", what .. " of a frozen matrix can not be changed", 2)
    end
end

-- The first of n strengths that is no number, or nil.
local function find_stranger(strengths, n)
    for i = 1, n do
        if type(strengths[i]) ~= "number" then return i end
    end
end

-- A table of numbers as a vector in the arena.
local function copied(mine, strengths, n)
    local memory = C.eg_arena_alloc(mine, n * float_bytes)
    if memory == nil then arena.fail(mine, C.EG_OVERFLOW, "decay", 3) end
    local slot = C.eg_arena_track(mine, memory)
    if slot == nil then error("arena: too many values are alive; rewind, or use scope", 3) end
    local cells = ffi.cast(floats_t, memory)
    for i = 1, n do cells[i - 1] = strengths[i] end
    return vector_t(cells, n, slot, slot.serial, nil)
end

local pointer_types = {
    [f64] = doubles_pointer_t, [u64] = u64s_pointer_t, [f32] = ffi.typeof "const float *",
}

-- Whatever else C could refuse was checked before.
local function refused(mine, status)
    if status ~= invalid then arena.fail(mine, status, "decay", 3) end
    local ages = ffi.cast(pointer_types[request.age_type], request.ages)
    for i = 0, request.count - 1 do
        local age = tonumber(ages[i])
        if age < 0 or age ~= age then
            check.bad(2, "decay", ("age %d is %.14g: ages count from 0"):format(i + 1, age), 2)
        end
    end
    local complaint = curves.complaint()
    if complaint then check.bad(3, "decay", complaint, 2) end
    check.bad(3, "decay", "out lies over a part of strengths, ages or parameters", 2)
end

--- The strengths at their ages. See above.
function decay.decay(strengths, ages, options)
    local is_vector = matrix.is_vector(strengths)
    if not is_vector and type(strengths) ~= "table" then
        check.bad(1, "decay", "vector or table of numbers expected, got " .. check.kind(strengths))
    end
    if type(options) ~= "table" then
        check.bad(3, "decay", "table of options expected, got " .. check.kind(options))
    end
    local n = is_vector and strengths.length or #strengths
    curves.read(options, 3, "decay", n)
    read_floor(options.floor)
    read_fast(options.fast)

    local out = options.out
    if out ~= nil and not matrix.is_vector(out) then
        check.bad(3, "decay", "out: vector expected, got " .. check.kind(out))
    end
    if out ~= nil and out.length ~= n then
        check.bad(3, "decay", ("out: vector of %d expected, got %d"):format(n, out.length))
    end
    if out ~= nil then check_open(out, 3, "out") end
    if is_vector and out == nil then check_open(strengths, 1, "strengths") end
    if is_vector and strengths.slot.serial ~= strengths.serial then
        error("stale: its arena was rewound", 2)
    end
    if not is_vector then
        local i = find_stranger(strengths, n)
        if i then
            check.bad(1, "decay", "strength " .. i .. ": number expected, got " ..
                check.kind(strengths[i]))
        end
        if n == 0 then check.bad(1, "decay", "the table holds no number") end
    end
    read_ages(ages, n)

    local mine = arena.current()
    local mark = C.eg_arena_mark(mine)
    local from = is_vector and strengths or copied(mine, strengths, n)
    local to = out == nil and from or out
    local status = C.eg_decay_by_curve(mine, curves.request, from.cells, to.cells)
    if not is_vector and (to ~= from or status ~= ok) then C.eg_arena_rewind(mine, mark) end
    if status ~= ok then refused(mine, status) end
    if to.owner ~= nil then C.eg_matrix_touch(to.owner) end
    return to
end

return decay
