#include "ui/layer-row.h"

#include <math.h>

#include "ui/format.h"
#include "ui/meter.h"
#include "ui/template.h"

struct _ScopeLayerRow {
  GtkWidget parent;
  ScopeLayerItem *item;
  gulong notify;
  GtkLabel *name, *attention, *share;
  ScopeMeter *meter;
};

G_DEFINE_FINAL_TYPE (ScopeLayerRow, scope_layer_row, GTK_TYPE_WIDGET)

static void
update (ScopeLayerRow *self)
{
  double share = scope_layer_item_get_global_share (self->item);
  gsize layer = scope_layer_item_get_layer (self->item);
  g_autofree char *name = g_strdup_printf ("Layer %" G_GSIZE_FORMAT, layer);
  g_autofree char *percent = isnan (share) ? g_strdup ("") : scope_format_percent (share);
  gboolean attention = scope_layer_item_get_attention (self->item);
  gtk_label_set_text (self->name, name);
  gtk_widget_set_visible (GTK_WIDGET (self->attention), attention);
  gtk_label_set_text (self->share, percent);
  scope_meter_set_share (self->meter, share);
  /* What is not known yet is not nothing. */
  gtk_widget_set_opacity (GTK_WIDGET (self->meter), isnan (share) ? 0 : 1);
  g_autofree char *spoken
      = g_strdup_printf ("%s%s%s%s%s", name, attention ? ", with attention" : "",
                         isnan (share) ? "" : ", ", percent, isnan (share) ? "" : " global");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static gboolean
scope_layer_row_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                               GtkTooltip *tooltip)
{
  ScopeLayerItem *item = SCOPE_LAYER_ROW (widget)->item;
  double share = item != NULL ? scope_layer_item_get_global_share (item) : NAN;
  if (isnan (share))
    return FALSE;
  g_autofree char *percent = scope_format_percent (share);
  g_autofree char *tip = g_strdup_printf (
      "%s of the layer is global: its memory reaches over the training length", percent);
  gtk_tooltip_set_text (tooltip, tip);
  return TRUE;
}

static void
scope_layer_row_dispose (GObject *object)
{
  scope_layer_row_set_item (SCOPE_LAYER_ROW (object), NULL);
  scope_widget_dispose_template (GTK_WIDGET (object), SCOPE_TYPE_LAYER_ROW);
  G_OBJECT_CLASS (scope_layer_row_parent_class)->dispose (object);
}

static void
scope_layer_row_class_init (ScopeLayerRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_layer_row_dispose;
  g_type_ensure (SCOPE_TYPE_METER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/layer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ScopeLayerRow, name);
  gtk_widget_class_bind_template_child (widget_class, ScopeLayerRow, attention);
  gtk_widget_class_bind_template_child (widget_class, ScopeLayerRow, share);
  gtk_widget_class_bind_template_child (widget_class, ScopeLayerRow, meter);
  widget_class->query_tooltip = scope_layer_row_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "layer-row");
}

static void
scope_layer_row_init (ScopeLayerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* "25 %", whatever the desktop's language. */
  gtk_widget_set_direction (GTK_WIDGET (self->share), GTK_TEXT_DIR_LTR);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
scope_layer_row_new (void)
{
  return g_object_new (SCOPE_TYPE_LAYER_ROW, NULL);
}

void
scope_layer_row_set_item (ScopeLayerRow *self, ScopeLayerItem *item)
{
  g_return_if_fail (SCOPE_IS_LAYER_ROW (self));
  if (self->item != NULL)
    g_clear_signal_handler (&self->notify, self->item);
  if (!g_set_object (&self->item, item) || item == NULL)
    return;
  self->notify = g_signal_connect_swapped (item, "notify::global-share", G_CALLBACK (update), self);
  update (self);
}
