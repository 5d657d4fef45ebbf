#include "ui/filter-form.h"

#include <math.h>
#include <string.h>

#include "analysis/filter.h"
#include "ui/filter-field.h"

struct _ScopeFilterForm {
  GtkWidget parent;
  ScopeSession *session;
  gboolean showing; /* controls are following the session */
  const ScopeFilterInfo *info;
  GtkWidget *box;
  GtkDropDown *method;
  GtkLabel *summary;
  GtkBox *fields;
};

G_DEFINE_FINAL_TYPE (ScopeFilterForm, scope_filter_form, GTK_TYPE_WIDGET)

/* --- from the form to the session ---------------------------------------------------------------
 */

static gboolean
is_theta (const ScopeFilterParameter *parameter)
{
  return g_str_equal (parameter->name, "theta"); /* a value of its own in the session */
}

/* What the form says, without θ. */
static char *
form_spec (ScopeFilterForm *self)
{
  g_autoptr (GString) out = g_string_new (self->info->name);
  const char *mark = ":";
  for (GtkWidget *field = gtk_widget_get_first_child (GTK_WIDGET (self->fields)); field != NULL;
       field = gtk_widget_get_next_sibling (field)) {
    const ScopeFilterParameter *parameter
        = scope_filter_field_get_parameter (SCOPE_FILTER_FIELD (field));
    g_autofree char *text = scope_filter_field_get_text (SCOPE_FILTER_FIELD (field));
    if (text == NULL || is_theta (parameter))
      continue;
    g_string_append_printf (out, "%s%s=%s", mark, parameter->name, text);
    mark = ",";
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* MESSAGE without what stands beside the field anyway: "filter longmamba: top: expected ...". */
static char *
short_message (const char *message)
{
  const char *expected = strstr (message, "expected ");
  g_autofree char *text = g_strdup (expected != NULL ? expected : message);
  text[0] = g_ascii_toupper (text[0]);
  return g_steal_pointer (&text);
}

static gboolean
apply_theta (ScopeFilterForm *self, const char *text, GError **error)
{
  g_autofree char *spec
      = g_strdup_printf ("%s:theta=%s", self->info->name, text != NULL ? text : "");
  g_autoptr (ScopeFilter) filter = text != NULL ? scope_filter_parse (spec, error) : NULL;
  if (text != NULL && filter == NULL)
    return FALSE;
  scope_session_set_theta (self->session, text != NULL ? g_ascii_strtod (text, NULL) : NAN);
  return TRUE;
}

/* The field that MESSAGE is about, or FIELD: what is wrong with another is said there. */
static ScopeFilterField *
blamed (ScopeFilterForm *self, ScopeFilterField *field, const char *message)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->fields)); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    g_autofree char *mark = g_strdup_printf (
        ": %s:", scope_filter_field_get_parameter (SCOPE_FILTER_FIELD (child))->name);
    if (strstr (message, mark) != NULL)
      return SCOPE_FILTER_FIELD (child);
  }
  return field;
}

static void
edited_cb (ScopeFilterForm *self, ScopeFilterField *field)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = scope_filter_field_get_text (field), *spec = form_spec (self);
  gboolean good = is_theta (scope_filter_field_get_parameter (field))
                      ? apply_theta (self, text, &error)
                      : scope_session_set_filter (self->session, spec, &error);
  scope_filter_field_set_error (field, NULL);
  if (good)
    return;
  g_autofree char *message = short_message (error->message);
  scope_filter_field_set_error (blamed (self, field, error->message), message);
}

static void
method_cb (ScopeFilterForm *self)
{
  guint selected = gtk_drop_down_get_selected (self->method);
  if (!self->showing && selected != GTK_INVALID_LIST_POSITION) /* the first method is "off" */
    scope_session_set_filter (self->session, scope_filter_info (selected + 1)->name, NULL);
}

/* --- from the session to the form ---------------------------------------------------------------
 */

static const ScopeFilterInfo *
info_of (const char *spec, guint *index)
{
  gsize length = strcspn (spec, ":");
  for (gsize k = 1; k < scope_filter_count (); k++) {
    const ScopeFilterInfo *info = scope_filter_info (k);
    *index = (guint)k - 1;
    if (strlen (info->name) == length && strncmp (info->name, spec, length) == 0)
      return info;
  }
  return NULL;
}

