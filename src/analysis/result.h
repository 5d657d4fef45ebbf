/* ScopeResult: what an analysis hands to figures, files and views: numbers with their axes, units and
 * provenance. Reference counted; the maker fills the public fields, then publishes; any thread.
 */
#pragma once

#include "analysis/field.h"
#include "base/matrix.h"

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
void scope_provenance_set (ScopeProvenance *self, const char *key, const char *format,
                           ...) G_GNUC_PRINTF (3, 4);
const char *scope_provenance_get (const ScopeProvenance *self, const char *key); /* or NULL */
gsize scope_provenance_count (const ScopeProvenance *self);
void scope_provenance_nth (const ScopeProvenance *self, gsize n, const char **key,
                           const char **value);

typedef enum { SCOPE_RESULT_MAP, SCOPE_RESULT_CURVES } ScopeResultKind;

/* One line of a CURVES result. */
typedef struct {
  char *name;      /* "head 3" */
  gboolean global; /* drawn in the global or the local colour */
  gsize count;
  double *x, *y;   /* (count); y may hold NaN for gaps */
} ScopeCurve;

typedef struct _ScopeResult ScopeResult;
struct _ScopeResult {
  gint refs;
  ScopeResultKind kind;
  char *title;    /* "layer 3 · head 5", or NULL */
  ScopeProvenance *provenance;

  /* MAP: cell (r, c) covers rows and columns of RANGE cut evenly. */
  ScopeMatrix *matrix;
  ScopeRange range;
  gboolean exact;       /* FALSE: sampled; say so */
  char *value_label;    /* "α", "mean α", "mean |α|" */
  gsize n_boundary;     /* receptive-field boundary: the field of row boundary_row[k] starts at */
  gint32 *boundary_row; /*   column boundary_start[k], or nowhere (-1) */
  gint32 *boundary_start;
  guint8 *dropped;      /* (range columns) 1 where the filter dropped the token; or NULL */

  /* CURVES */
  GPtrArray *curves;    /* ScopeCurve */
  char *x_label, *y_label;
  double x_mark;        /* a vertical line (the training length), NaN for none */
  double y_mark;        /* a horizontal line (ln θ), NaN for none */
};

ScopeResult *scope_result_new (ScopeResultKind kind) G_GNUC_WARN_UNUSED_RESULT;
ScopeResult *scope_result_ref (ScopeResult *self);
void scope_result_unref (ScopeResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeResult, scope_result_unref)
/* Copies X and Y. */
void scope_result_add_curve (ScopeResult *self, const char *name, gboolean global,
                             const double *x, const double *y, gsize count);

/* Assembles a map of one channel ready to draw: an overview of at most SIZE x SIZE blocks (cells if
 * RANGE is smaller), its field boundary (at most SIZE rows), the dropped columns, the proof (if PROVE)
 * and full provenance. On the schedule's thread. */
ScopeResult *scope_result_map (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                               ScopeRange range, gsize size, ScopeReduce reduce, gboolean prove,
                               ScopeProgress *progress,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ln cumulative decay of all channels of a layer (CHANNEL < 0) or of one, at most POINTS points per
 * curve, coloured by CLASSES (may be NULL: by the text's own decay) against LN_THETA. */
ScopeResult *scope_result_decay (ScopeTrace *trace, ScopeLayerTrace *layer, gssize channel,
                                 const ScopeMatrix *classes, double ln_theta, gsize train_length,
                                 gsize points, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
