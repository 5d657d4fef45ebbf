#include "ui/filter-field.h"
#include "export/number.h"
#include "ui/chooser.h"
#include "ui/tooltip.h"

#include <math.h>

#define TYPING_MS    400
#define LEAST_LOG    (-40.0) /* of a decay */
#define LEAST_FACTOR (-3.0)

struct _ScopeFilterField {
  GtkWidget parent;
  const ScopeFilterParameter *parameter;
  gboolean showing; /* controls are following a text */
  gboolean sliding; /* a text is following the slider */
  guint typing;     /* source of the wait for more */
  GtkWidget *box;
  GtkLabel *title, *error;
  GtkEntry *entry; /* of numbers; else NULL */
  GtkScale *scale; /* of numbers in a range; else NULL */
  gboolean log;    /* the scale holds the logarithm */
  GtkDropDown *choice;
  GtkButton *file_button, *clear_button;
  char *path;
  GtkNativeDialog *chooser;
};

G_DEFINE_FINAL_TYPE (ScopeFilterField, scope_filter_field, GTK_TYPE_WIDGET)

enum { SIGNAL_EDITED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
edited (ScopeFilterField *self)
{
  g_clear_handle_id (&self->typing, g_source_remove);
  g_signal_emit (self, signals[SIGNAL_EDITED], 0);
}

/* --- numbers ------------------------------------------------------------------------------------
 */

static gboolean
typed_cb (gpointer data)
{
  ScopeFilterField *self = data;
  self->typing = 0;
  edited (self);
  return G_SOURCE_REMOVE;
}

/* The slider stands where the entry is, or its default if that is known; a place that says nothing
 * is dim. */
static void
follow_entry (ScopeFilterField *self)
{
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autofree char *text
      = scope_read_number (*typed != '\0' ? typed : gtk_entry_get_placeholder_text (self->entry));
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);
  if (self->scale == NULL || self->sliding)
    return;
  gboolean known = end != text && *end == '\0' && (!self->log || value > 0);
  gtk_widget_set_opacity (GTK_WIDGET (self->scale), known ? 1 : 0.4);
  if (!known)
    return;
  gboolean showing = self->showing;
  self->showing = TRUE;
  gtk_range_set_value (GTK_RANGE (self->scale), self->log ? log10 (value) : value);
  self->showing = showing;
}

static void
entry_changed_cb (ScopeFilterField *self)
{
  follow_entry (self);
  if (self->showing)
    return;
  g_clear_handle_id (&self->typing, g_source_remove);
  self->typing = g_timeout_add (TYPING_MS, typed_cb, self);
}

static void
activated_cb (ScopeFilterField *self)
{
  if (self->typing != 0)
    edited (self);
}

/* "value-changed" does not recurse, it begins anew: if the text that follows the slider moved it
 * (to the default while the text is being replaced, then back), that would never end. */
static void
slid_cb (ScopeFilterField *self)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double value = gtk_range_get_value (GTK_RANGE (self->scale));
  if (self->showing || self->sliding)
    return;
  if (self->log)
    value = pow (10, round (value * 4) / 4);
  self->showing = self->sliding = TRUE;
  g_autofree char *shown = scope_show_number (g_ascii_formatd (text, sizeof text, "%.3g", value));
  gtk_editable_set_text (GTK_EDITABLE (self->entry), shown);
  gtk_widget_set_opacity (GTK_WIDGET (self->scale), 1);
  self->showing = FALSE;
  edited (self);
  self->sliding = FALSE;
}

/* The slider's ends, or FALSE: this is no number for a slider. */
static gboolean
scale_range (const ScopeFilterParameter *parameter, double *low, double *high, gboolean *log)
{
  if (parameter->kind != SCOPE_FILTER_REAL)
    return FALSE;
  *log = parameter->above;
  *low = parameter->low;
  *high = parameter->high;
  if (*log) {
    *high = log10 (parameter->high);
    *low = parameter->high <= 1 ? LEAST_LOG : LEAST_FACTOR;
  }
  return isfinite (*low) && isfinite (*high);
}

static void
add_scale (ScopeFilterField *self)
{
  double low, high;
  if (!scale_range (self->parameter, &low, &high, &self->log))
    return;
  double step = self->log ? 0.25 : (high - low) / 100;
  self->scale = GTK_SCALE (gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, low, high, step));
  gtk_scale_set_draw_value (self->scale, FALSE);
  gtk_scale_set_has_origin (self->scale, !self->log);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  self->parameter->name, -1);
  g_signal_connect_swapped (self->scale, "value-changed", G_CALLBACK (slid_cb), self);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->scale));
  follow_entry (self);
}

