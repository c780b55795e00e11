/*
 * The handler of SIGBUS looks up which mapping an address lies in. It may run at any time in
 * any thread, so it walks a list whose links are never taken out: a place that has become
 * free is used again.
 */
#define _GNU_SOURCE
#include "runtime/mapping.h"

#include "runtime/os.h"
#include "runtime/path.h"
#include "runtime/signals.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct mapping {
    eg_file shown; /* first: a pointer to the one is a pointer to the other */
    atomic_uint references;
    struct place *place;
    path_stamp stamp;
    char path[];
} mapping;

typedef struct place {
    struct place *next;
    _Atomic(const char *) start; /* NULL while the place is free */
    _Atomic size_t bytes;
    _Atomic(eg_file *) file;
    atomic_uint uses; /* one more whenever a file has left it */
    atomic_bool taken;
} place;

static _Atomic(place *) places;

/* ---- What is gone ---- */

static void note_loss(eg_file *file)
{
    __atomic_store_n((uint32_t *)(uintptr_t)&file->lost, 1, __ATOMIC_RELAXED);
}

bool mapping_is_lost(const eg_file *file)
{
    return __atomic_load_n(&file->lost, __ATOMIC_RELAXED) != 0;
}

/* Puts zeros where the file has nothing any more. false when that is not in a mapping. Places
 * may change hands meanwhile, but for the one of the file that is being read. */
static bool repair(void *address)
{
    const char *at = address;
    for (place *each = atomic_load(&places); each; each = each->next) {
        unsigned uses = atomic_load(&each->uses);
        const char *start = atomic_load(&each->start);
        if (!start || at < start) continue;
        size_t offset = (size_t)(at - start), bytes = atomic_load(&each->bytes);
        if (offset >= bytes || atomic_load(&each->uses) != uses) continue;
        offset -= offset % os_page_bytes();
        if (!os_map_zeros((void *)(uintptr_t)(start + offset), bytes - offset)) return false;
        note_loss(atomic_load(&each->file));
        return true;
    }
    return false;
}

static place *free_place(void)
{
    for (place *each = atomic_load(&places); each; each = each->next) {
        bool taken = false;
        if (atomic_compare_exchange_strong(&each->taken, &taken, true)) return each;
    }
    place *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    atomic_init(&made->taken, true);
    made->next = atomic_load(&places);
    while (!atomic_compare_exchange_weak(&places, &made->next, made)) continue;
    return made;
}

static bool watch(mapping *self)
{
    if (!signals_guard(repair)) return false;
    self->place = free_place();
    if (!self->place) return false;
    atomic_store(&self->place->file, &self->shown);
    atomic_store(&self->place->bytes, (size_t)self->shown.size_bytes);
    atomic_store(&self->place->start, self->shown.bytes);
    return true;
}

static void unwatch(mapping *self)
{
    if (!self->place) return;
    atomic_store(&self->place->start, NULL);
    atomic_fetch_add(&self->place->uses, 1);
    atomic_store(&self->place->taken, false);
}

/* ---- Files ---- */

eg_file *eg_file_open(const char *path)
{
    if (!path) {
        errno = EINVAL;
        return NULL;
    }
    size_t bytes = 0;
    const void *start = os_map_file(path, &bytes);
    if (!start) return NULL;
    size_t length = strlen(path) + 1;
    mapping *made = calloc(1, sizeof *made + length);
    if (made) {
        memcpy(made->path, path, length);
        eg_file shown = {.bytes = start, .size_bytes = (double)bytes, .path = made->path};
        memcpy(&made->shown, &shown, sizeof shown);
        made->stamp = path_stamp_of(path);
        atomic_init(&made->references, 1);
        if (bytes == 0 || watch(made)) return &made->shown;
    }
    os_unmap_file(start, bytes);
    free(made);
    errno = ENOMEM;
    return NULL;
}

eg_file *eg_file_retain(eg_file *file)
{
    atomic_fetch_add_explicit(&((mapping *)file)->references, 1, memory_order_relaxed);
    return file;
}

void eg_file_release(eg_file *file)
{
    if (!file) return;
    mapping *held = (mapping *)file;
    if (atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) != 1) return;
    unwatch(held);
    os_unmap_file(file->bytes, (size_t)file->size_bytes);
    free(held);
}

static bool is_as_it_was(const mapping *self)
{
    const path_stamp *was = &self->stamp, now = path_stamp_of(self->path);
    return now.device == was->device && now.inode == was->inode && now.bytes == was->bytes &&
           now.written_s == was->written_s && now.written_ns == was->written_ns;
}

const char *eg_file_loss(const eg_file *file)
{
    if (!mapping_is_lost(file)) return NULL;
    return is_as_it_was((const mapping *)file) ? "could not be read" : "has shrunk";
}

const void *mapping_part(const eg_file *file, double first, double bytes)
{
    if (!(first >= 0) || !(bytes >= 0) || !(first + bytes <= file->size_bytes)) return NULL;
    return (const char *)file->bytes + (size_t)first;
}
