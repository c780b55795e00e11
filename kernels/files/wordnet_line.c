/*
 * A synset a line, as wndb(5WN) has it, all numbers of a fixed width and w_cnt hexadecimal:
 *
 *    offset lex_file type w_cnt {lemma lex_id} p_cnt {symbol offset pos words} [frames] | gloss
 */
#include "kernels/files/wordnet.h"

#include <stdlib.h>
#include <string.h>

enum { LEMMA_MAX = 255, OFFSET_DIGITS = 8 };

const char *const wordnet_names[WORDNET_FILES] = {"noun", "verb", "adj", "adv"};
static const char *const types[WORDNET_FILES] = {"n", "v", "as", "r"};

/* A line from its first field that was not taken yet, up to the gloss. */
typedef struct fields {
    wordnet *self;
    const char *at, *end;
} fields;

/* ---- Fields ---- */

static bool refuse(wordnet *self, const char *expected, const char *found, size_t bytes)
{
    char excerpt[READING_EXCERPT];
    (void)reading_refuse(&self->base, "data.%s: line %u: %s expected, found %s",
                         wordnet_names[self->file], self->line, expected,
                         bytes > 0 ? reading_excerpt(excerpt, found, bytes) : "no more");
    return false;
}

/* The next field, empty where there is none. */
static const char *next(fields *line, size_t *bytes)
{
    while (line->at < line->end && (uint8_t)*line->at <= ' ') line->at++;
    const char *start = line->at;
    while (line->at < line->end && (uint8_t)*line->at > ' ') line->at++;
    *bytes = (size_t)(line->at - start);
    return start;
}

static int digit(char byte)
{
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return 16;
}

static bool parse(const char *text, size_t digits, int base, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (digit(text[i]) >= base) return false;
        *value = *value * (uint32_t)base + (uint32_t)digit(text[i]);
    }
    return true;
}

/* A number of exactly so many digits. */
static bool take(fields *line, size_t digits, int base, const char *expected, uint32_t *value)
{
    size_t bytes;
    const char *text = next(line, &bytes);
    if (bytes == digits && parse(text, digits, base, value)) return true;
    return refuse(line->self, expected, text, bytes);
}

/* One of those letters. */
static bool take_letter(fields *line, const char *letters, const char *expected, char *letter)
{
    size_t bytes;
    const char *text = next(line, &bytes);
    *letter = bytes == 1 ? *text : 0;
    if (*letter && strchr(letters, *letter)) return true;
    return refuse(line->self, expected, text, bytes);
}

static bool take_symbol(fields *line, const char **symbol, size_t *bytes)
{
    *symbol = next(line, bytes);
    if (*bytes > 0 && *bytes <= 2) return true;
    return refuse(line->self, "a pointer's symbol", *symbol, *bytes);
}

/* ---- Lemmas ---- */

/* Lower case, blanks for underscores, no marker of where an adjective stands. */
static size_t tidy(const char *text, size_t bytes, bool is_adjective, char *out)
{
    bool has_marker = is_adjective && bytes > 0 && text[bytes - 1] == ')';
    const char *marker = has_marker ? memchr(text, '(', bytes) : NULL;
    if (marker) bytes = (size_t)(marker - text);
    for (size_t i = 0; i < bytes; i++) {
        char byte = text[i];
        if (byte >= 'A' && byte <= 'Z') byte = (char)(byte - 'A' + 'a');
        out[i] = byte == '_' ? ' ' : byte;
    }
    return bytes;
}

static bool take_lemma(fields *line, bool is_first)
{
    wordnet *self = line->self;
    char lemma[LEMMA_MAX];
    size_t bytes, length = 0;
    uint32_t lex_id;
    const char *text = next(line, &bytes);
    if (bytes <= LEMMA_MAX) length = tidy(text, bytes, self->file == WORDNET_ADJ, lemma);
    if (length == 0) {
        return refuse(self, "a word of 255 bytes at most", text, bytes);
    }
    if (!take(line, 1, 16, "a lex_id of one hexadecimal digit", &lex_id)) return false;
    gathered sense = {.to = self->count, .weight = 1};
    sense.from = words_number(self->lemmas, lemma, length);
    bool fits = sense.from != EG_NO_WORD && gathering_add(&self->senses, &sense) &&
                (!is_first || words_add(self->names, lemma, length));
    return fits;
}

static bool take_lemmas(fields *line, uint32_t *count)
{
    if (!take(line, 2, 16, "a w_cnt of two hexadecimal digits", count)) return false;
    if (*count == 0) return refuse(line->self, "a w_cnt above 00", "00", 2);
    for (uint32_t i = 0; i < *count; i++) {
        if (!take_lemma(line, i == 0)) return false;
    }
    return true;
}

