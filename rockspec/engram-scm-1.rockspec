rockspec_format = "3.0"
package = "engram"
version = "scm-1"
source = { url = "git+file://." }
description = {
    summary = "Runs Lua workloads on every core, each thread with its own memory arena",
    detailed = [[
A C host starts threads, each with its own LuaJIT state and its own bump-pointer arena, and runs
a Lua script in each. Kernels for associative memory (vector similarity, spreading activation,
decay) take their scratch from the thread's arena. At the end engram reports throughput, latency
percentiles and arena statistics, and advises on the arena size to set.]],
    license = "MIT",
    labels = { "benchmark", "luajit", "ffi", "memory", "similarity" },
}
supported_platforms = { "linux" }
dependencies = { "lua == 5.1", "lua-cjson >= 2.1.0", "argparse >= 0.7.1" }
external_dependencies = {
    LUAJIT = { header = "luajit-2.1/luajit.h", library = "luajit-5.1" },
}
build = {
    type = "make",
    -- A rock has no place for man pages: engram help man writes it.
    build_variables = { CFLAGS = "$(CFLAGS)", MANUAL = "" },
    install_variables = {
        BINDIR = "$(BINDIR)", LIBDIR = "$(LIBDIR)", LUADIR = "$(LUADIR)", MANUAL = "",
        INCDIR = "$(PREFIX)/include", -- the rock's own folder, which stays as it is
    },
}
test = { type = "command", command = "make test" }
