/* The inspector in a real window: what it shows against sums of our own in double, what its
 * controls set, what it says of wrong input; and nothing is left behind. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "compute/registry.h"
#include "harness.h"
#include "session/what-if.h"
#include "test-support.h"
#include "ui/bar-strip.h"
#include "ui/fact-row.h"
#include "ui/filter-field.h"
#include "ui/inspector.h"
#include "ui/map-view.h"
#include "ui/term-list.h"

#define TOKENS 61
#define ROW    50
#define COLUMN 33
/* The screen shows four digits of numbers that the session has in single precision. */
#define SHOWN 1e-3

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  GtkWidget *inspector;
  char *folder;
  gint32 ids[TOKENS];
  /* The same in double. */
  ScopeModel *model;
  const ScopeConfig *config;
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeTrace *trace;
  ScopeLayerTrace *layer; /* the selected one */
} Fixture;

/* --- waiting, finding ---------------------------------------------------------------------------
 */

static GtkWidget *
find (GtkWidget *widget, GType type, const char *id)
{
  gboolean right = g_type_is_a (G_OBJECT_TYPE (widget), type);
  const char *name = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));
  if (right && (id == NULL || g_strcmp0 (name, id) == 0))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type, id);
  return found;
}

/* SECTION: "cell", "channel", ... */
static GtkWidget *
in_section (Fixture *self, const char *section, GType type, const char *id)
{
  GtkWidget *found = find (find (self->inspector, GTK_TYPE_WIDGET, section), type, id);
  g_assert_nonnull (found);
  return found;
}

static const char *
fact (Fixture *self, const char *section, const char *id)
{
  return scope_fact_row_get_value (
      SCOPE_FACT_ROW (in_section (self, section, SCOPE_TYPE_FACT_ROW, id)));
}

/* --- numbers as they are shown ------------------------------------------------------------------
 */

static void
assert_near (double shown, double own)
{
  g_assert_cmpfloat_with_epsilon (shown, own, SHOWN * fabs (own) + 1e-12);
}

/* --- the window, and the same in double ---------------------------------------------------------
 */

static void
write_text (Fixture *self)
{
  g_autoptr (GString) json = g_string_new ("[");
  g_autofree char *path = g_build_filename (self->folder, "ids.json", NULL);
  for (int i = 0; i < TOKENS; i++) {
    self->ids[i] = i * 7 % 37;
    g_string_append_printf (json, "%s%d", i > 0 ? "," : "", self->ids[i]);
  }
  g_string_append_c (json, ']');
  g_assert_true (scope_file_write (path, json->str, json->len, NULL));
}

static void
open_window (Fixture *self)
{
  g_autofree char *text = g_strconcat ("@", self->folder, "/ids.json", NULL);
  self->window = SCOPE_WINDOW (scope_window_new (NULL));
  scope_window_set_transient_size (self->window, 1200, 900);
  gtk_window_present (GTK_WINDOW (self->window));
  self->session = scope_window_get_session (self->window);
  scope_window_open (self->window, self->folder, text);
  harness_rest (self->window);
  self->inspector = find (GTK_WIDGET (self->window), SCOPE_TYPE_INSPECTOR, NULL);
  g_assert_nonnull (self->inspector);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .train_length = 20, .seed = 77 };
  self->folder = scope_test_random_model (&shape);
  write_text (self);
  self->model = scope_model_open (self->folder, NULL, NULL);
  self->config = scope_model_config (self->model);
  self->backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_REFERENCE, NULL);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, NULL);
  self->trace = scope_schedule_run (self->schedule, self->ids, TOKENS, NULL,
                                    SCOPE_RUN_KEEP_RESIDUAL, NULL, NULL);
  open_window (self);
  self->layer
      = scope_trace_layer (self->trace, scope_session_get_layer (self->session), NULL, NULL, NULL);
  g_assert_nonnull (self->layer);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  ScopeWindow *window = self->window;
  ScopeSession *session = g_object_ref (self->session);
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *)&window);
  gtk_window_destroy (GTK_WINDOW (window));
  gint64 end = g_get_monotonic_time () + 300000;
  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  g_assert_null (window);
  g_assert_finalize_object (session);
  scope_layer_trace_unref (self->layer);
  scope_trace_unref (self->trace);
  scope_schedule_unref (self->schedule);
  scope_backend_close (self->backend);
  scope_model_unref (self->model);
  g_free (self->folder);
}

