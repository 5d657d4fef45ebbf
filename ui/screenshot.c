#include "ui/screenshot.h"

#include <math.h>

#include "ui/stopwatch.h"

#define POLL_MS     40
#define STILL_POLLS 6    /* settled for so long: transitions of the last change are over */
#define READ        0.25 /* of the text, while a busy window is pictured */
#define GIVE_UP_MS  (300 * 1000)

typedef struct {
  ScopeWindow *window;
  char *path;
  int *status;
  gboolean filter_on; /* wanted */
  ScopeScene scene;
  gboolean opened; /* the scene */
  guint changes;   /* begun */
  ScopeStopwatch *stopwatch;
  guint still, waited;
} Shot;

static void
shot_free (Shot *self)
{
  g_clear_pointer (&self->stopwatch, scope_stopwatch_free);
  g_object_unref (self->window);
  g_free (self->path);
  g_free (self);
}

void
scope_screenshot_prepare (gboolean dark, gboolean large_text)
{
  const int dpi = 96 * PANGO_SCALE;
  GtkSettings *settings = gtk_settings_get_default ();
  g_object_set (settings, "gtk-enable-animations", FALSE, "gtk-font-name", "Cantarell 11",
                "gtk-xft-dpi", large_text ? 2 * dpi : dpi, "gtk-xft-antialias", 1,
                "gtk-xft-hinting", 1, "gtk-xft-hintstyle", "hintslight", "gtk-xft-rgba", "none",
                "gtk-cursor-blink", FALSE, NULL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                           : ADW_COLOR_SCHEME_FORCE_LIGHT);
}

/* Indicators that come and go by the clock. */
static void
hide_indicators (GdkDisplay *display)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_data (provider, "scrollbar.overlay-indicator { opacity: 0; }", -1);
  gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* The paintable's intrinsic size is the widget's own; any other would scale the picture. It has the
 * screen's pixels: two for one where GDK_SCALE says so. */
static gboolean
write_picture (Shot *self, GtkWidget *window)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  int width = gdk_paintable_get_intrinsic_width (paintable);
  int height = gdk_paintable_get_intrinsic_height (paintable);
  int scale = gtk_widget_get_scale_factor (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gtk_snapshot_scale (snapshot, (float)scale, (float)scale);
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return FALSE;
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (window));
  graphene_rect_t viewport
      = GRAPHENE_RECT_INIT (0, 0, (float)(width * scale), (float)(height * scale));
  g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (renderer, node, &viewport);
  gsk_render_node_unref (node);
  return gdk_texture_save_to_png (texture, self->path);
}

static gboolean
finish (Shot *self, const char *failure)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self->window));
  if (failure != NULL) {
    g_printerr ("mambascope: %s\n", failure);
    *self->status = 1;
  }
  gtk_window_close (GTK_WINDOW (self->window));
  if (application != NULL)
    g_application_quit (G_APPLICATION (application));
  shot_free (self);
  return G_SOURCE_REMOVE;
}

static void
switch_on (ScopeSession *session)
{
  scope_session_set_filter_on (session, TRUE);
}

/* As a slider's least step: the network is run anew, from a table that is there by now. */
static void
move_theta (ScopeSession *session)
{
  scope_session_set_theta (session, scope_session_get_theta (session) * 0.999);
}

/* The picture shows the default. */
static void
reset_theta (ScopeSession *session)
{
  scope_session_set_theta (session, NAN);
}

/* The next thing to time, if one is left; θ is moved only where $MAMBASCOPE_TIMES asks for it. */
static gboolean
next_change (Shot *self)
{
  static const struct {
    const char *what;
    ScopeStopwatchChange change;
  } changes[] = { { "switch", switch_on }, { "θ moved", move_theta }, { "θ reset", reset_theta } };
  guint count = g_getenv ("MAMBASCOPE_TIMES") != NULL ? G_N_ELEMENTS (changes) : 1;
  if (self->stopwatch != NULL) {
    g_autofree char *times = scope_stopwatch_describe (self->stopwatch);
    g_print ("%s to painted map: %s\n", changes[self->changes - 1].what, times);
    g_clear_pointer (&self->stopwatch, scope_stopwatch_free);
  }
  if (!self->filter_on || self->changes == count)
    return FALSE;
  self->stopwatch = scope_stopwatch_start (self->window, changes[self->changes++].change);
  return TRUE;
}

static gboolean
is_settled (Shot *self, gboolean *failed)
{
  GtkWidget *shown = scope_scene_window (self->scene, self->window);
  if (shown != NULL) /* the frame that stands in for a shadow is no part of the window */
    gtk_widget_remove_css_class (shown, "solid-csd");
  gboolean settled = scope_window_is_settled (self->window, failed);
  /* Not while the model is opened, which is over before the window is as it will be. */
  gboolean reading = scope_session_get_model (scope_window_get_session (self->window)) != NULL;
  if (self->scene == SCOPE_SCENE_BUSY && !*failed)
    return !settled && reading && scope_scene_progress (GTK_WIDGET (self->window)) > READ;
  return settled && (!self->opened || (shown != NULL && scope_scene_is_still (shown)));
}

static gboolean
take (Shot *self)
{
  g_autofree char *message = NULL;
  if (!write_picture (self, scope_scene_window (self->scene, self->window)))
    message = g_strdup_printf ("%s: the picture cannot be written", self->path);
  return finish (self, message);
}

/* What is to be done before the picture; FALSE: nothing more. */
static gboolean
prepare (Shot *self)
{
  if (next_change (self))
    return TRUE;
  if (self->opened || !scope_scene_open (self->scene, self->window))
    return FALSE;
  self->opened = TRUE;
  return TRUE;
}

static gboolean
poll_cb (gpointer data)
{
  Shot *self = data;
  gboolean failed = FALSE;
  self->still = is_settled (self, &failed) ? self->still + 1 : 0;
  self->waited += POLL_MS;
  if (self->waited > GIVE_UP_MS)
    return finish (self, "the window did not come to rest");
  if (self->still < (self->scene == SCOPE_SCENE_BUSY ? 2 : STILL_POLLS))
    return G_SOURCE_CONTINUE;
  if (failed)
    return self->scene == SCOPE_SCENE_ERROR
               ? take (self)
               : finish (self, scope_window_get_message (self->window));
  if (prepare (self)) {
    self->still = 0;
    return G_SOURCE_CONTINUE;
  }
  return take (self);
}

void
scope_screenshot_take (ScopeWindow *window, const char *path, gboolean filter_on, ScopeScene scene,
                       int *status)
{
  Shot *self = g_new0 (Shot, 1);
  self->window = g_object_ref (window);
  self->path = g_strdup (path);
  self->status = status;
  self->filter_on = filter_on;
  self->scene = scene;
  /* Wherever the pointer happens to be, it points at nothing. */
  gtk_widget_set_can_target (GTK_WIDGET (window), FALSE);
  hide_indicators (gtk_widget_get_display (GTK_WIDGET (window)));
  g_timeout_add (POLL_MS, poll_cb, self);
}
