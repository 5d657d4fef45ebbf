#include "hands.h"

#include <math.h>
#include <string.h>

#include "input.h"
#include "ui/colour-bar-private.h"

void
hands_init (int *argc, char ***argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE); /* it keeps what a screen reader would hear */
  harness_init (argc, argv);
}

void
hands_set_up (Hands *self, gconstpointer view)
{
  self->window = harness_window_with_keys ();
  self->session = scope_window_get_session (self->window);
  harness_open_sample (self->window, "rescue-mamba2-5m", "pass-key.txt");
  harness_rest (self->window);
  g_assert_true (scope_window_show_view (self->window, view));
  harness_rest (self->window);
  g_assert_true (input_open (GTK_WINDOW (self->window)));
  self->map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_MAP_VIEW));
  self->bar = SCOPE_COLOUR_BAR (harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_COLOUR_BAR));
}

void
hands_tear_down (Hands *self, gconstpointer view)
{
  harness_rest (self->window);
  harness_assert_gone (self->window);
}

void
hands_point_at (Hands *self, gpointer widget, double x, double y)
{
  graphene_point_t at;
  g_assert_true (gtk_widget_compute_point (widget, GTK_WIDGET (self->window),
                                           &GRAPHENE_POINT_INIT ((float)x, (float)y), &at));
  input_move (at.x, at.y);
}

/* Events go through the X server: they are there once it has answered and GTK has drawn a frame. */
void
hands_drag (Hands *self, gpointer widget, double x, double y, double to_x, double to_y)
{
  const int steps = 6;
  hands_point_at (self, widget, x, y);
  harness_run_for (60);
  input_button (1, TRUE);
  harness_run_for (60);
  for (int k = 1; k <= steps; k++) {
    hands_point_at (self, widget, x + (to_x - x) * k / steps, y + (to_y - y) * k / steps);
    harness_run_for (30);
  }
  input_button (1, FALSE);
  harness_run_for (60);
}

void
hands_click_at (Hands *self, gpointer widget, double x, double y, guint button)
{
  hands_point_at (self, widget, x, y);
  harness_run_for (60);
  input_click (button);
  harness_run_for (60);
}

gboolean
hands_hears (gpointer widget, GtkAccessibleProperty property, const char *words)
{
  g_autofree char *spoken = harness_spoken (widget, property);
  return spoken != NULL && strstr (spoken, words) != NULL;
}

double
hands_heard (gpointer widget, GtkAccessibleProperty property, const char *words)
{
  g_autofree char *spoken = harness_spoken (widget, property);
  const char *at = spoken != NULL ? strstr (spoken, words) : NULL;
  if (at == NULL)
    g_error ("“%s” says nothing of “%s”", spoken, words);
  return harness_number (at + strlen (words));
}

static gboolean
can (Hands *self, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (self->window), action);
}

void
hands_undo (Hands *self)
{
  HARNESS_AWAIT (can (self, "undo"));
  input_key (GDK_KEY_z, GDK_CONTROL_MASK);
}

void
hands_redo (Hands *self)
{
  HARNESS_AWAIT (can (self, "redo"));
  input_key (GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
}

gboolean
hands_is_near (double a, double b, double tolerance)
{
  return fabs (a - b) <= tolerance * fabs (b);
}
