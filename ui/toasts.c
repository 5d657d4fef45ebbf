#include "ui/toasts.h"

#define TOASTS "scope-toasts"
/* Longer than a toast that no other makes room for takes to come in, in the overlay's frames. */
#define ENTRANCE_MS 350

/* Of one overlay, which holds it. */
typedef struct {
  AdwToastOverlay *overlay;
  GQueue waiting;         /* AdwToast */
  AdwToast *shown;        /* weak; NULL: none */
  AdwAnimation *entrance; /* plays while SHOWN comes in */
  gboolean leaves;        /* SHOWN was dismissed meanwhile */
  guint turn;             /* source */
} Toasts;

static void show_next (Toasts *self);

/* A toast that was dismissed is told so by the signal itself: adw_toast_dismiss() does nothing the
 * second time. */
static void
move_on (Toasts *self)
{
  if (self->shown == NULL)
    show_next (self);
  else if (self->leaves)
    g_signal_emit_by_name (self->shown, "dismissed");
}

static gboolean
turn_cb (gpointer toasts)
{
  Toasts *self = toasts;
  self->turn = 0;
  move_on (self);
  return G_SOURCE_REMOVE;
}

/* In a turn of its own: libadwaita may be at work on the toast that comes in, or on what it was. */
static void
move_on_next_turn (Toasts *self)
{
  if (self->turn == 0)
    self->turn = g_idle_add (turn_cb, self);
}

static void
gone_cb (gpointer toasts, GObject *was)
{
  Toasts *self = toasts;
  self->shown = NULL;
  move_on_next_turn (self);
}

static void
dismissed_cb (AdwToast *toast, Toasts *self)
{
  if (adw_animation_get_state (self->entrance) != ADW_ANIMATION_PLAYING)
    return;
  self->leaves = TRUE;
  g_signal_stop_emission_by_name (toast, "dismissed");
}

static void
show_next (Toasts *self)
{
  gboolean goes = gtk_widget_get_root (GTK_WIDGET (self->overlay)) == NULL;
  if (self->shown != NULL || goes || g_queue_is_empty (&self->waiting))
    return;
  self->shown = g_queue_pop_head (&self->waiting);
  self->leaves = FALSE;
  g_object_weak_ref (G_OBJECT (self->shown), gone_cb, self);
  g_signal_connect (self->shown, "dismissed", G_CALLBACK (dismissed_cb), self);
  adw_animation_play (self->entrance);
  adw_toast_overlay_add_toast (self->overlay, self->shown);
}

static void
value_cb (double value, gpointer data)
{
}

static Toasts *
toasts_new (AdwToastOverlay *overlay)
{
  Toasts *self = g_new0 (Toasts, 1);
  AdwAnimationTarget *nothing = adw_callback_animation_target_new (value_cb, NULL, NULL);
  self->overlay = overlay;
  self->entrance = adw_timed_animation_new (GTK_WIDGET (overlay), 0, 1, ENTRANCE_MS, nothing);
  g_signal_connect_swapped (self->entrance, "done", G_CALLBACK (move_on_next_turn), self);
  return self;
}

static void
toasts_free (gpointer toasts)
{
  Toasts *self = toasts;
  if (self->shown != NULL) {
    g_object_weak_unref (G_OBJECT (self->shown), gone_cb, self);
    g_signal_handlers_disconnect_by_data (self->shown, self);
  }
  g_signal_handlers_disconnect_by_data (self->entrance, self);
  g_object_unref (self->entrance);
  g_clear_handle_id (&self->turn, g_source_remove);
  g_queue_clear_full (&self->waiting, g_object_unref);
  g_free (self);
}

void
scope_toasts_add (AdwToastOverlay *overlay, AdwToast *toast)
{
  g_return_if_fail (ADW_IS_TOAST_OVERLAY (overlay) && ADW_IS_TOAST (toast));
  Toasts *self = g_object_get_data (G_OBJECT (overlay), TOASTS);
  if (self == NULL) {
    self = toasts_new (overlay);
    g_object_set_data_full (G_OBJECT (overlay), TOASTS, self, toasts_free);
  }
  g_queue_push_tail (&self->waiting, toast);
  show_next (self);
}

void
scope_toasts_say (AdwToastOverlay *overlay, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  scope_toasts_add (overlay, adw_toast_new (escaped));
}
