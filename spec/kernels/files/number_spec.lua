-- Numbers: to the bit what strtof and strtod answer, and not a byte beyond the end. Each text is
-- given in a block of exactly its length, with a sanitizer behind it.

local c_program = require "spec.support.c_program"

local ours = "kernels/files/number.c"

local common = [[
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernels/files/number.h"

/* The text in a block of exactly its length. */
static char *tight(const char *text)
{
    size_t length = strlen(text);
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, text, length);
    return copy;
}

]]

local against_the_library = common .. [[
static unsigned long long state, checked, wrong;

static uint64_t any(void)
{
    state += 0x9e3779b97f4a7c15;
    uint64_t x = state;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static int below(int n) { return (int)(any() % (uint64_t)n); }

static int same(const void *a, const void *b, size_t bytes) { return memcmp(a, b, bytes) == 0; }

static void check(const char *text)
{
    char *copy = tight(text), *f_end, *d_end;
    const char *end = copy + strlen(text);
    float f = 7, f_wanted = strtof(text, &f_end);
    double d = 7, d_wanted = strtod(text, &d_end);
    const char *f_stop = number_float(copy, end, &f), *d_stop = number_double(copy, end, &d);
    int ok = f_end == text ? !f_stop && f == 7 : f_stop - copy == f_end - text;
    ok = ok && (d_end == text ? !d_stop && d == 7 : d_stop - copy == d_end - text);
    ok = ok && (!f_stop || same(&f, &f_wanted, sizeof f) || (isnan(f) && isnan(f_wanted)));
    ok = ok && (!d_stop || same(&d, &d_wanted, sizeof d) || (isnan(d) && isnan(d_wanted)));
    if (!ok && wrong++ < 10) printf("%s: %a for %a, %a for %a\n", text, f, f_wanted, d, d_wanted);
    checked++;
    free(copy);
}

static float a_float(void)
{
    uint32_t bits = (uint32_t)any();
    float x;
    memcpy(&x, &bits, sizeof x);
    return isfinite(x) ? x : 1.5f;
}

static double a_double(void)
{
    uint64_t bits = any();
    double x;
    memcpy(&x, &bits, sizeof x);
    return isfinite(x) ? x : 1.5;
}

/* The middle between two neighbours, exactly; and a hair to each side of it. */
static void check_middle(long double middle)
{
    static char text[3000], more[3100];
    snprintf(text, sizeof text, "%.1200Lf", middle);
    check(text);
    snprintf(more, sizeof more, "%s0001", text);
    check(more);
    char *last = text + strlen(text) - 1;
    while (last > text && *last == '0') last--;
    if (*last == '.') last--;
    if (*last > '0' && *last <= '9') (*last)--;
    snprintf(more, sizeof more, "%s9999999999", text);
    check(more);
    snprintf(text, sizeof text, "%.*Le", 6 + below(30), middle);
    check(text);
}

static void check_middles(void)
{
    float f = a_float(), f_next = nextafterf(f, INFINITY);
    if (isfinite(f_next)) check_middle(((long double)f + f_next) / 2);
    double d = ldexp(a_double(), -below(3)), d_next;
    if (fabs(d) > 1e300 || fabs(d) < 1e-300) d = 1 / (1.0 + below(1000));
    d_next = nextafter(d, INFINITY);
    check_middle(((long double)d + d_next) / 2);
}

static void check_printed(void)
{
    char text[400];
    float f = below(2) ? a_float() : ldexpf((float)below(1 << 24), -below(30));
    snprintf(text, sizeof text, "%.*g", 1 + below(20), f);
    check(text);
    snprintf(text, sizeof text, "%.*f", below(12), f);
    check(text);
    snprintf(text, sizeof text, "%.*g", 1 + below(20), a_double());
    check(text);
}

static void check_digits(void)
{
    char text[120];
    int at = 0, digits = 1 + below(40), point = below(60);
    if (below(2)) text[at++] = below(2) ? '-' : '+';
    int zeros = below(4) ? 0 : below(30);
    for (int i = 0; i < zeros + digits; i++) {
        if (i == point) text[at++] = '.';
        text[at++] = i < zeros ? '0' : (char)('0' + below(10));
    }
    if (below(2)) at += sprintf(text + at, "%c%d", below(2) ? 'e' : 'E', below(140) - 70);
    text[at] = 0;
    check(text);
}

/* Whatever the bytes are, but no x: the library would take 0x1 as hexadecimal. */
static void check_soup(void)
{
    static const char bytes[] = "0123456789900..eE+-infatyN";
    char text[16];
    int length = below(14);
    for (int i = 0; i < length; i++) text[i] = bytes[below((int)sizeof bytes - 1)];
    text[length] = 0;
    check(text);
}

int main(int count, char **arguments)
{
    state = strtoull(arguments[count - 1], NULL, 10);
    for (int i = 0; i < 60000; i++) check_printed();
    for (int i = 0; i < 100000; i++) check_digits();
    for (int i = 0; i < 100000; i++) check_soup();
    for (int i = 0; i < 1500; i++) check_middles();
    printf("%llu wrong of %llu", wrong, checked);
    return 0;
}
]]

-- Prints, for each argument, how far each kind of number reaches and what it is.
local told = common .. [[
int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        char *copy = tight(arguments[i]);
        const char *end = copy + strlen(arguments[i]);
        float f = 7;
        double d = 7;
        uint64_t u = 7;
        int64_t s = 7;
        const char *stop = number_float(copy, end, &f);
        printf("%d:%.9g ", stop ? (int)(stop - copy) : -1, f);
        stop = number_double(copy, end, &d);
        printf("%d:%.17g ", stop ? (int)(stop - copy) : -1, d);
        stop = number_unsigned(copy, end, &u);
        printf("%d:%" PRIu64 " ", stop ? (int)(stop - copy) : -1, u);
        stop = number_signed(copy, end, &s);
        printf("%d:%" PRId64 "\n", stop ? (int)(stop - copy) : -1, s);
        free(copy);
    }
    return 0;
}
]]

