/*
 * The words stand one after the other in one text, and are found through a table of twice
 * as many places, each the index of a word or free: a search goes on from the place its hash
 * names to the next free one.
 */
#include "kernels/words.h"

#include "kernels/live_objects.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct list {
    char *text;
    uint64_t *ends; /* where each word ends, and the next begins */
    uint32_t *places;
    size_t mask; /* places - 1, a power of two less 1 */
} list;

struct words_maker {
    list list;
    size_t text_bytes, text_room, room;
    uint32_t count, longest;
    uint32_t placed; /* words that have a place: the first of them */
};

typedef struct words {
    eg_words shown; /* first: a pointer to the one is a pointer to the other */
    list list;
    atomic_uint references;
} words;

static void free_list(list *self)
{
    free(self->text);
    free(self->ends);
    free(self->places);
}

/* ---- Finding ---- */

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ ; its upper bits fold onto the lower. */
static size_t hash_of(const char *word, size_t bytes)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ (uint8_t)word[i]) * 0x100000001b3;
    return (size_t)(hash ^ hash >> 32);
}

static const char *word_at(const list *self, uint32_t index, size_t *bytes)
{
    uint64_t start = index > 0 ? self->ends[index - 1] : 0;
    *bytes = (size_t)(self->ends[index] - start);
    return self->text ? self->text + start : ""; /* all words are empty */
}

/* The place of a word, or the free one where it would go. */
static uint32_t *place_of(const list *self, const char *word, size_t bytes)
{
    for (size_t at = hash_of(word, bytes);; at++) {
        uint32_t *place = &self->places[at & self->mask];
        if (*place == EG_NO_WORD) return place;
        size_t other_bytes;
        const char *other = word_at(self, *place, &other_bytes);
        if (other_bytes == bytes && memcmp(other, word, bytes) == 0) return place;
    }
}

/* Gives each of count words a place, in a new table for so many as room says. */
static bool make_table(list *self, uint32_t count, size_t room)
{
    size_t places = 16;
    while (places < room * 2) places *= 2;
    uint32_t *made = malloc(places * sizeof *made);
    if (!made) return false;
    free(self->places);
    self->places = memset(made, 0xff, places * sizeof *made);
    self->mask = places - 1;
    for (uint32_t i = 0; i < count; i++) {
        size_t bytes;
        const char *word = word_at(self, i, &bytes);
        uint32_t *place = place_of(self, word, bytes);
        if (*place == EG_NO_WORD) *place = i;
    }
    return true;
}

/* ---- Making ---- */

words_maker *words_start(void)
{
    return calloc(1, sizeof(words_maker));
}

void words_drop(words_maker *maker)
{
    if (!maker) return;
    free_list(&maker->list);
    free(maker);
}

uint32_t words_added(const words_maker *maker)
{
    return maker->count;
}

/* Room for need elements, at least doubled. false without memory; then nothing has changed. */
static bool make_room(void **array, size_t *room, size_t need, size_t element)
{
    if (need <= *room) return true;
    size_t wanted = *room * 2 > need ? *room * 2 : need + 64;
    if (wanted > SIZE_MAX / 2 / element) return false;
    void *moved = realloc(*array, wanted * element);
    if (!moved) return false;
    *array = moved;
    *room = wanted;
    return true;
}

bool words_add(words_maker *maker, const char *word, size_t bytes)
{
    list *own = &maker->list;
    void *text = own->text, *ends = own->ends;
    if (maker->count >= UINT32_MAX - 1 || bytes > UINT32_MAX) return false;
    bool fits = make_room(&text, &maker->text_room, maker->text_bytes + bytes, 1);
    own->text = text;
    fits = fits && make_room(&ends, &maker->room, (size_t)maker->count + 1, sizeof *own->ends);
    own->ends = ends;
    if (!fits) return false;
    if (bytes > 0) memcpy(own->text + maker->text_bytes, word, bytes);
    maker->text_bytes += bytes;
    own->ends[maker->count++] = maker->text_bytes;
    if (bytes > maker->longest) maker->longest = (uint32_t)bytes;
    return true;
}

uint32_t words_number(words_maker *maker, const char *word, size_t bytes)
{
    uint32_t count = maker->count;
    bool has_room = maker->placed == count && maker->list.mask / 2 > count;
    if (!has_room && !make_table(&maker->list, count, (size_t)count * 2 + 8)) return EG_NO_WORD;
    maker->placed = count;
    uint32_t *place = place_of(&maker->list, word, bytes);
    if (*place != EG_NO_WORD) return *place;
    if (!words_add(maker, word, bytes)) return EG_NO_WORD;
    maker->placed = maker->count;
    return *place = maker->count - 1;
}

eg_words *words_finish(words_maker *maker)
{
    words *made = calloc(1, sizeof *made);
    if (!made) {
        words_drop(maker);
        return NULL;
    }
    eg_words shown = {maker->count, maker->longest};
    memcpy(&made->shown, &shown, sizeof shown);
    made->list = maker->list;
    bool has_table = maker->placed == maker->count && maker->placed > 0;
    atomic_init(&made->references, 1);
    free(maker);
    live_objects_count(+1);
    if (has_table || make_table(&made->list, shown.count, shown.count)) return &made->shown;
    eg_words_release(&made->shown);
    return NULL;
}

/* ---- Public ---- */

static bool add_lines(words_maker *maker, const char *text, size_t bytes)
{
    const char *end = text + bytes;
    while (text < end) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        const char *stop = feed ? feed : end;
        size_t length = (size_t)(stop - text);
        if (length > 0 && text[length - 1] == '\r') length--;
        if (!words_add(maker, text, length)) return false;
        text = feed ? feed + 1 : end;
    }
    return true;
}

eg_words *eg_words_new(const char *text, double bytes)
{
    words_maker *maker = words_start();
    if (!maker) return NULL;
    if (add_lines(maker, text, (size_t)bytes)) return words_finish(maker);
    words_drop(maker);
    return NULL;
}

const char *eg_words_get(const eg_words *shown, uint32_t index, uint32_t *bytes)
{
    size_t length;
    const char *word = word_at(&((const words *)shown)->list, index, &length);
    *bytes = (uint32_t)length;
    return word;
}

uint32_t eg_words_find(const eg_words *shown, const char *word, size_t bytes)
{
    return *place_of(&((const words *)shown)->list, word, bytes);
}

eg_words *eg_words_retain(eg_words *shown)
{
    atomic_fetch_add_explicit(&((words *)shown)->references, 1, memory_order_relaxed);
    return shown;
}

void eg_words_release(eg_words *shown)
{
    if (!shown) return;
    words *held = (words *)shown;
    if (atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) != 1) return;
    free_list(&held->list);
    free(held);
    live_objects_count(-1);
}
