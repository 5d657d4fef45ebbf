/* How a run is made to fit the memory that a meter allows: smaller chunks, fewer layers kept, or a
 * refusal before anything is computed. */
#include "compute/compute-private.h"

#include "base/error.h"
#include "compute/estimate.h"
#include "compute/meter.h"

/* What a run takes beside what is there already. A plan that is made of a layer's time steps reads
 * them all before the layer runs, one that reads them alone while it runs; layers are looked at
 * when that is over. One that shapes layers holds such steps while a layer runs, and a residual or
 * a layer twice where it drops tokens. */
static guint64
needed (const ScopeSchedule *self, const ScopeEstimate *estimate, gsize length, ScopePlan *plan)
{
  guint64 steps = (guint64)length * self->config->channels
                  * scope_type_size (scope_backend_real (self->backend));
  gboolean planned = plan != NULL && (scope_plan_needs_delta (plan) || scope_plan_reads (plan));
  guint64 shaped = planned && scope_plan_shapes (plan) ? steps : 0;
  guint64 dropped = scope_plan_drops_tokens (plan) ? estimate->layer : 0;
  return estimate->workspace + estimate->trace + shaped + dropped
         + MAX (estimate->layer, planned ? steps : 0);
}

static gboolean
refuse (ScopeSchedule *self, gsize length, const ScopeEstimate *estimate, guint64 need, gsize taken,
        GError **error)
{
  g_autofree char *all = scope_bytes_text (taken + need);
  g_autofree char *limit = scope_bytes_text (scope_metered_limit (self->backend));
  g_autofree char *there = scope_bytes_text (taken);
  g_autofree char *trace = scope_bytes_text (estimate->trace);
  g_autofree char *rest = scope_bytes_text (need - estimate->trace);
  g_set_error (
      error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
      "%" G_GSIZE_FORMAT " token%s need%s %s of memory, but only %s are allowed: weights and"
      " what is kept %s, trace %s, workspace and a layer %s",
      length, length == 1 ? "" : "s", length == 1 ? "s" : "", all, limit, there, trace, rest);
  return FALSE;
}

gboolean
scope_weights_fit (const ScopeModel *model, ScopeBackend *backend, GError **error)
{
  gsize limit = scope_metered_limit (backend);
  if (limit == 0)
    return TRUE;
  g_autoptr (ScopeBackend) meter = scope_metered_new_dry (backend);
  ScopeWeights weights = { 0 };
  gboolean counted = scope_weights_upload (&weights, model, meter, NULL, error);
  gsize need = scope_metered_bytes (meter), taken = scope_metered_bytes (backend);
  scope_weights_clear (&weights, model, meter);
  if (!counted || (taken <= limit && need <= limit - taken))
    return counted;
  g_autofree char *all = scope_bytes_text (taken + need);
  g_autofree char *allowed = scope_bytes_text (limit);
  g_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
               "%s: the weights need %s of memory, but only %s are allowed",
               scope_model_path (model), all, allowed);
  return FALSE;
}

gboolean
scope_schedule_fit (ScopeSchedule *self, gsize length, ScopePlan *plan, ScopeRunFlags flags,
                    gsize *budget, GError **error)
{
  gsize limit = scope_metered_limit (self->backend), chunk = 0;
  ScopeEstimate estimate;
  if (limit == 0)
    return TRUE;
  scope_schedule_set_chunk (self, 0); /* and without its workspace */
  gsize taken = scope_metered_bytes (self->backend);
  for (;;) {
    if (!scope_estimate (self->model, self->backend, length, chunk, flags, &estimate, error))
      return FALSE;
    guint64 need = needed (self, &estimate, length, plan);
    if (taken <= limit && need <= limit - taken)
      break;
    chunk = scope_schedule_smaller_chunk (self, estimate.chunk);
    if (chunk == 0)
      return refuse (self, length, &estimate, need, taken, error);
  }
  scope_schedule_set_chunk (self, estimate.chunk);
  *budget = MIN (*budget, limit - taken - estimate.workspace - estimate.trace);
  return TRUE;
}
