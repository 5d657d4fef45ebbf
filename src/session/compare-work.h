/* What the engine's thread does for a comparison: opens both sides, makes their maps, the pictures
 * of them on one scale, the difference, the curves and the row of the text. Everything an order
 * needs is in it; nothing here sees the session.
 */
#pragma once

#include <cairo.h>

#include "export/figure.h"
#include "session/look.h"

G_BEGIN_DECLS

typedef enum { SCOPE_SIDE_A, SCOPE_SIDE_B, SCOPE_N_SIDES } ScopeSide;

/* What there is a picture of: either side, or B - A. */
typedef enum {
  SCOPE_PICTURE_A,
  SCOPE_PICTURE_B,
  SCOPE_PICTURE_DIFFERENCE,
  SCOPE_N_PICTURES
} ScopePictureOf;

typedef struct {
  ScopeResult *result;    /* the numbers; NULL: none */
  cairo_surface_t *image; /* ARGB32, one pixel a block */
} ScopeComparePicture;

void scope_compare_picture_copy (ScopeComparePicture *to, const ScopeComparePicture *from);
void scope_compare_picture_clear (ScopeComparePicture *self);

/* The stages that a comparison has opened beside the session's own, one a side at most. Made
 * anywhere; filled, and freed with what it holds, on the engine's thread. */
typedef struct _ScopeCompareBench ScopeCompareBench;
ScopeCompareBench *scope_compare_bench_new (void) G_GNUC_WARN_UNUSED_RESULT;
ScopeCompareBench *scope_compare_bench_ref (ScopeCompareBench *self);
void scope_compare_bench_unref (ScopeCompareBench *self);

/* A row of the text: of each token of [BEGIN, END) how the row's token reads it, on both sides, and
 * whether the filter dropped it. Immutable. */
typedef struct {
  gatomicrefcount refs;
  gsize row, begin, end;
  double *value[SCOPE_N_SIDES];     /* (end - begin) */
  gboolean *dropped[SCOPE_N_SIDES]; /* (end - begin) */
  double most;                      /* the largest |B - A| */
} ScopeCompareRow;

ScopeCompareRow *scope_compare_row_ref (ScopeCompareRow *self);
void scope_compare_row_unref (ScopeCompareRow *self);

typedef struct {
  char *model, *text; /* NULL: what the session has open */
  ScopeSetting setting;
  gsize layer;       /* beyond the model's last: that one */
  ScopeMapSpec spec; /* the channel likewise */
  ScopeRange range;  /* of the fine picture */
} ScopeCompareOrderSide;

typedef struct {
  ScopeCompareBench *bench;
  ScopeStage *home; /* the session's */
  const char *backend;
  ScopeCompareOrderSide side[SCOPE_N_SIDES];
  ScopeLook *look[SCOPE_N_SIDES]; /* NULL: to be opened */
  gboolean coarse;                /* all that is about the whole of both sides; else it is here */
  gboolean fine;                  /* pictures of the ranges, SIZE blocks a side at most; */
  gboolean difference;            /*   of B - A alone, or of both sides */
  gsize size;
  gboolean text; /* the row */
  gsize row;

  ScopePalette palette;
  ScopeNormKind norm;
  double most[SCOPE_N_PICTURES];             /* the largest |value| so far */
  ScopeComparePicture old[SCOPE_N_PICTURES]; /* what is here, unless COARSE */
} ScopeCompareOrder;

void scope_compare_order_free (ScopeCompareOrder *self);

/* What came of it. */
typedef struct {
  gboolean coarse_made, fine_made;
  ScopeLook *look[SCOPE_N_SIDES];
  ScopeMapSpec spec[SCOPE_N_SIDES]; /* as it could be had */
  double most[SCOPE_N_PICTURES];
  ScopeNorm norm[SCOPE_N_PICTURES]; /* A's is B's */
  ScopeComparePicture coarse[SCOPE_N_PICTURES], fine[SCOPE_N_PICTURES];
  ScopeResult *decay;   /* if COARSE_MADE */
  ScopeCompareRow *row; /* or NULL */
} ScopeCompareHaul;

void scope_compare_haul_free (ScopeCompareHaul *self);

/* ScopeEngineWork: a ScopeCompareHaul. */
gpointer scope_compare_work (gpointer input, ScopeProgress *progress, GError **error);

G_END_DECLS