static double
part (Fixture *self, ScopeLayerPart which, gsize row, gsize column)
{
  const ScopeMatrix *matrix = scope_layer_trace_matrix (self->layer, which, NULL);
  return scope_matrix_get (matrix, row, column);
}

/* One state's term of cell (ROW, COLUMN) of the selected channel. */
static double
own_term (Fixture *self, gsize n)
{
  gsize channel = scope_session_get_channel (self->session);
  double term = part (self, SCOPE_LAYER_C, ROW, n) * part (self, SCOPE_LAYER_B, COLUMN, n)
                * part (self, SCOPE_LAYER_DELTA, COLUMN, channel);
  for (gsize t = COLUMN + 1; t <= ROW; t++)
    term *= exp (part (self, SCOPE_LAYER_A, channel, n)
                 * part (self, SCOPE_LAYER_DELTA, t, channel));
  return term;
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static gboolean
press (GtkWidget *widget, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean handled = FALSE;
  for (guint k = 0; k < g_list_model_get_n_items (controllers) && !handled; k++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, k);
    if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
      g_signal_emit_by_name (controller, "key-pressed", key, 0, 0, &handled);
  }
  return handled;
}

/* --- the cell -----------------------------------------------------------------------------------
 */

static void
test_cell (Fixture *self, gconstpointer data)
{
  scope_session_select (self->session, ROW, COLUMN);
  harness_rest (self->window);
  double sum = 0;
  for (gsize n = 0; n < self->config->d_state; n++)
    sum += own_term (self, n);
  GtkLabel *value = GTK_LABEL (in_section (self, "cell", GTK_TYPE_LABEL, "value"));
  g_assert_true (g_str_has_prefix (gtk_label_get_text (value), "α = "));
  assert_near (harness_number (gtk_label_get_text (value) + strlen ("α = ")), sum);
  assert_near (harness_number (fact (self, "cell", "sum")), sum);
  assert_near (harness_number (fact (self, "cell", "map")), sum);
  g_assert_true (g_str_has_prefix (fact (self, "cell", "difference"), "to "));

  GtkWidget *bars = in_section (self, "cell", SCOPE_TYPE_BAR_STRIP, "bars");
  GtkLabel *state = GTK_LABEL (in_section (self, "cell", GTK_TYPE_LABEL, "state"));
  g_assert_cmpuint (scope_bar_strip_get_count (SCOPE_BAR_STRIP (bars)), ==, self->config->d_state);
  g_assert_true (gtk_widget_get_focusable (bars));
  for (gsize n = 0; n < self->config->d_state; n++) {
    g_assert_true (press (bars, n == 0 ? GDK_KEY_Home : GDK_KEY_Right));
    g_autofree char *begin = g_strdup_printf ("State %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ": ",
                                              n + 1, self->config->d_state);
    g_assert_true (g_str_has_prefix (gtk_label_get_text (state), begin));
    assert_near (harness_number (gtk_label_get_text (state) + strlen (begin)), own_term (self, n));
    double product = harness_number (fact (self, "cell", "c"))
                     * harness_number (fact (self, "cell", "decay"))
                     * harness_number (fact (self, "cell", "b"))
                     * harness_number (fact (self, "cell", "delta"));
    g_assert_cmpfloat_with_epsilon (product, own_term (self, n),
                                    4 * SHOWN * fabs (own_term (self, n)) + 1e-12);
  }
  g_assert_true (press (bars, GDK_KEY_Right)); /* at the last it stays */
  g_assert_cmpuint (scope_bar_strip_get_selected (SCOPE_BAR_STRIP (bars)), ==,
                    self->config->d_state - 1);
}

