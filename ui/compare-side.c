#include "ui/compare-side.h"

#include <string.h>

#include "ui/open-menus.h"
#include "ui/template.h"
#include "ui/tooltip.h"

struct _ScopeCompareSideButton {
  GtkWidget parent;
  ScopeSession *session;
  ScopeCompare *compare;
  ScopeSide side;
  gboolean showing; /* the widgets are being set, not the user's doing */

  GtkMenuButton *button;
  GtkLabel *label, *filter_error;
  GtkPopover *popover;
  GtkCheckButton *filter_off, *filter_session, *filter_other, *own_layer, *own_channel;
  GtkEntry *filter_entry;
  GtkSpinButton *layer, *channel;
  GtkAdjustment *layer_adjustment, *channel_adjustment;
  GtkButton *text, *model;
  GtkWidget *text_reset, *model_reset;
};

G_DEFINE_FINAL_TYPE (ScopeCompareSideButton, scope_compare_side_button, GTK_TYPE_WIDGET)

/* "a-layer" and so on; the caller's. */
static char *
property_name (ScopeCompareSideButton *self, const char *field)
{
  return g_strconcat (self->side == SCOPE_SIDE_A ? "a-" : "b-", field, NULL);
}

static char *
get_string (ScopeCompareSideButton *self, const char *field)
{
  g_autofree char *name = property_name (self, field);
  char *value;
  g_object_get (self->compare, name, &value, NULL);
  return value;
}

static int
get_number (ScopeCompareSideButton *self, const char *field)
{
  g_autofree char *name = property_name (self, field);
  int value;
  g_object_get (self->compare, name, &value, NULL);
  return value;
}

static void
set_string (ScopeCompareSideButton *self, const char *field, const char *value)
{
  g_autofree char *name = property_name (self, field);
  g_object_set (self->compare, name, value, NULL);
}

/* --- showing ------------------------------------------------------------------------------------
 */

static void
show_filter (ScopeCompareSideButton *self)
{
  g_autofree char *own = get_string (self, "filter");
  gboolean off = own != NULL && g_str_equal (own, "off");
  GtkCheckButton *active = own == NULL ? self->filter_session
                           : off       ? self->filter_off
                                       : self->filter_other;
  gtk_check_button_set_active (active, TRUE);
  if (own != NULL && !off)
    gtk_editable_set_text (GTK_EDITABLE (self->filter_entry), own);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_error), FALSE);
  gtk_widget_remove_css_class (GTK_WIDGET (self->filter_entry), "error");
}

static void
show_number (ScopeCompareSideButton *self, const char *field, GtkCheckButton *own,
             GtkSpinButton *spin, gsize selected)
{
  int value = get_number (self, field);
  gtk_check_button_set_active (own, value >= 0);
  gtk_spin_button_set_value (spin, value >= 0 ? value : (double)selected);
}

static void
show_path (ScopeCompareSideButton *self, const char *field, GtkButton *button, GtkWidget *reset)
{
  g_autofree char *path = get_string (self, field);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  gtk_button_set_label (button, name != NULL ? name : "The one that is open");
  gtk_widget_set_sensitive (reset, path != NULL);
}

static void
limit_numbers (ScopeCompareSideButton *self)
{
  ScopeModel *model = scope_session_get_model (self->session);
  g_autofree char *other = get_string (self, "model");
  if (model == NULL || other != NULL) /* what another model has is known once it is open */
    return;
  const ScopeConfig *config = scope_model_config (model);
  gtk_adjustment_set_upper (self->layer_adjustment, (double)config->n_layer - 1);
  gtk_adjustment_set_upper (self->channel_adjustment, (double)config->channels - 1);
}

static void
show (ScopeCompareSideButton *self)
{
  g_autofree char *described = scope_compare_describe_side (self->compare, self->side);
  const char *letter = self->side == SCOPE_SIDE_A ? "A" : "B";
  g_autofree char *text = g_strdup_printf ("%s  %s", letter, described);
  g_autofree char *spoken = g_strdup_printf ("Side %s: %s", letter, described);
  self->showing = TRUE;
  gtk_label_set_text (self->label, text);
  scope_set_tooltip (GTK_WIDGET (self->button), spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  spoken, -1);
  limit_numbers (self);
  show_filter (self);
  show_number (self, "layer", self->own_layer, self->layer,
               scope_session_get_layer (self->session));
  show_number (self, "channel", self->own_channel, self->channel,
               scope_session_get_channel (self->session));
  show_path (self, "text", self->text, self->text_reset);
  show_path (self, "model", self->model, self->model_reset);
  self->showing = FALSE;
}

/* --- choosing -----------------------------------------------------------------------------------
 */

