/*
 * Text is read as a mantissa of up to 19 digits and a power of ten (Clinger 1990, "How to read
 * floating point numbers accurately"). A double of at most 2^53 and ten to at most 22 are
 * exact, so one multiplication or division rounds as the standard wants.
 *
 * A float needs less: a double that is a few units off rounds to the same float as the number
 * itself unless it lies next to the middle between two floats. What neither settles is written
 * out anew, as an integer and an exponent, for strtof or strtod: without a point no locale
 * changes it.
 */
#include "kernels/files/number.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of more digits than tell any double from the middle to the next (767), the rest matters only
 * for not being zero. */
enum { MANTISSA_DIGITS = 19, EXACT_POWER = 22, POWER_MOST = 63, DIGITS_THAT_TELL = 800 };

static_assert(FLT_EVAL_METHOD == 0, "a double must not carry more than it has bits");

/* mantissa times ten to exponent, but for the digits beyond the first 19. */
typedef struct decimal {
    uint64_t mantissa;
    int64_t exponent;
    bool is_negative;
    const char *digits, *end; /* its digits in the text, a point among them */
    int64_t last_exponent;    /* of the last of them */
} decimal;

/* Of ten, from -63 on. */
static const double powers[] = {
    1e-63, 1e-62, 1e-61, 1e-60, 1e-59, 1e-58, 1e-57, 1e-56, 1e-55, 1e-54, 1e-53, 1e-52, 1e-51,
    1e-50, 1e-49, 1e-48, 1e-47, 1e-46, 1e-45, 1e-44, 1e-43, 1e-42, 1e-41, 1e-40, 1e-39, 1e-38,
    1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29, 1e-28, 1e-27, 1e-26, 1e-25,
    1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12,
    1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4,
    1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37,
    1e38, 1e39, 1e40, 1e41, 1e42, 1e43, 1e44, 1e45, 1e46, 1e47, 1e48, 1e49, 1e50, 1e51, 1e52, 1e53,
    1e54, 1e55, 1e56, 1e57, 1e58, 1e59, 1e60, 1e61, 1e62, 1e63,
};

