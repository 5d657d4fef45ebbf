#include "ui/token-chip.h"

#include <string.h>

#include "ui/format.h"
#include "ui/meter.h"
#include "ui/tooltip.h"

struct _ScopeTokenChip {
  GtkWidget parent;
  GtkWidget *label, *meter;
};

G_DEFINE_FINAL_TYPE (ScopeTokenChip, scope_token_chip, GTK_TYPE_WIDGET)

static void
scope_token_chip_dispose (GObject *object)
{
  ScopeTokenChip *self = SCOPE_TOKEN_CHIP (object);
  g_clear_pointer (&self->label, gtk_widget_unparent);
  g_clear_pointer (&self->meter, gtk_widget_unparent);
  G_OBJECT_CLASS (scope_token_chip_parent_class)->dispose (object);
}

static void
scope_token_chip_class_init (ScopeTokenChipClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_token_chip_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "token-chip");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_token_chip_init (ScopeTokenChip *self)
{
  GtkBoxLayout *layout = GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self)));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (layout, 2);
  self->label = gtk_label_new (NULL);
  /* Marks without a direction of their own stand as the model wrote them, on every desktop. */
  gtk_widget_set_direction (self->label, GTK_TEXT_DIR_LTR);
  /* Signs of other fonts are of other heights: the meters stay on one line. */
  gtk_widget_set_vexpand (self->label, TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), FALSE);
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  self->meter = scope_meter_new ();
  gtk_widget_set_parent (self->meter, GTK_WIDGET (self));
}

/* A predicted token as text for the screen: spaces are seen. */
static char *
alternative_text (ScopeModel *model, gint32 id)
{
  const ScopeTokenizer *tokenizer = model != NULL ? scope_model_tokenizer (model) : NULL;
  if (tokenizer == NULL)
    return g_strdup_printf ("#%d", id);
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_tokens (tokenizer, &id, 1);
  if (tokens == NULL || scope_tokens_count (tokens) == 0)
    return g_strdup_printf ("#%d", id);
  return scope_tokens_display (tokens, 0);
}

static char *
alternatives (const ScopeStep *step, ScopeModel *model)
{
  GString *out = g_string_new (NULL);
  for (guint k = 0; k < SCOPE_CANDIDATES && step->other[k] >= 0; k++) {
    g_autofree char *text = alternative_text (model, step->other[k]);
    g_autofree char *percent = scope_format_percent (step->other_probability[k]);
    g_string_append_printf (out, "%s“%s”  %s", k > 0 ? "\n" : "", text, percent);
  }
  return g_string_free (out, FALSE);
}

GtkWidget *
scope_token_chip_new (const char *piece, const ScopeStep *step, ScopeModel *model)
{
  ScopeTokenChip *self = g_object_new (SCOPE_TYPE_TOKEN_CHIP, NULL);
  g_autofree char *tip = alternatives (step, model);
  g_autofree char *percent = scope_format_percent (step->probability);
  g_autofree char *spoken = g_strdup_printf ("“%s”, %s", piece, percent);
  gtk_label_set_text (GTK_LABEL (self->label), scope_format_piece (piece));
  scope_meter_set_share (SCOPE_METER (self->meter), step->probability);
  scope_set_tooltip (GTK_WIDGET (self), tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, tip, -1);
  return GTK_WIDGET (self);
}