static GtkEventController *
motion_of (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint k = 0; k < g_list_model_get_n_items (controllers); k++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, k);
    if (GTK_IS_EVENT_CONTROLLER_MOTION (controller))
      return controller;
  }
  g_assert_not_reached ();
}

/* The pointer crosses the map on its way to the inspector: what was clicked is what is inspected.
 */
static void
test_pointer (Fixture *self, gconstpointer data)
{
  GtkWidget *map = find (GTK_WIDGET (self->window), SCOPE_TYPE_MAP_VIEW, NULL);
  GtkEventController *motion = motion_of (map);
  double x = gtk_widget_get_width (map) * 0.3, y = gtk_widget_get_height (map) * 0.6;
  g_signal_emit_by_name (motion, "motion", x, y);
  gsize row = scope_session_get_row (self->session);
  g_assert_cmpuint (row, !=, G_MAXSIZE);
  g_signal_emit_by_name (motion, "leave");
  g_assert_cmpuint (scope_session_get_row (self->session), ==, row); /* nothing was clicked */
  scope_session_select (self->session, ROW, COLUMN);
  g_signal_emit_by_name (motion, "motion", x + 3, y + 3);
  g_assert_cmpuint (scope_session_get_row (self->session), !=, ROW);
  g_signal_emit_by_name (motion, "leave");
  g_assert_cmpuint (scope_session_get_row (self->session), ==, ROW);
  g_assert_cmpuint (scope_session_get_column (self->session), ==, COLUMN);
  harness_rest (self->window);
}

static gsize
largest_state (Fixture *self)
{
  gsize best = 0;
  for (gsize n = 1; n < self->config->d_state; n++)
    best = own_term (self, n) > own_term (self, best) ? n : best;
  return best;
}

/* The first row of the list of terms, as labels in the order of its columns. */
static void
first_row (GtkWidget *widget, GPtrArray *out)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_has_css_class (widget, "numeric"))
    g_ptr_array_add (out, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && out->len < 6;
       child = gtk_widget_get_next_sibling (child))
    first_row (child, out);
}

/* GTK warns, which fails the test, of a place among rows that are not placed yet. */
static void
replace_while_scrolling (GtkWidget *list)
{
  double values[300] = { 0 };
  const ScopeCell cell = {
    .states = G_N_ELEMENTS (values), .c = values, .b = values, .decay = values, .term = values
  };
  gboolean scrolls = FALSE;
  scope_term_list_set_cell (SCOPE_TERM_LIST (list), &cell);
  harness_run_for (100);
  g_signal_emit_by_name (find (list, GTK_TYPE_SCROLLED_WINDOW, NULL), "scroll-child",
                         GTK_SCROLL_END, FALSE, &scrolls);
  g_assert_true (scrolls);
  harness_run_for (30);
  scope_term_list_set_cell (SCOPE_TERM_LIST (list), &cell);
  harness_run_for (100);
}