static bool is_digit(char byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* ---- Scanning ---- */

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first digit is the lowest byte");

/* How many of eight bytes, of which '0' was taken off, are digits before one that is none. */
static int leading_digits(uint64_t bytes)
{
    const uint64_t over_nine = 0x7676767676767676, high_bits = 0x8080808080808080;
    uint64_t others = ((bytes + over_nine) | bytes) & high_bits;
    return others ? __builtin_ctzll(others) / 8 : 8;
}

/* The number that eight digits are: pairs, then pairs of pairs, then both halves. */
static uint64_t eight_digits(uint64_t bytes)
{
    bytes = bytes * 10 + (bytes >> 8);
    bytes = ((bytes & 0x000000ff000000ff) * (100 + ((uint64_t)1000000 << 32)) +
             (bytes >> 16 & 0x000000ff000000ff) * (1 + ((uint64_t)10000 << 32))) >> 32;
    return bytes;
}

/* Adds the digits from at on, wrapping, and answers where they end. */
static const char *add_few_digits(const char *at, const char *end, uint64_t *value)
{
    uint64_t sum = *value;
    for (; at < end && is_digit(*at); at++) sum = sum * 10 + (uint8_t)(*at - '0');
    *value = sum;
    return at;
}

/* Eight at a time, so that the CPU need not guess how many there are. */
static const char *add_digits(const char *at, const char *end, uint64_t *value)
{
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    int count = 8;
    while (count == 8 && end - at >= 8) {
        uint64_t bytes;
        memcpy(&bytes, at, sizeof bytes);
        bytes ^= 0x3030303030303030;
        count = leading_digits(bytes);
        if (count == 0) break;
        *value = *value * tens[count] + eight_digits(bytes << (64 - 8 * count));
        at += count;
    }
    return add_few_digits(at, end, value);
}

/* The first 19 digits that count, where there may be more than fit. */
static void take_leading(decimal *found)
{
    int taken = 0;
    int64_t left = 0;
    found->mantissa = 0;
    for (const char *at = found->digits; at < found->end; at++) {
        if (*at == '.') continue;
        if (taken == MANTISSA_DIGITS) {
            left++;
            continue;
        }
        found->mantissa = found->mantissa * 10 + (uint8_t)(*at - '0');
        if (found->mantissa > 0) taken++;
    }
    found->exponent = found->last_exponent + left;
}

/* The exponent behind at, added to *exponent, and where it ends: at, if there is none. */
static const char *scan_exponent(const char *at, const char *end, int64_t *exponent)
{
    if (at == end || (*at | 0x20) != 'e') return at;
    const char *digits = at + 1;
    bool is_negative = digits < end && *digits == '-';
    if (digits < end && (*digits == '-' || *digits == '+')) digits++;
    if (digits == end || !is_digit(*digits)) return at;
    /* So large that no text has the digits to make up for it. */
    const int64_t beyond = (int64_t)1 << 56;
    int64_t value = 0;
    for (at = digits; at < end && is_digit(*at); at++) {
        if (value < beyond) value = value * 10 + (*at - '0');
    }
    *exponent += is_negative ? -value : value;
    return at;
}

/* Digits with or without a point, and an exponent. */
static const char *scan(const char *at, const char *end, decimal *found)
{
    found->mantissa = 0;
    found->digits = at;
    at = add_few_digits(at, end, &found->mantissa);
    ptrdiff_t count = at - found->digits, behind = 0;
    if (at < end && *at == '.') {
        const char *point = at++;
        at = add_digits(at, end, &found->mantissa);
        behind = at - point - 1;
        count += behind;
    }
    if (count == 0) return NULL;
    found->end = at;
    found->exponent = -behind;
    at = scan_exponent(at, end, &found->exponent);
    found->last_exponent = found->exponent;
    if (count > MANTISSA_DIGITS) take_leading(found);
    return at;
}

/* ---- The slow way ---- */

/* The digits as an integer and an exponent, for strtof and strtod. */
static void write_out(const decimal *found, char out[DIGITS_THAT_TELL + 32])
{
    int64_t exponent = found->last_exponent;
    size_t count = 0;
    bool is_rest = false;
    for (const char *at = found->digits; at < found->end; at++) {
        if (*at == '.' || (count == 0 && *at == '0')) continue;
        if (count < DIGITS_THAT_TELL) {
            out[count++] = *at;
        } else {
            exponent++;
            is_rest = is_rest || *at != '0';
        }
    }
    if (is_rest) {
        out[count++] = '1';
        exponent--;
    }
    const int64_t most = 100000;
    if (exponent > most) exponent = most;
    if (exponent < -most) exponent = -most;
    (void)snprintf(out + count, 32, "%se%" PRId64, count == 0 ? "0" : "", exponent);
}

static BASE_COLD float float_by_library(const decimal *found)
{
    char text[DIGITS_THAT_TELL + 32];
    write_out(found, text);
    return strtof(text, NULL);
}

static BASE_COLD double double_by_library(const decimal *found)
{
    char text[DIGITS_THAT_TELL + 32];
    write_out(found, text);
    return strtod(text, NULL);
}

/* ---- Words ---- */

static bool has_word(const char *at, const char *end, const char *word)
{
    for (; *word; at++, word++) {
        if (at == end || (*at | 0x20) != *word) return false;
    }
    return true;
}

static const char *special(const char *at, const char *end, double *value)
{
    if (has_word(at, end, "nan")) {
        *value = NAN;
        return at + strlen("nan");
    }
    if (!has_word(at, end, "inf")) return NULL;
    *value = INFINITY;
    return at + strlen(has_word(at, end, "infinity") ? "infinity" : "inf");
}

/* ---- Public ---- */

/* Without a branch: half of all numbers are negative, in no order. */
static const char *skip_sign(const char *at, const char *end, bool *is_negative)
{
    *is_negative = at < end && *at == '-';
    return at + (at < end && ((*at == '-') | (*at == '+')));
}

/* A few units off, of which there are 2^29 between two floats: false where that may matter. */
static bool settle_float(const decimal *found, float *value)
{
    if (found->exponent < -POWER_MOST || found->exponent > POWER_MOST) return false;
    double near = (double)found->mantissa * powers[POWER_MOST + found->exponent];
    if (!(near >= 2 * (double)FLT_MIN && near <= (double)FLT_MAX / 2)) return false;
    uint64_t bits;
    memcpy(&bits, &near, sizeof bits);
    const uint64_t middle = (uint64_t)1 << 28, slack = 16;
    uint64_t between = bits & (2 * middle - 1);
    if (between - (middle - slack) <= 2 * slack) return false;
    *value = (float)near;
    return true;
}

const char *number_float(const char *at, const char *end, float *value)
{
    decimal found;
    const char *digits = skip_sign(at, end, &found.is_negative);
    const char *stop = scan(digits, end, &found);
    float size = 0;
    if (!stop) {
        double word;
        stop = special(digits, end, &word);
        if (!stop) return NULL;
        size = (float)word;
    } else if (found.mantissa > 0 && !settle_float(&found, &size)) {
        size = float_by_library(&found);
    }
    static const float signs[] = {1, -1};
    *value = size * signs[found.is_negative];
    return stop;
}

static bool settle_double(const decimal *found, double *value)
{
    int64_t power = found->exponent;
    if (found->mantissa > (uint64_t)1 << DBL_MANT_DIG) return false;
    if (power < -EXACT_POWER || power > EXACT_POWER) return false;
    double whole = (double)found->mantissa;
    *value = power < 0 ? whole / powers[POWER_MOST - power] : whole * powers[POWER_MOST + power];
    return true;
}

const char *number_double(const char *at, const char *end, double *value)
{
    decimal found;
    const char *digits = skip_sign(at, end, &found.is_negative);
    const char *stop = scan(digits, end, &found);
    double size = 0;
    if (!stop) {
        stop = special(digits, end, &size);
        if (!stop) return NULL;
    } else if (found.mantissa > 0 && !settle_double(&found, &size)) {
        size = double_by_library(&found);
    }
    *value = found.is_negative ? -size : size;
    return stop;
}

const char *number_unsigned(const char *at, const char *end, uint64_t *value)
{
    uint64_t sum = 0;
    if (at == end || !is_digit(*at)) return NULL;
    for (; at < end && is_digit(*at); at++) {
        uint64_t digit = (uint8_t)(*at - '0');
        sum = sum > (UINT64_MAX - digit) / 10 ? UINT64_MAX : sum * 10 + digit;
    }
    *value = sum;
    return at;
}

const char *number_signed(const char *at, const char *end, int64_t *value)
{
    bool is_negative;
    uint64_t size;
    const char *stop = number_unsigned(skip_sign(at, end, &is_negative), end, &size);
    if (!stop) return NULL;
    if (size > INT64_MAX) *value = is_negative ? INT64_MIN : INT64_MAX;
    else *value = is_negative ? -(int64_t)size : (int64_t)size;
    return stop;
}
