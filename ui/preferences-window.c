#include "ui/preferences-window.h"

#include <adwaita.h>
#include <math.h>
#include <string.h>

#include "export/number.h"
#include "session/place.h"
#include "ui/direction.h"
#include "ui/focus.h"
#include "ui/format.h"
#include "ui/gradual.h"
#include "ui/preferences.h"
#include "ui/spoken.h"
#include "ui/window.h"

#define SCOPE_TYPE_PREFERENCES_WINDOW (scope_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (ScopePreferencesWindow, scope_preferences_window, SCOPE, PREFERENCES_WINDOW,
                      AdwWindow)

/* Not an AdwPreferencesWindow: that of libadwaita 1.2 lists the rows of its pages for its search,
 * and each group that it asks for them is held for ever, with all that is in it. */
struct _ScopePreferencesWindow {
  AdwWindow parent;
  GPtrArray *places; /* "auto", "cpu", "cuda:1", ... as the rows of DEVICE_ROW, without precision */
  gboolean showing;  /* the widgets follow the preferences */
  AdwComboRow *device_row, *precision_row, *palette_row, *norm_row, *scheme_row;
  GtkSpinButton *threads, *memory, *epsilon;
  GtkSwitch *restore;
};

G_DEFINE_FINAL_TYPE (ScopePreferencesWindow, scope_preferences_window, ADW_TYPE_WINDOW)

/* --- what was chosen -----------------------------------------------------------------------------
 */

static void
set_place_everywhere (const char *place)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (g_application_get_default ()));
  for (GList *item = windows; item != NULL; item = item->next)
    if (SCOPE_IS_WINDOW (item->data))
      scope_session_set_place (scope_window_get_session (item->data), place, NULL);
}

static void
place_chosen_cb (ScopePreferencesWindow *self)
{
  ScopePreferences *preferences = scope_preferences_get ();
  ScopePlace place;
  guint device = adw_combo_row_get_selected (self->device_row);
  if (self->showing || device >= self->places->len
      || !scope_place_parse (self->places->pdata[device], &place, NULL))
    return;
  place.precision = (ScopePrecision)adw_combo_row_get_selected (self->precision_row);
  g_free (preferences->place);
  preferences->place = scope_place_print (&place);
  scope_preferences_save ();
  set_place_everywhere (preferences->place);
}

static void
value_changed_cb (ScopePreferencesWindow *self)
{
  ScopePreferences *preferences = scope_preferences_get ();
  if (self->showing)
    return;
  preferences->threads = gtk_spin_button_get_value_as_int (self->threads);
  preferences->memory = gtk_spin_button_get_value_as_int (self->memory);
  preferences->epsilon = pow (10, gtk_spin_button_get_value (self->epsilon));
  preferences->palette = (ScopePalette)adw_combo_row_get_selected (self->palette_row);
  preferences->norm = (ScopeNormKind)adw_combo_row_get_selected (self->norm_row);
  preferences->restore = gtk_switch_get_active (self->restore);
  preferences->scheme = (ScopeScheme)adw_combo_row_get_selected (self->scheme_row);
  scope_preferences_save ();
  scope_preferences_apply_again ();
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static void
fill_row (AdwComboRow *row, const char *(*name) (int), int count, guint selected)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  for (int k = 0; k < count; k++)
    gtk_string_list_append (list, name (k));
  adw_combo_row_set_model (row, G_LIST_MODEL (list));
  adw_combo_row_set_selected (row, selected);
}

static const char *
palette_name (int k)
{
  return scope_format_palette ((ScopePalette)k);
}

static const char *
norm_name (int k)
{
  return scope_format_norm ((ScopeNormKind)k);
}

static const char *
scheme_name (int k)
{
  static const char *const names[] = { "As the system", "Light", "Dark" };
  return names[k];
}

static const char *
precision_name (int k)
{
  return scope_precision_name ((ScopePrecision)k);
}

static void
add_place (ScopePreferencesWindow *self, GtkStringList *list, const char *place, const char *label)
{
  g_ptr_array_add (self->places, g_strdup (place));
  gtk_string_list_append (list, label);
}

static gboolean
has_place (ScopePreferencesWindow *self, const char *place, guint *index)
{
  return g_ptr_array_find_with_equal_func (self->places, place, g_str_equal, index);
}

static void
add_devices (ScopePreferencesWindow *self, GtkStringList *list)
{
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  for (guint k = 0; k < devices->len; k++) {
    const ScopeDevice *device = devices->pdata[k];
    ScopePlace place = { .device = device->device, .precision = SCOPE_PRECISION_FP32 };
    if (device->reason != NULL)
      continue;
    g_strlcpy (place.backend, device->backend, sizeof place.backend);
    g_autofree char *text = scope_place_print (&place);
    g_autofree char *label = g_strdup_printf ("%s: %s", text, device->info.name);
    add_place (self, list, text, label);
  }
}

