/*
 * Panel: ISA_PANEL rows laid out so that they are added up side by side.
 *
 * A panel has a place for each dim, and at each place one number of every row. The dims
 * stand in the order in which sums.h joins their partial sums: those of p[0], p[16], p[2],
 * p[18], ..., of narrow rows those of p[0], p[2], ... So sums are made from front to back, and
 * to the bit as from rows. Queries for panels are laid out the same way, ISA_QUERIES together.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_PANEL_H
#define EG_PANEL_H

#include "kernels/isa.h"

/* The places of a panel for rows of dims numbers; those without a dim are to hold zeros. */
size_t panel_width(size_t dims);

/* Lays out one row, or a query: its number at each place is step floats from the next, with
 * step ISA_PANEL or ISA_QUERIES. */
void panel_pack(const float *row, size_t dims, size_t step, float *to);

#endif
