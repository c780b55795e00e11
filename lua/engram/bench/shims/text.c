/*
 * Words with vectors as text, read as C programs do: the whole file into memory, then strtof
 * from number to number. The words are passed over.
 */
#include "contender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Its bytes and a zero behind them, or NULL. */
static char *whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *text = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long bytes = ftell(file);
        rewind(file);
        text = bytes >= 0 ? malloc((size_t)bytes + 1) : NULL;
        if (text) text[fread(text, 1, (size_t)bytes, file)] = 0;
    }
    fclose(file);
    return text;
}

static void by_strtof(void *job)
{
    bench_text *lines = job;
    char *text = whole(lines->path);
    char *at = text;
    float *number = lines->numbers;
    for (uint32_t row = 0; at && row < lines->rows; row++) {
        at = strchr(at, ' ');
        for (uint32_t i = 0; at && i < lines->dims; i++) *number++ = strtof(at, &at);
        if (at) at++;
    }
    free(text);
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"strtof", by_strtof, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

const char *bench_version(void)
{
    return __VERSION__;
}
