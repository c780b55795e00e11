--- Kernels and programs in C: `engram help c`. Its files, which begin with their name in a
--  comment, and its command lines are run by a spec.

return [=[
A kernel in C takes its scratch from the calling thread's arena, as engram's own
do, and the report counts it. The headers engram.h (all there is, each with its
contract) and engram_inline.h (an arena without a call) are installed. I says
where they are, L where engram's library core.so is; one of:

  I=/usr/local/include L=/usr/local/lib/lua/5.1/engram       # make install
  I=$PWD/build/include L=$PWD/build/lib/lua/5.1/engram       # its source tree
  I=$(luarocks show --rock-dir engram)/include \
  L=$(luarocks config deploy_lib_dir)/engram                 # luarocks make

A kernel: mark the arena, take, rewind; answer a status.

  /* median.c */
  #include <engram/engram.h>
  #include <stdlib.h>
  #include <string.h>

  static int by_value(const void *a, const void *b)
  {
      float x = *(const float *)a, y = *(const float *)b;
      return (x > y) - (x < y);
  }

  int median(eg_arena *arena, const float *x, uint32_t n, float *out)
  {
      double mark = eg_arena_mark(arena);
      float *sorted = eg_arena_alloc(arena, n * sizeof *sorted);
      if (!sorted) return EG_OVERFLOW;
      memcpy(sorted, x, n * sizeof *sorted);
      qsort(sorted, n, sizeof *sorted, by_value);
      *out = sorted[n / 2];
      return eg_arena_rewind(arena, mark);
  }

It is not linked with engram: where engram was required, its names are found.
-z now makes a name that is nowhere an error of ffi.load; without it the process
ends when it is called.

  cc -O2 -fPIC -shared -Wl,-z,now -I$I -o median.so median.c

The workload beside it: its own folder is the first on package.cpath.

  -- median.lua
  local engram = require "engram"            -- first: it declares eg_arena
  local ffi = require "ffi"

  ffi.cdef "int median(eg_arena *, const float *x, uint32_t n, float *out);"
  local lib = ffi.load(assert(package.searchpath("median", package.cpath)))

  local workload = {}

  function workload.setup()
      return { memories = engram.load(engram.data "words.npy") }
  end

  function workload.thread_init(thread)
      thread.out = ffi.new "float[1]"
  end

  function workload.event(thread, i)
      local memories = thread.shared.memories
      local row = memories:row(i % memories.rows + 1)
      local status = lib.median(thread.arena, row:data(), #row, thread.out)
      if status ~= 0 then error "median: the arena is full" end    -- 0 is EG_OK
  end

  return workload

  engram run median.lua -n 1000

In plain LuaJIT, too; there, engram.arena() is the arena:

  -- once.lua
  local engram = require "engram"
  local ffi = require "ffi"

  ffi.cdef "int median(eg_arena *, const float *x, uint32_t n, float *out);"
  local lib, out = ffi.load "./median.so", ffi.new "float[1]"
  local x = engram.vector { 5, 1, 4 }
  print(lib.median(engram.arena(), x:data(), #x, out), out[0])

  luajit once.lua                                            # 0, 4

Keep no pointer into an arena, nor one from data(), beyond the call. Names with
eg_ are engram's. A kernel that takes long asks eg_arena_stopped(arena) now and
then, and answers EG_STOPPED when that is not 0.

A program of its own. Ids count from 0 here. core.so is a module of Lua's: it
has no lib in its name, and needs LuaJIT's library behind it.

  /* nearest.c */
  #include <engram/engram.h>
  #include <stdio.h>

  int main(void)
  {
      eg_arena *arena = eg_arena_new(1 << 20, EG_ERROR, 0, 0);
      eg_matrix *memories = eg_matrix_new(3, 2);
      if (!arena || !memories) return 1;
      for (uint32_t i = 0; i < 3; i++) eg_matrix_set(memories, i, i % 2, i + 1);
      float query[] = {1, 0};
      eg_scan scan = {.matrix = memories, .query = query, .metric = EG_DOT};
      eg_hits hits = {0};
      if (eg_nearest(arena, &scan, 1, &hits) != EG_OK) return 1;
      const uint32_t *ids = (const uint32_t *)hits.ids;
      const float *values = (const float *)hits.values;
      printf("%u %g\n", ids[0], values[0]);
      eg_matrix_release(memories);
      eg_arena_free(arena);
      return 0;
  }

  cc -I$I -o nearest nearest.c -L$L -l:core.so -Wl,-rpath,$L -lluajit-5.1
  ./nearest                                                  # 2 3

In C++ it is the same, with c++ for cc: the headers say extern "C" themselves.
]=]