static GtkWidget *
make_entry (ScopeFilterField *self)
{
  const ScopeFilterParameter *parameter = self->parameter;
  self->entry = GTK_ENTRY (gtk_entry_new ());
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_editable_set_alignment (GTK_EDITABLE (self->entry), 1);
  gtk_entry_set_placeholder_text (self->entry,
                                  parameter->fallback != NULL ? parameter->fallback : "default");
  gtk_widget_add_css_class (GTK_WIDGET (self->entry), "numeric");
  gtk_widget_set_direction (GTK_WIDGET (self->entry), GTK_TEXT_DIR_LTR);
  g_signal_connect_swapped (self->entry, "changed", G_CALLBACK (entry_changed_cb), self);
  g_signal_connect_swapped (self->entry, "activate", G_CALLBACK (activated_cb), self);
  return GTK_WIDGET (self->entry);
}

/* --- choices ------------------------------------------------------------------------------------
 */

static void
chosen_cb (ScopeFilterField *self)
{
  if (!self->showing)
    edited (self);
}

static GtkWidget *
make_choice (ScopeFilterField *self)
{
  g_autofree char *all = g_strconcat ("default|", self->parameter->choices, NULL);
  g_auto (GStrv) choices = g_strsplit (all, "|", -1);
  self->choice = GTK_DROP_DOWN (gtk_drop_down_new_from_strings ((const char *const *)choices));
  g_signal_connect_swapped (self->choice, "notify::selected", G_CALLBACK (chosen_cb), self);
  return GTK_WIDGET (self->choice);
}

static char *
choice_text (ScopeFilterField *self)
{
  guint selected = gtk_drop_down_get_selected (self->choice);
  GtkStringList *choices = GTK_STRING_LIST (gtk_drop_down_get_model (self->choice));
  return selected > 0 ? g_strdup (gtk_string_list_get_string (choices, selected)) : NULL;
}

static void
show_choice (ScopeFilterField *self, const char *text)
{
  GtkStringList *choices = GTK_STRING_LIST (gtk_drop_down_get_model (self->choice));
  guint selected = 0;
  for (guint k = 1; text != NULL && k < g_list_model_get_n_items (G_LIST_MODEL (choices)); k++)
    if (g_str_equal (gtk_string_list_get_string (choices, k), text))
      selected = k;
  gtk_drop_down_set_selected (self->choice, selected);
}

/* --- files --------------------------------------------------------------------------------------
 */

static void
show_path (ScopeFilterField *self)
{
  g_autofree char *name
      = self->path != NULL ? g_path_get_basename (self->path) : g_strdup ("Choose…");
  gtk_label_set_text (GTK_LABEL (gtk_button_get_child (self->file_button)), name);
  scope_set_tooltip (GTK_WIDGET (self->file_button), self->path);
  gtk_widget_set_visible (GTK_WIDGET (self->clear_button), self->path != NULL);
}

static void
put_path (ScopeFilterField *self, const char *path)
{
  g_free (self->path);
  self->path = g_strdup (path);
  show_path (self);
}

static void
response_cb (ScopeFilterField *self, int response)
{
  g_autofree char *path = scope_chooser_get_path (self->chooser, response);
  g_clear_pointer (&self->chooser, scope_chooser_end);
  if (path == NULL)
    return;
  put_path (self, path);
  edited (self);
}

static void
choose_cb (ScopeFilterField *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_clear_pointer (&self->chooser, scope_chooser_end);
  self->chooser
      = GTK_NATIVE_DIALOG (scope_chooser_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                              self->parameter->name, GTK_FILE_CHOOSER_ACTION_OPEN));
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (self->chooser);
}

static void
clear_cb (ScopeFilterField *self)
{
  put_path (self, NULL);
  edited (self);
}

static GtkWidget *
make_file (ScopeFilterField *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4), *label = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_width_chars (GTK_LABEL (label), 9);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 9);
  self->file_button = GTK_BUTTON (gtk_button_new ());
  gtk_button_set_child (self->file_button, label);
  self->clear_button = GTK_BUTTON (gtk_button_new_from_icon_name ("edit-clear-symbolic"));
  gtk_widget_add_css_class (GTK_WIDGET (self->clear_button), "flat");
  scope_set_tooltip (GTK_WIDGET (self->clear_button), "No file");
  g_signal_connect_swapped (self->file_button, "clicked", G_CALLBACK (choose_cb), self);
  g_signal_connect_swapped (self->clear_button, "clicked", G_CALLBACK (clear_cb), self);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->clear_button));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->file_button));
  show_path (self);
  return box;
}

/* --- the text -----------------------------------------------------------------------------------
 */