static void
test_terms (Fixture *self, gconstpointer data)
{
  scope_session_select (self->session, ROW, COLUMN);
  harness_rest (self->window);
  GtkMenuButton *button
      = GTK_MENU_BUTTON (in_section (self, "cell", GTK_TYPE_MENU_BUTTON, "terms_button"));
  gtk_menu_button_popup (button);
  harness_rest (self->window);
  GtkWidget *list
      = find (GTK_WIDGET (gtk_menu_button_get_popover (button)), SCOPE_TYPE_TERM_LIST, NULL);
  GtkColumnView *view = GTK_COLUMN_VIEW (find (list, GTK_TYPE_COLUMN_VIEW, NULL));
  GListModel *columns = gtk_column_view_get_columns (view);
  g_assert_cmpuint (g_list_model_get_n_items (columns), ==, 6);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (gtk_column_view_get_model (view))), ==,
                    self->config->d_state);
  g_autoptr (GtkColumnViewColumn) product = g_list_model_get_item (columns, 5);
  gtk_column_view_sort_by_column (view, product, GTK_SORT_DESCENDING);
  harness_rest (self->window);
  g_autoptr (GPtrArray) row = g_ptr_array_new ();
  first_row (list, row);
  g_assert_cmpuint (row->len, ==, 6);
  gsize best = largest_state (self);
  g_assert_cmpfloat (harness_number (gtk_label_get_text (row->pdata[0])), ==, (double)best + 1);
  assert_near (harness_number (gtk_label_get_text (row->pdata[5])), own_term (self, best));
  replace_while_scrolling (list);
  gtk_menu_button_popdown (button);
  harness_rest (self->window);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (gtk_column_view_get_model (view))), ==,
                    0);
}

static void
read_cb (GObject *clipboard, GAsyncResult *result, gpointer data)
{
  char **text = data;
  *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static void
test_copy (Fixture *self, gconstpointer data)
{
  static const char *const copies[][2] = {
    { "cell.copy-latex", "\\begin{align*}" },
    { "cell.copy-csv", "state,A,C,decay,delta,B,term" },
    { "cell.copy-json", "\"states\"" },
  };
  scope_session_select (self->session, ROW, COLUMN);
  harness_rest (self->window);
  GtkWidget *cell = find (self->inspector, GTK_TYPE_WIDGET, "cell");
  for (guint k = 0; k < G_N_ELEMENTS (copies); k++) {
    g_autofree char *text = NULL;
    g_assert_true (gtk_widget_activate_action (cell, copies[k][0], NULL));
    gdk_clipboard_read_text_async (gtk_widget_get_clipboard (cell), NULL, read_cb, &text);
    while (text == NULL)
      g_main_context_iteration (NULL, TRUE);
    g_assert_nonnull (strstr (text, copies[k][1]));
  }
}

/* --- the channel --------------------------------------------------------------------------------
 */

static void
test_channel (Fixture *self, gconstpointer data)
{
  for (gsize channel = 0; channel < 3; channel++) {
    double sum = 0;
    scope_session_set_channel (self->session, channel);
    harness_rest (self->window);
    for (gsize t = 0; t < TOKENS; t++)
      sum += part (self, SCOPE_LAYER_DELTA, t, channel);
    assert_near (harness_number (fact (self, "channel", "sum")), sum);
    assert_near (harness_number (fact (self, "channel", "mean")), sum / TOKENS);
    g_assert_cmpfloat (harness_number (fact (self, "channel", "target")), >, 0);
    g_autofree char *channels = g_strdup_printf (" of %" G_GSIZE_FORMAT, self->config->channels);
    g_assert_true (g_str_has_suffix (fact (self, "channel", "rank"), channels));
  }
}

/* --- the filter ---------------------------------------------------------------------------------
 */

static ScopeFilterField *
field (Fixture *self, const char *name)
{
  GtkWidget *form = in_section (self, "filter", GTK_TYPE_WIDGET, "form");
  GtkWidget *child = gtk_widget_get_parent (find (form, SCOPE_TYPE_FILTER_FIELD, NULL));
  for (child = gtk_widget_get_first_child (child); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (g_str_equal (scope_filter_field_get_parameter (SCOPE_FILTER_FIELD (child))->name, name))
      return SCOPE_FILTER_FIELD (child);
  g_assert_not_reached ();
}

static void
type (Fixture *self, const char *name, const char *text)
{
  GtkWidget *entry = find (GTK_WIDGET (field (self, name)), GTK_TYPE_ENTRY, NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  g_signal_emit_by_name (entry, "activate");
}

static const char *
complaint (Fixture *self, const char *name)
{
  GtkWidget *box = gtk_widget_get_first_child (GTK_WIDGET (field (self, name)));
  GtkWidget *label = gtk_widget_get_last_child (box);
  return gtk_widget_get_visible (label) ? gtk_label_get_text (GTK_LABEL (label)) : NULL;
}

static void
test_filter (Fixture *self, gconstpointer data)
{
  GtkWidget *form = in_section (self, "filter", GTK_TYPE_WIDGET, "form");
  GtkDropDown *method = GTK_DROP_DOWN (find (form, GTK_TYPE_DROP_DOWN, NULL));
  guint count = g_list_model_get_n_items (gtk_drop_down_get_model (method));
  g_assert_cmpuint (count, ==, scope_filter_count () - 1);
  for (guint k = 0; k < count; k++) { /* every method's own form, from its own description */
    gtk_drop_down_set_selected (method, k);
    const ScopeFilterInfo *info = scope_filter_info (k + 1);
    g_assert_cmpstr (scope_session_get_filter (self->session), ==, info->name);
    for (gsize p = 0; p < info->n_parameters; p++)
      g_assert_nonnull (field (self, info->parameters[p]->name));
  }
  gtk_drop_down_set_selected (method, 0);
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "longmamba");

  type (self, "top", "2");
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "longmamba");
  g_assert_true (g_str_has_prefix (complaint (self, "top"), "Expected "));
  type (self, "top", "0.1");
  g_assert_null (complaint (self, "top"));
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "longmamba:top=0.1");
  type (self, "theta", "nothing");
  g_assert_nonnull (complaint (self, "theta"));
  type (self, "theta", "0.25");
  g_assert_null (complaint (self, "theta"));
  g_assert_cmpfloat (scope_session_get_theta (self->session), ==, 0.25);

  /* What is set elsewhere is shown here. */
  g_assert_true (scope_session_set_filter (self->session, "longmamba:gate=7", NULL));
  g_autofree char *top = scope_filter_field_get_text (field (self, "top"));
  g_autofree char *gate = scope_filter_field_get_text (field (self, "gate"));
  g_assert_cmpstr (top, ==, NULL);
  g_assert_cmpstr (gate, ==, "7");
  harness_rest (self->window);
}

