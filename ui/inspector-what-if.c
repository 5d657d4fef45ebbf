#include "ui/inspector-what-if.h"

#include <math.h>

#include "ui/fact-row.h"
#include "ui/format.h"
#include "ui/outcome-table.h"
#include "ui/spark-lines.h"
#include "ui/template.h"

struct _ScopeInspectorWhatIf {
  GtkWidget parent;
  ScopeSession *session;
  ScopeWhatIf *what_if;
  gboolean showing; /* controls are following the model */
  GtkStack *stack;
  GtkLabel *obstacle, *token_name, *factor_value, *value_error;
  GtkSpinButton *token;
  GtkAdjustment *token_adjustment, *factor_adjustment;
  GtkScale *factor;
  GtkEntry *value;
  GtkCheckButton *all_channels;
  GtkButton *reset;
  GtkWidget *layer_box, *network_box, *network_wait;
  ScopeFactRow *delta, *column, *decay, *output, *output_all;
  ScopeSparkLines *column_lines, *decay_lines, *output_lines;
  ScopeOutcomeTable *table;
};

G_DEFINE_FINAL_TYPE (ScopeInspectorWhatIf, scope_inspector_what_if, GTK_TYPE_WIDGET)

/* --- what is asked ------------------------------------------------------------------------------
 */

static void
show_token (ScopeInspectorWhatIf *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize token = scope_what_if_get_token (self->what_if);
  gboolean some = tokens != NULL && token < scope_tokens_count (tokens);
  g_autofree char *name = some ? scope_format_token (tokens, token) : g_strdup ("no token");
  if (tokens != NULL)
    gtk_adjustment_set_upper (self->token_adjustment, (double)scope_tokens_count (tokens) - 1);
  if (some)
    gtk_adjustment_set_value (self->token_adjustment, (double)token);
  gtk_label_set_text (self->token_name, name);
  gtk_widget_set_sensitive (GTK_WIDGET (self->factor), some);
  gtk_widget_set_sensitive (GTK_WIDGET (self->value), some);
}

static void
show_question (ScopeInspectorWhatIf *self)
{
  double factor = scope_what_if_get_factor (self->what_if);
  double value = scope_what_if_get_value (self->what_if);
  double delta = scope_what_if_delta (self->what_if);
  g_autofree char *times = scope_format_brief (factor);
  g_autofree char *text = g_strdup_printf ("×%s", times);
  g_autofree char *placeholder = scope_format_brief (delta);
  self->showing = TRUE;
  show_token (self);
  gtk_adjustment_set_value (self->factor_adjustment, factor);
  gtk_label_set_text (self->factor_value, isnan (value) ? text : "–");
  gtk_entry_set_placeholder_text (self->value, placeholder);
  if (isnan (value) && !gtk_widget_has_css_class (GTK_WIDGET (self->value), "error"))
    gtk_editable_set_text (GTK_EDITABLE (self->value), "");
  g_autofree char *all = g_strdup_printf (
      "In all %ss", scope_format_channel_noun (scope_session_get_model (self->session)));
  gtk_check_button_set_label (self->all_channels, all);
  gtk_check_button_set_active (self->all_channels, scope_what_if_get_all_channels (self->what_if));
  gtk_widget_set_sensitive (GTK_WIDGET (self->reset),
                            scope_what_if_is_held (self->what_if) || factor != 1 || !isnan (value));
  self->showing = FALSE;
}

static void
token_cb (ScopeInspectorWhatIf *self)
{
  if (!self->showing)
    scope_what_if_set_token (self->what_if,
                             (gsize)gtk_adjustment_get_value (self->token_adjustment));
}

static void
set_value_error (ScopeInspectorWhatIf *self, const char *message)
{
  gtk_label_set_text (self->value_error, message != NULL ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->value_error), message != NULL);
  if (message != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->value), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->value), "error");
}

