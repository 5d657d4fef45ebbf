/* test-frame: the window's row of tabs has the form that fits in the very frame in which its room
 * changes, with whole names, and keeps the focus; views that nobody sees are hidden. */
#include "harness.h"
#include "ui/curtain.h"
#include "ui/first-fit.h"

#define FORMS 3

static const int widths[] = { 480, 700, 900, 960, 1024, 1400, 1500, 1920 };

typedef struct {
  ScopeWindow *window;
  GtkWidget *tabs, *forms[FORMS]; /* the widest first */
  guint seen[FORMS];              /* frames */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = harness_sample ("rescue-mamba2-5m", "the-letter.txt", "map");
  self->tabs = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_FIRST_FIT);
  GtkWidget *form = gtk_widget_get_first_child (self->tabs);
  for (guint k = 0; k < FORMS; k++, form = gtk_widget_get_next_sibling (form))
    self->forms[k] = form;
  g_assert_null (form);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  harness_assert_gone (self->window);
}

static int
least (GtkWidget *widget)
{
  int least;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

static guint
form_that_fits (Fixture *self)
{
  int width = gtk_widget_get_width (self->tabs);
  guint form = 0;
  while (form < FORMS - 1 && least (self->forms[form]) > width)
    form++;
  return form;
}

static void
painted_cb (Fixture *self)
{
  guint form = form_that_fits (self);
  for (guint k = 0; k < FORMS; k++)
    g_assert_cmpint (gtk_widget_get_mapped (self->forms[k]), ==, k == form);
  g_assert_cmpint (gtk_widget_get_width (self->forms[form]), >=, least (self->forms[form]));
  self->seen[form]++;
}

/* To WIDTH, or as near as it comes: what folds makes room for the next try. */
static void
resize (Fixture *self, int width)
{
  GtkWidget *window = GTK_WIDGET (self->window);
  int before;
  do {
    before = gtk_widget_get_width (window);
    gtk_window_set_default_size (GTK_WINDOW (window), width, 800);
    harness_run_for (150);
    harness_rest (self->window);
  } while (gtk_widget_get_width (window) != before);
}

static void
move_sidebar (Fixture *self)
{
  AdwFlap *flap = ADW_FLAP (harness_find (GTK_WIDGET (self->window), ADW_TYPE_FLAP));
  g_action_group_activate_action (G_ACTION_GROUP (self->window), "toggle-sidebar", NULL);
  double end = adw_flap_get_reveal_flap (flap) ? 1 : 0;
  HARNESS_AWAIT (G_APPROX_VALUE (adw_flap_get_reveal_progress (flap), end, 1e-6));
}

/* The sidebar slides, which takes the tabs' room away bit by bit. */
static void
test_forms (Fixture *self, gconstpointer data)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));
  gulong handler = g_signal_connect_swapped (clock, "after-paint", G_CALLBACK (painted_cb), self);
  for (guint k = 0; k < G_N_ELEMENTS (widths); k++) {
    resize (self, widths[k]);
    move_sidebar (self);
    move_sidebar (self);
  }
  g_signal_handler_disconnect (clock, handler);
  for (guint k = 0; k < FORMS; k++)
    g_assert_cmpuint (self->seen[k], >, 0);
}

static void
assert_names_whole (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget))
    g_assert_false (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (widget))));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    assert_names_whole (child);
}

/* Also where the text grows while the window is there. */
static void
test_names (Fixture *self, gconstpointer data)
{
  for (int scale = 1; scale <= 2; scale++) {
    g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", scale * 96 * 1024, NULL);
    for (guint k = 0; k < G_N_ELEMENTS (widths); k++) {
      resize (self, widths[k]);
      assert_names_whole (self->tabs);
    }
  }
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024, NULL);
}

/* A form that goes with the focus leaves it to the next one. */
static void
test_focus (Fixture *self, gconstpointer data)
{
  resize (self, 1920);
  g_assert_true (gtk_widget_child_focus (self->forms[0], GTK_DIR_TAB_FORWARD));
  resize (self, 480);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self->window));
  g_assert_nonnull (focus);
  g_assert_true (gtk_widget_is_ancestor (focus, self->forms[form_that_fits (self)]));
}

static void
assert_hidden_unless_seen (AdwViewStack *stack, const char *name, const char *shown)
{
  GtkWidget *page = adw_view_stack_get_child_by_name (stack, name);
  g_assert_true (SCOPE_IS_CURTAIN (page));
  GtkWidget *view = adw_bin_get_child (ADW_BIN (page));
  g_assert_cmpint (gtk_widget_get_visible (view), ==, g_str_equal (name, shown));
  g_assert_cmpint (gtk_widget_get_mapped (view), ==, g_str_equal (name, shown));
}

static void
test_unseen (Fixture *self, gconstpointer data)
{
  AdwViewStack *stack
      = ADW_VIEW_STACK (harness_find (GTK_WIDGET (self->window), ADW_TYPE_VIEW_STACK));
  g_auto (GStrv) names = harness_views (self->window);
  for (guint shown = 0; names[shown] != NULL; shown++) {
    g_assert_true (scope_window_show_view (self->window, names[shown]));
    harness_rest (self->window);
    for (guint k = 0; names[k] != NULL; k++)
      assert_hidden_unless_seen (stack, names[k], names[shown]);
  }
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } cases[] = { { "/ui/frame/tabs/forms", test_forms },
                { "/ui/frame/tabs/names", test_names },
                { "/ui/frame/tabs/focus", test_focus },
                { "/ui/frame/views/unseen", test_unseen } };
  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    g_test_add (cases[k].path, Fixture, NULL, set_up, cases[k].test, tear_down);
  return g_test_run ();
}
