#include "ui/stopwatch.h"

/* What the newest map shows, and when the frame with it was painted. */
typedef enum { STAGE_PREVIEW, STAGE_NETWORK, N_STAGES } Stage;

struct _ScopeStopwatch {
  ScopeSession *session;
  GdkFrameClock *clock;
  gint64 begin;
  gboolean waiting[N_STAGES]; /* a map has come and is not painted yet */
  double painted[N_STAGES];   /* milliseconds; 0: not yet */
};

static void
map_cb (ScopeStopwatch *self)
{
  const ScopeLayerView *view = scope_session_get_layer_view (self->session);
  if (view != NULL && scope_session_get_map (self->session) != NULL)
    self->waiting[view->preview ? STAGE_PREVIEW : STAGE_NETWORK] = TRUE;
}

static void
painted_cb (ScopeStopwatch *self)
{
  double now = (double)(g_get_monotonic_time () - self->begin) / 1000.0;
  for (guint i = 0; i < N_STAGES; i++)
    if (self->waiting[i] && self->painted[i] == 0.0)
      self->painted[i] = now;
}

ScopeStopwatch *
scope_stopwatch_start (ScopeWindow *window, ScopeStopwatchChange change)
{
  ScopeStopwatch *self = g_new0 (ScopeStopwatch, 1);
  self->session = g_object_ref (scope_window_get_session (window));
  self->clock = g_object_ref (gtk_widget_get_frame_clock (GTK_WIDGET (window)));
  g_signal_connect_swapped (self->session, "notify::map", G_CALLBACK (map_cb), self);
  g_signal_connect_swapped (self->clock, "after-paint", G_CALLBACK (painted_cb), self);
  self->begin = g_get_monotonic_time ();
  change (self->session);
  return self;
}

char *
scope_stopwatch_describe (ScopeStopwatch *self)
{
  static const char *const names[N_STAGES] = { "preview", "network" };
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < N_STAGES; i++)
    if (self->painted[i] > 0.0)
      g_string_append_printf (out, "%s%s after %.1f ms", out->len > 0 ? ", " : "", names[i],
                              self->painted[i]);
  return g_string_free (out, FALSE);
}

void
scope_stopwatch_free (ScopeStopwatch *self)
{
  g_signal_handlers_disconnect_by_data (self->session, self);
  g_signal_handlers_disconnect_by_data (self->clock, self);
  g_object_unref (self->session);
  g_object_unref (self->clock);
  g_free (self);
}
