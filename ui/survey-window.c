#include "ui/survey-window.h"

#include <adwaita.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/filter-spec.h"
#include "session/survey.h"
#include "ui/focus.h"
#include "ui/format.h"
#include "ui/gradual.h"
#include "ui/number-grid.h"
#include "ui/spoken.h"
#include "ui/toasts.h"

#define FAR_LOG2   6.0 /* so many powers of two from its target, ΣΔ has the strongest ground */
#define LONGMAMBA  "longmamba"
#define ALL_LAYERS "All layers"

#define SCOPE_TYPE_SURVEY_WINDOW (scope_survey_window_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSurveyWindow, scope_survey_window, SCOPE, SURVEY_WINDOW, AdwWindow)

struct _ScopeSurveyWindow {
  AdwWindow parent;
  ScopeSession *session;
  ScopeSurvey *survey;
  gboolean following; /* one grid's cursor is being put where the other's is */
  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  GtkStack *pages;
  GtkSpinner *spinner;
  GtkLabel *reason, *choice_title, *layers_title, *words;
  GtkToggleButton *global_button, *kept_button, *reached_button;
  ScopeNumberGrid *choice, *by_layer;
  GtkScrolledWindow *scroller;
  GtkWidget *grids;
};

G_DEFINE_FINAL_TYPE (ScopeSurveyWindow, scope_survey_window, ADW_TYPE_WINDOW)

/* --- one number ---------------------------------------------------------------------------------
 */

static char *
percent (double share)
{
  g_autofree char *number = scope_format_brief (100 * share);
  return g_strconcat (number, " %", NULL);
}

static char *
cell_text (ScopeSurveyWindow *self, const ScopeSensitivity *row)
{
  if (gtk_toggle_button_get_active (self->global_button))
    return scope_format_count (row->global);
  if (row->global == 0)
    return g_strdup ("–");
  return gtk_toggle_button_get_active (self->kept_button) ? percent (row->kept)
                                                          : scope_format_brief (row->achieved);
}

static double
cell_shade (ScopeSurveyWindow *self, const ScopeSensitivity *row, gsize channels)
{
  double shade = gtk_toggle_button_get_active (self->kept_button)
                     ? row->kept
                     : fabs (log2 (row->achieved)) / FAR_LOG2;
  if (gtk_toggle_button_get_active (self->global_button))
    shade = (double)row->global / (double)channels;
  return isnan (shade) ? 0 : CLAMP (shade, 0, 1);
}

static gsize
channels_of (const ScopeSurveyView *view, gsize layer)
{
  return layer < view->layers ? view->channels : view->layers * view->channels;
}

/* --- the grids ----------------------------------------------------------------------------------
 */

/* The row of the lower grid stands for all layers if it is the first. */
static gsize
layer_of_row (const ScopeSurveyView *view, guint row)
{
  return row == 0 || row > view->layers ? view->layers : row - 1;
}

static char *
layer_name (const ScopeSurveyView *view, gsize layer)
{
  return layer < view->layers ? g_strdup_printf ("Layer %" G_GSIZE_FORMAT, layer)
                              : g_strdup (ALL_LAYERS);
}

static char **
theta_headings (void)
{
  char **out = g_new0 (char *, SCOPE_SENSITIVITY_THETAS + 1);
  for (gsize k = 0; k < SCOPE_SENSITIVITY_THETAS; k++)
    out[k] = scope_format_theta (scope_sensitivity_thetas[k]);
  return out;
}

typedef struct {
  char **rows, **cells;
  double *shades;
  gsize n;
} Filling;

static void
fill_row (ScopeSurveyWindow *self, Filling *filling, gsize row, char *heading, gsize layer,
          gsize top)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  filling->rows[row] = heading;
  for (gsize k = 0; k < SCOPE_SENSITIVITY_THETAS; k++) {
    const ScopeSensitivity *one = scope_survey_row (view, layer, top, k);
    filling->cells[filling->n] = cell_text (self, one);
    filling->shades[filling->n++] = cell_shade (self, one, channels_of (view, layer));
  }
}

static Filling
filling_new (gsize rows)
{
  gsize cells = rows * SCOPE_SENSITIVITY_THETAS;
  return (Filling){ g_new0 (char *, rows + 1), g_new0 (char *, cells + 1), g_new0 (double, cells),
                    0 };
}

/* Takes it over. */
static void
put_filling (ScopeNumberGrid *grid, Filling *filling)
{
  scope_number_grid_set (grid, filling->rows, theta_headings (), filling->cells, filling->shades);
  g_free (filling->shades);
}

