#include "ui/compare-view.h"

#include <adwaita.h>

#include "session/compare.h"
#include "ui/colour-bar.h"
#include "ui/compare-plot.h"
#include "ui/compare-side.h"
#include "ui/compare-text.h"
#include "ui/figure-area.h"
#include "ui/format.h"
#include "ui/map-geometry.h"
#include "ui/plot-frame.h"
#include "ui/template.h"
#include "ui/tooltip.h"

struct _ScopeCompareView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeCompare *compare;

  ScopeCompareSideButton *side_a, *side_b;
  GtkWidget *modes, *numbers;
  GtkToggleButton *mode_split, *mode_beside, *mode_flip, *mode_difference;
  GtkStack *content, *pages;
  GtkSpinner *spinner;
  AdwStatusPage *message;
  ScopePlotFrame *frame;
  ScopeComparePlot *plot;
  ScopeColourBar *colour_bar;
  ScopeFigureArea *decay;
  ScopeCompareText *text;
  GtkLabel *legend, *cell, *value_a, *value_b, *value_difference, *exact;
};

G_DEFINE_FINAL_TYPE (ScopeCompareView, scope_compare_view, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_COMMAND_LINE, PROP_PAGE, N_PROPS };
static GParamSpec *props[N_PROPS];

/* Of the pages' stack. */
static const char *const page_names[] = { [SCOPE_COMPARE_PAGE_MAP] = "map",
                                          [SCOPE_COMPARE_PAGE_DECAY] = "decay",
                                          [SCOPE_COMPARE_PAGE_TEXT] = "text" };

/* --- the cell under the crosshair ---------------------------------------------------------------
 */

static void
show_value (GtkLabel *label, const char *name, gboolean known, double value)
{
  g_autofree char *number = known ? scope_format_value (value) : g_strdup ("–");
  g_autofree char *text = g_strdup_printf ("%s %s", name, number);
  gtk_label_set_text (label, text);
}

static char *
cell_text (ScopeCompareView *self, gsize row, gsize column)
{
  ScopeTokens *tokens = scope_compare_get_tokens (self->compare, SCOPE_SIDE_A);
  g_autofree char *r = scope_format_count (row);
  g_autofree char *c = scope_format_count (column);
  g_autofree char *reads = scope_format_token (tokens, row);
  g_autofree char *is_read = scope_format_token (tokens, column);
  return g_strdup_printf ("Cell (%s, %s): %s reads %s", r, c, reads, is_read);
}

static void
cursor_changed_cb (ScopeCompareView *self)
{
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  double a = 0, b = 0;
  gboolean none = row == G_MAXSIZE || column == G_MAXSIZE;
  gboolean has_a = !none && scope_compare_cell (self->compare, SCOPE_SIDE_A, row, column, &a);
  gboolean has_b = !none && scope_compare_cell (self->compare, SCOPE_SIDE_B, row, column, &b);
  g_autofree char *cell
      = none ? g_strdup ("Point at a cell for its numbers") : cell_text (self, row, column);
  scope_set_fact (self->cell, cell, none);
  scope_set_tooltip (GTK_WIDGET (self->cell), none ? NULL : cell);
  show_value (self->value_a, "A", has_a, a);
  show_value (self->value_b, "B", has_b, b);
  show_value (self->value_difference, "B − A", has_a && has_b, b - a);
  GtkLabel *const values[] = { self->value_a, self->value_b, self->value_difference };
  for (guint k = 0; k < G_N_ELEMENTS (values); k++)
    gtk_widget_set_visible (GTK_WIDGET (values[k]), !none);
}

/* --- what is shown ------------------------------------------------------------------------------
 */

/* What the map on screen is drawn from. */
static const ScopeResult *
shown_result (ScopeCompareView *self)
{
  ScopePictureOf of = scope_compare_plot_shows (self->plot);
  const ScopeResult *fine = scope_compare_get_picture (self->compare, of, TRUE)->result;
  return fine != NULL ? fine : scope_compare_get_picture (self->compare, of, FALSE)->result;
}

static void
show_scale (ScopeCompareView *self)
{
  ScopePictureOf of = scope_compare_plot_shows (self->plot);
  const ScopeResult *shown = shown_result (self);
  double top, foot;
  scope_plot_frame_set_free (
      self->frame, scope_map_geometry_free (scope_compare_plot_get_geometry (self->plot)));
  if (shown == NULL)
    return;
  scope_compare_plot_get_span (self->plot, &top, &foot);
  scope_colour_bar_set_span (self->colour_bar, top, foot);
  scope_colour_bar_set_scale (self->colour_bar,
                              of == SCOPE_PICTURE_DIFFERENCE
                                  ? SCOPE_PALETTE_BALANCE
                                  : scope_session_get_palette (self->session),
                              scope_compare_get_norm (self->compare, of),
                              shown->value_label != NULL ? shown->value_label : "α");
  gtk_label_set_text (self->exact, shown->exact ? "exact" : "sampled");
}