static void
factor_cb (ScopeInspectorWhatIf *self)
{
  if (self->showing)
    return;
  double factor = round (gtk_adjustment_get_value (self->factor_adjustment) * 20) / 20;
  set_value_error (self, NULL);
  scope_what_if_set_value (self->what_if, NAN);
  scope_what_if_set_factor (self->what_if, factor);
}

static void
value_cb (ScopeInspectorWhatIf *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->value));
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);
  if (self->showing)
    return;
  if (*text == '\0') {
    set_value_error (self, NULL);
    scope_what_if_set_value (self->what_if, NAN);
  } else if (end == text || *end != '\0' || !(value >= 0 && value <= SCOPE_WHAT_IF_VALUE_MAX)) {
    set_value_error (self, "Expected a step from 0 to 1000");
  } else {
    set_value_error (self, NULL);
    scope_what_if_set_value (self->what_if, value);
  }
}

static void
all_channels_cb (ScopeInspectorWhatIf *self)
{
  if (!self->showing)
    scope_what_if_set_all_channels (self->what_if,
                                    gtk_check_button_get_active (self->all_channels));
}

static void
reset_cb (ScopeInspectorWhatIf *self)
{
  set_value_error (self, NULL);
  scope_what_if_reset (self->what_if);
}

/* --- what comes of it ---------------------------------------------------------------------------
 */

static void
show_change (ScopeFactRow *row, double before, double after)
{
  g_autofree char *was = scope_format_brief (before);
  g_autofree char *is = scope_format_brief (after);
  scope_fact_row_take_value (row, g_strdup_printf ("%s → %s", was, is));
}

static void
show_curve (ScopeSparkLines *lines, const ScopeWhatIfCurve *curve, const char *what)
{
  g_autofree char *spoken = g_strdup_printf ("%s over tokens %" G_GSIZE_FORMAT
                                             " to %" G_GSIZE_FORMAT ", before and after",
                                             what, curve->begin, curve->end - 1);
  scope_spark_lines_set (lines, curve->before, curve->after, (guint)curve->count, spoken);
}

static char *
share_text (double share)
{
  g_autofree char *number = scope_format_brief (100 * share);
  return g_strdup_printf ("%s %%", number);
}

static void
show_layer (ScopeInspectorWhatIf *self)
{
  const ScopeWhatIfLayer *layer = scope_what_if_get_layer (self->what_if);
  gtk_widget_set_visible (self->layer_box, layer != NULL);
  if (layer == NULL) {
    g_autofree char *delta = scope_format_value (scope_what_if_delta (self->what_if));
    scope_fact_row_set_value (self->delta, delta);
    return;
  }
  show_change (self->delta, layer->delta_before, layer->delta_after);
  show_change (self->column, layer->column_before, layer->column_after);
  show_change (self->decay, layer->decay_before, layer->decay_after);
  scope_fact_row_take_value (self->output, share_text (layer->output));
  scope_fact_row_take_value (self->output_all, share_text (layer->output_all));
  show_curve (self->column_lines, &layer->curve[SCOPE_WHAT_IF_COLUMN], "How the token is read");
  show_curve (self->decay_lines, &layer->curve[SCOPE_WHAT_IF_DECAY], "ln decay");
  show_curve (self->output_lines, &layer->curve[SCOPE_WHAT_IF_OUTPUT], "The output and its change");
}

static void
show_network (ScopeInspectorWhatIf *self)
{
  static const char *const titles[] = { "As it is", "What if" };
  const ScopeWhatIfNetwork *network = scope_what_if_get_network (self->what_if);
  gboolean waited = scope_what_if_get_layer (self->what_if) != NULL && network == NULL;
  gtk_widget_set_visible (self->network_wait, waited);
  gtk_widget_set_visible (GTK_WIDGET (self->table), network != NULL);
  gtk_widget_set_visible (self->network_box, waited || network != NULL);
  if (network == NULL)
    return;
  ScopeOutcome *const outcomes[] = { network->before, network->after };
  scope_outcome_table_set (self->table, titles, outcomes, G_N_ELEMENTS (outcomes));
}