static void
fill_choice (ScopeSurveyWindow *self)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  gsize layer = layer_of_row (view, scope_number_grid_get_row (self->by_layer));
  Filling filling = filling_new (SCOPE_SENSITIVITY_TOPS);
  for (gsize c = 0; c < SCOPE_SENSITIVITY_TOPS; c++)
    fill_row (self, &filling, c, g_strdup_printf ("C %g %%", 100 * scope_sensitivity_tops[c]),
              layer, c);
  put_filling (self->choice, &filling);
  scope_number_grid_set_heading (self->choice, ALL_LAYERS);
  g_autofree char *name = layer_name (view, layer);
  g_autofree char *title = g_strconcat ("θ and C: ", name, NULL);
  gtk_label_set_text (self->choice_title, title);
}

static void
fill_layers (ScopeSurveyWindow *self)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  gsize top = scope_number_grid_get_row (self->choice);
  Filling filling = filling_new (view->layers + 1);
  for (guint row = 0; row <= view->layers; row++) {
    gsize layer = layer_of_row (view, row);
    fill_row (self, &filling, row, layer_name (view, layer), layer, top);
  }
  put_filling (self->by_layer, &filling);
  g_autofree char *title
      = g_strdup_printf ("θ by layer: C %g %%", 100 * scope_sensitivity_tops[top]);
  gtk_label_set_text (self->layers_title, title);
}

/* --- the cell in words --------------------------------------------------------------------------
 */

static char *
describe (ScopeSurveyWindow *self, const ScopeSensitivity *row, gsize layer)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  g_autofree char *name = layer_name (view, layer), *theta = scope_format_theta (row->theta);
  g_autofree char *global = scope_format_count (row->global);
  g_autofree char *all = scope_format_count (channels_of (view, layer));
  g_autofree char *kept = percent (row->kept), *reached = scope_format_brief (row->achieved);
  g_autofree char *unfiltered = scope_format_brief (row->unfiltered);
  g_autofree char *head = g_strdup_printf (
      "%s, θ %s, C %g %%: %s of %s %ss are global", name, theta, 100 * row->top, global, all,
      scope_format_channel_noun (scope_session_get_model (self->session)));
  if (row->global == 0)
    return g_strconcat (head, ": nothing is filtered.", NULL);
  return g_strdup_printf ("%s and keep %s of the tokens; ΣΔ is %s of its target, unfiltered %s.",
                          head, kept, reached, unfiltered);
}

static void
show_words (ScopeSurveyWindow *self)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  gsize layer = layer_of_row (view, scope_number_grid_get_row (self->by_layer));
  const ScopeSensitivity *row
      = scope_survey_row (view, layer, scope_number_grid_get_row (self->choice),
                          scope_number_grid_get_column (self->choice));
  g_autofree char *text = describe (self, row, layer);
  gtk_label_set_text (self->words, text);
  scope_number_grid_say (self->choice, gtk_label_get_text (self->choice_title), text);
  scope_number_grid_say (self->by_layer, gtk_label_get_text (self->layers_title), text);
}

/* --- where the filter stands --------------------------------------------------------------------
 */

/* The place of VALUE in LIST; NONE where it is not in it. */
static guint
place_of (double value, const double *list, guint count)
{
  for (guint k = 0; k < count; k++)
    if (fabs (value - list[k]) <= 1e-6 * list[k])
      return k;
  return SCOPE_NUMBER_GRID_NONE;
}

static double
filter_top (ScopeSurveyWindow *self)
{
  const char *spec = scope_session_get_filter (self->session), *says = strstr (spec, "top=");
  return says != NULL ? g_ascii_strtod (says + strlen ("top="), NULL)
                      : scope_survey_get_view (self->survey)->top;
}

static void
show_mark (ScopeSurveyWindow *self)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  if (view == NULL || view->rows == NULL)
    return;
  guint top = place_of (filter_top (self), scope_sensitivity_tops, SCOPE_SENSITIVITY_TOPS);
  guint theta = place_of (scope_session_get_theta (self->session), scope_sensitivity_thetas,
                          SCOPE_SENSITIVITY_THETAS);
  gboolean same = top == scope_number_grid_get_row (self->choice);
  scope_number_grid_set_mark (self->choice, top, theta);
  scope_number_grid_set_mark (
      self->by_layer, same ? scope_number_grid_get_row (self->by_layer) : SCOPE_NUMBER_GRID_NONE,
      theta);
}

