#include "ui/curtain.h"

struct _ScopeCurtain {
  AdwBin parent;
};

G_DEFINE_FINAL_TYPE (ScopeCurtain, scope_curtain, ADW_TYPE_BIN)

static void
follow (ScopeCurtain *self)
{
  GtkWidget *child = adw_bin_get_child (ADW_BIN (self));
  if (child != NULL)
    gtk_widget_set_visible (child, gtk_widget_get_mapped (GTK_WIDGET (self)));
}

/* Shown as soon as it is mapped: what is focused next is in it. */
static void
scope_curtain_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_curtain_parent_class)->map (widget);
  follow (SCOPE_CURTAIN (widget));
}

static void
scope_curtain_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_curtain_parent_class)->unmap (widget);
  follow (SCOPE_CURTAIN (widget));
}

static void
scope_curtain_class_init (ScopeCurtainClass *klass)
{
  GTK_WIDGET_CLASS (klass)->map = scope_curtain_map;
  GTK_WIDGET_CLASS (klass)->unmap = scope_curtain_unmap;
}

static void
scope_curtain_init (ScopeCurtain *self)
{
  g_signal_connect (self, "notify::child", G_CALLBACK (follow), NULL);
}

GtkWidget *
scope_curtain_new (GtkWidget *child)
{
  return g_object_new (SCOPE_TYPE_CURTAIN, "child", child, NULL);
}
