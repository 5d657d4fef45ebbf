#include "ui/inspector.h"

#include <math.h>

#include "ui/format.h"
#include "ui/template.h"

struct _ScopeInspector {
  GtkWidget parent;
  ScopeSession *session;
  GtkWidget *scroller;
  GtkStack *cell_stack;
  GtkLabel *value, *row_token, *row_index, *row_context, *column_token, *column_index,
      *column_context;
  GtkLabel *channel_title, *class, *decay, *field, *life, *kept;
  GtkLabel *shows, *blocks, *exact, *proof;
  GtkWidget *dropped_legend;
};

G_DEFINE_FINAL_TYPE (ScopeInspector, scope_inspector, GTK_TYPE_WIDGET)

static void
show_token (ScopeTokens *tokens, gsize index, GtkLabel *token, GtkLabel *number, GtkLabel *context)
{
  g_autofree char *name = scope_format_token (tokens, index);
  g_autofree char *count = scope_format_count (index);
  g_autofree char *around = scope_format_context (tokens, index);
  gtk_label_set_text (token, name);
  gtk_label_set_text (number, count);
  gtk_label_set_markup (context, around);
}

static void
show_cell (ScopeInspector *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  double value;
  gboolean inside
      = tokens != NULL && row < scope_tokens_count (tokens) && column < scope_tokens_count (tokens);
  gtk_stack_set_visible_child_name (self->cell_stack, inside ? "cell" : "none");
  if (!inside)
    return;
  if (!scope_session_cell (self->session, row, column, &value))
    value = NAN;
  g_autofree char *number = scope_format_value (value);
  gboolean softmax = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  g_autofree char *text = g_strdup_printf ("%s = %s", softmax ? "softmax" : "α", number);
  gtk_label_set_text (self->value, text);
  show_token (tokens, row, self->row_token, self->row_index, self->row_context);
  show_token (tokens, column, self->column_token, self->column_index, self->column_context);
}

static const ScopeChannelStats *
selected_stats (ScopeInspector *self)
{
  const ScopeLayerView *view = scope_session_get_layer_view (self->session);
  gsize channel = scope_session_get_channel (self->session);
  if (view == NULL || scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX)
    return NULL;
  for (gsize k = 0; k < view->n_channels; k++)
    if (view->channels[k].channel == channel)
      return &view->channels[k];
  return NULL;
}

static void
set_owned_text (GtkLabel *label, char *text)
{
  gtk_label_set_text (label, text);
  g_free (text);
}

/* Softmax attention forgets nothing by itself, and no filter acts on it. */
static void
show_attention (ScopeInspector *self)
{
  GtkLabel *const none[] = { self->decay, self->field, self->life };
  for (guint k = 0; k < G_N_ELEMENTS (none); k++)
    gtk_label_set_text (none[k], "–");
  gtk_label_set_text (self->class, "softmax");
  gtk_label_set_text (self->kept, "–");
}

static void
show_channel (ScopeInspector *self)
{
  const ScopeChannelStats *stats = selected_stats (self);
  const char *noun = scope_format_map_noun (self->session);
  set_owned_text (self->channel_title,
                  g_strdup_printf ("%c%s %" G_GSIZE_FORMAT, g_ascii_toupper (noun[0]), noun + 1,
                                   scope_session_get_channel (self->session)));
  if (scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX)
    show_attention (self);
  if (stats == NULL)
    return;
  gtk_label_set_text (self->class, stats->global ? "global" : "local");
  set_owned_text (self->decay, scope_format_value (stats->ln_decay));
  g_autofree char *field = scope_format_count (stats->field_length);
  set_owned_text (self->field, g_strdup_printf ("%s tokens", field));
  g_autofree char *life = isfinite (stats->half_life) && stats->half_life >= 100
                              ? scope_format_count ((gsize)llround (MIN (stats->half_life, 1e15)))
                              : scope_format_value (stats->half_life);
  set_owned_text (self->life, g_strdup_printf ("%s tokens", life));
  set_owned_text (self->kept, scope_format_percent (stats->kept_fraction));
}

