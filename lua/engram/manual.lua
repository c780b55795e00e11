--- Manual: the pages of `engram help TOPIC`, beside the help of each command.
--
--    io.write(manual.page "workload")
--
-- A page is a module of its own, engram.manual.<topic>, and returns its text: what a
-- command's help can not hold, with examples.

local manual = {}

--- Its topics, in the order in which help lists them, with a line each.
manual.topics = {
    { name = "workload", about = "what a script may hold, hook by hook" },
    { name = "lua", about = "the names of engram, engram.run, the summary" },
    { name = "similarity", about = "nearest, similarity, many queries, packing" },
    { name = "matrix", about = "types of rows, conversion, rerank" },
    { name = "files", about = "what is loaded and saved, and what mapped means" },
    { name = "load", about = "rates, stages, warm-up, figures and limits of a run" },
    { name = "decay", about = "forgetting curves, their inverses, base levels" },
    { name = "spread", about = "ways to spread activation, their limits and scratch" },
    { name = "scheduling", about = "FSRS, SM-2, fitting curves of forgetting" },
    { name = "baselines", about = "runs against runs, baselines, assertions for specs" },
    { name = "c", about = "kernels and programs of your own in C or C++" },
}

--- The text of a topic, or nil.
function manual.page(name)
    for _, topic in ipairs(manual.topics) do
        if topic.name == name then return require("engram.manual." .. name) end
    end
    return nil
end

return manual
