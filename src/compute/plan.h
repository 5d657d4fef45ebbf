/* ScopePlan: what a filter tells the scan, layer by layer: which tokens each channel drops.
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
/* SELF on one layer only, nothing on the others. */
ScopePlan *scope_plan_only_layer (ScopePlan *self, gsize layer) G_GNUC_WARN_UNUSED_RESULT;
/* SELF, but tokens from ROW on are not filtered (the response in a teacher-forced evaluation). */
ScopePlan *scope_plan_until (ScopePlan *self, gsize row) G_GNUC_WARN_UNUSED_RESULT;
ScopePlan *scope_plan_ref (ScopePlan *self);
void scope_plan_unref (ScopePlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePlan, scope_plan_unref)

const char *scope_plan_spec (const ScopePlan *self);
gboolean scope_plan_needs_delta (const ScopePlan *self);
gboolean scope_plan_touches (const ScopePlan *self, gsize layer); /* NULL self: FALSE */
gsize scope_plan_filter_rows (const ScopePlan *self);             /* G_MAXSIZE: all */
gboolean scope_plan_resolve (const ScopePlan *self, gsize layer, const ScopeMatrix *delta,
                             const ScopeMatrix *a, double *threshold, GError **error);

G_END_DECLS
