/* Hand-made results and figures for the tests of the figure library: no model is needed. */
#pragma once

#include "export/figure.h"

G_BEGIN_DECLS

/* A causal map of CELLS x CELLS blocks over TOKENS tokens that decays by RATE a token; SIGNED maps
 * alternate. The boundary is where it falls to 1/300. */
ScopeResult *fixture_map (gsize cells, gsize tokens, double rate, gboolean is_signed);
/* Drops two of three columns, as a filter would. */
void fixture_drop (ScopeResult *map);
/* COUNT lines of ln decay over TOKENS tokens. */
ScopeResult *fixture_decay (gsize count, gsize tokens);
/* 8 x 8 cells, 1 and 1e-3 in turn on and below the diagonal, under a log norm. */
ScopeResult *fixture_checkerboard (void);

/* Twelve small maps, local to global. */
ScopeResult *fixture_atlas (void);
/* Forty words, some of them not ASCII, each with a value. */
ScopeResult *fixture_strip (void);
/* COUNT lines with bands over lengths, on logarithmic axes. */
ScopeResult *fixture_family (gsize count);

/* Figures by name: "map" "dropped" "signed" "decay" "crowd" "grid" "checkerboard" "atlas" "strip"
 * "split" "family" "families" "mosaic". NULL if unknown. */
ScopeFigure *fixture_figure (const char *name);

G_END_DECLS
