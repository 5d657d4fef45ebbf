#include "ui/inspector-cell.h"

#include <math.h>

#include "ui/bar-strip.h"
#include "ui/fact-row.h"
#include "ui/format.h"
#include "ui/template.h"
#include "ui/term-list.h"
#include "ui/tooltip.h"

struct _ScopeInspectorCell {
  GtkWidget parent;
  ScopeSession *session;
  ScopeDissect *dissect;
  GtkStack *stack, *terms;
  GtkLabel *value, *row_token, *row_index, *row_context, *column_token, *column_index,
      *column_context;
  GtkLabel *note, *state;
  ScopeBarStrip *bars;
  ScopeFactRow *c, *decay, *b, *delta, *span, *skip, *sum, *map, *difference;
  ScopeFactRow *dot, *scale, *score, *total, *share, *soft_map;
  GtkWidget *terms_button;
  GtkPopover *popover;
  ScopeTermList *list;
};

G_DEFINE_FINAL_TYPE (ScopeInspectorCell, scope_inspector_cell, GTK_TYPE_WIDGET)

/* --- the value and the tokens -------------------------------------------------------------------
 */

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
show_value (ScopeInspectorCell *self, gsize row, gsize column)
{
  const char *symbol = scope_format_matrix_symbol (scope_session_get_kind (self->session));
  double value;
  if (!scope_session_cell (self->session, row, column, &value))
    value = NAN;
  g_autofree char *number = scope_format_value (value);
  g_autofree char *text = g_strdup_printf ("%s = %s", symbol, number);
  gtk_label_set_text (self->value, text);
}

/* --- the terms ----------------------------------------------------------------------------------
 */

static void
show_number (ScopeFactRow *row, double value)
{
  scope_fact_row_take_value (row, scope_format_value (value));
}

/* "agrees to 3×10⁻⁷", or a difference that is too large for the rounding of the map's numbers. */
static void
show_difference (ScopeInspectorCell *self, const ScopeDissectView *view)
{
  double off = scope_dissect_error (view);
  g_autofree char *size = scope_format_proof (off);
  g_autofree char *text = isnan (view->map_value) ? g_strdup ("…")
                          : off == 0              ? g_strdup ("to the bit")
                          : off < 1e-4            ? g_strdup_printf ("to %s", size)
                                                  : g_strdup_printf ("no, by %s", size);
  scope_fact_row_set_value (self->difference, text);
}

static void
show_state (ScopeInspectorCell *self)
{
  const ScopeDissectView *view = scope_dissect_get_cell (self->dissect);
  guint n = scope_bar_strip_get_selected (self->bars);
  if (view == NULL || n >= view->cell.states) {
    scope_set_fact (self->state, "Point at a bar, or press an arrow key", TRUE);
    show_number (self->c, NAN);
    show_number (self->decay, NAN);
    show_number (self->b, NAN);
    return;
  }
  const ScopeCell *cell = &view->cell;
  g_autofree char *term = scope_format_value (cell->term[n]);
  g_autofree char *said
      = g_strdup_printf ("State %u of %" G_GSIZE_FORMAT ": %s", n + 1, cell->states, term);
  scope_set_fact (self->state, said, FALSE);
  show_number (self->c, cell->c[n]);
  show_number (self->decay, cell->decay[n]);
  show_number (self->b, cell->b[n]);
}

static void
say_bars (ScopeInspectorCell *self, const ScopeDissectView *view)
{
  g_autofree char *sum = scope_format_value (view->cell.value);
  g_autofree char *whole = g_strdup_printf ("Terms of %" G_GSIZE_FORMAT " states, together %s",
                                            view->cell.states, sum);
  gboolean selected = scope_bar_strip_get_selected (self->bars) < view->cell.states;
  scope_bar_strip_say (self->bars, whole, selected ? gtk_label_get_text (self->state) : "");
}

static void
selected_cb (ScopeInspectorCell *self)
{
  const ScopeDissectView *view = scope_dissect_get_cell (self->dissect);
  show_state (self);
  if (view != NULL)
    say_bars (self, view);
}

static const char *
note_for (const ScopeDissectView *view)
{
  if (view->column > view->row)
    return "Above the diagonal: nothing is read from later tokens.";
  if (view->cell.delta_j == 0)
    return "Δ is 0 here: the token was dropped, and wrote nothing that could be read.";
  if (view->kind == SCOPE_MATRIX_FULL)
    return "The terms of the kernel α, which gate and convolution act on. The full map’s own cells "
           "are "
           "read where it is zoomed in to them.";
  return NULL;
}

static void
show_ssm (ScopeInspectorCell *self, const ScopeDissectView *view)
{
  const ScopeCell *cell = &view->cell;
  const char *note = note_for (view);
  gtk_widget_set_visible (GTK_WIDGET (self->note), note != NULL);
  gtk_label_set_text (self->note, note != NULL ? note : "");
  scope_bar_strip_set_values (self->bars, cell->term, NULL, (guint)cell->states);
  show_number (self->delta, cell->delta_j);
  show_number (self->span, cell->span);
  show_number (self->skip, view->skip);
  gtk_widget_set_visible (GTK_WIDGET (self->skip), view->skip != 0);
  show_number (self->sum, view->sum);
  show_number (self->map, view->map_value);
  show_difference (self, view);
  show_state (self);
  say_bars (self, view);
  if (gtk_widget_get_mapped (GTK_WIDGET (self->popover)))
    scope_term_list_set_cell (self->list, cell);
}

