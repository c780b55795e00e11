-- What users' C sees of engram: the headers as they are installed, and the library's names.

local child = require "spec.support.child"

local build = os.getenv "ENGRAM_BUILD" or "build"

describe("the installed headers", function()
    for _, name in ipairs { "engram.h", "engram_inline.h" } do
        for _, compiler in ipairs { "gcc -std=c11", "clang -std=c11", "g++ -std=c++11 -x c++",
            "clang++ -std=c++17 -x c++" } do
            it(("stand alone: %s, for %s"):format(name, compiler), function()
                if not child.has(compiler:match "^%S+") then
                    return pending(compiler .. " is not installed")
                end
                local flags = " -fsyntax-only -Wall -Wextra -Wno-unused-function -Werror "
                local text = "#include <engram/" .. name .. ">\n"
                local code, _, err = child.with_file(text, function(path)
                    return child.run(compiler .. flags .. "-I" .. build .. "/include " ..
                        (compiler:find "%+%+" and "" or "-x c ") .. path)
                end)
                assert.equal(0, code, err)
            end)
        end
    end
end)
