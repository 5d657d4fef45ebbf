/* From the selection and the view to requests, and from results to properties. */
#include "session/session-private.h"

#include <math.h>

#include "session/answer.h"

/* Blocks a side of the coarse map, which comes first, and of the one at the view's resolution. */
#define OVERVIEW_SIZE 256
#define VIEW_SIZE_MAX 2048

static void
release_look (ScopeSession *self, ScopeLook *look)
{
  scope_engine_release (self->engine, look, (GDestroyNotify)scope_look_unref);
}

void
scope_session_clear_results (ScopeSession *self)
{
  static const ScopeSessionProperty results[]
      = { PROP_NETWORK, PROP_LAYER_VIEW, PROP_MAP,  PROP_OVERVIEW,
          PROP_DECAY,   PROP_ANSWER,     PROP_PROOF };

  release_look (self, g_steal_pointer (&self->look));
  release_look (self, g_steal_pointer (&self->network_look));
  g_clear_pointer (&self->map, scope_result_unref);
  g_clear_pointer (&self->overview, scope_result_unref);
  g_clear_pointer (&self->decay, scope_result_unref);
  g_clear_pointer (&self->answer, scope_answer_unref);
  self->answer_run = 0;
  self->overview_state = OVERVIEW_STALE;
  self->proof = NAN;
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    scope_session_notify (self, results[i]);
}

/* Takes RESULT over. */
static void
replace_result (ScopeSession *self, ScopeResult **slot, ScopeResult *result,
                ScopeSessionProperty property)
{
  g_clear_pointer (slot, scope_result_unref);
  *slot = result;
  scope_session_notify (self, property);
}

static ScopeWorkInput *
input_for_look (ScopeSession *self)
{
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);

  in->look = scope_look_ref (self->look);
  in->spec = (ScopeMapSpec){ .channel = self->channel, .kind = self->kind, .lane = -1 };
  return in;
}

/* FALSE while the layer on screen is another than the selected one, and has no maps of its kind. */
static gboolean
look_has_map (ScopeSession *self)
{
  return self->look != NULL
         && scope_matrix_channels (scope_model_config (self->host->model), self->look->view.layer,
                                   self->kind)
                > 0;
}

/* --- the map ------------------------------------------------------------------------------------
 */

static void
request_tiles (ScopeSession *self, ScopeRange range, gsize size, ScopeEngineDone done)
{
  ScopeWorkInput *in = input_for_look (self);

  in->range = range;
  in->size = size;
  scope_session_post (self, SCOPE_REQUEST_MAP, scope_work_map, in,
                      (GDestroyNotify)scope_result_unref, done);
}

static void
on_map_done (gpointer result, const GError *error, gpointer owner)
{
  if (error != NULL)
    scope_session_fail (owner, error);
  else
    replace_result (owner, &SCOPE_SESSION (owner)->map, result, PROP_MAP);
}

static gboolean
range_contains (ScopeRange outer, ScopeRange inner)
{
  return inner.row_begin >= outer.row_begin && inner.row_end <= outer.row_end
         && inner.column_begin >= outer.column_begin && inner.column_end <= outer.column_end;
}

/* MAP already shows VIEW as well as it can be shown on SIZE pixels. */
static gboolean
map_suffices (ScopeResult *map, ScopeRange view, gsize size)
{
  gsize rows = map->range.row_end - map->range.row_begin;
  gsize columns = map->range.column_end - map->range.column_begin;
  gboolean cells
      = scope_matrix_rows (map->matrix) == rows && scope_matrix_columns (map->matrix) == columns;
  gboolean same = range_contains (view, map->range);

  return range_contains (map->range, view)
         && (cells || (same && scope_matrix_rows (map->matrix) >= size));
}