/* The perplexity of the last tokens, of the unfiltered network. */
static double
own_perplexity (Fixture *self, gsize scored)
{
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (self->trace, 0, TOKENS, NULL, NULL);
  double nll = 0;
  for (gsize t = TOKENS - 1 - scored; t < TOKENS - 1; t++) {
    double sum = 0;
    for (gsize v = 0; v < scope_matrix_columns (logits); v++)
      sum += exp (scope_matrix_get (logits, t, v));
    nll += log (sum) - scope_matrix_get (logits, t, (gsize)self->ids[t + 1]);
  }
  return exp (nll / (double)scored);
}

static gboolean
says (GtkWidget *label, gconstpointer text)
{
  return g_str_equal (gtk_label_get_text (GTK_LABEL (label)), text);
}

static gboolean
says_number (GtkWidget *label, gconstpointer own)
{
  const char *text = gtk_label_get_text (GTK_LABEL (label));
  return g_ascii_isdigit (*text)
         && fabs (harness_number (text) - *(const double *)own) <= SHOWN * *(const double *)own;
}

/* Some label that can be seen passes TEST. */
static gboolean
some_label (GtkWidget *widget, gboolean (*test) (GtkWidget *label, gconstpointer data),
            gconstpointer data)
{
  gboolean found = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && test (widget, data);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !found;
       child = gtk_widget_get_next_sibling (child))
    found = some_label (child, test, data);
  return found;
}

static gboolean
shows (GtkWidget *widget, const char *text)
{
  return some_label (widget, says, text);
}

static gboolean
shows_number (GtkWidget *widget, double own)
{
  return some_label (widget, says_number, &own);
}