/* NAME's value in SPEC, or NULL. */
static char *
value_in (const char *spec, const char *name)
{
  const char *colon = strchr (spec, ':');
  g_auto (GStrv) parts = colon != NULL ? g_strsplit (colon + 1, ",", -1) : NULL;
  gsize length = strlen (name);
  for (gsize k = 0; parts != NULL && parts[k] != NULL; k++)
    if (strncmp (parts[k], name, length) == 0 && parts[k][length] == '=')
      return g_strdup (parts[k] + length + 1);
  return NULL;
}

/* A text that says the same number is left as the user typed it. */
static gboolean
says (const char *shown, const char *wanted)
{
  if (shown == NULL || wanted == NULL)
    return shown == wanted;
  char *end = NULL, *other_end = NULL;
  double x = g_ascii_strtod (shown, &end), y = g_ascii_strtod (wanted, &other_end);
  gboolean numbers = end != shown && *end == '\0' && other_end != wanted && *other_end == '\0';
  return numbers ? x == y : g_str_equal (shown, wanted);
}

static void
show_fields (ScopeFilterForm *self)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  const char *spec = scope_session_get_filter (self->session);
  double theta = scope_session_get_theta (self->session);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->fields)); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    ScopeFilterField *field = SCOPE_FILTER_FIELD (child);
    const ScopeFilterParameter *parameter = scope_filter_field_get_parameter (field);
    g_autofree char *value = value_in (spec, parameter->name);
    g_autofree char *shown = scope_filter_field_get_text (field);
    if (!says (shown, value))
      scope_filter_field_set_text (field, value);
    scope_filter_field_set_error (field, NULL);
    if (is_theta (parameter) && value == NULL && isfinite (theta))
      scope_filter_field_set_fallback (field,
                                       g_ascii_formatd (number, sizeof number, "%.3g", theta));
  }
}

static void
build_fields (ScopeFilterForm *self)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->fields))) != NULL)
    gtk_box_remove (self->fields, child);
  for (gsize k = 0; k < self->info->n_parameters; k++) {
    GtkWidget *field = scope_filter_field_new (self->info->parameters[k]);
    g_signal_connect_object (field, "edited", G_CALLBACK (edited_cb), self, G_CONNECT_SWAPPED);
    gtk_box_append (self->fields, field);
  }
}

static void
filter_changed_cb (ScopeFilterForm *self)
{
  guint index = 0;
  const ScopeFilterInfo *info = info_of (scope_session_get_filter (self->session), &index);
  if (info == NULL)
    return;
  self->showing = TRUE;
  gtk_drop_down_set_selected (self->method, index);
  self->showing = FALSE;
  if (info != self->info) {
    g_autofree char *summary = g_strdup (info->summary);
    summary[0] = g_ascii_toupper (summary[0]);
    self->info = info;
    gtk_label_set_text (self->summary, summary);
    build_fields (self);
  }
  show_fields (self);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_filter_form_dispose (GObject *object)
{
  ScopeFilterForm *self = SCOPE_FILTER_FORM (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_filter_form_parent_class)->dispose (object);
}

static void
scope_filter_form_class_init (ScopeFilterFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_filter_form_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "filter-form");
}

static GtkDropDown *
new_method (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (gsize k = 1; k < scope_filter_count (); k++)
    g_ptr_array_add (names, (gpointer)scope_filter_info (k)->name);
  g_ptr_array_add (names, NULL);
  return GTK_DROP_DOWN (gtk_drop_down_new_from_strings ((const char *const *)names->pdata));
}

static void
scope_filter_form_init (ScopeFilterForm *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->method = new_method ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->method), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "The filter’s method", -1);
  g_signal_connect_swapped (self->method, "notify::selected", G_CALLBACK (method_cb), self);
  self->summary = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->summary, 0);
  gtk_label_set_wrap (self->summary, TRUE);
  gtk_label_set_max_width_chars (self->summary, 24);
  gtk_widget_add_css_class (GTK_WIDGET (self->summary), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->summary), "dim-label");
  self->fields = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 4));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->method));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->summary));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->fields));
}

void
scope_filter_form_set_session (ScopeFilterForm *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_FILTER_FORM (self) && self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::filter-spec", G_CALLBACK (filter_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::theta", G_CALLBACK (filter_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::model", G_CALLBACK (filter_changed_cb), self,
                           G_CONNECT_SWAPPED); /* its own default θ */
  filter_changed_cb (self);
}
