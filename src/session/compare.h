/* ScopeCompare: the same cell, map, curve and text twice: side A and side B, under two filters, or
 * of two layers, channels, texts or models, and B - A.
 *
 * What a side does not say for itself follows the session, and so do the kind of map, the norm, the
 * palette and the crosshair. Both sides are on one scale. The second run is made on the session's
 * engine, beside the session's own; a text or a model of its own is opened there too.
 *
 * Properties: "mode" (a ScopeCompareMode) and for each side "a-filter" "a-model" "a-text" (strings;
 * NULL: the session's) "a-layer" "a-channel" (-1: the session's), and "b-…": parameters of the
 * session's history. "busy". Signals: "changed": results are new; "sides-changed": what is compared
 * is another, or has another name. Main thread only; nothing blocks.
 */
#pragma once

#include "session/compare-work.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_COMPARE_MODE_SPLIT,  /* one square: A below the diagonal, B mirrored above it */
  SCOPE_COMPARE_MODE_BESIDE, /* two squares, seen through one window */
  SCOPE_COMPARE_MODE_FLIP,   /* one square, that shows one side or the other */
  SCOPE_COMPARE_MODE_DIFFERENCE,
  SCOPE_N_COMPARE_VIEWS
} ScopeCompareMode;

typedef enum {
  SCOPE_COMPARE_PAGE_MAP,
  SCOPE_COMPARE_PAGE_DECAY,
  SCOPE_COMPARE_PAGE_TEXT /* the crosshair's row */
} ScopeComparePage;

#define SCOPE_TYPE_COMPARE (scope_compare_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCompare, scope_compare, SCOPE, COMPARE, GObject)

ScopeCompare *scope_compare_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;

ScopeCompareMode scope_compare_get_mode (ScopeCompare *self);
void scope_compare_set_mode (ScopeCompare *self, ScopeCompareMode mode);
/* Nothing is asked for while it is not on screen; the text's row only where the text is. */
void scope_compare_set_shown (ScopeCompare *self, gboolean shown, gboolean text);
/* What part of each side is visible, at how many device pixels a side. */
void scope_compare_set_view (ScopeCompare *self, const ScopeRange range[SCOPE_N_SIDES],
                             gsize pixels);
/* After a cancellation or a failure. */
void scope_compare_retry (ScopeCompare *self);

/* SPEC NULL: the session's method. FALSE with ERROR, and nothing changed, for what is no SPEC. */
gboolean scope_compare_set_filter (ScopeCompare *self, ScopeSide side, const char *spec,
                                   GError **error);
void scope_compare_swap (ScopeCompare *self);
/* "longmamba", "off": as --filter says it. Caller frees. */
char *scope_compare_get_filter (ScopeCompare *self, ScopeSide side) G_GNUC_WARN_UNUSED_RESULT;
/* "longmamba · layer 4 · head 2": what tells the sides apart. Caller frees. */
char *scope_compare_describe_side (ScopeCompare *self, ScopeSide side) G_GNUC_WARN_UNUSED_RESULT;

/* The mambascope-cli lines that give what PAGE compares: one where a figure shows both sides, else
 * one a side, which write a.npy and b.npy. NULL: no text is open. Caller frees. */
char *scope_compare_command_lines (ScopeCompare *self,
                                   ScopeComparePage page) G_GNUC_WARN_UNUSED_RESULT;

/* --- results: borrowed until "changed"; NULL or empty while there are none ----------------------
 */
/* FINE: of the view, which may have moved on; else of the whole. */
const ScopeComparePicture *scope_compare_get_picture (ScopeCompare *self, ScopePictureOf of,
                                                      gboolean fine);
const ScopeNorm *scope_compare_get_norm (ScopeCompare *self, ScopePictureOf of);
ScopeResult *scope_compare_get_decay (ScopeCompare *self); /* a curve a side */
const ScopeCompareRow *scope_compare_get_row (ScopeCompare *self);
ScopeTokens *scope_compare_get_tokens (ScopeCompare *self, ScopeSide side);
/* The cell's exact value; FALSE where there is none to be had. Immediate. */
gboolean scope_compare_cell (ScopeCompare *self, ScopeSide side, gsize row, gsize column,
                             double *value);
gboolean scope_compare_get_busy (ScopeCompare *self);
/* Why there is nothing; NULL: no failure. */
const char *scope_compare_get_message (ScopeCompare *self);

G_END_DECLS