static void
test_effect (Fixture *self, gconstpointer data)
{
  GtkWidget *effect = find (self->inspector, GTK_TYPE_WIDGET, "effect");
  g_assert_true (shows (effect, "Switch the filter on to see what it does to the next token."));
  scope_session_set_filter_on (self->session, TRUE);
  harness_rest (self->window);
  g_assert_true (shows_number (effect, own_perplexity (self, TOKENS - 1)));
  g_assert_true (shows (effect, "This layer"));
  g_assert_true (shows (effect, "Whole network"));
}

/* --- what if ------------------------------------------------------------------------------------
 */

static void
test_what_if (Fixture *self, gconstpointer data)
{
  GtkExpander *section
      = GTK_EXPANDER (find (self->inspector, GTK_TYPE_EXPANDER, "what_if_section"));
  gtk_expander_set_expanded (section, TRUE);
  scope_session_select (self->session, ROW, COLUMN);
  harness_rest (self->window);
  double delta = part (self, SCOPE_LAYER_DELTA, COLUMN, scope_session_get_channel (self->session));
  assert_near (harness_number (fact (self, "what_if", "delta")), delta);
  GtkRange *factor = GTK_RANGE (in_section (self, "what_if", GTK_TYPE_SCALE, "factor"));
  gtk_range_set_value (factor, 3);
  harness_rest (self->window);
  const char *change = fact (self, "what_if", "delta");
  assert_near (harness_number (change) / delta, 1);
  g_assert_cmpfloat_with_epsilon (harness_number (strstr (change, "→ ") + strlen ("→ ")), 3 * delta,
                                  6e-3 * delta); /* three digits are shown */
  GtkWidget *table = in_section (self, "what_if", GTK_TYPE_WIDGET, "table");
  g_assert_true (gtk_widget_get_mapped (table));
  g_assert_true (shows_number (table, own_perplexity (self, TOKENS - 1)));

  GtkEditable *value = GTK_EDITABLE (in_section (self, "what_if", GTK_TYPE_ENTRY, "value"));
  gtk_editable_set_text (value, "-2");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (value), "error"));
  gtk_editable_set_text (value, "0.5");
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (value), "error"));
  harness_rest (self->window);
  change = fact (self, "what_if", "delta");
  g_assert_cmpfloat_with_epsilon (harness_number (strstr (change, "→ ") + strlen ("→ ")), 0.5,
                                  1e-6);
  g_signal_emit_by_name (in_section (self, "what_if", GTK_TYPE_BUTTON, "reset"), "clicked");
  harness_rest (self->window);
  g_assert_null (strstr (fact (self, "what_if", "delta"), "→"));
  g_assert_cmpfloat (gtk_range_get_value (factor), ==, 1);
}

/* Which sections are open goes with the session. */
static void
test_sections (Fixture *self, gconstpointer data)
{
  GtkExpander *section = GTK_EXPANDER (find (self->inspector, GTK_TYPE_EXPANDER, "map_section"));
  gtk_expander_set_expanded (section, FALSE);
  harness_rest (self->window);
  g_autoptr (JsonObject) saved = scope_history_save (scope_session_get_history (self->session));
  g_assert_false (json_object_get_boolean_member (saved, "inspector.map"));
  g_assert_true (json_object_get_boolean_member (saved, "inspector.cell"));
  g_autofree char *undone = scope_session_undo (self->session);
  g_assert_nonnull (undone);
  g_assert_true (gtk_expander_get_expanded (section));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "cell", test_cell },     { "pointer", test_pointer }, { "terms", test_terms },
    { "copy", test_copy },     { "channel", test_channel }, { "filter", test_filter },
    { "effect", test_effect }, { "what-if", test_what_if }, { "sections", test_sections },
  };
  harness_init (&argc, &argv);
  SCOPE_TEST_ADD_EACH ("/ui/inspector/", Fixture, NULL, set_up, tests, tear_down);
  return g_test_run ();
}