/* A device that is chosen but not here, as after a reboot without its driver, stays in the list. */
static void
fill_devices (ScopePreferencesWindow *self)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  ScopePlace chosen;
  guint selected = 0;
  if (!scope_place_parse (scope_preferences_get ()->place, &chosen, NULL))
    return;
  adw_combo_row_set_selected (self->precision_row, chosen.precision);
  chosen.precision = SCOPE_PRECISION_FP32;
  g_autofree char *place = scope_place_print (&chosen);
  add_place (self, list, "auto", "Automatic");
  add_devices (self, list);
  if (!has_place (self, place, &selected)) {
    g_autofree char *label = g_strdup_printf ("%s: not found here", place);
    add_place (self, list, place, label);
    selected = self->places->len - 1;
  }
  adw_combo_row_set_model (self->device_row, G_LIST_MODEL (list));
  adw_combo_row_set_selected (self->device_row, selected);
}

static void
fill (ScopePreferencesWindow *self)
{
  const ScopePreferences *preferences = scope_preferences_get ();
  self->showing = TRUE;
  fill_row (self->precision_row, precision_name, SCOPE_PRECISION_REFERENCE + 1, 0);
  fill_row (self->palette_row, palette_name, SCOPE_N_PALETTES, preferences->palette);
  fill_row (self->norm_row, norm_name, SCOPE_N_NORMS, preferences->norm);
  fill_row (self->scheme_row, scheme_name, 3, preferences->scheme);
  fill_devices (self);
  gtk_spin_button_set_value (self->threads, preferences->threads);
  gtk_spin_button_set_value (self->memory, preferences->memory);
  gtk_spin_button_set_value (self->epsilon, log10 (preferences->epsilon));
  gtk_switch_set_active (self->restore, preferences->restore);
  self->showing = FALSE;
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static void
scope_preferences_window_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SCOPE_TYPE_PREFERENCES_WINDOW);
  G_OBJECT_CLASS (scope_preferences_window_parent_class)->dispose (object);
}

static void
scope_preferences_window_finalize (GObject *object)
{
  g_ptr_array_unref (SCOPE_PREFERENCES_WINDOW (object)->places);
  G_OBJECT_CLASS (scope_preferences_window_parent_class)->finalize (object);
}

#define BIND(child)                                                                                \
  gtk_widget_class_bind_template_child (widget_class, ScopePreferencesWindow, child)

static void
scope_preferences_window_class_init (ScopePreferencesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_preferences_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_preferences_window_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/preferences-window.ui");
  BIND (device_row);
  BIND (precision_row);
  BIND (palette_row);
  BIND (norm_row);
  BIND (scheme_row);
  BIND (threads);
  BIND (memory);
  BIND (epsilon);
  BIND (restore);
  gtk_widget_class_bind_template_callback (widget_class, place_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, value_changed_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

/* "−3.0", and either minus typed. */
static gboolean
epsilon_output_cb (GtkSpinButton *button)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (number, sizeof number, "%.1f", gtk_spin_button_get_value (button));
  g_autofree char *shown = scope_show_number (number);
  if (strcmp (shown, gtk_editable_get_text (GTK_EDITABLE (button))) != 0)
    gtk_editable_set_text (GTK_EDITABLE (button), shown);
  return TRUE;
}

static int
epsilon_input_cb (GtkSpinButton *button, double *value)
{
  g_autofree char *typed = scope_read_number (gtk_editable_get_text (GTK_EDITABLE (button)));
  char *end = NULL;
  *value = g_ascii_strtod (typed, &end);
  return end == typed || *end != '\0' ? GTK_INPUT_ERROR : TRUE;
}

static void
scope_preferences_window_init (ScopePreferencesWindow *self)
{
  self->places = g_ptr_array_new_with_free_func (g_free);
  self->showing = TRUE; /* while the template sets what it likes */
  gtk_widget_init_template (GTK_WIDGET (self));
  scope_focus_guard (GTK_WINDOW (self));
  scope_spoken_follow (GTK_WINDOW (self));
  g_signal_connect (self->epsilon, "output", G_CALLBACK (epsilon_output_cb), NULL);
  g_signal_connect (self->epsilon, "input", G_CALLBACK (epsilon_input_cb), NULL);
  scope_widget_read_from_left (
      GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->epsilon))));
  fill (self);
}

void
scope_preferences_window_show (GtkWindow *parent)
{
  GtkWindow *window = g_object_new (SCOPE_TYPE_PREFERENCES_WINDOW, "transient-for", parent, NULL);
  scope_present_soon (window);
}