/* The cursor begins where the filter stands. */
static void
begin_at_mark (ScopeSurveyWindow *self)
{
  guint top = place_of (filter_top (self), scope_sensitivity_tops, SCOPE_SENSITIVITY_TOPS);
  guint theta = place_of (scope_session_get_theta (self->session), scope_sensitivity_thetas,
                          SCOPE_SENSITIVITY_THETAS);
  scope_number_grid_set_cursor (self->choice, top != SCOPE_NUMBER_GRID_NONE ? top : 0,
                                theta != SCOPE_NUMBER_GRID_NONE ? theta : 0);
}

/* --- following ----------------------------------------------------------------------------------
 */

static void
fill (ScopeSurveyWindow *self)
{
  self->following = TRUE;
  fill_choice (self);
  fill_layers (self);
  scope_number_grid_set_cursor (self->by_layer, scope_number_grid_get_row (self->by_layer),
                                scope_number_grid_get_column (self->choice));
  self->following = FALSE;
  show_words (self);
  show_mark (self);
}

static void
choice_moved_cb (ScopeSurveyWindow *self)
{
  if (!self->following && self->survey != NULL && scope_survey_get_view (self->survey) != NULL)
    fill (self);
}

static void
scroll_to_cursor (ScopeSurveyWindow *self)
{
  double top, bottom, x, y;
  guint row = scope_number_grid_get_row (self->by_layer);
  scope_number_grid_get_extent (self->by_layer, row, &top, &bottom);
  if (gtk_widget_translate_coordinates (GTK_WIDGET (self->by_layer), self->grids, 0, 0, &x, &y))
    gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (self->scroller), y + top,
                               y + bottom);
}

static void
layer_moved_cb (ScopeSurveyWindow *self)
{
  if (self->following || self->survey == NULL || scope_survey_get_view (self->survey) == NULL)
    return;
  self->following = TRUE;
  scope_number_grid_set_cursor (self->choice, scope_number_grid_get_row (self->choice),
                                scope_number_grid_get_column (self->by_layer));
  self->following = FALSE;
  fill (self);
  scroll_to_cursor (self);
}

static void
quantity_cb (ScopeSurveyWindow *self)
{
  choice_moved_cb (self);
}

static void
show_none (ScopeSurveyWindow *self, const ScopeSurveyView *view)
{
  g_autofree char *tokens = view != NULL ? scope_format_tokens (view->tokens) : g_strdup ("");
  g_autofree char *text
      = view != NULL ? g_strdup_printf (
            "This text has %s. θ and C act beyond the training length, %" G_GSIZE_FORMAT
            ": open a longer one.",
            tokens, view->train_length)
                     : g_strdup ("Open a model and a text.");
  gtk_label_set_text (self->reason, text);
  gtk_stack_set_visible_child_name (self->pages, "none");
}

static void
update (ScopeSurveyWindow *self)
{
  const ScopeSurveyView *view = scope_survey_get_view (self->survey);
  gboolean open = scope_session_get_tokens (self->session) != NULL;
  gboolean numbers = view != NULL && view->rows != NULL, wait = open && view == NULL;
  g_autofree char *tokens = numbers ? scope_format_tokens (view->tokens) : NULL;
  g_autofree char *facts
      = numbers ? g_strdup_printf ("%s · %s · training length %" G_GSIZE_FORMAT,
                                   scope_model_name (scope_session_get_model (self->session)),
                                   tokens, view->train_length)
                : NULL;
  adw_window_title_set_subtitle (self->title, facts != NULL ? facts : "");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "survey.use", numbers);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "survey.copy-command", open);
  gtk_spinner_set_spinning (self->spinner, wait);
  if (wait) {
    gtk_stack_set_visible_child_name (self->pages, "wait");
  } else if (!numbers) {
    show_none (self, view);
  } else {
    self->following = TRUE;
    begin_at_mark (self);
    self->following = FALSE;
    fill (self);
    gtk_stack_set_visible_child_name (self->pages, "numbers");
  }
}

/* --- actions ------------------------------------------------------------------------------------
 */

/* The method that the switch puts on, if it knows θ and C; else LongMamba. */
static char *
chosen_spec (ScopeSurveyWindow *self)
{
  char top[G_ASCII_DTOSTR_BUF_SIZE], theta[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (top, sizeof top, "%g",
                   scope_sensitivity_tops[scope_number_grid_get_row (self->choice)]);
  g_ascii_formatd (theta, sizeof theta, "%g",
                   scope_sensitivity_thetas[scope_number_grid_get_column (self->choice)]);
  const char *methods[] = { scope_session_get_filter (self->session), LONGMAMBA };
  for (guint k = 0; k < G_N_ELEMENTS (methods); k++) {
    g_autofree char *with_top = scope_filter_spec_put (methods[k], "top", top);
    g_autofree char *spec = scope_filter_spec_put (with_top, "theta", theta);
    g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, NULL);
    if (filter != NULL)
      return g_steal_pointer (&spec);
  }
  return g_strdup (LONGMAMBA);
}

