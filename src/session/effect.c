#include "session/effect.h"

#include <math.h>

#include "session/session-private.h"

struct _ScopeEffect {
  GObject parent_instance;
  ScopeSession *session;
  gboolean active;
  gboolean no_room; /* for what is asked for now */
  guint look_id;    /* the look that VIEW, or NO_ROOM, or what is on its way, is of; 0: none */
  ScopeEffectView *view;
};

G_DEFINE_FINAL_TYPE (ScopeEffect, scope_effect, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
view_free (ScopeEffectView *view)
{
  g_clear_pointer (&view->before, scope_outcome_unref);
  g_clear_pointer (&view->layer_only, scope_outcome_unref);
  g_clear_pointer (&view->all, scope_outcome_unref);
  g_free (view->channels);
  g_free (view);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeEffectView, view_free)

/* --- on the engine's thread ---------------------------------------------------------------------
 */

/* TARGET is the calibration's, BEFORE and AFTER the runs' sums of the layer. */
static void
fill_channels (ScopeEffectView *view, const ScopeLook *look, const ScopeMatrix *target,
               const ScopeMatrix *before, const ScopeMatrix *after)
{
  view->n_channels = look->view.n_channels;
  view->channels = g_new (ScopeEffectChannel, view->n_channels);
  for (gsize h = 0; h < view->n_channels; h++)
    view->channels[h] = (ScopeEffectChannel){
      .before = scope_matrix_get (before, 0, h),
      .after = scope_matrix_get (after, 0, h),
      .target = scope_matrix_get (target, view->layer, h),
      .kept = look->view.channels[h].kept_fraction,
      .global = look->view.channels[h].global,
    };
}

/* OFF is the unfiltered run, which may be the look's. */
static gboolean
measure_channels (ScopeEffectView *view, const ScopeLook *look, const ScopeStageFilter *filter,
                  ScopeRun *off, ScopeProgress *progress, GError **error)
{
  ScopeTokens *tokens = look->stage->tokens;
  g_autoptr (ScopeTable) table
      = scope_filter_table (filter->filter, look->stage->host->context, scope_tokens_ids (tokens),
                            scope_tokens_count (tokens), progress, error);
  if (table == NULL)
    return FALSE;
  g_autoptr (ScopeMatrix) before = scope_trace_sums (off->trace, view->layer);
  g_autoptr (ScopeMatrix) after = scope_trace_sums (look->run->trace, view->layer);
  if (before != NULL && after != NULL)
    fill_channels (view, look, scope_table_target (table), before, after);
  return TRUE;
}

static gboolean
measure_outcomes (ScopeEffectView *view, const ScopeLook *look, ScopeRun *off,
                  ScopeProgress *progress, GError **error)
{
  ScopeStage *stage = look->stage;
  ScopeProgress first = scope_progress_span (progress, 0.0, 0.15);
  ScopeProgress second = scope_progress_span (progress, 0.15, 0.3);
  ScopeProgress run = scope_progress_span (progress, 0.3, 0.9);
  ScopeProgress third = scope_progress_span (progress, 0.9, 1.0);
  g_autoptr (ScopePlan) plan
      = scope_plan_only_layer (scope_trace_plan (look->run->trace), view->layer);

  view->before = scope_outcome_new (stage, off->trace, &first, error);
  if (view->before == NULL)
    return FALSE;
  view->all = scope_outcome_new (stage, look->run->trace, &second, error);
  if (view->all == NULL)
    return FALSE;
  g_autoptr (ScopeTrace) trace = scope_trace_rerun (off->trace, plan, view->layer, &run, error);
  if (trace == NULL)
    return FALSE;
  view->layer_only = scope_outcome_new (stage, trace, &third, error);
  return view->layer_only != NULL;
}

/* A view without channels where there is no room for both runs; without outcomes where the look's
 * run is not filtered. The setting is that of the look, or what the switch would put on. */
static gpointer
work_effect (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeWorkInput *in = input;
  const ScopeLook *look = in->look;
  const ScopeSetting off = { (char *)"off", look->setting.theta };
  g_auto (ScopeStageFilter) filter = { NULL, NULL, 0.0 }, none = { NULL, NULL, 0.0 };
  g_autoptr (ScopeEffectView) view = g_new0 (ScopeEffectView, 1);
  ScopeProgress running = scope_progress_span (progress, 0.0, 0.4);
  ScopeProgress table = scope_progress_span (progress, 0.4, 0.5);
  ScopeProgress outcomes = scope_progress_span (progress, 0.5, 1.0);

  view->layer = look->view.layer;
  if (!scope_stage_filter (look->stage, &in->setting, &filter, &table, error)
      || !scope_stage_filter (look->stage, &off, &none, &table, error))
    return NULL;
  if (!scope_stage_has_room (look->stage, &none))
    return g_steal_pointer (&view);
  ScopeRun *found = scope_stage_run (look->stage, &none, &running, error);
  if (found == NULL)
    return NULL;
  g_autoptr (ScopeRun) run = scope_run_ref (found);
  return measure_channels (view, look, &filter, run, &table, error)
                 && (!scope_run_is_filtered (look->run)
                     || measure_outcomes (view, look, run, &outcomes, error))
             ? g_steal_pointer (&view)
             : NULL;
}

/* --- on main ------------------------------------------------------------------------------------
 */

static void
drop_view (ScopeEffect *self)
{
  g_clear_pointer (&self->view, view_free);
  self->no_room = FALSE;
  self->look_id = 0;
}

static void
on_effect_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeEffect *self = owner;
  ScopeEffectView *view = result;

  if (error != NULL) {
    scope_session_fail (self->session, error);
    return;
  }
  self->no_room = view->channels == NULL;
  if (self->no_room)
    view_free (view);
  else
    self->view = view;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* The layer on screen is the selected one, of a network that ran as the switch stands. */
static gboolean
can_compute (ScopeEffect *self)
{
  const ScopeSession *session = self->session;
  const ScopeLook *look = session->look;
  return look != NULL && !look->view.preview && look->view.layer == session->layer
         && session->filter_on == !g_str_equal (look->setting.spec, "off");
}

static void
update (ScopeEffect *self)
{
  ScopeSession *session = self->session;

  if (!self->active || !can_compute (self) || session->look->id == self->look_id)
    return;
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);
  self->look_id = session->look->id;
  in->look = scope_look_ref (session->look);
  in->setting = (ScopeSetting){ g_strdup (scope_session_get_filter (session)),
                                session->look->setting.theta };
  scope_engine_post (session->engine, SCOPE_REQUEST_EFFECT, work_effect, in,
                     (GDestroyNotify)scope_work_input_free, (GDestroyNotify)view_free,
                     on_effect_done, G_OBJECT (self));
  scope_session_notify_busy (session);
}

