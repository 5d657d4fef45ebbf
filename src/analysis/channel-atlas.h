/* The atlas of channels: what orders them, small pictures of their maps, and how alike two are. The
 * atlas of the app and that of figures are both made of this.
 *
 * A picture is the S6 map |α| over the whole text as SIDE x SIDE means, on a logarithmic scale of
 * SCOPE_ATLAS_DECADES decades below its own largest block: (SIDE, SIDE) bytes, rows first, 0 above
 * the diagonal, else 1 (nothing) to 255 (the largest block). Its signature is the same reduced to
 * SCOPE_ATLAS_SIGNATURE blocks a side, those on and below the diagonal. The similarity of two
 * channels is the cosine of their signatures. Any thread, but for scope_atlas_draw().
 */
#pragma once

#include "analysis/channels.h"

G_BEGIN_DECLS

#define SCOPE_ATLAS_SIDE      64
#define SCOPE_ATLAS_DECADES   5
#define SCOPE_ATLAS_SIGNATURE 32
#define SCOPE_SIGNATURE_BYTES (SCOPE_ATLAS_SIGNATURE * (SCOPE_ATLAS_SIGNATURE + 1) / 2)

typedef enum {
  SCOPE_ATLAS_BY_DECAY,      /* ln decay over the text */
  SCOPE_ATLAS_BY_FIELD,      /* tokens */
  SCOPE_ATLAS_BY_HALF_LIFE,  /* tokens */
  SCOPE_ATLAS_BY_KEPT,       /* share of the tokens */
  SCOPE_ATLAS_BY_SIMILARITY, /* to a chosen channel, in [0, 1] */
  SCOPE_ATLAS_BY_INDEX,      /* layer, then channel */
  SCOPE_ATLAS_N_SORTS
} ScopeAtlasSort;
/* "decay", "field", "half-life", "kept", "similarity", "index"; NULL at the end. */
extern const char *const scope_atlas_sort_names[SCOPE_ATLAS_N_SORTS + 1];
/* What is shown of a channel in this order, ln decay where that is the index; of a similarity,
 * which no statistics tell, NaN. */
double scope_atlas_stat (const ScopeChannelStats *stats, ScopeAtlasSort sort);

typedef struct {
  double value;
  guint index;
} ScopeAtlasRank;
/* By value, NaN last, equal ones by index. */
void scope_atlas_sort_ranks (ScopeAtlasRank *ranks, gsize count, gboolean descending);

/* Channels [BEGIN, END) of LAYER: each one's picture into PICTURES[k], SIDE at most
 * SCOPE_ATLAS_SIDE and the tokens, and its signature into SIGNATURES (END - BEGIN,
 * SCOPE_SIGNATURE_BYTES). *EXACT is whether every cell was looked at. On the schedule's thread. */
gboolean scope_atlas_draw (ScopeLayerTrace *layer, gsize begin, gsize end, gsize side,
                           guint8 *const *pictures, guint8 *signatures, gboolean *exact,
                           ScopeProgress *progress, GError **error);
/* The inner product of two signatures; far below G_MAXUINT. */
guint scope_atlas_product (const guint8 *a, const guint8 *b);
/* From the product of two signatures and each one's with itself; NaN if one of them is nothing. */
double scope_atlas_cosine (guint product, guint square_a, guint square_b);

G_END_DECLS
