#include "ui/fact-row.h"
#include "ui/template.h"

struct _ScopeFactRow {
  GtkWidget parent;
  GtkLabel *title, *value;
};

G_DEFINE_FINAL_TYPE (ScopeFactRow, scope_fact_row, GTK_TYPE_WIDGET)

enum { NO_PROP, PROP_TITLE, PROP_VALUE, N_PROPS };
static GParamSpec *props[N_PROPS];

static void
say (ScopeFactRow *self)
{
  g_autofree char *said = g_strdup_printf ("%s: %s", gtk_label_get_text (self->title),
                                           gtk_label_get_text (self->value));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
}

void
scope_fact_row_set_title (ScopeFactRow *self, const char *title)
{
  g_return_if_fail (SCOPE_IS_FACT_ROW (self));
  gtk_label_set_text (self->title, title != NULL ? title : "");
  say (self);
}

const char *
scope_fact_row_get_value (ScopeFactRow *self)
{
  g_return_val_if_fail (SCOPE_IS_FACT_ROW (self), NULL);
  return gtk_label_get_text (self->value);
}

void
scope_fact_row_set_value (ScopeFactRow *self, const char *value)
{
  g_return_if_fail (SCOPE_IS_FACT_ROW (self));
  gtk_label_set_text (self->value, value != NULL && *value != '\0' ? value : "–");
  say (self);
}

void
scope_fact_row_take_value (ScopeFactRow *self, char *value)
{
  scope_fact_row_set_value (self, value);
  g_free (value);
}

static void
scope_fact_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeFactRow *self = SCOPE_FACT_ROW (object);
  g_value_set_string (value, gtk_label_get_text (id == PROP_TITLE ? self->title : self->value));
}

static void
scope_fact_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeFactRow *self = SCOPE_FACT_ROW (object);
  if (id == PROP_TITLE)
    scope_fact_row_set_title (self, g_value_get_string (value));
  else
    scope_fact_row_set_value (self, g_value_get_string (value));
}

static void
scope_fact_row_dispose (GObject *object)
{
  scope_widget_dispose_children (GTK_WIDGET (object));
  G_OBJECT_CLASS (scope_fact_row_parent_class)->dispose (object);
}

static void
scope_fact_row_class_init (ScopeFactRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = scope_fact_row_get_property;
  object_class->set_property = scope_fact_row_set_property;
  object_class->dispose = scope_fact_row_dispose;
  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_VALUE] = g_param_spec_string ("value", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "fact-row");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_fact_row_init (ScopeFactRow *self)
{
  self->title = GTK_LABEL (gtk_label_new (""));
  self->value = GTK_LABEL (gtk_label_new ("–"));
  gtk_widget_set_hexpand (GTK_WIDGET (self->title), TRUE);
  gtk_label_set_xalign (self->title, 0);
  gtk_label_set_wrap (self->title, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->title), "dim-label");
  gtk_label_set_xalign (self->value, 1);
  gtk_label_set_selectable (self->value, TRUE);
  gtk_widget_set_can_focus (GTK_WIDGET (self->value), FALSE);
  gtk_widget_set_direction (GTK_WIDGET (self->value), GTK_TEXT_DIR_LTR);
  gtk_widget_add_css_class (GTK_WIDGET (self->value), "numeric");
  gtk_widget_set_parent (GTK_WIDGET (self->title), GTK_WIDGET (self));
  gtk_widget_set_parent (GTK_WIDGET (self->value), GTK_WIDGET (self));
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                              8);
}

GtkWidget *
scope_fact_row_new (const char *title)
{
  return g_object_new (SCOPE_TYPE_FACT_ROW, "title", title, NULL);
}