static void
request_view (ScopeSession *self)
{
  if (self->view_size == 0) {
    if (self->map != self->overview)
      replace_result (self, &self->map, scope_result_ref (self->overview), PROP_MAP);
    scope_engine_cancel (self->engine, SCOPE_REQUEST_MAP);
    scope_session_notify_busy (self);
    return;
  }
  if (!map_suffices (self->map, self->view, self->view_size)) {
    if (!map_suffices (self->overview, self->view, self->view_size)) {
      request_tiles (self, self->view, self->view_size, on_map_done);
      return;
    }
    replace_result (self, &self->map, scope_result_ref (self->overview), PROP_MAP);
  }
  scope_engine_cancel (self->engine, SCOPE_REQUEST_MAP); /* of an older view */
  scope_session_notify_busy (self);
}

static void
on_overview_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;

  if (error != NULL) {
    self->overview_state = OVERVIEW_STALE;
    scope_session_fail (self, error);
    return;
  }
  self->overview_state = OVERVIEW_READY;
  g_object_freeze_notify (owner);
  replace_result (self, &self->overview, result, PROP_OVERVIEW);
  replace_result (self, &self->map, scope_result_ref (result), PROP_MAP);
  g_object_thaw_notify (owner);
  request_view (self);
}

void
scope_session_request_overview (ScopeSession *self)
{
  gsize length = scope_session_length (self);

  if (!look_has_map (self))
    return;
  self->overview_state = OVERVIEW_ASKED;
  request_tiles (self, (ScopeRange){ 0, length, 0, length }, OVERVIEW_SIZE, on_overview_done);
}

void
scope_session_set_view (ScopeSession *self, ScopeRange range, gsize pixel_rows, gsize pixel_columns)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  gsize length = scope_session_length (self);

  self->view_size = MIN (MAX (pixel_rows, pixel_columns), VIEW_SIZE_MAX);
  range.row_end = MIN (range.row_end, length);
  range.column_end = MIN (range.column_end, length);
  if (range.row_begin >= range.row_end || range.column_begin >= range.column_end)
    return;
  self->view = range;
  if (self->overview_state == OVERVIEW_READY)
    request_view (self);
  else if (self->overview_state == OVERVIEW_STALE)
    scope_session_request_overview (self);
}

/* --- decay, answer, proof -----------------------------------------------------------------------
 */

static void
on_decay_done (gpointer result, const GError *error, gpointer owner)
{
  if (error != NULL)
    scope_session_fail (owner, error);
  else
    replace_result (owner, &SCOPE_SESSION (owner)->decay, result, PROP_DECAY);
}

static void
on_answer_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;

  if (error != NULL) {
    scope_session_fail (self, error);
    return;
  }
  g_clear_pointer (&self->answer, scope_answer_unref);
  self->answer = result;
  self->answer_run
      = self->network_look->run->id; /* a newer run would have cancelled this request */
  scope_session_notify (self, PROP_ANSWER);
}

static void
on_proof_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;
  g_autofree double *proof = result;

  if (error != NULL) {
    scope_session_fail (self, error);
    return;
  }
  self->proof = *proof;
  scope_session_notify (self, PROP_PROOF);
}

static void
request_answer (ScopeSession *self)
{
  if (self->answer_run == self->look->run->id)
    scope_engine_cancel (self->engine, SCOPE_REQUEST_ANSWER); /* of the other run */
  else
    scope_session_post (self, SCOPE_REQUEST_ANSWER, scope_work_answer, input_for_look (self),
                        (GDestroyNotify)scope_answer_unref, on_answer_done);
}

void
scope_session_request_proof (ScopeSession *self)
{
  if (!isnan (self->proof)) {
    self->proof = NAN;
    scope_session_notify (self, PROP_PROOF);
  }
  if (look_has_map (self) && !self->look->view.preview)
    scope_session_post (self, SCOPE_REQUEST_PROOF, scope_work_proof, input_for_look (self), g_free,
                        on_proof_done);
}

/* --- the layer and the network ------------------------------------------------------------------
 */

/* A failed request leaves things as they were: as LOOK has them. */
static void
restore_selection (ScopeSession *self, const ScopeLook *look)
{
  g_object_freeze_notify (G_OBJECT (self));
  self->layer = look->view.layer;
  scope_session_notify (self, PROP_LAYER);
  scope_session_put_setting (self, &look->setting);
  g_object_thaw_notify (G_OBJECT (self));
  scope_history_retract (self->history);
}