static void
set_filter (ScopeCompareSideButton *self, const char *spec)
{
  g_autoptr (GError) error = NULL;
  if (scope_compare_set_filter (self->compare, self->side, spec, &error))
    return;
  gtk_label_set_text (self->filter_error, error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_error), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->filter_entry), "error");
}

static void
entry_activated_cb (ScopeCompareSideButton *self)
{
  set_filter (self, gtk_editable_get_text (GTK_EDITABLE (self->filter_entry)));
}

static void
filter_toggled_cb (ScopeCompareSideButton *self, GParamSpec *pspec, GtkCheckButton *button)
{
  if (self->showing || !gtk_check_button_get_active (button))
    return;
  if (button == self->filter_off)
    set_filter (self, "off");
  else if (button == self->filter_session)
    set_filter (self, NULL);
  else if (*gtk_editable_get_text (GTK_EDITABLE (self->filter_entry)) != '\0')
    entry_activated_cb (self);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->filter_entry));
}

static void
number_changed_cb (ScopeCompareSideButton *self)
{
  if (self->showing)
    return;
  g_autofree char *layer = property_name (self, "layer");
  g_autofree char *channel = property_name (self, "channel");
  int at_layer = gtk_check_button_get_active (self->own_layer)
                     ? gtk_spin_button_get_value_as_int (self->layer)
                     : -1;
  int at_channel = gtk_check_button_get_active (self->own_channel)
                       ? gtk_spin_button_get_value_as_int (self->channel)
                       : -1;
  g_object_set (self->compare, layer, at_layer, channel, at_channel, NULL);
}

static void
text_chosen_cb (const char *path, gpointer data)
{
  set_string (data, "text", path);
}

static void
model_chosen_cb (const char *path, gpointer data)
{
  set_string (data, "model", path);
}

static void
choose_text_cb (ScopeCompareSideButton *self)
{
  gtk_popover_popdown (self->popover);
  scope_choose_text (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), text_chosen_cb,
                     g_object_ref (self), g_object_unref);
}

static void
choose_model_cb (ScopeCompareSideButton *self)
{
  gtk_popover_popdown (self->popover);
  scope_choose_model (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), model_chosen_cb,
                      g_object_ref (self), g_object_unref);
}

static void
reset_text_cb (ScopeCompareSideButton *self)
{
  set_string (self, "text", NULL);
}

static void
reset_model_cb (ScopeCompareSideButton *self)
{
  set_string (self, "model", NULL);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_compare_side_button_dispose (GObject *object)
{
  ScopeCompareSideButton *self = SCOPE_COMPARE_SIDE_BUTTON (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_COMPARE_SIDE_BUTTON);
  g_clear_object (&self->compare);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_compare_side_button_parent_class)->dispose (object);
}

#define BIND(child)                                                                                \
  gtk_widget_class_bind_template_child (widget_class, ScopeCompareSideButton, child)

static void
scope_compare_side_button_class_init (ScopeCompareSideButtonClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_compare_side_button_dispose;
  gtk_widget_class_set_css_name (widget_class, "compare-side");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/compare-side.ui");
  BIND (button);
  BIND (label);
  BIND (filter_error);
  BIND (popover);
  BIND (filter_off);
  BIND (filter_session);
  BIND (filter_other);
  BIND (own_layer);
  BIND (own_channel);
  BIND (filter_entry);
  BIND (layer);
  BIND (channel);
  BIND (layer_adjustment);
  BIND (channel_adjustment);
  BIND (text);
  BIND (model);
  BIND (text_reset);
  BIND (model_reset);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_text_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_model_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_text_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_model_cb);
}

static void
scope_compare_side_button_init (ScopeCompareSideButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkCheckButton *filters[] = { self->filter_off, self->filter_session, self->filter_other };
  for (guint k = 0; k < G_N_ELEMENTS (filters); k++)
    g_signal_connect_object (filters[k], "notify::active", G_CALLBACK (filter_toggled_cb), self,
                             G_CONNECT_SWAPPED);
  const struct {
    gpointer widget;
    const char *signal;
  } numbers[] = { { self->own_layer, "notify::active" },
                  { self->own_channel, "notify::active" },
                  { self->layer, "value-changed" },
                  { self->channel, "value-changed" } };
  for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
    g_signal_connect_object (numbers[k].widget, numbers[k].signal, G_CALLBACK (number_changed_cb),
                             self, G_CONNECT_SWAPPED);
}

void
scope_compare_side_button_set_compare (ScopeCompareSideButton *self, ScopeSession *session,
                                       ScopeCompare *compare, ScopeSide side)
{
  g_return_if_fail (SCOPE_IS_COMPARE_SIDE_BUTTON (self) && self->compare == NULL);
  self->session = g_object_ref (session);
  self->compare = g_object_ref (compare);
  self->side = side;
  g_signal_connect_object (compare, "sides-changed", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "show", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  show (self);
}
