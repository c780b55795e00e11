#include "kernels/isa.h"

#include "kernels/sums.h"
#include "runtime/engram.h"
#include "runtime/os.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define IN_SCALAR(result, name, arguments) .name = eg_##name##_scalar,
#define IN_AVX2(result, name, arguments) .name = eg_##name##_avx2,
#define IN_AVX512(result, name, arguments) .name = eg_##name##_avx512,
#define IN_VNNI(result, name, arguments) .name = eg_##name##_vnni,
#define IN_BF16(result, name, arguments) .name = eg_##name##_bf16,
#define IN_NEON(result, name, arguments) .name = eg_##name##_neon,

static const isa scalar = {.name = "scalar", ISA_KERNELS(IN_SCALAR)};

/* Best first. A CPU that has one set has all those behind it, so what is
 * usable here is an end of both the array and the text. */
#ifdef EG_X86

static const isa avx512_bf16 = {
    .name = "avx512_bf16", ISA_PLAIN(IN_AVX512) ISA_BY_VNNI(IN_VNNI) ISA_BY_BF16(IN_BF16)};
static const isa avx512_vnni = {
    .name = "avx512_vnni", ISA_PLAIN(IN_AVX512) ISA_BY_VNNI(IN_VNNI) ISA_BY_BF16(IN_AVX512)};
static const isa avx512 = {.name = "avx512", ISA_KERNELS(IN_AVX512)};
static const isa avx2 = {.name = "avx2", ISA_KERNELS(IN_AVX2)};
static const isa *const sets[] = {&avx512_bf16, &avx512_vnni, &avx512, &avx2, &scalar};
static const char names[] = "avx512_bf16 avx512_vnni avx512 avx2 scalar";

static size_t best(void)
{
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("f16c")) return 4;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) return 3;
    if (!__builtin_cpu_supports("avx512vnni")) return 2;
    return __builtin_cpu_supports("avx512bf16") ? 0 : 1;
}

#elif defined(EG_ARM)

static const isa neon = {.name = "neon", ISA_KERNELS(IN_NEON)};
static const isa *const sets[] = {&neon, &scalar};
static const char names[] = "neon scalar";

/* Every AArch64 has it. */
static size_t best(void)
{
    return 0;
}

#else

static const isa *const sets[] = {&scalar};
static const char names[] = "scalar";

static size_t best(void)
{
    return 0;
}

#endif

enum { SETS = sizeof sets / sizeof *sets };

static _Atomic(const isa *) chosen;

/* NULL when name is no set, or none that this CPU has. */
static const isa *find(const char *name)
{
    if (!name) return NULL;
    for (size_t i = best(); i < SETS; i++) {
        if (!strcmp(sets[i]->name, name)) return sets[i];
    }
    return NULL;
}

/* Several threads may get here at once: all find the same, the first one stores. */
static BASE_COLD const isa *choose(void)
{
    const isa *found = find(getenv("ENGRAM_ISA"));
    if (!found) found = sets[best()];
    const isa *before = NULL;
    if (atomic_compare_exchange_strong(&chosen, &before, found)) return found;
    return before;
}

const isa *isa_now(void)
{
    const isa *now = atomic_load_explicit(&chosen, memory_order_acquire);
    return BASE_LIKELY(now != NULL) ? now : choose();
}

/* Zen 5 and later. Zen 4 is slower when asked. */
static bool is_zen5(void)
{
#ifdef EG_X86
    return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512vp2intersect");
#else
    return false;
#endif
}

/* Narrow rows are over before the prefetcher has found what follows: 3 % in the second cache, 13 %
 * from memory. Wide ones gain 8 to 14 % in the third, and lose elsewhere. */
bool isa_gains_by_asking(size_t width, size_t all_bytes)
{
    size_t second = os_second_cache_bytes();
    bool is_in_third = all_bytes / 2 > second && all_bytes / 8 < second;
    return is_zen5() && (width <= SUMS_NARROW || is_in_third);
}

const char *eg_isa_name(void)
{
    return isa_now()->name;
}

const char *eg_isa_list(void)
{
    const char *list = names;
    for (size_t i = 0; i < best(); i++) list = strchr(list, ' ') + 1;
    return list;
}

int eg_isa_use(const char *name)
{
    const isa *found = find(name);
    if (!found) return EG_INVALID;
    atomic_store_explicit(&chosen, found, memory_order_release);
    return EG_OK;
}