static void
show_page (ScopeCompareView *self)
{
  const char *message = scope_compare_get_message (self->compare);
  gboolean there
      = scope_compare_get_picture (self->compare, SCOPE_PICTURE_A, FALSE)->result != NULL;
  const char *page = there ? "pages" : message != NULL ? "message" : "waiting";
  if (message != NULL)
    adw_status_page_set_description (self->message, message);
  gtk_stack_set_visible_child_name (self->content, page);
  /* Unseen it would turn as well, and the window be painted for it, frame by frame. */
  gtk_spinner_set_spinning (self->spinner, g_str_equal (page, "waiting")
                                               && gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
show_decay (ScopeCompareView *self)
{
  g_autofree char *a = scope_compare_describe_side (self->compare, SCOPE_SIDE_A);
  g_autofree char *b = scope_compare_describe_side (self->compare, SCOPE_SIDE_B);
  g_autofree char *spoken = g_strdup_printf ("Cumulative decay of A, %s, and of B, %s", a, b);
  scope_figure_area_set_result (self->decay, scope_compare_get_decay (self->compare), spoken);
}

static void
show_legend (ScopeCompareView *self)
{
  const ScopeCompareRow *row = scope_compare_get_row (self->compare);
  if (row == NULL)
    return;
  guint dropped[SCOPE_N_SIDES] = { 0 };
  for (gsize k = 0; k < row->end - row->begin; k++)
    for (guint side = 0; side < SCOPE_N_SIDES; side++)
      dropped[side] += row->dropped[side][k];
  g_autofree char *at = scope_format_count (row->row);
  g_autofree char *most = scope_format_value (row->most);
  g_autofree char *text = g_strdup_printf (
      "How row %s (double underline) reads the tokens before it: red where B reads more than A, "
      "blue where it reads less, up to ±%s. Struck through: dropped in B (%u of %" G_GSIZE_FORMAT
      "); wavy underline: dropped in A (%u).",
      at, most, dropped[SCOPE_SIDE_B], row->end - row->begin, dropped[SCOPE_SIDE_A]);
  gtk_label_set_text (self->legend, text);
}

static void
results_changed_cb (ScopeCompareView *self)
{
  show_page (self);
  show_scale (self);
  show_decay (self);
  show_legend (self);
  cursor_changed_cb (self);
}

/* --- modes and pages ----------------------------------------------------------------------------
 */

static GtkToggleButton *
mode_button (ScopeCompareView *self, ScopeCompareMode mode)
{
  GtkToggleButton *buttons[SCOPE_N_COMPARE_VIEWS]
      = { self->mode_split, self->mode_beside, self->mode_flip, self->mode_difference };
  return buttons[mode];
}

static void
mode_toggled_cb (ScopeCompareView *self)
{
  for (guint mode = 0; mode < SCOPE_N_COMPARE_VIEWS && self->compare != NULL; mode++)
    if (gtk_toggle_button_get_active (mode_button (self, mode)))
      scope_compare_set_mode (self->compare, mode);
}

static void
mode_changed_cb (ScopeCompareView *self)
{
  gtk_toggle_button_set_active (mode_button (self, scope_compare_get_mode (self->compare)), TRUE);
  show_scale (self);
}

static ScopeComparePage
shown_page (ScopeCompareView *self)
{
  const char *shown = gtk_stack_get_visible_child_name (self->pages);
  for (guint k = 0; k < G_N_ELEMENTS (page_names); k++)
    if (g_strcmp0 (shown, page_names[k]) == 0)
      return (ScopeComparePage)k;
  return SCOPE_COMPARE_PAGE_MAP;
}

static void
page_changed_cb (ScopeCompareView *self)
{
  ScopeComparePage page = shown_page (self);
  gtk_widget_set_visible (self->modes, page == SCOPE_COMPARE_PAGE_MAP);   /* they are of maps */
  gtk_widget_set_visible (self->numbers, page == SCOPE_COMPARE_PAGE_MAP); /* they are of its cell */
  if (self->compare != NULL)
    scope_compare_set_shown (self->compare, gtk_widget_get_mapped (GTK_WIDGET (self)),
                             page == SCOPE_COMPARE_PAGE_TEXT);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PAGE]);
}

static void
swap_cb (ScopeCompareView *self)
{
  scope_compare_swap (self->compare);
}

static void
retry_cb (ScopeCompareView *self)
{
  scope_compare_retry (self->compare);
}

/* --- zoom actions -------------------------------------------------------------------------------
 */

static void
zoom_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeComparePlot *plot = SCOPE_COMPARE_VIEW (widget)->plot;
  if (g_str_equal (name, "plot.zoom-in"))
    scope_compare_plot_zoom (plot, SCOPE_MAP_ZOOM_STEP);
  else if (g_str_equal (name, "plot.zoom-out"))
    scope_compare_plot_zoom (plot, 1 / SCOPE_MAP_ZOOM_STEP);
  else if (g_str_equal (name, "plot.zoom-one"))
    scope_compare_plot_one_to_one (plot);
  else
    scope_compare_plot_fit (plot);
}

/* --- GtkWidget ----------------------------------------------------------------------------------
 */

