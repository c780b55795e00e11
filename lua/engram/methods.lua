--- Methods: what a thread's arena, its random numbers and its metrics answer to.
--
--    local methods = require("engram.methods").arena     -- in engram.arena, which fills it
--
-- They come with the module that has them when one is first asked for: most threads of a
-- thousand ask for few.

local ffi = require "ffi"

require "engram.declarations"

local function later(module)
    return setmetatable({}, { __index = function(self, key)
        require(module)
        setmetatable(self, nil)
        return self[key]
    end })
end

local methods = {
    arena = later "engram.arena",
    random = later "engram.random",
    metrics = later "engram.metrics",
}

ffi.metatype("eg_arena", { __index = methods.arena })

local draw

ffi.metatype("eg_random", { __index = methods.random, __call = function(self, low, high)
    draw = draw or require("engram.random").draw
    return draw(self, low, high)
end })

return methods
