/*
 * greatest: of each 64 of 64 * words doubles the greatest.
 *
 * All versions agree; there must be no NaN, and 0 of either sign is any 0. values must be aligned
 * to 64 bytes and not overlap peaks.
 */
#include "kernels/isa.h"

enum { WORD = 64 };

void eg_greatest_scalar(const double *values, size_t words, double *peaks)
{
    for (size_t word = 0; word < words; word++, values += WORD) {
        double most = values[0];
        for (int i = 1; i < WORD; i++) most = values[i] > most ? values[i] : most;
        peaks[word] = most;
    }
}

#ifdef EG_X86

/* Four maxima in flight, so that none waits for the last. */
EG_AVX2 void eg_greatest_avx2(const double *values, size_t words, double *peaks)
{
    for (size_t word = 0; word < words; word++, values += WORD) {
        __m256d a_f64x4 = _mm256_load_pd(values), b_f64x4 = _mm256_load_pd(values + 4);
        __m256d c_f64x4 = _mm256_load_pd(values + 8), d_f64x4 = _mm256_load_pd(values + 12);
        for (int i = 16; i < WORD; i += 16) {
            a_f64x4 = _mm256_max_pd(a_f64x4, _mm256_load_pd(values + i));
            b_f64x4 = _mm256_max_pd(b_f64x4, _mm256_load_pd(values + i + 4));
            c_f64x4 = _mm256_max_pd(c_f64x4, _mm256_load_pd(values + i + 8));
            d_f64x4 = _mm256_max_pd(d_f64x4, _mm256_load_pd(values + i + 12));
        }
        a_f64x4 = _mm256_max_pd(_mm256_max_pd(a_f64x4, b_f64x4), _mm256_max_pd(c_f64x4, d_f64x4));
        __m128d two_f64x2 = _mm_max_pd(_mm256_castpd256_pd128(a_f64x4),
                                       _mm256_extractf128_pd(a_f64x4, 1));
        _mm_store_sd(peaks + word, _mm_max_sd(two_f64x2, _mm_unpackhi_pd(two_f64x2, two_f64x2)));
    }
}

EG_AVX512 void eg_greatest_avx512(const double *values, size_t words, double *peaks)
{
    for (size_t word = 0; word < words; word++, values += WORD) {
        __m512d even_f64x8 = _mm512_load_pd(values), odd_f64x8 = _mm512_load_pd(values + 8);
        for (int i = 16; i < WORD; i += 16) {
            even_f64x8 = _mm512_max_pd(even_f64x8, _mm512_load_pd(values + i));
            odd_f64x8 = _mm512_max_pd(odd_f64x8, _mm512_load_pd(values + i + 8));
        }
        peaks[word] = _mm512_reduce_max_pd(_mm512_max_pd(even_f64x8, odd_f64x8));
    }
}

#endif

#ifdef EG_ARM

void eg_greatest_neon(const double *values, size_t words, double *peaks)
{
    for (size_t word = 0; word < words; word++, values += WORD) {
        float64x2_t even_f64x2 = vld1q_f64(values), odd_f64x2 = vld1q_f64(values + 2);
        for (int i = 4; i < WORD; i += 4) {
            even_f64x2 = vmaxq_f64(even_f64x2, vld1q_f64(values + i));
            odd_f64x2 = vmaxq_f64(odd_f64x2, vld1q_f64(values + i + 2));
        }
        peaks[word] = vmaxvq_f64(vmaxq_f64(even_f64x2, odd_f64x2));
    }
}

#endif
