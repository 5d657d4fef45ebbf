/* ScopePlan: what a filter tells the scan, layer by layer: which tokens each channel drops, or
 * which Δ and A it has instead of the model's, or which tokens go on to later layers at all.
 *
 * A plan is for one model and one input length. Its thresholds are known beforehand (LongMamba's
 * tables), or are resolved during the run from the Δ of the layer at hand (online methods), which
 * costs one more pass over that layer. The filters that make plans live in analysis/filter.h.
 * Reference counted, immutable; any thread.
 */
#pragma once

#include "base/matrix.h"

G_BEGIN_DECLS

typedef struct _ScopePlan ScopePlan;

/* Fills THRESHOLD (channels): Δ is kept where Δ > threshold; -INFINITY for channels that are not
 * filtered. DELTA is the layer's unfiltered Δ (tokens, channels) if the plan asked for it, else
 * NULL; A is (channels, states) or (channels, 1). */
typedef gboolean (*ScopePlanResolve) (gpointer data, gsize layer, const ScopeMatrix *delta,
                                      const ScopeMatrix *a, double *threshold, GError **error);

/* NEEDS_DELTA: resolve() must see each layer's Δ. RELEASE(DATA) with the last reference. SPEC is
 * the filter's canonical text, for provenance. */
ScopePlan *scope_plan_new (const char *spec, gsize layers, gsize channels, gboolean needs_delta,
                           ScopePlanResolve resolve, gpointer data,
                           GDestroyNotify release) G_GNUC_WARN_UNUSED_RESULT;

/* What resolve() of a plan with thresholds cannot say. Each may be left as it is given: NULL. */
typedef struct {
  ScopeMatrix *a; /* of the shape of A, float64: the rates that the scan has instead, all <= 0 */
  ScopeMatrix *delta; /* (tokens, channels) float64: the Δ that it has instead, all >= 0 */
  GArray *kept; /* gsize, ascending, at least one: the tokens (rows of Δ) that this layer's scan
                   and all later layers see; the others have Δ = 0 here and end here */
} ScopePlanStep;
/* DELTA is as for ScopePlanResolve, B and C are not to be had. The rows of DELTA are the tokens
 * that are left of the text, of which the first ROWS may be changed or dropped. What is put into
 * STEP is taken over. */
typedef gboolean (*ScopePlanShape) (gpointer data, gsize layer, const ScopeMatrix *delta,
                                    const ScopeMatrix *a, gsize rows, ScopePlanStep *step,
                                    GError **error);

typedef enum {
  SCOPE_PLAN_READS_DELTA = 1 << 0,  /* shape() must see Δ: it sets STEP's delta or kept */
  SCOPE_PLAN_DROPS_TOKENS = 1 << 1, /* it sets kept; reads Δ as well */
} ScopePlanFlags;
/* A plan that shapes layers instead of having thresholds. */
ScopePlan *scope_plan_new_shaping (const char *spec, gsize layers, gsize channels,
                                   ScopePlanFlags flags, ScopePlanShape shape, gpointer data,
                                   GDestroyNotify release) G_GNUC_WARN_UNUSED_RESULT;
/* Is shown the Δ of a layer (tokens, channels) that the scan had, and A. */
typedef gboolean (*ScopePlanRead) (gpointer data, gsize layer, const ScopeMatrix *delta,
                                   const ScopeMatrix *a, GError **error);
/* A plan that filters nothing and is shown each layer's Δ once the layer is done: unlike a plan
 * whose resolve() sees it, which costs one more pass over that layer, it costs the Δ alone. It
 * touches no layer; it is not narrowed or edited. */
ScopePlan *scope_plan_new_reading (const char *spec, gsize layers, gsize channels,
                                   ScopePlanRead read, gpointer data) G_GNUC_WARN_UNUSED_RESULT;
/* SELF on one layer only, nothing on the others. */
ScopePlan *scope_plan_only_layer (ScopePlan *self, gsize layer) G_GNUC_WARN_UNUSED_RESULT;
/* SELF, but tokens from ROW on are not filtered (the response in a teacher-forced evaluation). */
ScopePlan *scope_plan_until (ScopePlan *self, gsize row) G_GNUC_WARN_UNUSED_RESULT;

/* What if: another Δ at one token. It takes the place of the Δ that the model makes there, before
 * the limits on Δ and before the filter, so that the filter sees it. */
typedef struct {
  gsize layer, token;
  gsize channel; /* G_MAXSIZE: every channel of the layer */
  double factor; /* times the model's own Δ; >= 0 */
  double value;  /* or this Δ, >= 0, where it is not NaN */
} ScopePlanEdit;
/* SELF with one Δ changed; SELF may be NULL: no filter, of a model with LAYERS of CHANNELS. */
ScopePlan *scope_plan_edited (ScopePlan *self, const ScopePlanEdit *edit, gsize layers,
                              gsize channels) G_GNUC_WARN_UNUSED_RESULT;
ScopePlan *scope_plan_ref (ScopePlan *self);
void scope_plan_unref (ScopePlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePlan, scope_plan_unref)

const char *scope_plan_spec (const ScopePlan *self);
gboolean scope_plan_needs_delta (const ScopePlan *self);
gboolean scope_plan_shapes (const ScopePlan *self);               /* NULL self: FALSE */
gboolean scope_plan_reads (const ScopePlan *self);                /* NULL self: FALSE */
gboolean scope_plan_drops_tokens (const ScopePlan *self);         /* NULL self: FALSE */
gboolean scope_plan_touches (const ScopePlan *self, gsize layer); /* NULL self: FALSE */
/* The edit of LAYER, or NULL; SELF may be NULL. A layer with one is touched, if by nothing else. */
const ScopePlanEdit *scope_plan_edit (const ScopePlan *self, gsize layer);
gsize scope_plan_filter_rows (const ScopePlan *self); /* G_MAXSIZE: all */
gboolean scope_plan_resolve (const ScopePlan *self, gsize layer, const ScopeMatrix *delta,
                             const ScopeMatrix *a, double *threshold, GError **error);
/* SELF reads. */
gboolean scope_plan_read (const ScopePlan *self, gsize layer, const ScopeMatrix *delta,
                          const ScopeMatrix *a, GError **error);
/* STEP is empty where SELF does not filter LAYER. ROWS: of DELTA, or of those that are left of the
 * text, the first that are filtered. */
gboolean scope_plan_shape (const ScopePlan *self, gsize layer, const ScopeMatrix *delta,
                           const ScopeMatrix *a, gsize rows, ScopePlanStep *step, GError **error);
void scope_plan_step_clear (ScopePlanStep *step);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopePlanStep, scope_plan_step_clear)

G_END_DECLS
