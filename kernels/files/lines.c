#include "kernels/files/lines.h"

#include <string.h>

void lines_start(lines *self, const eg_file *file, size_t longest)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'}; /* of UTF-8 */
    const char *first = file->bytes, *next = first;
    size_t bytes = (size_t)file->size_bytes;
    if (bytes >= sizeof mark && memcmp(first, mark, sizeof mark) == 0) next += sizeof mark;
    *self = (lines){.line = next, .end = next, .next = next, .first = first,
                    .stop = first + bytes, .longest = longest};
}

int lines_next(lines *self)
{
    size_t rest = (size_t)(self->stop - self->next);
    if (rest == 0) return LINES_NONE;
    size_t most = self->longest + strlen("\r\n");
    const char *feed = memchr(self->next, '\n', rest < most ? rest : most);
    self->number++;
    self->line = self->next;
    self->end = feed ? feed : self->stop;
    self->next = feed ? feed + 1 : self->stop;
    if (self->end > self->line && self->end[-1] == '\r') self->end--;
    if ((size_t)(self->end - self->line) <= self->longest) return LINES_LINE;
    self->end = self->line + self->longest;
    return LINES_TOO_LONG;
}

double lines_done_bytes(const lines *self)
{
    return (double)(self->next - self->first);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

const char *lines_skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at)) at++;
    return at;
}

const char *lines_field(const char *at, const char *end, const char **field_end)
{
    const char *start = lines_skip_blanks(at, end);
    if (start == end) return NULL;
    at = start;
    while (at < end && !is_blank(*at)) at++;
    *field_end = at;
    return start;
}
