std = "luajit"
max_line_length = 100
files["spec"] = { std = "luajit+busted" }
files["rockspec"] = { std = "luajit+rockspec" }

-- Debian's LuaJIT compiles these wrongly: engram.core has its own. Scripts get it in their states.
files["lua"] = { not_globals = { "next", "pairs" } }
for _, path in ipairs { "lua/engram/data", "lua/engram/workloads" } do
    files[path] = { globals = { "next", "pairs" } }
end