/* "7 × 7 tokens"; blocks of a cut that does not divide evenly differ by one. */
static char *
block_text (const ScopeResult *map)
{
  gsize rows = MAX (1, scope_matrix_rows (map->matrix));
  gsize columns = MAX (1, scope_matrix_columns (map->matrix));
  double high = (double)(map->range.row_end - map->range.row_begin) / (double)rows;
  double wide = (double)(map->range.column_end - map->range.column_begin) / (double)columns;
  if (high <= 1 && wide <= 1)
    return g_strdup ("one cell");
  return g_strdup_printf (high >= 100 || wide >= 100 ? "%.0f × %.0f cells" : "%.3g × %.3g cells",
                          high, wide);
}

static void
show_map (ScopeInspector *self)
{
  ScopeResult *map = scope_session_get_map (self->session);
  double proof = scope_session_get_proof (self->session);
  set_owned_text (self->proof, scope_format_proof (proof));
  gtk_widget_set_visible (self->dropped_legend, map != NULL && map->dropped != NULL);
  if (map == NULL)
    return;
  gtk_label_set_text (self->shows, map->value_label != NULL ? map->value_label : "α");
  set_owned_text (self->blocks, block_text (map));
  gtk_label_set_text (self->exact, map->exact ? "exact" : "sampled");
}

static void
layer_changed_cb (ScopeInspector *self)
{
  show_channel (self);
  show_cell (self);
}

/* As wide as its text needs and no wider: labels that wrap would ask for a line's length. */
static void
scope_inspector_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  GtkWidget *child = SCOPE_INSPECTOR (widget)->scroller;
  gtk_widget_measure (child, orientation, -1, minimum, natural, NULL, NULL);
  *natural = *minimum;
}

static void
scope_inspector_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (SCOPE_INSPECTOR (widget)->scroller, width, height, baseline, NULL);
}

static GtkSizeRequestMode
scope_inspector_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
scope_inspector_dispose (GObject *object)
{
  ScopeInspector *self = SCOPE_INSPECTOR (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_inspector_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeInspector, child)

static void
scope_inspector_class_init (ScopeInspectorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_dispose;
  widget_class->measure = scope_inspector_measure;
  widget_class->size_allocate = scope_inspector_size_allocate;
  widget_class->get_request_mode = scope_inspector_get_request_mode;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector.ui");
  BIND (scroller);
  BIND (cell_stack);
  BIND (value);
  BIND (row_token);
  BIND (row_index);
  BIND (row_context);
  BIND (column_token);
  BIND (column_index);
  BIND (column_context);
  BIND (channel_title);
  BIND (class);
  BIND (decay);
  BIND (field);
  BIND (life);
  BIND (kept);
  BIND (shows);
  BIND (blocks);
  BIND (exact);
  BIND (proof);
  BIND (dropped_legend);
  gtk_widget_class_set_css_name (widget_class, "inspector");
}

static void
scope_inspector_init (ScopeInspector *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->value), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  "The value of the cell under the crosshair", -1);
  GtkLabel *const numbers[] = { self->value, self->decay, self->life, self->kept, self->proof };
  for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
    gtk_widget_set_direction (GTK_WIDGET (numbers[k]), GTK_TEXT_DIR_LTR);
}

void
scope_inspector_set_session (ScopeInspector *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_INSPECTOR (self) && self->session == NULL);
  self->session = g_object_ref (session);
  const struct {
    const char *signal;
    GCallback callback;
  } connections[] = {
    { "notify::row", G_CALLBACK (show_cell) },
    { "notify::column", G_CALLBACK (show_cell) },
    { "notify::text", G_CALLBACK (show_cell) },
    { "notify::channel", G_CALLBACK (layer_changed_cb) },
    { "notify::kind", G_CALLBACK (layer_changed_cb) },
    { "notify::layer-view", G_CALLBACK (layer_changed_cb) },
    { "notify::map", G_CALLBACK (show_map) },
    { "notify::proof", G_CALLBACK (show_map) },
  };
  for (guint k = 0; k < G_N_ELEMENTS (connections); k++)
    g_signal_connect_object (session, connections[k].signal, connections[k].callback, self,
                             G_CONNECT_SWAPPED);
  layer_changed_cb (self);
  show_map (self);
}
