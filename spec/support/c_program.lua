--- C programs around single files of ours, with both sanitizers that see reads beyond an end.
--
--    local code, out, err = c_program.run(source, "kernels/files/number.c", argument)
--
-- And libraries, for what a process can not do to itself in Lua.

local child = require "spec.support.child"

local c_program = {}

--- Runs body(path) with a shared library of the source's text, which is gone afterwards.
function c_program.with_library(source, body)
    return child.with_file(source, function(text)
        local path = text .. ".so"
        local code, _, err = child.run(("gcc -std=gnu11 -O1 -shared -fPIC -x c -o %s %s"):format(
            path, text))
        assert(code == 0, err)
        local results = { pcall(body, path) }
        os.remove(path)
        if not results[1] then error(results[2], 0) end
    end)
end

--- Compiles the source's text with those files of ours, and runs it.
function c_program.run(source, ours, argument)
    local name = os.tmpname()
    local file = assert(io.open(name .. ".c", "w"))
    file:write(source)
    file:close()
    local code, out, err = child.run(("gcc -std=gnu11 -O1 -g -fsanitize=address,undefined " ..
        "-fno-sanitize-recover=all -ffp-contract=off -Wall -Wextra -Werror -I. -o %s %s.c %s -lm")
        :format(name, name, ours))
    if code == 0 then code, out, err = child.run(name .. " " .. (argument or "")) end
    os.remove(name)
    os.remove(name .. ".c")
    return code, out, err
end

return c_program
