--- Npz: NumPy's .npz, a zip of .npy files.
--
--    local m, message = npz.read(file, { member = "weights" })
--
-- The one member, or the one that `member` names, with or without .npy. Members are read where
-- they stand, so they must be stored, as np.savez does; their checksums are not looked at, for
-- that would be reading all of them. Sizes beyond 4 GiB are read from zip64's extra fields.

local excerpt = require "engram.files.file".excerpt
local named = require "engram.files.named"
local npy = require "engram.files.npy"
local options = require "engram.files.options"

local npz = { name = "npz", gives = "matrix", about = "NumPy's .npz", suffixes = { npz = true },
    options = { member = options.of_type "string" } }

local end_mark, end64_mark, locator_mark = "PK\5\6", "PK\6\6", "PK\6\7"
local entry_mark, local_mark = "PK\1\2", "PK\3\4"
local end_bytes, locator_bytes, end64_bytes, entry_bytes, local_bytes = 22, 20, 56, 46, 30
local comment_max = 65535

-- The number that count bytes of text are, from `at` on, which counts from 0.
local function number(text, at, count)
    local value = 0
    for i = at + count, at + 1, -1 do value = value * 256 + text:byte(i) end
    return value
end

local function refuse(at, what)
    return nil, ("byte %.0f: %s"):format(at, what)
end

function npz.is(file)
    local start = file:text(0, 4)
    return start == local_mark or start == end_mark and file.size_bytes >= end_bytes
end

-- ---- the directory

-- Where the record of the end starts: the last that its comment brings to the file's end.
local function find_end(file)
    local from = math.max(0, file.size_bytes - end_bytes - comment_max)
    local text = file:text(from, end_bytes + comment_max)
    for at = #text - end_bytes, 0, -1 do
        if text:sub(at + 1, at + 4) == end_mark and
            at + end_bytes + number(text, at + 20, 2) == #text then
            return from + at, text:sub(at + 1, at + end_bytes)
        end
    end
    return refuse(file.size_bytes, "the file ends without a zip's directory")
end

-- What zip64 says in place of the record's own figures.
local function end64(file, place)
    local locator = place >= locator_bytes and file:text(place - locator_bytes, locator_bytes) or ""
    if locator:sub(1, 4) ~= locator_mark then return nil end
    local at = number(locator, 8, 8)
    local record = at + end64_bytes <= place and file:text(at, end64_bytes) or ""
    if record:sub(1, 4) ~= end64_mark or
        at + 12 + number(record, 4, 8) ~= place - locator_bytes then
        return refuse(place - locator_bytes + 8, "no record of zip64's end where this points")
    end
    return { count = number(record, 32, 8), bytes = number(record, 40, 8),
        at = number(record, 48, 8), stop = at }
end

local function directory(file)
    local place, record = find_end(file)
    if not place then return nil, record end
    local wide, message = end64(file, place)
    if message then return nil, message end
    local found = wide or { count = number(record, 10, 2), bytes = number(record, 12, 4),
        at = number(record, 16, 4), stop = place }
    if found.at + found.bytes ~= found.stop or found.count * entry_bytes > found.bytes then
        return refuse(place, ("a directory of %.0f members in %.0f bytes from byte %.0f on " ..
            "found, which are not there"):format(found.count, found.bytes, found.at))
    end
    return found
end

-- Sizes and offset that zip64 keeps in the extra field, in this order, where 32 bits are full.
local function widen(member, extra)
    local at, full = 0, 2 ^ 32 - 1
    while at + 4 <= #extra do
        local id, bytes = number(extra, at, 2), number(extra, at + 2, 2)
        if id == 1 then
            local from, stop = at + 4, math.min(at + 4 + bytes, #extra)
            for _, key in ipairs { "size", "stored", "offset" } do
                if member[key] == full and from + 8 <= stop then
                    member[key] = number(extra, from, 8)
                    from = from + 8
                end
            end
        end
        at = at + 4 + bytes
    end
end

-- The member whose entry starts at byte `at`, and where the next one does.
local function entry(file, at, stop)
    local head = at + entry_bytes <= stop and file:text(at, entry_bytes) or ""
    if head:sub(1, 4) ~= entry_mark then
        return refuse(at, "an entry of the directory expected, found " .. excerpt(head, 1))
    end
    local name_bytes, extra_bytes = number(head, 28, 2), number(head, 30, 2)
    local next_at = at + entry_bytes + name_bytes + extra_bytes + number(head, 32, 2)
    if next_at > stop then return refuse(at, "an entry that ends beyond the directory") end
    local member = { at = at, flags = number(head, 8, 2), method = number(head, 10, 2),
        stored = number(head, 20, 4), size = number(head, 24, 4), offset = number(head, 42, 4),
        path = file:text(at + entry_bytes, name_bytes) }
    member.name = member.path:gsub("%.npy$", "")
    widen(member, file:text(at + entry_bytes + name_bytes, extra_bytes))
    return member, next_at
end

local function members_of(file)
    local found, message = directory(file)
    if not found then return nil, message end
    local members, at, stop = {}, found.at, found.at + found.bytes
    for i = 1, found.count do
        local member, next_at = entry(file, at, stop)
        if not member then return nil, next_at end
        members[i], at = member, next_at
    end
    return members, found.at
end

-- As those in which text is handed out: each member's name has another end.
local function is_other_zip(members)
    for _, member in ipairs(members) do
        if (member.path:match "%.(%w+)$" or "npy") == "npy" then return false end
    end
    return #members > 0
end

-- ---- a member

-- Where its bytes start.
local function start_of(file, member, directory_at)
    local head = member.offset + local_bytes <= directory_at and
        file:text(member.offset, local_bytes) or ""
    local name_bytes = #head == local_bytes and number(head, 26, 2) or 0
    if head:sub(1, 4) ~= local_mark or
        file:text(member.offset + local_bytes, name_bytes) ~= member.path then
        return refuse(member.offset, ("the header of member %s expected, found %s"):format(
            named.shown(member.name), excerpt(head, 1)))
    end
    local start = member.offset + local_bytes + name_bytes + number(head, 28, 2)
    if start + member.size > directory_at then
        return refuse(start, ("%.0f bytes of member %s expected, found %.0f before the directory")
            :format(member.size, named.shown(member.name), math.max(0, directory_at - start)))
    end
    return start
end

local function refusal(member)
    if member.flags % 2 == 1 then return "is encrypted" end
    if member.method ~= 0 then
        return "is compressed, and is read where it stands: np.savez writes it so, " ..
            "np.savez_compressed does not"
    end
    if member.stored ~= member.size then
        return ("of %.0f bytes is stored in %.0f"):format(member.size, member.stored)
    end
    return nil
end

--- The matrix; nil and a message when it is not accepted.
function npz.read(file, given, progress)
    local members, directory_at = members_of(file)
    if not members then return nil, directory_at end
    if is_other_zip(members) then
        return refuse(directory_at, ("a zip without .npy found, the first is %s: unzip it first")
            :format(named.shown(members[1].path)))
    end
    local name = given.member and given.member:gsub("%.npy$", "")
    local member, message = named.choose(members, name, "member")
    if not member then return refuse(directory_at, message) end
    local complaint = refusal(member)
    if complaint then
        return refuse(member.at, ("member %s %s"):format(named.shown(member.name), complaint))
    end
    local start
    start, message = start_of(file, member, directory_at)
    if not start then return nil, message end
    return npy.read_at(file, start, start + member.size, given, progress)
end

return npz
