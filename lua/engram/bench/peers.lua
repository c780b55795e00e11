--- Peers: the libraries and programs that engram is measured against.
--
--    peers.openblas.package        -> what to install on Debian
--
-- probe: a header that only they have; preload: names of the library that takes malloc's
-- place; links: what goes to the linker; unset: variables of the environment that would make
-- them other than they are; caveat: what must be said of the build that the package holds.

return {
    openblas = { name = "OpenBLAS", package = "libopenblas-dev", probe = "openblas_config.h",
        links = "-lopenblas", unset = { "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE" } },
    faiss = { name = "FAISS", package = "libfaiss-dev", probe = "faiss/IndexFlat.h",
        is_cxx = true, flags = "-fopenmp", links = "-lfaiss -fopenmp -lopenblas",
        unset = { "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE" },
        caveat = "Debian's build is without AVX, slow for one query and left out there; " ..
            "many at once go through OpenBLAS" },
    simsimd = { name = "SimSIMD", probe = "simsimd/simsimd.h",
        install = "npm install simsimd, here or with ENGRAM_SIMSIMD=its folder" },
    graphblas = { name = "GraphBLAS", package = "libgraphblas-dev", probe = "GraphBLAS.h",
        links = "-lgraphblas" },
    igraph = { name = "igraph", package = "libigraph-dev", probe = "igraph/igraph.h",
        flags = "-I/usr/include/igraph", links = "-ligraph" },
    apr = { name = "APR", package = "libapr1-dev", probe = "apr_pools.h",
        flags = "$(pkg-config --cflags apr-1 2>/dev/null || echo -I/usr/include/apr-1.0)",
        links = "-lapr-1" },
    pmr = { name = "std::pmr", package = "g++", probe = "memory_resource", is_cxx = true },
    jemalloc = { name = "jemalloc", package = "libjemalloc2", preload = { "libjemalloc.so.2" } },
    mimalloc = { name = "mimalloc", package = "libmimalloc2.0",
        preload = { "libmimalloc.so.2", "libmimalloc.so.2.0" } },
    tcmalloc = { name = "tcmalloc", package = "libgoogle-perftools4",
        preload = { "libtcmalloc_minimal.so.4", "libtcmalloc.so.4" } },
    sysbench = { name = "sysbench", package = "sysbench" },
}