describe("a number", function()
    it("is to the bit what the C library reads", function()
        local seed = os.time()
        local code, out, err = c_program.run(against_the_library, ours, seed)
        assert.equal(0, code, "seed " .. seed .. ": " .. err)
        assert.truthy(out:find "^0 wrong of %d%d%d%d%d%d$", "seed " .. seed .. ": " .. out)
    end)

    local cases = {
        { "0", "1:0 1:0 1:0 1:0" },
        { "-0", "2:-0 2:-0 -1:7 2:0" },
        { "+.5", "3:0.5 3:0.5 -1:7 -1:7" },
        { "5.", "2:5 2:5 1:5 1:5" },
        { "1e", "1:1 1:1 1:1 1:1" },
        { "1e+", "1:1 1:1 1:1 1:1" },
        { "1e5x", "3:100000 3:100000 1:1 1:1" },
        { ".", "-1:7 -1:7 -1:7 -1:7" },
        { "-", "-1:7 -1:7 -1:7 -1:7" },
        { "e5", "-1:7 -1:7 -1:7 -1:7" },
        { " 1", "-1:7 -1:7 -1:7 -1:7" },
        { "0x10", "1:0 1:0 1:0 1:0" },
        { "1,5", "1:1 1:1 1:1 1:1" },
        { "inf", "3:inf 3:inf -1:7 -1:7" },
        { "-Infinity", "9:-inf 9:-inf -1:7 -1:7" },
        { "infinit", "3:inf 3:inf -1:7 -1:7" },
        { "NaN", "3:nan 3:nan -1:7 -1:7" },
        { "na", "-1:7 -1:7 -1:7 -1:7" },
        { "1e-45", "5:1.40129846e-45 5:9.9999999999999998e-46 1:1 1:1" },
        { "7e-46", "5:0 5:7.0000000000000004e-46 1:7 1:7" },
        { "7.1e-46", "7:1.40129846e-45 7:7.0999999999999994e-46 1:7 1:7" },
        { "3.4028235e38", "12:3.40282347e+38 12:3.4028234999999999e+38 1:3 1:3" },
        { "3.4028236e38", "12:inf 12:3.4028235999999999e+38 1:3 1:3" },
        { "1e999999999999999999999", "23:inf 23:inf 1:1 1:1" },
        { "1e-999999999999999999999", "24:0 24:0 1:1 1:1" },
        { "0e999999999999999999999", "23:0 23:0 1:0 1:0" },
        -- Middles between two floats, and next to one: 1 + 2^-24, and what it lacks.
        { "1.000000059604644775390625", "26:1 26:1.0000000596046448 1:1 1:1" },
        { "1.000000059604644775390626", "26:1.00000012 26:1.0000000596046448 1:1 1:1" },
        { "16777217", "8:16777216 8:16777217 8:16777217 8:16777217" },
        { "16777217.0000000000001", "22:16777218 22:16777217 8:16777217 8:16777217" },
        { "9007199254740993", "16:9.00719925e+15 16:9007199254740992 16:9007199254740993 " ..
            "16:9007199254740993" },
        { "9223372036854775807", "19:9.22337204e+18 19:9.2233720368547758e+18 " ..
            "19:9223372036854775807 19:9223372036854775807" },
        { "-9223372036854775809", "20:-9.22337204e+18 20:-9.2233720368547758e+18 -1:7 " ..
            "20:-9223372036854775808" },
        { "18446744073709551615", "20:1.84467441e+19 20:1.8446744073709552e+19 " ..
            "20:18446744073709551615 20:9223372036854775807" },
        { "18446744073709551616", "20:1.84467441e+19 20:1.8446744073709552e+19 " ..
            "20:18446744073709551615 20:9223372036854775807" },
        { "99999999999999999999999", "23:9.99999978e+22 23:9.9999999999999992e+22 " ..
            "23:18446744073709551615 23:9223372036854775807" },
        { "", "-1:7 -1:7 -1:7 -1:7" },
    }

    it("ends where its text does", function()
        local texts = {}
        for i, case in ipairs(cases) do texts[i] = "'" .. case[1] .. "'" end
        local code, out, err = c_program.run(told, ours, table.concat(texts, " "))
        assert.equal(0, code, err)
        local i = 0
        for line in out:gmatch "[^\n]+" do
            i = i + 1
            assert.same({ cases[i][1], cases[i][2] }, { cases[i][1], line })
        end
        assert.equal(#cases, i)
    end)

    it("may have more digits than any number needs", function()
        local many = ("0"):rep(3000) .. "." .. ("0"):rep(5000) .. ("3"):rep(9000) .. "e5010"
        local code, out, err = c_program.run(told, ours, many)
        assert.equal(0, code, err)
        assert.equal("17006:3.33333325e+09 17006:3333333333.3333335 3000:0 3000:0\n", out)
    end)
end)
