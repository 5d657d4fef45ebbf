#include "ui/outcome-table.h"

#include <math.h>

#include "ui/format.h"
#include "ui/tooltip.h"

typedef enum { ROW_PERPLEXITY, ROW_LOGIT, ROW_KL, N_NUMBERS } NumberRow;

struct _ScopeOutcomeTable {
  GtkWidget parent;
  GtkGrid *grid;
  GtkLabel *title[SCOPE_OUTCOME_COLUMNS];
  GtkLabel *token[SCOPE_OUTCOME_COLUMNS][SCOPE_CANDIDATES];
  GtkLabel *share[SCOPE_OUTCOME_COLUMNS][SCOPE_CANDIDATES];
  GtkLabel *heading[N_NUMBERS];
  GtkLabel *number[SCOPE_OUTCOME_COLUMNS][N_NUMBERS];
};

G_DEFINE_FINAL_TYPE (ScopeOutcomeTable, scope_outcome_table, GTK_TYPE_WIDGET)

/* --- filling ------------------------------------------------------------------------------------
 */

static void
show_token (ScopeOutcomeTable *self, guint column, guint k, const ScopeOutcome *outcome)
{
  const char *piece = outcome != NULL ? outcome->piece[k] : NULL;
  g_autofree char *quoted = piece != NULL ? g_strdup_printf ("“%s”", piece) : g_strdup ("–");
  g_autofree char *share
      = piece != NULL ? scope_format_percent (outcome->next.other_probability[k]) : g_strdup ("");
  gtk_label_set_text (self->token[column][k], quoted);
  scope_set_tooltip (GTK_WIDGET (self->token[column][k]), piece != NULL ? quoted : NULL);
  gtk_label_set_text (self->share[column][k], share);
}

static void
show_number (ScopeOutcomeTable *self, guint column, NumberRow row, double value)
{
  g_autofree char *text
      = row == ROW_PERPLEXITY ? scope_format_perplexity (value) : scope_format_brief (value);
  gtk_label_set_text (self->number[column][row], text);
}

static void
show_column (ScopeOutcomeTable *self, guint column, const char *title, const ScopeOutcome *outcome,
             const ScopeOutcome *reference)
{
  gboolean compared = outcome != NULL && reference != NULL && outcome != reference;
  ScopeOutcomeChange change = { NAN, NAN };
  if (compared)
    change = scope_outcome_change (reference, outcome);
  gtk_label_set_text (self->title[column], title);
  for (guint k = 0; k < SCOPE_CANDIDATES; k++)
    show_token (self, column, k, outcome);
  show_number (self, column, ROW_PERPLEXITY, outcome != NULL ? outcome->perplexity : NAN);
  show_number (self, column, ROW_LOGIT, change.logit);
  show_number (self, column, ROW_KL, change.kl);
}

static void
show_heading (ScopeOutcomeTable *self, gsize scored)
{
  g_autofree char *count = scope_format_count (scored);
  g_autofree char *text = g_strdup_printf ("Perplexity, last %s tokens", count);
  gtk_label_set_text (self->heading[ROW_PERPLEXITY], scored > 0 ? text : "Perplexity");
}

static void
show_if (GtkLabel *label, gboolean visible)
{
  gtk_widget_set_visible (GTK_WIDGET (label), visible);
}

