#include "ui/filter-control.h"

#include <math.h>

#include "ui/format.h"
#include "ui/template.h"

struct _ScopeFilterControl {
  GtkWidget parent;
  ScopeSession *session;
  gboolean showing; /* controls are following the session */
  GtkLabel *title;
  GtkSwitch *filter_switch;
  GtkMenuButton *theta_button;
  GtkLabel *theta_value;
  GtkScale *theta_scale;
  GtkAdjustment *theta_adjustment; /* log10 θ */
  GtkWidget *reset;
};

G_DEFINE_FINAL_TYPE (ScopeFilterControl, scope_filter_control, GTK_TYPE_WIDGET)

static void
theta_changed_cb (ScopeFilterControl *self)
{
  double theta = scope_session_get_theta (self->session);
  if (isnan (theta) || theta <= 0) {
    gtk_menu_button_set_label (self->theta_button, "θ");
    return;
  }
  g_autofree char *value = scope_format_theta (theta);
  g_autofree char *label = g_strdup_printf ("θ %s", value);
  gtk_menu_button_set_label (self->theta_button, label);
  gtk_label_set_text (self->theta_value, value);
  self->showing = TRUE;
  gtk_adjustment_set_value (self->theta_adjustment, log10 (theta));
  self->showing = FALSE;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->theta_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
slid_cb (ScopeFilterControl *self)
{
  if (self->showing)
    return;
  double exponent = round (gtk_adjustment_get_value (self->theta_adjustment) * 4) / 4;
  scope_session_set_theta (self->session, pow (10, exponent));
}

static void
reset_cb (ScopeFilterControl *self)
{
  scope_session_set_theta (self->session, NAN);
}

static void
filter_changed_cb (ScopeFilterControl *self)
{
  self->showing = TRUE;
  gtk_switch_set_active (self->filter_switch, scope_session_get_filter_on (self->session));
  self->showing = FALSE;
}

/* The switch is named by what it puts on. */
static void
method_changed_cb (ScopeFilterControl *self)
{
  gtk_label_set_text (self->title, scope_format_method (self->session));
}

static void
switched_cb (ScopeFilterControl *self)
{
  if (!self->showing)
    scope_session_set_filter_on (self->session, gtk_switch_get_active (self->filter_switch));
}

static void
scope_filter_control_dispose (GObject *object)
{
  ScopeFilterControl *self = SCOPE_FILTER_CONTROL (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_FILTER_CONTROL);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_filter_control_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeFilterControl, child)

static void
scope_filter_control_class_init (ScopeFilterControlClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_filter_control_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/filter-control.ui");
  BIND (title);
  BIND (filter_switch);
  BIND (theta_button);
  BIND (theta_value);
  BIND (theta_scale);
  BIND (theta_adjustment);
  BIND (reset);
  gtk_widget_class_set_css_name (widget_class, "filter-control");
}

static void
scope_filter_control_init (ScopeFilterControl *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int exponent = -40; exponent <= 0; exponent += 10) {
    g_autofree char *value = scope_format_theta (pow (10, exponent));
    gtk_scale_add_mark (self->theta_scale, exponent, GTK_POS_BOTTOM, exponent == 0 ? "1" : value);
  }
  g_signal_connect_swapped (self->theta_adjustment, "value-changed", G_CALLBACK (slid_cb), self);
  g_signal_connect_swapped (self->filter_switch, "notify::active", G_CALLBACK (switched_cb), self);
  g_signal_connect_swapped (self->reset, "clicked", G_CALLBACK (reset_cb), self);
}

void
scope_filter_control_set_session (ScopeFilterControl *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_FILTER_CONTROL (self) && self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::theta", G_CALLBACK (theta_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::model", G_CALLBACK (theta_changed_cb), self,
                           G_CONNECT_SWAPPED); /* its own default */
  g_signal_connect_object (session, "notify::filter-on", G_CALLBACK (filter_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::filter-spec", G_CALLBACK (method_changed_cb), self,
                           G_CONNECT_SWAPPED);
  theta_changed_cb (self);
  filter_changed_cb (self);
  method_changed_cb (self);
}

void
scope_filter_control_set_compact (ScopeFilterControl *self, guint level)
{
  g_return_if_fail (SCOPE_IS_FILTER_CONTROL (self));
  gtk_widget_set_visible (GTK_WIDGET (self->title), level < 1);
  gtk_widget_set_visible (GTK_WIDGET (self->theta_button), level < 2);
}
