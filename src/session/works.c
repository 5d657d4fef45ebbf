#include "session/works.h"

#include "session/answer.h"

#define DECAY_POINTS 512
/* Multiply-adds of a map's blocks: two tenths of a second on two cores. It is what comes first. */
#define MAP_WORK G_GUINT64_CONSTANT (20000000000)

void
scope_work_input_free (ScopeWorkInput *self)
{
  g_clear_pointer (&self->look, scope_look_unref);
  g_clear_pointer (&self->stage, scope_stage_unref);
  g_clear_pointer (&self->host, scope_host_unref);
  scope_setting_clear (&self->setting);
  g_free (self->path);
  g_free (self);
}

gpointer
scope_work_model (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;

  return scope_host_open (in->path, in->backend, progress, error);
}

gpointer
scope_work_text (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  g_autoptr (ScopeStage) stage = scope_stage_new (in->host, in->path, error);

  return stage != NULL ? scope_look_open (stage, &in->setting, in->layer, progress, error) : NULL;
}

gpointer
scope_work_layer (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;

  return scope_look_new (in->stage, &in->setting, in->layer, progress, error);
}

/* What only the session knows of a result. Takes RESULT over; NULL is fine. */
static ScopeResult *
describe (ScopeResult *result, const ScopeLook *look)
{
  if (result == NULL)
    return NULL;
  g_autofree char *name = g_path_get_basename (look->stage->path);
  g_autofree char *hash = scope_tokens_hash (look->stage->tokens);

  scope_provenance_set (result->provenance, "text", "%s", name);
  scope_provenance_set (result->provenance, "text-hash", "%s", hash);
  if (look->view.preview)
    scope_provenance_set (result->provenance, "filter", "%s (this layer only)", look->setting.spec);
  return result;
}

gpointer
scope_work_map (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  ScopeLook *look = in->look;

  return describe (scope_result_map_within (look->run->trace, look->layer, &in->spec, in->range,
                                            in->size, SCOPE_REDUCE_ABSMEAN, MAP_WORK, FALSE,
                                            progress, error),
                   look);
}

gpointer
scope_work_decay (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeLook *look = ((const ScopeWorkInput *)input)->look;

  return describe (scope_result_decay (look->run->trace, look->layer, -1, look->classes,
                                       look->view.ln_theta, look->stage->host->train_length,
                                       DECAY_POINTS, progress, error),
                   look);
}

gpointer
scope_work_network (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  g_auto (ScopeStageFilter) filter = { NULL, NULL, 0.0 };
  ScopeRun *run = NULL;

  if (scope_stage_filter (in->stage, &in->setting, &filter, progress, error))
    run = scope_stage_run (in->stage, &filter, progress, error);
  return run != NULL ? scope_run_ref (run) : NULL;
}

gpointer
scope_work_prepare (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  g_auto (ScopeStageFilter) filter = { NULL, NULL, 0.0 };

  return scope_stage_filter (in->stage, &in->setting, &filter, progress, error) ? g_new0 (char, 1)
                                                                                : NULL;
}

gpointer
scope_work_answer (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeLook *look = ((const ScopeWorkInput *)input)->look;

  return scope_answer_new (look->stage, look->run, progress, error);
}

gpointer
scope_work_proof (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  ScopeProof proof;

  if (!scope_map_proof (in->look->layer, &in->spec, &proof, progress, error))
    return NULL;
  double ratio = proof.scale > 0.0 ? proof.error / proof.scale : proof.error;
  return g_memdup2 (&ratio, sizeof ratio);
}