/* ---- Pointers ---- */

static uint32_t file_of(char pos)
{
    if (pos == 'n') return WORDNET_NOUN;
    if (pos == 'v') return WORDNET_VERB;
    return pos == 'r' ? WORDNET_ADV : WORDNET_ADJ;
}

/* The name of a kind says nothing that fits: the reason goes with it. */
static bool refuse_kind(wordnet *self, const char *symbol, size_t bytes, const char *why)
{
    char excerpt[READING_EXCERPT];
    (void)reading_refuse(&self->base, "data.%s: line %u: kind %s %s", wordnet_names[self->file],
                         self->line, reading_excerpt(excerpt, symbol, bytes), why);
    return false;
}

/* Words are numbered from 1; 0 and 0 relates the synsets as a whole. */
static bool take_pointer(fields *line, uint32_t words)
{
    wordnet *self = line->self;
    const char *symbol;
    size_t bytes;
    uint32_t offset, ends;
    char pos;
    bool fits = take_symbol(line, &symbol, &bytes) &&
                take(line, OFFSET_DIGITS, 10, "an offset of eight digits", &offset) &&
                take_letter(line, "nvasr", "a part of speech, n, v, a, s or r,", &pos) &&
                take(line, 4, 16, "the words of a pointer, four hexadecimal digits,", &ends);
    if (!fits) return false;
    uint32_t source = ends >> 8, target = ends & 0xff;
    if (source > words || (source == 0) != (target == 0)) {
        return refuse(self, "a pointer from a word of this synset", line->at - 4, 4);
    }
    gathered arc = {.from = self->count, .to = offset * WORDNET_FILES + file_of(pos), .weight = 1};
    const char *why = gathering_name(&self->arcs, symbol, bytes, &arc);
    if (why) return refuse_kind(self, symbol, bytes, why);
    return gathering_add(&self->arcs, &arc);
}

static bool take_pointers(fields *line, uint32_t words)
{
    uint32_t count;
    if (!take(line, 3, 10, "a p_cnt of three digits", &count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!take_pointer(line, words)) return false;
    }
    return true;
}

/* The sentence frames of a verb, which nothing is made of. */
static bool take_frames(fields *line)
{
    uint32_t count, number;
    char plus;
    if (!take(line, 2, 10, "an f_cnt of two digits", &count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        bool fits = take_letter(line, "+", "a frame's +", &plus) &&
                    take(line, 2, 10, "a frame of two digits", &number) &&
                    take(line, 2, 16, "a frame's word, two hexadecimal digits,", &number);
        if (!fits) return false;
    }
    return true;
}

/* ---- Synsets ---- */

static bool add_synset(wordnet *self, uint32_t offset)
{
    if (self->count == self->room) {
        uint32_t room = self->room ? self->room * 2 : 4096;
        synset *larger = realloc(self->synsets, room * sizeof *larger);
        if (!larger) return false;
        self->synsets = larger;
        self->room = room;
    }
    self->synsets[self->count++] = (synset){offset, self->line};
    return true;
}

/* Offsets ascend, so that a synset is found by them. */
static bool take_offset(fields *line, uint32_t *offset)
{
    wordnet *self = line->self;
    const char *start = line->at;
    if (!take(line, OFFSET_DIGITS, 10, "a synset's offset of eight digits", offset)) return false;
    bool is_first = self->count == self->firsts[self->file];
    if (is_first || *offset > self->synsets[self->count - 1].offset) return true;
    return refuse(self, "an offset above that of the line before", start,
                  OFFSET_DIGITS);
}

bool wordnet_line(wordnet *self, const char *start, const char *end)
{
    const char *gloss = memchr(start, '|', (size_t)(end - start));
    fields line = {self, start, gloss ? gloss : end};
    uint32_t offset, lex_file, words;
    size_t bytes;
    char type;
    bool fits = take_offset(&line, &offset) &&
                take(&line, 2, 10, "a lex_file of two digits", &lex_file) &&
                take_letter(&line, types[self->file], "a type that fits the file", &type) &&
                take_lemmas(&line, &words) && take_pointers(&line, words) &&
                (self->file != WORDNET_VERB || take_frames(&line));
    if (!fits) return false;
    const char *more = next(&line, &bytes);
    if (bytes > 0) return refuse(self, "the gloss, which | starts,", more, bytes);
    return add_synset(self, offset);
}
