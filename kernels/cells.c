#include "kernels/cells.h"

#include "kernels/isa.h"
#include "runtime/engram.h"

#include <math.h>
#include <string.h>

enum { STEPS = 127, LINE_BYTES = 64 };

size_t cells_element_bytes(int type)
{
    static const uint8_t bytes[] = {[EG_F32] = 4, [EG_F16] = 2, [EG_BF16] = 2, [EG_I8] = 1,
                                    [EG_BITS] = 1};
    return bytes[type];
}

size_t cells_stride(int type, size_t dims)
{
    size_t elements = type == EG_BITS ? (dims + 7) / 8 : dims;
    return base_rounded_up(elements, LINE_BYTES / cells_element_bytes(type));
}

double cells_step(int type, double most)
{
    if (type != EG_I8) return 1;
    return isfinite(most) ? most / STEPS : NAN;
}

double cells_most(double step)
{
    return step * STEPS;
}

/* ---- Rounding ---- */

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Beyond 2^52 a double has no fraction: adding moves it to the rounding of the sum. */
static double whole(double x)
{
    static const double big = 0x1.8p52;
    return (x + big) - big;
}

/* The upper bits, rounded; a carry out of the fraction counts up the exponent, as it should. */
static uint32_t without_low(uint32_t bits, int low)
{
    uint32_t half = (uint32_t)1 << (low - 1);
    return (bits + half - 1 + (bits >> low & 1)) >> low;
}

static uint16_t f16_of(float x)
{
    static const uint32_t infinity = 0x7f800000, too_large = 0x477ff000, normal = 0x38800000;
    uint32_t sign = bits_of(x) >> 16 & 0x8000, size = bits_of(x) & 0x7fffffff;
    if (size > infinity) return (uint16_t)(sign | 0x7e00);
    if (size >= too_large) return (uint16_t)(sign | 0x7c00);
    if (size < normal) return (uint16_t)(sign | (uint32_t)whole(fabs((double)x) * 0x1p24));
    return (uint16_t)(sign | without_low(size - ((127 - 15) << 23), 13));
}

static float of_f16(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, size = half & 0x7fff;
    if (size >= 0x7c00) return float_of(sign | 0x7f800000 | size << 13);
    if (size >= 0x0400) return float_of(sign | ((size << 13) + ((127 - 15) << 23)));
    return float_of(sign | bits_of((float)size * 0x1p-24f));
}

static uint16_t bf16_of(float x)
{
    uint32_t bits = bits_of(x);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)without_low(bits, 16);
}

static float of_bf16(uint16_t half)
{
    return float_of((uint32_t)half << 16);
}

/* A step of 0 or NaN: the cells are 0. */
static int8_t i8_of(float x, double step)
{
    return step > 0 ? (int8_t)whole(x / step) : 0;
}

/* ---- Rows ---- */

void cells_read(int type, const void *row, size_t first, size_t count, double step, float *out)
{
    const uint16_t *halves = (const uint16_t *)row + first;
    const int8_t *steps = (const int8_t *)row + first;
    switch (type) {
    case EG_F32: memcpy(out, (const float *)row + first, count * sizeof *out); break;
    case EG_F16: for (size_t i = 0; i < count; i++) out[i] = of_f16(halves[i]); break;
    case EG_BF16: for (size_t i = 0; i < count; i++) out[i] = of_bf16(halves[i]); break;
    case EG_I8: for (size_t i = 0; i < count; i++) out[i] = (float)(step * steps[i]); break;
    default:
        for (size_t i = 0; i < count; i++) out[i] = (float)cells_get(type, row, first + i, step);
    }
}

static void write_bits(uint8_t *bytes, size_t count, const float *in)
{
    memset(bytes, 0, (count + 7) / 8);
    for (size_t i = 0; i < count; i++) bytes[i / 8] |= (uint8_t)((in[i] > 0) << i % 8);
}

void cells_write(int type, void *row, size_t first, size_t count, double step, const float *in)
{
    uint16_t *halves = (uint16_t *)row + first;
    int8_t *steps = (int8_t *)row + first;
    switch (type) {
    case EG_F32: memcpy((float *)row + first, in, count * sizeof *in); break;
    case EG_F16: for (size_t i = 0; i < count; i++) halves[i] = f16_of(in[i]); break;
    case EG_BF16: for (size_t i = 0; i < count; i++) halves[i] = bf16_of(in[i]); break;
    case EG_I8: for (size_t i = 0; i < count; i++) steps[i] = i8_of(in[i], step); break;
    default: write_bits((uint8_t *)row + first / 8, count, in);
    }
}

double cells_get(int type, const void *row, size_t i, double step)
{
    switch (type) {
    case EG_F32: return ((const float *)row)[i];
    case EG_F16: return of_f16(((const uint16_t *)row)[i]);
    case EG_BF16: return of_bf16(((const uint16_t *)row)[i]);
    case EG_I8: return step * ((const int8_t *)row)[i];
    default: return ((const uint8_t *)row)[i / 8] >> i % 8 & 1;
    }
}

/* By words: the row is padded with zeros. */
static double count_bits(const char *row, size_t count)
{
    uint64_t word, set = 0;
    for (size_t i = 0; i < count; i += 64) {
        memcpy(&word, row + i / 8, sizeof word);
        set += (uint64_t)__builtin_popcountll(word);
    }
    return (double)set;
}

double cells_square(int type, const void *row, size_t count)
{
    const isa *kernels = isa_now();
    if (type == EG_F32) return kernels->square(row, count);
    if (type == EG_BITS) return count_bits(row, count);
    float cells[CELLS_CHUNK];
    double sum = 0;
    for (size_t i = 0; i < count; i += CELLS_CHUNK) {
        size_t n = count - i < CELLS_CHUNK ? count - i : CELLS_CHUNK;
        cells_read(type, row, i, n, 1, cells);
        sum += kernels->square(cells, n);
    }
    return sum;
}
