/*
 * Binary: a number as files hold it, little-endian, by its eg_number.
 *
 * Thread:  any; there is no state.
 * Errors:  none: there are as many bytes as it takes, at any alignment.
 */
#ifndef EG_BINARY_H
#define EG_BINARY_H

#include "runtime/base.h"
#include "runtime/engram.h"

#include <string.h>

static inline size_t binary_bytes(int number)
{
    static const uint8_t bytes[] = {
        [EG_NUMBER_F32] = 4, [EG_NUMBER_F16] = 2, [EG_NUMBER_BF16] = 2, [EG_NUMBER_I8] = 1,
        [EG_NUMBER_U8] = 1, [EG_NUMBER_I16] = 2, [EG_NUMBER_U16] = 2, [EG_NUMBER_I32] = 4,
        [EG_NUMBER_U32] = 4, [EG_NUMBER_I64] = 8, [EG_NUMBER_U64] = 8, [EG_NUMBER_F64] = 8,
    };
    return bytes[number];
}

/* In double, whole numbers exact to 2^53. Not of halves: EG_NUMBER_F16, EG_NUMBER_BF16. */
static inline double binary_value(int number, const uint8_t *at)
{
    union {
        float f32;
        double f64;
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
    } read;
    memcpy(&read, at, binary_bytes(number));
    switch (number) {
    case EG_NUMBER_F32: return read.f32;
    case EG_NUMBER_I8: return read.i8;
    case EG_NUMBER_U8: return read.u8;
    case EG_NUMBER_I16: return read.i16;
    case EG_NUMBER_U16: return read.u16;
    case EG_NUMBER_I32: return read.i32;
    case EG_NUMBER_U32: return read.u32;
    case EG_NUMBER_I64: return (double)read.i64;
    case EG_NUMBER_U64: return (double)read.u64;
    default: return read.f64;
    }
}

#endif
