/*
 * FAISS's flat index, on one thread, over rows of length 1: many queries at once, the
 * k best of each.
 */
extern "C" {
#include "contender.h"
}

#include <faiss/Index.h>
#include <faiss/IndexFlat.h>
#include <omp.h>

#include <cstring>
#include <vector>

namespace {

struct flat {
    faiss::IndexFlatIP index;
    std::vector<float> queries;
    std::vector<faiss::Index::idx_t> ids;
};

void put_scaled(std::vector<float> &to, const float *from, uint32_t dims, float by)
{
    for (uint32_t i = 0; i < dims; i++) to.push_back(from[i] * by);
}

int flat_open(void *job)
{
    bench_scan *scan = static_cast<bench_scan *>(job);
    omp_set_num_threads(1);
    flat *own = new flat{faiss::IndexFlatIP(scan->dims), {}, {}};
    std::vector<float> rows;
    for (uint32_t i = 0; i < scan->count; i++) {
        put_scaled(rows, scan->rows + size_t(i) * scan->stride, scan->dims,
                   scan->inverse_norms[i]);
    }
    own->index.add(scan->count, rows.data());
    for (uint32_t q = 0; q < scan->query_count; q++) {
        put_scaled(own->queries, scan->queries + size_t(q) * scan->stride, scan->dims,
                   scan->inverse_query_norms[q]);
    }
    own->ids.resize(size_t(scan->query_count) * scan->k);
    scan->own = own;
    return 0;
}

void flat_close(void *job)
{
    delete static_cast<flat *>(static_cast<bench_scan *>(job)->own);
}

void flat_search(void *job)
{
    bench_scan *scan = static_cast<bench_scan *>(job);
    flat *own = static_cast<flat *>(scan->own);
    own->index.search(scan->query_count, own->queries.data(), scan->k, scan->room,
                      own->ids.data());
    for (size_t i = 0; i < own->ids.size(); i++) scan->ids[i] = uint32_t(own->ids[i]);
    scan->scores = scan->room;
}

} // namespace

extern "C" const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"search", flat_search, flat_open, flat_close},
        {nullptr, nullptr, nullptr, nullptr},
    };
    return list;
}

#define TEXT(x) #x
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

extern "C" const char *bench_version(void)
{
    return VERSION(FAISS_VERSION_MAJOR, FAISS_VERSION_MINOR, FAISS_VERSION_PATCH);
}