static void
scope_compare_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_compare_view_parent_class)->map (widget);
  page_changed_cb (SCOPE_COMPARE_VIEW (widget));
  show_page (SCOPE_COMPARE_VIEW (widget));
}

static void
scope_compare_view_unmap (GtkWidget *widget)
{
  ScopeCompareView *self = SCOPE_COMPARE_VIEW (widget);
  GTK_WIDGET_CLASS (scope_compare_view_parent_class)->unmap (widget);
  scope_compare_set_shown (self->compare, FALSE, FALSE);
  gtk_spinner_set_spinning (self->spinner, FALSE);
}

static void
scope_compare_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeCompareView *self = SCOPE_COMPARE_VIEW (object);
  ScopeComparePage page = shown_page (self);
  if (id == PROP_PAGE)
    g_value_set_uint (value, page);
  else
    g_value_take_string (value, scope_compare_command_lines (self->compare, page));
}

static void
scope_compare_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeCompareView *self = SCOPE_COMPARE_VIEW (object);
  gtk_stack_set_visible_child_name (self->pages, page_names[g_value_get_uint (value)]);
}

static void
scope_compare_view_dispose (GObject *object)
{
  ScopeCompareView *self = SCOPE_COMPARE_VIEW (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_COMPARE_VIEW);
  g_clear_object (&self->compare);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_compare_view_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeCompareView, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (side_a);
  BIND (side_b);
  BIND (modes);
  BIND (numbers);
  BIND (mode_split);
  BIND (mode_beside);
  BIND (mode_flip);
  BIND (mode_difference);
  BIND (content);
  BIND (pages);
  BIND (spinner);
  BIND (message);
  BIND (frame);
  BIND (plot);
  BIND (colour_bar);
  BIND (decay);
  BIND (text);
  BIND (legend);
  BIND (cell);
  BIND (value_a);
  BIND (value_b);
  BIND (value_difference);
  BIND (exact);
}

static void
scope_compare_view_class_init (ScopeCompareViewClass *klass)
{
  static const char *const zooms[]
      = { "plot.zoom-in", "plot.zoom-out", "plot.zoom-one", "plot.zoom-fit" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_compare_view_dispose;
  G_OBJECT_CLASS (klass)->get_property = scope_compare_view_get_property;
  G_OBJECT_CLASS (klass)->set_property = scope_compare_view_set_property;
  props[PROP_COMMAND_LINE] = g_param_spec_string ("command-line", NULL, NULL, NULL,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_PAGE] = g_param_spec_uint (
      "page", NULL, NULL, 0, G_N_ELEMENTS (page_names) - 1, SCOPE_COMPARE_PAGE_MAP,
      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, props);
  widget_class->map = scope_compare_view_map;
  widget_class->unmap = scope_compare_view_unmap;
  g_type_ensure (SCOPE_TYPE_COMPARE_SIDE_BUTTON);
  g_type_ensure (SCOPE_TYPE_PLOT_FRAME);
  g_type_ensure (SCOPE_TYPE_COMPARE_PLOT);
  g_type_ensure (SCOPE_TYPE_COMPARE_TEXT);
  g_type_ensure (SCOPE_TYPE_COLOUR_BAR);
  g_type_ensure (SCOPE_TYPE_FIGURE_AREA);
  gtk_widget_class_set_css_name (widget_class, "compare-view");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/compare-view.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, swap_cb);
  gtk_widget_class_bind_template_callback (widget_class, retry_cb);
  for (guint k = 0; k < G_N_ELEMENTS (zooms); k++)
    gtk_widget_class_install_action (widget_class, zooms[k], NULL, zoom_cb);
}

static void
scope_compare_view_init (ScopeCompareView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint mode = 0; mode < SCOPE_N_COMPARE_VIEWS; mode++)
    g_signal_connect_object (mode_button (self, mode), "notify::active",
                             G_CALLBACK (mode_toggled_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pages, "notify::visible-child", G_CALLBACK (page_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->plot, "view-changed", G_CALLBACK (show_scale), self,
                           G_CONNECT_SWAPPED);
}

void
scope_compare_view_set_session (ScopeCompareView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_COMPARE_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->compare = scope_compare_new (session);
  scope_compare_side_button_set_compare (self->side_a, session, self->compare, SCOPE_SIDE_A);
  scope_compare_side_button_set_compare (self->side_b, session, self->compare, SCOPE_SIDE_B);
  scope_compare_plot_set_compare (self->plot, session, self->compare);
  scope_compare_text_set_compare (self->text, session, self->compare);
  g_signal_connect_object (self->compare, "changed", G_CALLBACK (results_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->compare, "notify::mode", G_CALLBACK (mode_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::row", G_CALLBACK (cursor_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::column", G_CALLBACK (cursor_changed_cb), self,
                           G_CONNECT_SWAPPED);
  scope_history_bind (scope_session_get_history (session), G_OBJECT (self), "page", "compare.page",
                      "what is compared");
  mode_changed_cb (self);
  results_changed_cb (self);
}
