/* Plans: a resolve function, and those that narrow another plan or change one Δ of it. */
#include "compute/plan.h"

#include <math.h>

struct _ScopePlan {
  gint references;
  char *spec;
  gsize layers, channels;
  gboolean needs_delta, drops_tokens;
  ScopePlanResolve resolve; /* or SHAPE, or READ */
  ScopePlanShape shape;
  ScopePlanRead read;
  gpointer data;
  GDestroyNotify release; /* of DATA; NULL in a narrowed plan, whose data are its parent's */
  ScopePlan *parent;
  gsize only_layer;  /* G_MAXSIZE: every layer */
  gsize filter_rows; /* G_MAXSIZE: every row */
  gboolean edited;
  ScopePlanEdit edit;
};

ScopePlan *
scope_plan_new (const char *spec, gsize layers, gsize channels, gboolean needs_delta,
                ScopePlanResolve resolve, gpointer data, GDestroyNotify release)
{
  ScopePlan *self = g_new0 (ScopePlan, 1);
  self->references = 1;
  self->spec = g_strdup (spec);
  self->layers = layers;
  self->channels = channels;
  self->needs_delta = needs_delta;
  self->resolve = resolve;
  self->data = data;
  self->release = release;
  self->only_layer = G_MAXSIZE;
  self->filter_rows = G_MAXSIZE;
  return self;
}

static gboolean
resolve_nothing (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
                 double *threshold, GError **error)
{
  return TRUE;
}

ScopePlan *
scope_plan_new_shaping (const char *spec, gsize layers, gsize channels, ScopePlanFlags flags,
                        ScopePlanShape shape, gpointer data, GDestroyNotify release)
{
  ScopePlan *self
      = scope_plan_new (spec, layers, channels, flags != 0, resolve_nothing, data, release);
  self->shape = shape;
  self->drops_tokens = (flags & SCOPE_PLAN_DROPS_TOKENS) != 0;
  return self;
}

ScopePlan *
scope_plan_new_reading (const char *spec, gsize layers, gsize channels, ScopePlanRead read,
                        gpointer data)
{
  ScopePlan *self = scope_plan_new (spec, layers, channels, FALSE, resolve_nothing, data, NULL);
  self->read = read;
  return self;
}

static ScopePlan *
plan_narrow (ScopePlan *self)
{
  ScopePlan *plan = scope_plan_new (self->spec, self->layers, self->channels, self->needs_delta,
                                    self->resolve, self->data, NULL);
  plan->shape = self->shape;
  plan->drops_tokens = self->drops_tokens;
  plan->parent = scope_plan_ref (self);
  plan->only_layer = self->only_layer;
  plan->filter_rows = self->filter_rows;
  plan->edited = self->edited;
  plan->edit = self->edit;
  return plan;
}

ScopePlan *
scope_plan_only_layer (ScopePlan *self, gsize layer)
{
  ScopePlan *plan = plan_narrow (self);
  /* Two different layers leave none. */
  if (self->only_layer != G_MAXSIZE && self->only_layer != layer)
    plan->layers = 0;
  plan->only_layer = layer;
  return plan;
}

ScopePlan *
scope_plan_until (ScopePlan *self, gsize row)
{
  ScopePlan *plan = plan_narrow (self);
  plan->filter_rows = MIN (self->filter_rows, row);
  return plan;
}

ScopePlan *
scope_plan_edited (ScopePlan *self, const ScopePlanEdit *edit, gsize layers, gsize channels)
{
  ScopePlan *plan
      = self != NULL ? plan_narrow (self)
                     : scope_plan_new ("off", layers, channels, FALSE, resolve_nothing, NULL, NULL);
  plan->edited = TRUE;
  plan->edit = *edit;
  return plan;
}

const ScopePlanEdit *
scope_plan_edit (const ScopePlan *self, gsize layer)
{
  return self != NULL && self->edited && self->edit.layer == layer ? &self->edit : NULL;
}

ScopePlan *
scope_plan_ref (ScopePlan *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

void
scope_plan_unref (ScopePlan *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  if (self->release != NULL)
    self->release (self->data);
  g_clear_pointer (&self->parent, scope_plan_unref);
  g_free (self->spec);
  g_free (self);
}

const char *
scope_plan_spec (const ScopePlan *self)
{
  return self->spec;
}

gboolean
scope_plan_needs_delta (const ScopePlan *self)
{
  return self->needs_delta;
}

gboolean
scope_plan_shapes (const ScopePlan *self)
{
  return self != NULL && self->shape != NULL;
}

gboolean
scope_plan_reads (const ScopePlan *self)
{
  return self != NULL && self->read != NULL;
}

gboolean
scope_plan_drops_tokens (const ScopePlan *self)
{
  return self != NULL && self->drops_tokens;
}

static gboolean
plan_filters (const ScopePlan *self, gsize layer)
{
  return self->read == NULL && layer < self->layers && self->filter_rows > 0
         && (self->only_layer == G_MAXSIZE || self->only_layer == layer);
}

gboolean
scope_plan_touches (const ScopePlan *self, gsize layer)
{
  return self != NULL && (plan_filters (self, layer) || scope_plan_edit (self, layer) != NULL);
}

gsize
scope_plan_filter_rows (const ScopePlan *self)
{
  return self->filter_rows;
}

gboolean
scope_plan_resolve (const ScopePlan *self, gsize layer, const ScopeMatrix *delta,
                    const ScopeMatrix *a, double *threshold, GError **error)
{
  for (gsize h = 0; h < self->channels; h++)
    threshold[h] = -INFINITY;
  return !plan_filters (self, layer)
         || self->resolve (self->data, layer, delta, a, threshold, error);
}

gboolean
scope_plan_read (const ScopePlan *self, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
                 GError **error)
{
  return self->read (self->data, layer, delta, a, error);
}

gboolean
scope_plan_shape (const ScopePlan *self, gsize layer, const ScopeMatrix *delta,
                  const ScopeMatrix *a, gsize rows, ScopePlanStep *step, GError **error)
{
  *step = (ScopePlanStep){ 0 };
  return !plan_filters (self, layer)
         || self->shape (self->data, layer, delta, a, rows, step, error);
}

void
scope_plan_step_clear (ScopePlanStep *step)
{
  g_clear_pointer (&step->a, scope_matrix_unref);
  g_clear_pointer (&step->delta, scope_matrix_unref);
  g_clear_pointer (&step->kept, g_array_unref);
}