const ScopeFilterParameter *
scope_filter_field_get_parameter (ScopeFilterField *self)
{
  g_return_val_if_fail (SCOPE_IS_FILTER_FIELD (self), NULL);
  return self->parameter;
}

char *
scope_filter_field_get_text (ScopeFilterField *self)
{
  g_return_val_if_fail (SCOPE_IS_FILTER_FIELD (self), NULL);
  if (self->choice != NULL)
    return choice_text (self);
  if (self->file_button != NULL)
    return g_strdup (self->path);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  return *text != '\0' ? scope_read_number (text) : NULL;
}

/* A number that is being typed is left as it was typed. */
static void
put_number (ScopeFilterField *self, const char *text)
{
  g_autofree char *here = scope_filter_field_get_text (self);
  g_autofree char *shown = text != NULL ? scope_show_number (text) : g_strdup ("");
  if (text == NULL || g_strcmp0 (here, text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), shown);
}

void
scope_filter_field_set_text (ScopeFilterField *self, const char *text)
{
  g_return_if_fail (SCOPE_IS_FILTER_FIELD (self));
  g_clear_handle_id (&self->typing, g_source_remove);
  self->showing = TRUE;
  if (self->choice != NULL)
    show_choice (self, text);
  else if (self->file_button != NULL)
    put_path (self, text);
  else
    put_number (self, text);
  self->showing = FALSE;
}

void
scope_filter_field_set_fallback (ScopeFilterField *self, const char *text)
{
  g_return_if_fail (SCOPE_IS_FILTER_FIELD (self));
  if (self->entry == NULL)
    return;
  g_autofree char *shown = text != NULL ? scope_show_number (text) : NULL;
  gtk_entry_set_placeholder_text (self->entry, shown);
  follow_entry (self);
}

void
scope_filter_field_set_error (ScopeFilterField *self, const char *message)
{
  g_return_if_fail (SCOPE_IS_FILTER_FIELD (self));
  GtkWidget *control = self->entry != NULL ? GTK_WIDGET (self->entry) : NULL;
  gtk_label_set_text (self->error, message != NULL ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error), message != NULL);
  if (control == NULL)
    return;
  if (message != NULL)
    gtk_widget_add_css_class (control, "error");
  else
    gtk_widget_remove_css_class (control, "error");
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_STATE_INVALID,
      message != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

/* --- the widget ---------------------------------------------------------------------------------
 */

static void
scope_filter_field_dispose (GObject *object)
{
  ScopeFilterField *self = SCOPE_FILTER_FIELD (object);
  g_clear_handle_id (&self->typing, g_source_remove);
  g_clear_pointer (&self->chooser, scope_chooser_end);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (scope_filter_field_parent_class)->dispose (object);
}

static void
scope_filter_field_class_init (ScopeFilterFieldClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_filter_field_dispose;
  signals[SIGNAL_EDITED] = g_signal_new ("edited", SCOPE_TYPE_FILTER_FIELD, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "filter-field");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_filter_field_init (ScopeFilterField *self)
{
}

static void
label_control (ScopeFilterField *self, GtkWidget *control)
{
  const ScopeFilterParameter *parameter = self->parameter;
  g_autofree char *spoken = parameter->unit != NULL
                                ? g_strdup_printf ("%s, a %s", parameter->name, parameter->unit)
                                : g_strdup (parameter->name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, parameter->summary, -1);
}

GtkWidget *
scope_filter_field_new (const ScopeFilterParameter *parameter)
{
  ScopeFilterField *self = g_object_new (SCOPE_TYPE_FILTER_FIELD, NULL);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  self->parameter = parameter;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  scope_set_tooltip (GTK_WIDGET (self), parameter->summary);
  self->title
      = GTK_LABEL (gtk_label_new (g_str_equal (parameter->name, "theta") ? "θ" : parameter->name));
  gtk_label_set_xalign (self->title, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->title), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->title), "dim-label");
  GtkWidget *control = parameter->kind == SCOPE_FILTER_CHOICE ? make_choice (self)
                       : parameter->kind == SCOPE_FILTER_FILE ? make_file (self)
                                                              : make_entry (self);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (row), control);
  gtk_box_append (GTK_BOX (self->box), row);
  label_control (self, self->file_button != NULL ? GTK_WIDGET (self->file_button) : control);
  add_scale (self);
  self->error = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->error, 0);
  gtk_label_set_wrap (self->error, TRUE);
  gtk_label_set_max_width_chars (self->error, 24);
  gtk_widget_add_css_class (GTK_WIDGET (self->error), "error");
  gtk_widget_add_css_class (GTK_WIDGET (self->error), "caption");
  gtk_widget_set_visible (GTK_WIDGET (self->error), FALSE);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->error));
  return GTK_WIDGET (self);
}
