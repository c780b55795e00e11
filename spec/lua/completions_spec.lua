-- Completions: valid in their shell, and offering what --help shows.

local child = require "spec.support.child"

local function completion(shell)
    local code, out, err = child.engram("help completion-" .. shell)
    assert.equal(0, code, err)
    return out
end

-- What bash offers after these words, the last of which is being typed.
local function offered(words)
    return child.with_file(completion "bash", function(path)
        local _, out, err = child.run(("bash -c 'source %s; COMP_WORDS=(%s); " ..
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _engram; echo \" ${COMPREPLY[@]} \"'")
            :format(path, words))
        assert.equal("", err)
        return out
    end)
end

local function holds(text, ...)
    for _, word in ipairs { ... } do
        assert.truthy(text:find(" " .. word .. " ", 1, true), word .. " is not in " .. text)
    end
end

describe("the completion", function()
    for _, shell in ipairs { "bash", "zsh", "fish" } do
        it("is valid for " .. shell, function()
            if not child.has(shell) then return pending(shell .. " is not installed") end
            child.with_file(completion(shell), function(path)
                local code, _, err = child.run(shell .. " -n " .. path)
                assert.equal(0, code, err)
            end)
        end)
    end

    it("offers commands, flags, workloads and their options, values and pages", function()
        holds(offered 'engram ""', "run", "scale", "tune", "search-rate", "compare", "help")
        holds(offered 'engram run ""', "recall", "noop", "--threads", "--threshold")
        holds(offered "engram run recall --h", "--hops", "--half-life", "--help")
        assert.is_nil(offered("engram run noop --h"):find("--hops", 1, true))
        holds(offered 'engram run noop --allocator ""', "thread", "shared", "malloc")
        holds(offered 'engram run noop -f ""', "text", "json", "csv")
        assert.is_nil(offered('engram info --format ""'):find("csv", 1, true))
        holds(offered 'engram recall --data ""', "small", "full")
        holds(offered 'engram inspect --as ""', "npy", "edges", "words", "wordnet")
        holds(offered 'engram inspect --from ""', "npy", "edges", "words", "wordnet")
        holds(offered 'engram convert --as ""', "npy", "csr")
        holds(offered 'engram convert --from ""', "wordnet")
        assert.is_nil(offered('engram convert --as ""'):find("wordnet", 1, true))
        holds(offered "engram recall coffee --h", "--hops", "--half-life", "--help")
        holds(offered "engram help s", "spread", "similarity", "scheduling")
    end)

    it("has every flag that help shows", function()
        for _, shell in ipairs { "zsh", "fish" } do
            local text = completion(shell)
            for _, command in ipairs { "run", "scale", "tune", "search-rate", "compare", "bench",
                "recall", "new" } do
                local _, help = child.engram("help " .. command)
                for flag in help:gmatch "\n[ ,%a-]-(%-%-%l[%l-]+)" do
                    local name = shell == "fish" and "-l " .. flag:sub(3) or flag
                    assert.truthy(text:find(name, 1, true), shell .. " lacks " .. flag)
                end
            end
        end
    end)

    it("is refused for another shell", function()
        assert.equal(2, (child.engram "help completion-tcsh"))
    end)
end)