static void
session_changed_cb (ScopeEffect *self)
{
  const ScopeSession *session = self->session;

  if (!can_compute (self) || session->look->id != self->look_id || !session->filter_on) {
    scope_engine_cancel (session->engine, SCOPE_REQUEST_EFFECT);
    drop_view (self);
  }
  update (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* A cancelled request is asked for again when something changes, not at once. */
static void
busy_cb (ScopeEffect *self)
{
  if (self->look_id != 0 && self->view == NULL && !self->no_room
      && !scope_session_get_busy (self->session)) {
    self->look_id = 0;
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  }
}

void
scope_effect_set_active (ScopeEffect *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_EFFECT (self));
  self->active = active != FALSE;
  update (self);
}

ScopeEffectState
scope_effect_get_state (ScopeEffect *self)
{
  g_return_val_if_fail (SCOPE_IS_EFFECT (self), SCOPE_EFFECT_OFF);
  const ScopeSession *session = self->session;

  if (!session->filter_on || session->look == NULL)
    return SCOPE_EFFECT_OFF;
  if (self->view != NULL)
    return self->view->all != NULL ? SCOPE_EFFECT_READY : SCOPE_EFFECT_IDLE;
  if (self->no_room)
    return SCOPE_EFFECT_ROOM;
  gboolean ran = !session->look->view.preview && !g_str_equal (session->look->setting.spec, "off");
  return ran && !session->look->network.filtered ? SCOPE_EFFECT_IDLE : SCOPE_EFFECT_WAITING;
}

const ScopeEffectView *
scope_effect_get_view (ScopeEffect *self)
{
  g_return_val_if_fail (SCOPE_IS_EFFECT (self), NULL);
  return self->view;
}

static void
scope_effect_dispose (GObject *object)
{
  ScopeEffect *self = SCOPE_EFFECT (object);

  drop_view (self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_effect_parent_class)->dispose (object);
}

static void
scope_effect_class_init (ScopeEffectClass *class)
{
  G_OBJECT_CLASS (class)->dispose = scope_effect_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", SCOPE_TYPE_EFFECT, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_effect_init (ScopeEffect *self)
{
}

ScopeEffect *
scope_effect_new (ScopeSession *session)
{
  static const char *const changes[]
      = { "notify::layer", "notify::layer-view", "notify::filter-on", "notify::filter-spec" };
  ScopeEffect *self = g_object_new (SCOPE_TYPE_EFFECT, NULL);

  self->session = g_object_ref (session);
  for (guint k = 0; k < G_N_ELEMENTS (changes); k++)
    g_signal_connect_object (session, changes[k], G_CALLBACK (session_changed_cb), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::busy", G_CALLBACK (busy_cb), self, G_CONNECT_SWAPPED);
  return self;
}
