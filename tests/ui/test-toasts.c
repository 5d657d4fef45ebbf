/* test-toasts: toasts that are dismissed at once, by whoever, come and leave one after another, and
 * go with their window. */
#include "harness.h"
#include "ui/toasts.h"

#define COUNT 3

typedef struct {
  GtkWindow *window;
  AdwToastOverlay *overlay;
  gpointer toasts[COUNT]; /* weak */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = GTK_WINDOW (gtk_window_new ());
  self->overlay = ADW_TOAST_OVERLAY (adw_toast_overlay_new ());
  gtk_window_set_child (self->window, GTK_WIDGET (self->overlay));
  gtk_window_set_default_size (self->window, 400, 300);
  gtk_window_present (self->window);
  HARNESS_AWAIT (gtk_widget_get_mapped (GTK_WIDGET (self->overlay)));
  harness_run_for (100);
  for (guint k = 0; k < COUNT; k++) {
    char title[] = { (char)('a' + k), '\0' };
    self->toasts[k] = adw_toast_new (title);
    adw_toast_set_timeout (self->toasts[k], 0);
    g_object_add_weak_pointer (self->toasts[k], &self->toasts[k]);
    scope_toasts_add (self->overlay, self->toasts[k]);
  }
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  gtk_window_destroy (self->window);
  for (guint k = 0; k < COUNT; k++)
    HARNESS_AWAIT (self->toasts[k] == NULL);
}

static gboolean
is_shown (Fixture *self, guint toast)
{
  char title[] = { (char)('a' + toast), '\0' };
  return harness_says (GTK_WIDGET (self->overlay), title);
}

/* Again and again, while it comes in and while it leaves. */
static void
test_dismissed (Fixture *self, gconstpointer data)
{
  for (guint k = 0; k < COUNT; k++) {
    HARNESS_AWAIT (is_shown (self, k));
    for (guint other = k + 1; other < COUNT; other++)
      g_assert_false (is_shown (self, other));
    guint alarm = harness_alarm ("a toast leaves");
    while (self->toasts[k] != NULL) {
      adw_toast_dismiss (self->toasts[k]);
      g_main_context_iteration (NULL, TRUE);
    }
    g_source_remove (alarm);
    g_assert_false (is_shown (self, k));
  }
}

/* The window goes while one comes in and the others wait. */
static void
test_window (Fixture *self, gconstpointer data)
{
  HARNESS_AWAIT (is_shown (self, 0));
  adw_toast_dismiss (self->toasts[0]);
}

/* The first leaves, and its window goes. */
static void
test_leaving (Fixture *self, gconstpointer data)
{
  HARNESS_AWAIT (is_shown (self, 0));
  harness_run_for (600);
  adw_toast_dismiss (self->toasts[0]);
  harness_run_for (50);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add ("/ui/toasts/dismissed", Fixture, NULL, set_up, test_dismissed, tear_down);
  g_test_add ("/ui/toasts/window", Fixture, NULL, set_up, test_window, tear_down);
  g_test_add ("/ui/toasts/leaving", Fixture, NULL, set_up, test_leaving, tear_down);
  return g_test_run ();
}
