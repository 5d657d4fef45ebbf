#include "ui/channel-row.h"

#include <math.h>

#include "ui/format.h"
#include "ui/meter.h"
#include "ui/template.h"

struct _ScopeChannelRow {
  GtkWidget parent;
  GtkImage *icon;
  GtkLabel *name, *kind, *facts;
  ScopeMeter *meter;
  ScopeChannelItem *item;
};

G_DEFINE_FINAL_TYPE (ScopeChannelRow, scope_channel_row, GTK_TYPE_WIDGET)

static void
scope_channel_row_dispose (GObject *object)
{
  scope_channel_row_set_item (SCOPE_CHANNEL_ROW (object), NULL);
  scope_widget_dispose_template (GTK_WIDGET (object), SCOPE_TYPE_CHANNEL_ROW);
  G_OBJECT_CLASS (scope_channel_row_parent_class)->dispose (object);
}

static void
set_class (ScopeChannelRow *self, gboolean global)
{
  gtk_image_set_from_icon_name (self->icon,
                                global ? "scope-global-symbolic" : "scope-local-symbolic");
  gtk_label_set_text (self->kind, global ? "global" : "local");
  gtk_widget_remove_css_class (GTK_WIDGET (self), global ? "local" : "global");
  gtk_widget_add_css_class (GTK_WIDGET (self), global ? "global" : "local");
}

/* A head of shared attention has no decay, no class and no filter. */
static void
show_attention (ScopeChannelRow *self, const char *name)
{
  gtk_image_set_from_icon_name (self->icon, "scope-global-symbolic");
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->kind, "softmax");
  gtk_label_set_text (self->facts, "sees every token");
  gtk_widget_remove_css_class (GTK_WIDGET (self), "local");
  gtk_widget_remove_css_class (GTK_WIDGET (self), "global");
  scope_meter_set_share (self->meter, NAN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
show_item (ScopeChannelRow *self)
{
  ScopeChannelItem *item = self->item;
  const ScopeChannelStats *stats = scope_channel_item_get_stats (item);
  const char *noun = scope_channel_item_get_noun (item);
  g_autofree char *name = g_strdup_printf ("%c%s %" G_GSIZE_FORMAT, g_ascii_toupper (noun[0]),
                                           noun + 1, stats->channel);
  if (scope_channel_item_is_attention (item)) {
    show_attention (self, name);
    return;
  }
  g_autofree char *field = scope_format_count (stats->field_length);
  g_autofree char *kept = scope_format_percent (stats->kept_fraction);
  g_autofree char *decay = scope_format_value (stats->ln_decay);
  g_autofree char *facts = stats->kept_fraction < 1
                               ? g_strdup_printf ("field %s · keeps %s", field, kept)
                               : g_strdup_printf ("field %s", field);
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->facts, facts);
  set_class (self, stats->global);
  scope_meter_set_share (self->meter, scope_channel_item_get_memory (item));
  g_autofree char *spoken = g_strdup_printf ("%s, %s, ln decay %s, %s", name,
                                             stats->global ? "global" : "local", decay, facts);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* Made when it is looked at: a list is filled faster than that. */
static gboolean
scope_channel_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                                 GtkTooltip *tooltip)
{
  ScopeChannelItem *item = SCOPE_CHANNEL_ROW (widget)->item;
  if (item == NULL)
    return FALSE;
  if (scope_channel_item_is_attention (item)) {
    gtk_tooltip_set_text (tooltip,
                          "A head of the transformer block that this layer shares with others: "
                          "its softmax over the tokens so far");
    return TRUE;
  }
  const ScopeChannelStats *stats = scope_channel_item_get_stats (item);
  g_autofree char *field = scope_format_count (stats->field_length);
  g_autofree char *kept = scope_format_percent (stats->kept_fraction);
  g_autofree char *decay = scope_format_value (stats->ln_decay);
  g_autofree char *life = scope_format_value (stats->half_life);
  g_autofree char *tip = g_strdup_printf ("ln decay %s over the text\nhalf-life %s tokens\n"
                                          "field of the last row %s tokens\nkeeps %s of the tokens",
                                          decay, life, field, kept);
  gtk_tooltip_set_text (tooltip, tip);
  return TRUE;
}

void
scope_channel_row_set_item (ScopeChannelRow *self, ScopeChannelItem *item)
{
  g_return_if_fail (SCOPE_IS_CHANNEL_ROW (self));
  if (item == self->item)
    return;
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item == NULL)
    return;
  g_signal_connect_swapped (item, "changed", G_CALLBACK (show_item), self);
  show_item (self);
}

static void
scope_channel_row_class_init (ScopeChannelRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_channel_row_dispose;
  g_type_ensure (SCOPE_TYPE_METER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/channel-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeChannelRow, icon);
  gtk_widget_class_bind_template_child (widget_class, ScopeChannelRow, name);
  gtk_widget_class_bind_template_child (widget_class, ScopeChannelRow, kind);
  gtk_widget_class_bind_template_child (widget_class, ScopeChannelRow, facts);
  gtk_widget_class_bind_template_child (widget_class, ScopeChannelRow, meter);
  widget_class->query_tooltip = scope_channel_row_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "channel-row");
}

static void
scope_channel_row_init (ScopeChannelRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
scope_channel_row_new (void)
{
  return g_object_new (SCOPE_TYPE_CHANNEL_ROW, NULL);
}
