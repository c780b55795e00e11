#include "kernels/matrix.h"

#include "kernels/cells.h"
#include "kernels/isa.h"
#include "kernels/live_objects.h"
#include "kernels/panel.h"
#include "runtime/ahead.h"
#include "runtime/mapping.h"
#include "runtime/os.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The norms of a mapped matrix, made when they are first asked for, by whoever does. */
typedef struct lazy_norms {
    os_mutex *mutex; /* for making them */
    size_t bytes;    /* of norms, which are pages of their own */
    int ahead;       /* an ahead_when */
    atomic_uint left; /* runs of NORM_ROWS that are not made */
    atomic_bool made[];
} lazy_norms;

/* Lua sees shown alone. All but refs and lazy has one writer, and none once frozen. */
typedef struct matrix {
    eg_matrix shown;
    _Atomic uint32_t refs;
    bool normed, exposed;
    double *norms, *steps; /* steps of EG_I8 alone */
    lazy_norms *lazy; /* of a mapped one */
    float *panels; /* of a packed one */
    void *memory; /* cells, then norms and steps; NULL when mapped */
    eg_matrix *of; /* whose cells and norms these are, when shared */
} matrix;

enum { NORM_ROWS = 1024 };

static const size_t line_bytes = 64;
static const size_t huge_bytes = (size_t)2 << 20;

static matrix *inside(const eg_matrix *shown)
{
    return (matrix *)(uintptr_t)shown;
}

static matrix *owner_of(const eg_matrix *shown)
{
    matrix *m = inside(shown);
    while (m->of) m = inside(m->of);
    return m;
}

size_t matrix_padded(size_t floats)
{
    return isa_padded(floats);
}

/* Zeroed and on a cache line; what is large lies on huge pages where there are any. */
static void *zeroed(size_t bytes)
{
    size_t alignment = bytes >= huge_bytes ? huge_bytes : line_bytes;
    if (bytes > SIZE_MAX / 2) return NULL;
    if (bytes == 0) bytes = 1;
    /* A size that is no multiple of the alignment may be refused. What is not touched of it
     * takes no memory. */
    void *memory = aligned_alloc(alignment, base_rounded_up(bytes, alignment));
    if (!memory) return NULL;
    if (alignment == huge_bytes) os_want_huge(memory, bytes);
    return memset(memory, 0, bytes);
}

/* Takes over memory, and file if there is one. */
static matrix *matrix_of(eg_matrix shown, void *memory, double *norms)
{
    matrix *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    memcpy(&made->shown, &shown, sizeof shown);
    atomic_init(&made->refs, 1);
    made->memory = memory;
    made->norms = norms;
    live_objects_count(+1);
    return made;
}

void *matrix_row(const eg_matrix *shown, size_t row)
{
    return (char *)shown->cells + row * shown->stride * cells_element_bytes((int)shown->cell_type);
}

double *matrix_steps(const eg_matrix *shown)
{
    return inside(shown)->steps;
}

double matrix_step(const eg_matrix *shown, size_t row)
{
    const double *steps = matrix_steps(shown);
    return steps ? steps[row] : 1;
}

double matrix_norm(const eg_matrix *shown, size_t row)
{
    double square = cells_square((int)shown->cell_type, matrix_row(shown, row), shown->dims);
    if (shown->cell_type == EG_BITS) return square;
    return isnan(matrix_step(shown, row)) ? NAN : sqrt(square);
}

static void make_norms(matrix *m)
{
    for (size_t r = 0; r < m->shown.rows; r++) m->norms[r] = matrix_norm(&m->shown, r);
    m->normed = true;
}

const double *matrix_norms(eg_matrix *shown)
{
    matrix *m = inside(shown);
    if (m->exposed && !shown->frozen) return NULL;
    if (!m->normed && !owner_of(shown)->lazy) make_norms(m);
    return m->norms;
}

eg_matrix *eg_matrix_of_type(uint32_t rows, uint32_t dims, int type)
{
    if (dims == 0 || type < EG_F32 || type > EG_BITS) return NULL;
    size_t stride = cells_stride(type, dims), row_bytes = stride * cells_element_bytes(type);
    if (stride > UINT32_MAX) return NULL;
    size_t beside = type == EG_I8 ? 2 : 1;
    if (rows > SIZE_MAX / 2 / (row_bytes + beside * sizeof(double))) return NULL;
    char *memory = zeroed(rows * (row_bytes + beside * sizeof(double)));
    if (!memory) return NULL;
    eg_matrix shown = {.cells = memory, .rows = rows, .dims = dims, .stride = (uint32_t)stride,
                       .cell_type = (uint32_t)type, .alive = {.serial = 1}};
    double *norms = (double *)(void *)(memory + rows * row_bytes);
    matrix *made = matrix_of(shown, memory, norms);
    if (!made) {
        free(memory);
        return NULL;
    }
    if (type == EG_I8) made->steps = norms + rows;
    return &made->shown;
}