static void
show_softmax (ScopeInspectorCell *self, const ScopeDissectView *view)
{
  show_number (self->dot, view->softmax.dot);
  show_number (self->scale, view->softmax.scale);
  show_number (self->score, view->softmax.score);
  show_number (self->total, view->softmax.total);
  scope_fact_row_take_value (self->share, scope_format_value (view->softmax.value));
  show_number (self->soft_map, view->map_value);
}

static void
changed_cb (ScopeInspectorCell *self)
{
  const ScopeDissectView *view = scope_dissect_get_cell (self->dissect);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  gboolean inside
      = tokens != NULL && row < scope_tokens_count (tokens) && column < scope_tokens_count (tokens);
  gtk_stack_set_visible_child_name (self->stack, inside ? "cell" : "none");
  if (!inside)
    return;
  show_value (self, row, column);
  show_token (tokens, row, self->row_token, self->row_index, self->row_context);
  show_token (tokens, column, self->column_token, self->column_index, self->column_context);
  gboolean softmax = view != NULL && view->kind == SCOPE_MATRIX_SOFTMAX;
  gtk_stack_set_visible_child_name (self->terms, view == NULL ? "none"
                                                 : softmax    ? "softmax"
                                                              : "ssm");
  gtk_widget_set_visible (self->terms_button, !softmax);
  if (softmax)
    show_softmax (self, view);
  else if (view != NULL)
    show_ssm (self, view);
}

static void
popover_shown_cb (ScopeInspectorCell *self)
{
  const ScopeDissectView *view = scope_dissect_get_cell (self->dissect);
  if (view != NULL)
    scope_term_list_set_cell (self->list, &view->cell);
}

/* A row a state and six labels each are several MB. */
static void
popover_hidden_cb (ScopeInspectorCell *self)
{
  if (!gtk_widget_in_destruction (GTK_WIDGET (self)))
    scope_term_list_set_cell (self->list, NULL);
}

/* --- the clipboard ------------------------------------------------------------------------------
 */

static void
copy_cb (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ScopeInspectorCell *self = SCOPE_INSPECTOR_CELL (widget);
  g_autofree char *text
      = g_str_equal (action, "cell.copy-latex") ? scope_dissect_latex (self->dissect)
        : g_str_equal (action, "cell.copy-csv") ? scope_dissect_csv (self->dissect)
                                                : scope_dissect_json (self->dissect);
  if (text != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
map_cb (ScopeInspectorCell *self)
{
  if (self->dissect != NULL)
    scope_dissect_set_active (self->dissect, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

static void
scope_inspector_cell_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_inspector_cell_parent_class)->map (widget);
  map_cb (SCOPE_INSPECTOR_CELL (widget));
}

static void
scope_inspector_cell_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_inspector_cell_parent_class)->unmap (widget);
  map_cb (SCOPE_INSPECTOR_CELL (widget));
}

static void
scope_inspector_cell_dispose (GObject *object)
{
  ScopeInspectorCell *self = SCOPE_INSPECTOR_CELL (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_INSPECTOR_CELL);
  g_clear_object (&self->dissect);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_inspector_cell_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeInspectorCell, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (stack);
  BIND (terms);
  BIND (value);
  BIND (row_token);
  BIND (row_index);
  BIND (row_context);
  BIND (column_token);
  BIND (column_index);
  BIND (column_context);
  BIND (note);
  BIND (state);
  BIND (bars);
  BIND (c);
  BIND (decay);
  BIND (b);
  BIND (delta);
  BIND (span);
  BIND (skip);
  BIND (sum);
  BIND (map);
  BIND (difference);
  BIND (dot);
  BIND (scale);
  BIND (score);
  BIND (total);
  BIND (share);
  BIND (soft_map);
  BIND (terms_button);
  BIND (popover);
  BIND (list);
}

static void
scope_inspector_cell_class_init (ScopeInspectorCellClass *klass)
{
  static const char *const actions[] = { "cell.copy-latex", "cell.copy-csv", "cell.copy-json" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_inspector_cell_dispose;
  widget_class->map = scope_inspector_cell_map;
  widget_class->unmap = scope_inspector_cell_unmap;
  g_type_ensure (SCOPE_TYPE_BAR_STRIP);
  g_type_ensure (SCOPE_TYPE_FACT_ROW);
  g_type_ensure (SCOPE_TYPE_TERM_LIST);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/inspector-cell.ui");
  bind_children (widget_class);
  for (guint k = 0; k < G_N_ELEMENTS (actions); k++)
    gtk_widget_class_install_action (widget_class, actions[k], NULL, copy_cb);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "inspector-cell");
}

static void
scope_inspector_cell_init (ScopeInspectorCell *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_direction (GTK_WIDGET (self->value), GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->value), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  "The value of the cell under the crosshair", -1);
  g_signal_connect_object (self->bars, "notify::selected", G_CALLBACK (selected_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "show", G_CALLBACK (popover_shown_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "hide", G_CALLBACK (popover_hidden_cb), self,
                           G_CONNECT_SWAPPED);
}

void
scope_inspector_cell_set_session (ScopeInspectorCell *self, ScopeSession *session,
                                  ScopeDissect *dissect)
{
  g_return_if_fail (SCOPE_IS_INSPECTOR_CELL (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->dissect = g_object_ref (dissect);
  g_signal_connect_object (dissect, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
  map_cb (self);
}