static void
use_cb (ScopeSurveyWindow *self)
{
  g_autofree char *spec = chosen_spec (self);
  g_autoptr (GError) error = NULL;
  scope_history_break (scope_session_get_history (self->session));
  if (!scope_session_set_filter (self->session, spec, &error)) {
    scope_toasts_say (self->toasts, error->message);
    return;
  }
  scope_session_set_filter_on (self->session, TRUE);
  g_autofree char *text = g_strconcat ("The filter is ", spec, NULL);
  scope_toasts_say (self->toasts, text);
}

static void
use_action_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  use_cb (SCOPE_SURVEY_WINDOW (widget));
}

static void
copy_command_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeSurveyWindow *self = SCOPE_SURVEY_WINDOW (widget);
  g_autofree char *line = scope_survey_command_line (self->survey);
  if (line == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), line);
  scope_toasts_say (self->toasts, "Command copied");
}

/* --- the window ---------------------------------------------------------------------------------
 */

static void
map_cb (ScopeSurveyWindow *self)
{
  scope_inquiry_set_active (SCOPE_INQUIRY (self->survey),
                            gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
scope_survey_window_dispose (GObject *object)
{
  ScopeSurveyWindow *self = SCOPE_SURVEY_WINDOW (object);
  if (self->survey != NULL)
    scope_inquiry_set_active (SCOPE_INQUIRY (self->survey), FALSE);
  g_clear_object (&self->survey);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (object), SCOPE_TYPE_SURVEY_WINDOW);
  G_OBJECT_CLASS (scope_survey_window_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeSurveyWindow, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (toasts);
  BIND (title);
  BIND (pages);
  BIND (spinner);
  BIND (reason);
  BIND (choice_title);
  BIND (layers_title);
  BIND (words);
  BIND (global_button);
  BIND (kept_button);
  BIND (reached_button);
  BIND (choice);
  BIND (by_layer);
  BIND (scroller);
  BIND (grids);
}

static void
scope_survey_window_class_init (ScopeSurveyWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_survey_window_dispose;
  g_type_ensure (SCOPE_TYPE_NUMBER_GRID);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/survey-window.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, quantity_cb);
  gtk_widget_class_bind_template_callback (widget_class, choice_moved_cb);
  gtk_widget_class_bind_template_callback (widget_class, layer_moved_cb);
  gtk_widget_class_bind_template_callback (widget_class, use_cb);
  gtk_widget_class_install_action (widget_class, "survey.use", NULL, use_action_cb);
  gtk_widget_class_install_action (widget_class, "survey.copy-command", NULL, copy_command_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
scope_survey_window_init (ScopeSurveyWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  scope_focus_guard (GTK_WINDOW (self));
  scope_spoken_follow (GTK_WINDOW (self));
  g_signal_connect_after (self, "map", G_CALLBACK (map_cb), NULL);
  g_signal_connect_after (self, "unmap", G_CALLBACK (map_cb), NULL);
}

static void
follow (ScopeSurveyWindow *self, ScopeSession *session)
{
  self->session = g_object_ref (session);
  self->survey = scope_survey_new (session);
  g_signal_connect_object (self->survey, "notify::view", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::text", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::theta", G_CALLBACK (show_mark), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::filter-spec", G_CALLBACK (show_mark), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

static ScopeSurveyWindow *
find_open (GtkWindow *parent)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *item = windows; item != NULL; item = item->next)
    if (SCOPE_IS_SURVEY_WINDOW (item->data) && gtk_window_get_transient_for (item->data) == parent)
      return item->data;
  return NULL;
}

void
scope_survey_window_show (ScopeWindow *parent)
{
  ScopeSurveyWindow *window = find_open (GTK_WINDOW (parent));
  if (window != NULL) {
    gtk_window_present (GTK_WINDOW (window));
    return;
  }
  window = g_object_new (SCOPE_TYPE_SURVEY_WINDOW, "transient-for", parent, NULL);
  follow (window, scope_window_get_session (parent));
  scope_present_soon (GTK_WINDOW (window));
}
