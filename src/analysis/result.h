/* ScopeResult: what an analysis hands to figures, files and views: numbers with their axes, units
 * and provenance. Reference counted; the maker fills the public fields, then publishes; any thread.
 */
#pragma once

#include "analysis/field.h"
#include "base/matrix.h"
#include "model/tokens.h"

G_BEGIN_DECLS

/* Ordered key-value pairs that say where the numbers came from. Keys used everywhere: "program",
 * "model", "model-hash", "text", "text-hash", "tokens", "layer", "channel", "matrix", "filter",
 * "backend", "precision", "proof", "exact" ("exact" or "sampled"), "reduce". */
typedef struct _ScopeProvenance ScopeProvenance;
ScopeProvenance *scope_provenance_new (void) G_GNUC_WARN_UNUSED_RESULT;
ScopeProvenance *scope_provenance_ref (ScopeProvenance *self);
void scope_provenance_unref (ScopeProvenance *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeProvenance, scope_provenance_unref)
/* Replaces the key's value if there is one. */
void scope_provenance_set (ScopeProvenance *self, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
const char *scope_provenance_get (const ScopeProvenance *self, const char *key); /* or NULL */
gsize scope_provenance_count (const ScopeProvenance *self);
void scope_provenance_nth (const ScopeProvenance *self, gsize n, const char **key,
                           const char **value);

typedef enum {
  SCOPE_RESULT_MAP,
  SCOPE_RESULT_CURVES,
  SCOPE_RESULT_TILES, /* small maps in a grid: an atlas */
  SCOPE_RESULT_STRIP, /* a piece of text with a value for each token */
} ScopeResultKind;

/* One line of a CURVES result. */
typedef struct {
  char *name;      /* "head 3" */
  gboolean global; /* drawn in the global or the local colour, */
  gint series;     /*   unless it is the SERIES-th of a family; -1: it is not */
  gsize count;
  double *x, *y;      /* (count); y may hold NaN for gaps */
  double *low, *high; /* (count) a band about the line, or NULL */
} ScopeCurve;
#define SCOPE_SERIES_REFERENCE (-2) /* a thin line to compare with */
#define SCOPE_SERIES_BEFORE                                                                        \
  (-3) /* what a channel's line was before the filter: named by the key                            \
          alone */

typedef struct _ScopeResult ScopeResult;
struct _ScopeResult {
  gint refs;
  ScopeResultKind kind;
  char *title; /* "layer 3 · head 5", or NULL */
  ScopeProvenance *provenance;

  /* MAP: cell (r, c) covers rows and columns of RANGE cut evenly. */
  ScopeMatrix *matrix;
  ScopeRange range;
  gboolean exact;       /* FALSE: sampled; say so */
  char *value_label;    /* "α", "mean α", "mean |α|" */
  gsize n_boundary;     /* receptive-field boundary: the field of row boundary_row[k] starts at */
  gint32 *boundary_row; /*   column boundary_start[k], or nowhere (-1) */
  gint32 *boundary_start;
  double epsilon;  /* of the fields, here and in CURVES of them */
  guint8 *dropped; /* (range columns; STRIP too) 1 where the filter dropped the token; or NULL */
  ScopeMatrix *mirror; /* a second map of RANGE, to be drawn mirrored above the diagonal; or NULL */
  gint32 *mirror_start; /* its boundary, at the same rows; or NULL */

  /* CURVES */
  GPtrArray *curves; /* ScopeCurve */
  char *x_label, *y_label;
  double x_mark;         /* a vertical line (the training length), NaN for none */
  double y_mark;         /* a horizontal line (ln θ), NaN for none */
  gboolean x_log, y_log; /* logarithmic axes, for values above 0 */
  double y_low, y_high;  /* ends that the y axis has at least; NaN: those of the data */

  /* TILES: the value label and exactness of the whole stand in the fields of MAP */
  GPtrArray *tiles; /* ScopeResult, each a MAP with a title */
  gsize tile_columns;

  /* STRIP: the values are MATRIX (1, tokens of RANGE's columns) */
  char **words; /* what each token shows, NULL at the end */
};

ScopeResult *scope_result_new (ScopeResultKind kind) G_GNUC_WARN_UNUSED_RESULT;
ScopeResult *scope_result_ref (ScopeResult *self);
void scope_result_unref (ScopeResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeResult, scope_result_unref)
/* Copies X and Y. */
void scope_result_add_curve (ScopeResult *self, const char *name, gboolean global, const double *x,
                             const double *y, gsize count);

/* The SERIES-th line of a family, or SCOPE_SERIES_REFERENCE. Copies; LOW and HIGH may be NULL. */
void scope_result_add_series (ScopeResult *self, const char *name, gint series, const double *x,
                              const double *y, const double *low, const double *high, gsize count);

/* Assembles a map of one channel ready to draw: an overview of at most SIZE x SIZE blocks (cells if
 * RANGE is smaller), its field boundary (at most SIZE rows), the dropped columns, the proof (if
 * PROVE) and full provenance. On the schedule's thread. */
ScopeResult *scope_result_map (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                               ScopeRange range, gsize size, ScopeReduce reduce, gboolean prove,
                               ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with a BUDGET of its own for the blocks, as scope_attention_overview() has it. */
ScopeResult *scope_result_map_within (ScopeTrace *trace, ScopeLayerTrace *layer,
                                      const ScopeMapSpec *spec, ScopeRange range, gsize size,
                                      ScopeReduce reduce, guint64 budget, gboolean prove,
                                      ScopeProgress *progress,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ln cumulative decay of all channels of a layer (CHANNEL < 0) or of one, at most POINTS points per
 * curve, coloured by CLASSES (may be NULL: by the text's own decay) against LN_THETA. */
ScopeResult *scope_result_decay (ScopeTrace *trace, ScopeLayerTrace *layer, gssize channel,
                                 const ScopeMatrix *classes, double ln_theta, gsize train_length,
                                 gsize points, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a strip has for each token. */
typedef enum {
  SCOPE_STRIP_ROW,       /* α[AT, t] of a channel: how token AT reads the ones before it */
  SCOPE_STRIP_COLUMN,    /* α[t, AT]: how it is read by the ones after it */
  SCOPE_STRIP_DELTA,     /* Δ_t */
  SCOPE_STRIP_SURPRISAL, /* -ln p of each token, given all before it: nats */
  SCOPE_N_STRIPS
} ScopeStripValue;
/* A value for each token of [BEGIN, END), over the tokens' own words; NaN where there is none: on
 * the other side of the diagonal, and the first token's surprisal. AT, within the text, is of a row
 * or a column. Tokens that the filter drops in the channel are DROPPED. TRACE and LAYER are of the
 * same run. On the schedule's thread. */
ScopeResult *scope_result_strip (ScopeTrace *trace, ScopeLayerTrace *layer,
                                 const ScopeMapSpec *spec, const ScopeTokens *tokens,
                                 ScopeStripValue value, gsize at, gsize begin, gsize end,
                                 ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How far a layer's channels look back: over POINTS queries the median and the quartiles of the
 * field lengths (|α| > EPSILON) of its global and of its local channels, by CLASSES (layers,
 * channels) against LN_THETA. On the schedule's thread. */
ScopeResult *scope_result_fields (ScopeTrace *trace, ScopeLayerTrace *layer,
                                  const ScopeMatrix *classes, double ln_theta, gsize train_length,
                                  gsize points, double epsilon, ScopeProgress *progress,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The share of global channels in each layer, a line for each of COUNT values of θ. CLASSES
 * (layers, channels) holds ln decay over the calibration window. Provenance is the caller's. */
ScopeResult *scope_result_layers (const ScopeMatrix *classes, const double *thetas,
                                  gsize count) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
