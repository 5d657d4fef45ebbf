#include "ui/theta-handle.h"

#include "ui/decay-words.h"
#include "ui/tooltip.h"

struct _ScopeThetaHandle {
  GtkWidget parent;
  GtkLabel *label;
};

G_DEFINE_FINAL_TYPE (ScopeThetaHandle, scope_theta_handle, GTK_TYPE_WIDGET)

static guint stepped_signal;

static gboolean
step_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  int step;
  g_variant_get (args, "(i)", &step);
  g_signal_emit (widget, stepped_signal, 0, step);
  return TRUE;
}

void
scope_theta_handle_set_ln (ScopeThetaHandle *self, double ln_theta, double ln_low)
{
  g_return_if_fail (SCOPE_IS_THETA_HANDLE (self));
  g_autofree char *value = scope_decay_words (ln_theta);
  g_autofree char *text = g_strdup_printf ("θ %s", value);
  g_autofree char *spoken = g_strdup_printf ("θ = %s", value);
  gtk_label_set_text (self->label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  ln_theta / G_LN10, GTK_ACCESSIBLE_PROPERTY_VALUE_MIN,
                                  ln_low / G_LN10, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, spoken, -1);
}

static void
scope_theta_handle_dispose (GObject *object)
{
  ScopeThetaHandle *self = SCOPE_THETA_HANDLE (object);
  if (self->label != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->label));
  self->label = NULL;
  G_OBJECT_CLASS (scope_theta_handle_parent_class)->dispose (object);
}

static void
scope_theta_handle_class_init (ScopeThetaHandleClass *klass)
{
  static const struct {
    guint key, keypad;
    int step;
  } keys[] = {
    { GDK_KEY_Up, GDK_KEY_KP_Up, 1 },
    { GDK_KEY_Down, GDK_KEY_KP_Down, -1 },
    { GDK_KEY_Right, GDK_KEY_KP_Right, 1 },
    { GDK_KEY_Left, GDK_KEY_KP_Left, -1 },
    { GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, 10 },
    { GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, -10 },
    { GDK_KEY_Home, GDK_KEY_KP_Home, 0 },
  };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_theta_handle_dispose;
  stepped_signal = g_signal_new ("stepped", SCOPE_TYPE_THETA_HANDLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  for (guint k = 0; k < G_N_ELEMENTS (keys); k++) {
    gtk_widget_class_add_binding (widget_class, keys[k].key, 0, step_cb, "(i)", keys[k].step);
    gtk_widget_class_add_binding (widget_class, keys[k].keypad, 0, step_cb, "(i)", keys[k].step);
  }
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "theta-handle");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
scope_theta_handle_init (ScopeThetaHandle *self)
{
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_set_parent (GTK_WIDGET (self->label), GTK_WIDGET (self));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  scope_set_tooltip (GTK_WIDGET (self),
                               "θ: channels whose decay over the training length stays above are "
                               "global. Drag, or use the arrow keys; Home for the default");
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "ns-resize");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "θ, the least decay of a global channel", -1);
}

GtkWidget *
scope_theta_handle_new (void)
{
  return g_object_new (SCOPE_TYPE_THETA_HANDLE, NULL);
}