static void
changed_cb (ScopeInspectorWhatIf *self)
{
  const char *obstacle = scope_what_if_obstacle (self->what_if);
  gtk_stack_set_visible_child_name (self->stack, obstacle != NULL ? "none" : "what-if");
  gtk_label_set_text (self->obstacle, obstacle != NULL ? obstacle : "");
  if (obstacle != NULL)
    return;
  show_question (self);
  show_layer (self);
  show_network (self);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
map_cb (ScopeInspectorWhatIf *self)
{
  if (self->what_if != NULL)
    scope_what_if_set_active (self->what_if, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
scope_inspector_what_if_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_inspector_what_if_parent_class)->map (widget);
  map_cb (SCOPE_INSPECTOR_WHAT_IF (widget));
}

static void
scope_inspector_what_if_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_inspector_what_if_parent_class)->unmap (widget);
  map_cb (SCOPE_INSPECTOR_WHAT_IF (widget));
}

static void
scope_inspector_what_if_dispose (GObject *object)
{
  ScopeInspectorWhatIf *self = SCOPE_INSPECTOR_WHAT_IF (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR_WHAT_IF);
  g_clear_object (&self->what_if);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_inspector_what_if_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeInspectorWhatIf, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (stack);
  BIND (obstacle);
  BIND (token_name);
  BIND (factor_value);
  BIND (value_error);
  BIND (token);
  BIND (token_adjustment);
  BIND (factor_adjustment);
  BIND (factor);
  BIND (value);
  BIND (all_channels);
  BIND (reset);
  BIND (layer_box);
  BIND (network_box);
  BIND (network_wait);
  BIND (delta);
  BIND (column);
  BIND (decay);
  BIND (output);
  BIND (output_all);
  BIND (column_lines);
  BIND (decay_lines);
  BIND (output_lines);
  BIND (table);
}

static void
scope_inspector_what_if_class_init (ScopeInspectorWhatIfClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_what_if_dispose;
  widget_class->map = scope_inspector_what_if_map;
  widget_class->unmap = scope_inspector_what_if_unmap;
  g_type_ensure (SCOPE_TYPE_FACT_ROW);
  g_type_ensure (SCOPE_TYPE_OUTCOME_TABLE);
  g_type_ensure (SCOPE_TYPE_SPARK_LINES);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector-what-if.ui");
  bind_children (widget_class);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "inspector-what-if");
}

static void
scope_inspector_what_if_init (ScopeInspectorWhatIf *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  static const double marks[] = { 0, 1, 5, 10 };
  for (guint k = 0; k < G_N_ELEMENTS (marks); k++) {
    g_autofree char *text = g_strdup_printf ("×%.0f", marks[k]);
    gtk_scale_add_mark (self->factor, marks[k], GTK_POS_BOTTOM, marks[k] == 1 ? NULL : text);
  }
  gtk_widget_set_direction (GTK_WIDGET (self->value), GTK_TEXT_DIR_LTR);
  g_signal_connect_swapped (self->token_adjustment, "value-changed", G_CALLBACK (token_cb), self);
  g_signal_connect_swapped (self->factor_adjustment, "value-changed", G_CALLBACK (factor_cb), self);
  g_signal_connect_swapped (self->value, "changed", G_CALLBACK (value_cb), self);
  g_signal_connect_swapped (self->all_channels, "toggled", G_CALLBACK (all_channels_cb), self);
  g_signal_connect_swapped (self->reset, "clicked", G_CALLBACK (reset_cb), self);
}

void
scope_inspector_what_if_set_session (ScopeInspectorWhatIf *self, ScopeSession *session,
                                     ScopeWhatIf *what_if)
{
  g_return_if_fail (SCOPE_IS_INSPECTOR_WHAT_IF (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->what_if = g_object_ref (what_if);
  g_signal_connect_object (what_if, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::layer-view", G_CALLBACK (changed_cb), self,
                           G_CONNECT_SWAPPED);
  changed_cb (self);
  map_cb (self);
}