eg_matrix *eg_matrix_new(uint32_t rows, uint32_t dims)
{
    return eg_matrix_of_type(rows, dims, EG_F32);
}

/* ---- Mapped ---- */

static size_t runs_of(size_t rows)
{
    return (rows + NORM_ROWS - 1) / NORM_ROWS;
}

static void lazy_free(lazy_norms *lazy, double *norms)
{
    if (norms) os_release(norms, lazy->bytes);
    if (lazy->mutex) os_mutex_free(lazy->mutex);
    free(lazy);
}

/* Memory for the norms is address space until they are made. */
static lazy_norms *lazy_new(size_t rows, double **norms)
{
    lazy_norms *lazy = calloc(1, sizeof *lazy + runs_of(rows) * sizeof *lazy->made);
    if (!lazy) return NULL;
    atomic_init(&lazy->left, (unsigned)runs_of(rows));
    lazy->bytes = rows > 0 ? rows * sizeof **norms : 1;
    lazy->mutex = os_mutex_new();
    *norms = os_map(lazy->bytes);
    if (lazy->mutex && *norms) return lazy;
    lazy_free(lazy, *norms);
    return NULL;
}

bool matrix_has_norms(const eg_matrix *shown)
{
    const lazy_norms *lazy = owner_of(shown)->lazy;
    return !lazy || atomic_load_explicit(&lazy->left, memory_order_acquire) == 0;
}

static void make_run(matrix *owner, size_t run)
{
    lazy_norms *lazy = owner->lazy;
    size_t end = (run + 1) * NORM_ROWS;
    if (end > owner->shown.rows) end = owner->shown.rows;
    os_mutex_lock(lazy->mutex);
    if (!atomic_load_explicit(&lazy->made[run], memory_order_relaxed)) {
        for (size_t r = run * NORM_ROWS; r < end; r++) {
            owner->norms[r] = matrix_norm(&owner->shown, r);
        }
        atomic_store_explicit(&lazy->made[run], true, memory_order_release);
        atomic_fetch_sub_explicit(&lazy->left, 1, memory_order_release);
    }
    os_mutex_unlock(lazy->mutex);
}

void matrix_make_norms(const eg_matrix *shown, size_t first, size_t count)
{
    if (count == 0 || matrix_has_norms(shown)) return;
    matrix *owner = owner_of(shown);
    for (size_t run = first / NORM_ROWS; run <= (first + count - 1) / NORM_ROWS; run++) {
        bool made = atomic_load_explicit(&owner->lazy->made[run], memory_order_acquire);
        if (!made) make_run(owner, run);
    }
}

bool matrix_is_lost(const eg_matrix *shown)
{
    return shown->file && mapping_is_lost(shown->file);
}

size_t matrix_width(const eg_matrix *shown)
{
    return shown->file && shown->cell_type == EG_F32 ? shown->dims : shown->stride;
}

/* Whether kernels can read rows there; see engram.h. */
static bool is_readable(double offset_bytes, uint32_t dims, uint32_t stride, int type)
{
    if (dims == 0 || type < EG_F32 || type > EG_BITS) return false;
    if (type == EG_F32) return stride >= dims && fmod(offset_bytes, sizeof(float)) == 0;
    return fmod(offset_bytes, (double)line_bytes) == 0 && stride == cells_stride(type, dims);
}

/* Where the cells start, or NULL with errno set. */
static const void *cells_in(const eg_file *file, double offset_bytes, uint32_t rows,
                            uint32_t dims, uint32_t stride, int type)
{
    errno = EINVAL;
    if (!file || !is_readable(offset_bytes, dims, stride, type)) return NULL;
    /* Behind the last float row there need be nothing. */
    double cells = rows > 0 ? (rows - 1.0) * stride + (type == EG_F32 ? dims : stride) : 0;
    errno = ENODATA;
    return mapping_part(file, offset_bytes, cells * cells_element_bytes(type));
}

/* From the first cell to the last, of one that is not empty. */
static size_t bytes_of(const eg_matrix *shown)
{
    size_t last = ((size_t)shown->rows - 1) * shown->stride;
    size_t width = shown->cell_type == EG_F32 ? shown->dims : shown->stride;
    return shown->rows > 0 ? (last + width) * cells_element_bytes((int)shown->cell_type) : 0;
}

bool matrix_wants_read_ahead(const eg_matrix *shown, bool is_first)
{
    const lazy_norms *lazy = owner_of(shown)->lazy;
    return lazy && (lazy->ahead == AHEAD_ALWAYS || (is_first && lazy->ahead == AHEAD_FIRST));
}