void
scope_outcome_table_set (ScopeOutcomeTable *self, const char *const *titles,
                         ScopeOutcome *const *outcomes, guint count)
{
  g_return_if_fail (SCOPE_IS_OUTCOME_TABLE (self) && count <= SCOPE_OUTCOME_COLUMNS);
  for (guint c = 0; c < SCOPE_OUTCOME_COLUMNS; c++) {
    if (c < count)
      show_column (self, c, titles[c], outcomes[c], outcomes[0]);
    show_if (self->title[c], c < count);
    for (guint k = 0; k < SCOPE_CANDIDATES; k++)
      gtk_widget_set_visible (gtk_widget_get_parent (GTK_WIDGET (self->token[c][k])), c < count);
    for (guint k = 0; k < N_NUMBERS; k++)
      show_if (self->number[c][k], c < count);
  }
  show_heading (self, count > 0 && outcomes[0] != NULL ? outcomes[0]->scored : 0);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static GtkLabel *
new_label (const char *text, const char *const *classes)
{
  GtkLabel *label = GTK_LABEL (gtk_label_new (text));
  gtk_label_set_xalign (label, 0);
  for (guint k = 0; classes[k] != NULL; k++)
    gtk_widget_add_css_class (GTK_WIDGET (label), classes[k]);
  return label;
}

static void
build_token (ScopeOutcomeTable *self, guint column, guint k)
{
  static const char *const bold[] = { "caption", "token-name", NULL };
  static const char *const dim[] = { "caption", "numeric", "dim-label", NULL };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->token[column][k] = new_label ("–", bold);
  self->share[column][k] = new_label ("", dim);
  gtk_label_set_ellipsize (self->token[column][k], PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (self->token[column][k], 5);
  gtk_label_set_max_width_chars (self->token[column][k], 5);
  gtk_widget_set_direction (GTK_WIDGET (self->share[column][k]), GTK_TEXT_DIR_LTR);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->token[column][k]));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->share[column][k]));
  gtk_grid_attach (self->grid, box, (int)column, (int)k + 1, 1, 1);
}

static void
build_numbers (ScopeOutcomeTable *self, NumberRow row, const char *heading, const char *tooltip)
{
  static const char *const dim[] = { "caption", "dim-label", NULL };
  static const char *const plain[] = { "numeric", NULL };
  int at = SCOPE_CANDIDATES + 1 + 2 * (int)row;
  self->heading[row] = new_label (heading, dim);
  gtk_label_set_wrap (self->heading[row], TRUE);
  scope_set_tooltip (GTK_WIDGET (self->heading[row]), tooltip);
  gtk_widget_set_margin_top (GTK_WIDGET (self->heading[row]), 4);
  gtk_grid_attach (self->grid, GTK_WIDGET (self->heading[row]), 0, at, SCOPE_OUTCOME_COLUMNS, 1);
  for (guint c = 0; c < SCOPE_OUTCOME_COLUMNS; c++) {
    self->number[c][row] = new_label ("–", plain);
    gtk_label_set_selectable (self->number[c][row], TRUE);
    gtk_widget_set_can_focus (GTK_WIDGET (self->number[c][row]), FALSE);
    gtk_widget_set_direction (GTK_WIDGET (self->number[c][row]), GTK_TEXT_DIR_LTR);
    gtk_grid_attach (self->grid, GTK_WIDGET (self->number[c][row]), (int)c, at + 1, 1, 1);
  }
}

static void
scope_outcome_table_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));
  if (child != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (scope_outcome_table_parent_class)->dispose (object);
}

static void
scope_outcome_table_class_init (ScopeOutcomeTableClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_outcome_table_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "outcome-table");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_outcome_table_init (ScopeOutcomeTable *self)
{
  static const char *const title[] = { "caption-heading", NULL };
  self->grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_column_homogeneous (self->grid, TRUE);
  gtk_grid_set_column_spacing (self->grid, 6);
  gtk_grid_set_row_spacing (self->grid, 2);
  gtk_widget_set_parent (GTK_WIDGET (self->grid), GTK_WIDGET (self));
  for (guint c = 0; c < SCOPE_OUTCOME_COLUMNS; c++) {
    self->title[c] = new_label ("", title);
    gtk_label_set_wrap (self->title[c], TRUE);
    gtk_label_set_width_chars (self->title[c], 5);
    gtk_label_set_max_width_chars (self->title[c], 5);
    gtk_label_set_yalign (self->title[c], 1);
    gtk_grid_attach (self->grid, GTK_WIDGET (self->title[c]), (int)c, 0, 1, 1);
    for (guint k = 0; k < SCOPE_CANDIDATES; k++)
      build_token (self, c, k);
  }
  build_numbers (self, ROW_PERPLEXITY, "Perplexity",
                 "How well the text’s last tokens are foretold");
  build_numbers (self, ROW_LOGIT, "Largest change of a logit", "Of the next token’s logits");
  build_numbers (self, ROW_KL, "KL divergence, nats",
                 "Of the next token’s distribution, from the first column’s");
}
