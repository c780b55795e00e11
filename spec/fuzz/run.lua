-- make fuzz: every reader for a while, from the samples that the specs use.
--
--    luajit spec/fuzz/run.lua PROGRAM FOLDER SECONDS SEED [FORMAT [INPUT]]
--
-- FOLDER holds, for each file of each sample, the corpus that grows there, and what was found.
-- A SEED of 0 is another one each time; with any other the inputs follow from it and the corpus.
-- INPUT, a file that was found, is run once. The exit code is 1 when anything was found.

local samples = require "spec.support.samples"

local program, folder, seconds, seed, format, input = unpack(arg)

local flags = "-dict=spec/fuzz/tokens.dict -max_len=4096 -timeout=20 -rss_limit_mb=2048 " ..
    "-malloc_limit_mb=512 -print_final_stats=1 -detect_leaks=0 -verbosity=1 -seed=" .. seed

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function write(path, bytes)
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
end

-- The first lines of a log that tell what is wrong.
local function complaint(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do
        local is_progress = line:find "^#%d" or line:find "^INFO" or line:find "NEW_FUNC" or
            line:find "^Dictionary" or line:find "^Running"
        if not is_progress and #lines < 40 then lines[#lines + 1] = line end
    end
    return table.concat(lines, "\n")
end

-- Every file of every sample of that format, or of all.
local function targets()
    local list, counts = {}, {}
    for number, sample in ipairs(samples.list) do
        counts[sample.name] = (counts[sample.name] or 0) + 1
        local name = sample.name .. "-" .. counts[sample.name]
        if not format or format == "" or format == sample.name or name:find(format, 1, true) == 1
        then
            for file, bytes in pairs(samples.files(sample)) do
                list[#list + 1] = { number = number, file = file, bytes = bytes,
                    name = sample.files and name .. "-" .. file or name }
            end
        end
    end
    table.sort(list, function(a, b) return a.name < b.name end)
    return list
end

-- The command line of one; each runs in a folder of its own, in memory.
local function command(target, words)
    return ("FUZZ_SAMPLE=%d FUZZ_FILE=%s %s %s -artifact_prefix=%s %s"):format(target.number,
        quoted(target.file), program, flags, quoted(folder .. "/found/" .. target.name .. "-"),
        words)
end

local function fuzz(target, share)
    local corpus, log = folder .. "/corpus/" .. target.name, folder .. "/log"
    os.execute("mkdir -p " .. quoted(corpus))
    write(corpus .. "/sample", target.bytes)
    local ok = os.execute(command(target, ("-max_total_time=%d %s >%s 2>&1"):format(share,
        quoted(corpus), quoted(log)))) == 0
    local text = io.open(log, "rb"):read "*a"
    local runs = text:match "number_of_executed_units: (%d+)"
    local edges = text:match ".*cov: (%d+)"
    print(("%-32s %9s runs  %6s edges  %s"):format(target.name, runs or "-", edges or "-",
        ok and "" or "FOUND"))
    if ok then return true end
    local found = text:match "Test unit written to ([^\n]+)"
    print(complaint(text))
    print(("to reproduce: make fuzz FORMAT=%s INPUT=%s"):format(target.name, found or "?"))
    return false
end

local list = targets()
if #list == 0 then
    io.stderr:write("make fuzz: no format ", format, "\n")
    os.exit(2)
end
assert(os.execute("mkdir -p " .. quoted(folder .. "/found")) == 0)
if input and input ~= "" then
    os.exit(os.execute(command(list[1], quoted(input))) == 0 and 0 or 1)
end
local failed = 0
for _, target in ipairs(list) do
    if not fuzz(target, math.max(1, math.floor(seconds / #list))) then failed = failed + 1 end
end
os.exit(failed == 0 and 0 or 1)