void matrix_read_ahead(const eg_matrix *shown, size_t first, size_t count)
{
    size_t row_bytes = shown->stride * cells_element_bytes((int)shown->cell_type);
    ahead_ask(shown->cells, bytes_of(shown), first * row_bytes, (first + count) * row_bytes);
}

eg_matrix *eg_matrix_over(eg_file *file, double offset_bytes, uint32_t rows, uint32_t dims,
                          uint32_t stride, int type)
{
    const void *cells = cells_in(file, offset_bytes, rows, dims, stride, type);
    if (!cells) return NULL;
    eg_matrix shown = {.cells = (void *)(uintptr_t)cells, .rows = rows, .dims = dims,
                       .stride = stride, .frozen = 1, .cell_type = (uint32_t)type,
                       .alive = {.serial = 1}, .file = file};
    double *norms = NULL;
    lazy_norms *lazy = lazy_new(rows, &norms);
    matrix *made = lazy ? matrix_of(shown, NULL, norms) : NULL;
    if (!made) {
        if (lazy) lazy_free(lazy, norms);
        errno = ENOMEM;
        return NULL;
    }
    made->lazy = lazy;
    lazy->ahead = ahead_when(file->path, (double)bytes_of(&shown));
    eg_file_retain(file);
    return &made->shown;
}

/* ---- Life ---- */

eg_matrix *eg_matrix_retain(eg_matrix *shown)
{
    atomic_fetch_add_explicit(&inside(shown)->refs, 1, memory_order_relaxed);
    return shown;
}

void eg_matrix_release(eg_matrix *shown)
{
    if (!shown) return;
    matrix *m = inside(shown);
    /* Whoever lets go last must see all that the others did before. */
    if (atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1) return;
    if (m->lazy) lazy_free(m->lazy, m->norms);
    if (!m->of) eg_file_release(m->shown.file);
    eg_matrix_release(m->of);
    free(m->panels);
    free(m->memory);
    free(m);
    live_objects_count(-1);
}

int eg_matrix_freeze(eg_matrix *shown)
{
    if (!shown) return EG_INVALID;
    if (shown->frozen) return EG_OK;
    matrix *m = inside(shown);
    if (!m->lazy && (m->exposed || !m->normed)) make_norms(m);
    *(volatile uint32_t *)(uintptr_t)&shown->frozen = 1;
    return EG_OK;
}

void eg_matrix_touch(eg_matrix *shown)
{
    if (!shown->frozen) inside(shown)->normed = false;
}

void eg_matrix_expose(eg_matrix *shown)
{
    if (!shown->frozen) inside(shown)->exposed = true;
}

eg_matrix *eg_matrix_share(eg_matrix *owner)
{
    if (eg_matrix_freeze(owner) != EG_OK) return NULL;
    eg_matrix shown = {.cells = owner->cells, .rows = owner->rows, .dims = owner->dims,
                       .stride = owner->stride, .frozen = 1, .pinned = 1,
                       .cell_type = owner->cell_type, .alive = {.serial = 1},
                       .file = owner->file};
    matrix *made = matrix_of(shown, NULL, inside(owner)->norms);
    if (!made) return NULL;
    made->normed = !owner_of(owner)->lazy;
    made->steps = inside(owner)->steps;
    made->of = eg_matrix_retain(owner);
    return &made->shown;
}

/* ---- Panels ---- */

const float *matrix_panels(const eg_matrix *shown)
{
    return owner_of(shown)->panels;
}

static size_t panel_count(const eg_matrix *shown)
{
    return ((size_t)shown->rows + ISA_PANEL - 1) / ISA_PANEL;
}

int eg_matrix_pack(eg_matrix *shown)
{
    if (!shown || shown->cell_type != EG_F32) return EG_INVALID;
    if (matrix_panels(shown)) return EG_OK;
    matrix *m = inside(shown);
    if (m->of) return EG_INVALID;
    size_t floats = panel_width(shown->dims) * ISA_PANEL;
    if (panel_count(shown) > SIZE_MAX / 2 / sizeof(float) / floats) return EG_OVERFLOW;
    float *panels = zeroed(panel_count(shown) * floats * sizeof *panels);
    if (!panels) return EG_OVERFLOW;
    eg_matrix_freeze(shown);
    for (size_t r = 0; r < shown->rows; r++) {
        float *panel = panels + r / ISA_PANEL * floats;
        panel_pack(matrix_row(shown, r), shown->dims, ISA_PANEL, panel + r % ISA_PANEL);
    }
    m->panels = panels;
    return EG_OK;
}