static void
on_network_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;

  scope_engine_release (self->engine, result, (GDestroyNotify)scope_run_unref);
  g_object_freeze_notify (owner);
  if (error != NULL && scope_session_fail (self, error)) {
    scope_session_put_setting (self, &self->network_look->setting);
    scope_history_retract (self->history);
  }
  if (!self->moving)
    scope_session_request_layer (self);
  g_object_thaw_notify (owner);
}

static void
request_network (ScopeSession *self)
{
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);

  in->stage = scope_stage_ref (self->stage);
  scope_session_fill_setting (self, &in->setting);
  scope_session_post (self, SCOPE_REQUEST_NETWORK, scope_work_network, in,
                      (GDestroyNotify)scope_run_unref, on_network_done);
}

static gboolean
look_is_current (ScopeSession *self)
{
  g_autofree char *spec = scope_session_get_filter_spec (self);
  double theta = self->look->setting.theta;

  return self->look->view.layer == self->layer && g_str_equal (spec, self->look->setting.spec)
         && (theta == self->theta || (isnan (theta) && isnan (self->theta)));
}

/* What goes wrong here is told when the switch is used. */
static void
on_prepared (gpointer result, const GError *error, gpointer owner)
{
  g_free (result);
}

static void
request_prepare (ScopeSession *self)
{
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);

  in->stage = scope_stage_ref (self->stage);
  in->setting = (ScopeSetting){ g_strdup (scope_session_get_filter (self)), self->theta };
  scope_session_post (self, SCOPE_REQUEST_PREPARE, scope_work_prepare, in, g_free, on_prepared);
}

/* What a look asks for: its map before all else, then the curves; then the whole network if it is a
 * preview, else what the run says and the proof; and what the switch will need. */
static void
request_views (ScopeSession *self)
{
  scope_session_request_overview (self);
  scope_session_post (self, SCOPE_REQUEST_DECAY, scope_work_decay, input_for_look (self),
                      (GDestroyNotify)scope_result_unref, on_decay_done);
  if (self->look->view.preview)
    request_network (self);
  else
    request_answer (self);
  scope_session_request_proof (self);
  if (!self->filter_on)
    request_prepare (self);
}

void
scope_session_take_look (ScopeSession *self, ScopeLook *look)
{
  g_object_freeze_notify (G_OBJECT (self));
  release_look (self, self->look);
  self->look = look;
  scope_session_notify (self, PROP_LAYER_VIEW);
  if (!look->view.preview) {
    release_look (self, self->network_look);
    self->network_look = scope_look_ref (look);
    scope_session_notify (self, PROP_NETWORK);
  }
  if (look_is_current (self))
    request_views (self);
  else
    scope_session_request_layer (self); /* the switch moved while a text was being opened */
  g_object_thaw_notify (G_OBJECT (self));
}

void
scope_session_settle (ScopeSession *self)
{
  if (self->overview_state == OVERVIEW_ASKED)
    self->overview_state = OVERVIEW_STALE;
  if (self->look != NULL && !look_is_current (self))
    restore_selection (self, self->look);
}

static void
on_layer_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;

  if (error == NULL) {
    scope_session_take_look (self, result);
    return;
  }
  if (!scope_session_fail (self, error))
    return;
  restore_selection (self, self->look);
  request_views (self);
}

void
scope_session_request_layer (ScopeSession *self)
{
  ScopeWorkInput *in;

  if (self->stage == NULL)
    return;
  scope_engine_cancel (self->engine, SCOPE_REQUEST_NETWORK); /* asked for again after a preview */
  self->overview_state = OVERVIEW_STALE;
  in = g_new0 (ScopeWorkInput, 1);
  in->stage = scope_stage_ref (self->stage);
  in->layer = self->layer;
  scope_session_fill_setting (self, &in->setting);
  scope_session_post (self, SCOPE_REQUEST_LAYER, scope_work_layer, in,
                      (GDestroyNotify)scope_look_unref, on_layer_done);
}
