-- What the fuzzed program does with its inputs: they take the place of one file of a sample.
-- FUZZ_SAMPLE is the sample's number, FUZZ_FILE the name of that file.

local build = assert(os.getenv "ENGRAM_BUILD")

package.path = build .. "/share/lua/5.1/?.lua;" .. build .. "/share/lua/5.1/?/init.lua;./?.lua;" ..
    package.path
package.cpath = build .. "/lib/lua/5.1/?.so;" .. package.cpath

local hostile = require "spec.support.hostile"
local samples = require "spec.support.samples"

local sample = samples.list[tonumber(os.getenv "FUZZ_SAMPLE")]

return hostile.stream(sample, os.getenv "FUZZ_FILE", os.getenv "FUZZ_FOLDER" .. "/")
