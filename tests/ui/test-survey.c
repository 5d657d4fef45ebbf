/* The window of what θ and C do: its words against mambascope-cli's numbers, what it puts into the
 * filter, what it says of a text that is too short; and nothing is left behind. */
#include <string.h>

#include "harness.h"
#include "session/survey.h"
#include "test-support.h"
#include "ui/number-grid.h"

#define MODEL      "rescue-mamba2-5m" /* trained at 256 tokens */
#define CHARACTERS 2000               /* some 500 tokens */
#define HEADS      8
#define LAYERS     8
#define TOP        2 /* 10 % */
#define THETA      6 /* 0.001 */

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  GtkWidget *survey;
  char *text;
} Fixture;

static GtkWidget *
find (GtkWidget *widget, const char *id)
{
  if (g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), id) == 0)
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, id);
  return found;
}

static GtkWidget *
find_survey (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *item = windows; item != NULL; item = item->next)
    if (g_str_equal (G_OBJECT_TYPE_NAME (item->data), "ScopeSurveyWindow")
        && gtk_widget_get_mapped (item->data))
      return item->data;
  return NULL;
}

static void
open_survey (Fixture *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->window), "survey", NULL);
  HARNESS_AWAIT (find_survey () != NULL);
  self->survey = find_survey ();
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = scope_test_folder (), *contents = NULL;
  g_autofree char *story
      = g_build_filename (scope_test_samples (), "texts", "the-tide-books.txt", NULL);
  g_autofree char *model = g_build_filename (scope_test_samples (), "models", MODEL, NULL);
  self->window = harness_window ();
  self->session = scope_window_get_session (self->window);
  self->text = g_build_filename (folder, "text.txt", NULL);
  g_assert_true (g_file_get_contents (story, &contents, NULL, NULL));
  g_assert_true (g_file_set_contents (self->text, contents, CHARACTERS, NULL));
  scope_window_open (self->window, model, self->text);
  harness_rest (self->window);
  open_survey (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  harness_assert_gone (self->window); /* and the other with it */
  g_assert_null (find_survey ());
  g_free (self->text);
}

static const char *
words (Fixture *self)
{
  return gtk_label_get_text (GTK_LABEL (find (self->survey, "words")));
}

static ScopeNumberGrid *
grid (Fixture *self, const char *id)
{
  return SCOPE_NUMBER_GRID (find (self->survey, id));
}

/* The rows of "sensitivity", header first. */
static char **
command_rows (Fixture *self)
{
  const char *const arguments[] = { NULL };
  gsize length;
  g_autofree char *csv = harness_cli (g_getenv ("SCOPE_TEST_CLI"), "sensitivity", self->session,
                                      "sensitivity.csv", arguments, &length);
  g_autofree char *text = g_strndup (csv, length);
  return g_strsplit (g_strstrip (text), "\n", -1);
}

/* layer,top,theta,channels,global,kept_fraction,delta_ratio,unfiltered_ratio */
static char **
command_row (char **rows, gsize layer, gsize top, gsize theta)
{
  gsize at = (layer * SCOPE_SENSITIVITY_TOPS + top) * SCOPE_SENSITIVITY_THETAS + theta;
  g_assert_cmpuint (at + 1, <, g_strv_length (rows));
  return g_strsplit (rows[at + 1], ",", -1);
}

/* What follows BEHIND in the words is VALUE, to the three digits that are shown. */
static void
assert_said (Fixture *self, const char *behind, double value)
{
  const char *at = strstr (words (self), behind);
  g_assert_nonnull (at);
  g_assert_cmpfloat_with_epsilon (harness_number (at + strlen (behind)), value,
                                  0.005 * value + 1e-12);
}

static void
test_numbers (Fixture *self, gconstpointer data)
{
  g_auto (GStrv) rows = command_rows (self);
  HARNESS_AWAIT (g_str_has_prefix (words (self), "All layers"));
  for (gsize layer = 0; layer < LAYERS; layer++) {
    g_auto (GStrv) row = command_row (rows, layer, TOP, THETA);
    scope_number_grid_set_cursor (grid (self, "choice"), TOP, THETA);
    scope_number_grid_set_cursor (grid (self, "by_layer"), (guint)layer + 1, THETA);
    g_autofree char *head
        = g_strdup_printf ("Layer %" G_GSIZE_FORMAT ", θ 0.001, C 10 %%: %s of %d heads are global",
                           layer, row[4], HEADS);
    g_assert_cmpint (strncmp (words (self), head, strlen (head)), ==, 0);
    if (g_str_equal (row[4], "0"))
      continue;
    assert_said (self, "keep ", 100 * g_ascii_strtod (row[5], NULL));
    assert_said (self, "ΣΔ is ", g_ascii_strtod (row[6], NULL));
    assert_said (self, "unfiltered ", g_ascii_strtod (row[7], NULL));
  }
}

/* All layers together have as many global heads as the layers. */
static void
test_all (Fixture *self, gconstpointer data)
{
  g_auto (GStrv) rows = command_rows (self);
  guint64 global = 0;
  HARNESS_AWAIT (g_str_has_prefix (words (self), "All layers"));
  scope_number_grid_set_cursor (grid (self, "choice"), TOP, THETA);
  for (gsize layer = 0; layer < LAYERS; layer++) {
    g_auto (GStrv) row = command_row (rows, layer, TOP, THETA);
    global += g_ascii_strtoull (row[4], NULL, 10);
  }
  g_autofree char *head = g_strdup_printf (
      "All layers, θ 0.001, C 10 %%: %" G_GUINT64_FORMAT " of %d heads", global, HEADS * LAYERS);
  g_assert_cmpint (strncmp (words (self), head, strlen (head)), ==, 0);
  g_assert_cmpuint (scope_number_grid_get_column (grid (self, "by_layer")), ==, THETA);
}

/* What is chosen is put into the filter, beside what it says already, and can be taken back. */
static void
test_use (Fixture *self, gconstpointer data)
{
  HARNESS_AWAIT (g_str_has_prefix (words (self), "All layers"));
  g_assert_true (scope_session_set_filter (self->session, "longmamba:gate=300,top=0.2", NULL));
  scope_number_grid_set_cursor (grid (self, "choice"), TOP, THETA);
  gtk_widget_activate_action (self->survey, "survey.use", NULL);
  g_assert_true (scope_session_get_filter_on (self->session));
  g_assert_cmpstr (scope_session_get_filter (self->session), ==,
                   "longmamba:gate=300,top=0.1,theta=0.001");
  harness_rest (self->window);
  g_assert_true (scope_session_set_filter (self->session, "decimamba", NULL));
  gtk_widget_activate_action (self->survey, "survey.use", NULL);
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "longmamba:top=0.1,theta=0.001");
  harness_rest (self->window);
  g_autofree char *undone = scope_session_undo (self->session);
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "decimamba");
  harness_rest (self->window);
}

static void
test_short (Fixture *self, gconstpointer data)
{
  harness_open_sample (self->window, MODEL, "the-letter.txt");
  HARNESS_AWAIT (harness_says (self->survey, "This text has 100 tokens. θ and C act beyond the "
                                             "training length, 256: open a longer one."));
  harness_rest (self->window);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = { { "/ui/survey/numbers", test_numbers },
                { "/ui/survey/all", test_all },
                { "/ui/survey/use", test_use },
                { "/ui/survey/short", test_short } };
  harness_init (&argc, &argv);
  for (guint k = 0; k < G_N_ELEMENTS (tests); k++)
    g_test_add (tests[k].name, Fixture, NULL, set_up, tests[k].test, tear_down);
  return g_test_run ();
}
