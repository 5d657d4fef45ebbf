#include "ui/sweep-view.h"

#include <adwaita.h>
#include <string.h>

#include "base/error.h"
#include "session/follow.h"
#include "ui/beside.h"
#include "ui/chooser.h"
#include "ui/direction.h"
#include "ui/figure-area.h"
#include "ui/format.h"
#include "ui/sweep-numbers.h"
#include "ui/template.h"
#include "ui/toasts.h"

struct _ScopeSweepView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeSweep *sweep;
  gboolean following; /* widgets are being set to what the sweep says */
  char *saving;       /* the file that is being written */

  GtkMenuButton *filters_button, *save_button;
  GtkBox *filters_box;
  GtkEntry *spec_entry, *lengths_entry;
  GtkLabel *spec_error, *error, *facts;
  GtkSpinButton *windows_spin, *score_spin;
  GtkDropDown *protocol_choice;
  GtkButton *run_button;
  GtkProgressBar *progress;
  GtkStack *pages;
  ScopeFigureArea *figure;
  ScopeSweepNumbers *numbers;
};

G_DEFINE_FINAL_TYPE (ScopeSweepView, scope_sweep_view, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_COMMAND_LINE };

static void
show_error (GtkLabel *label, const char *message)
{
  gtk_widget_set_visible (GTK_WIDGET (label), message != NULL);
  gtk_label_set_text (label, message != NULL ? message : "");
}

/* Whether an earlier run can be gone on with: asked while somebody can see the answer. */
static void
look (ScopeSweepView *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    scope_sweep_look (self->sweep);
}

/* --- the filters --------------------------------------------------------------------------------
 */

static void
filter_toggled_cb (GtkCheckButton *check, ScopeSweepView *self)
{
  const char *spec = g_object_get_data (G_OBJECT (check), "spec");
  g_autoptr (GError) error = NULL;
  if (self->following)
    return;
  scope_sweep_set_filter (self->sweep, spec, gtk_check_button_get_active (check), &error);
}

static void
add_filter (ScopeSweepView *self, const char *spec, const char *summary)
{
  gboolean off = g_str_equal (spec, "off");
  GtkWidget *check = gtk_check_button_new_with_label (off ? "no filter" : spec);
  g_object_set_data_full (G_OBJECT (check), "spec", g_strdup (spec), g_free);
  gtk_widget_set_tooltip_text (check, summary);
  g_signal_connect (check, "toggled", G_CALLBACK (filter_toggled_cb), self);
  gtk_box_append (self->filters_box, check);
}

static GtkCheckButton *
find_filter (ScopeSweepView *self, const char *spec)
{
  for (GtkWidget *check = gtk_widget_get_first_child (GTK_WIDGET (self->filters_box));
       check != NULL; check = gtk_widget_get_next_sibling (check))
    if (g_str_equal (g_object_get_data (G_OBJECT (check), "spec"), spec))
      return GTK_CHECK_BUTTON (check);
  return NULL;
}

/* The registry's methods, that of the switch, and what was typed. */
static void
fill_filters (ScopeSweepView *self)
{
  const char *of_switch = scope_session_get_filter (self->session);
  g_auto (GStrv) chosen = g_strsplit (scope_sweep_get_filters (self->sweep), "\n", -1);
  for (gsize k = 0; k < scope_filter_count (); k++) {
    const ScopeFilterInfo *info = scope_filter_info (k);
    if (find_filter (self, info->name) == NULL)
      add_filter (self, info->name, info->summary);
  }
  if (of_switch != NULL && find_filter (self, of_switch) == NULL)
    add_filter (self, of_switch, "What the switch puts on");
  for (char **spec = chosen; *spec != NULL; spec++)
    if (**spec != '\0' && find_filter (self, *spec) == NULL)
      add_filter (self, *spec, NULL);
}

static void
follow_filters (ScopeSweepView *self)
{
  guint count = 0;
  fill_filters (self);
  self->following = TRUE;
  for (GtkWidget *check = gtk_widget_get_first_child (GTK_WIDGET (self->filters_box));
       check != NULL; check = gtk_widget_get_next_sibling (check)) {
    gboolean on
        = scope_sweep_has_filter (self->sweep, g_object_get_data (G_OBJECT (check), "spec"));
    gtk_check_button_set_active (GTK_CHECK_BUTTON (check), on);
    count += on;
  }
  self->following = FALSE;
  g_autofree char *label = g_strdup_printf ("%u filter%s", count, count == 1 ? "" : "s");
  gtk_menu_button_set_label (self->filters_button, label);
  look (self);
}

static void
spec_entered_cb (ScopeSweepView *self)
{
  g_autoptr (GError) error = NULL;
  const char *spec = gtk_editable_get_text (GTK_EDITABLE (self->spec_entry));
  if (*spec == '\0')
    return;
  if (!scope_sweep_set_filter (self->sweep, spec, TRUE, &error)) {
    show_error (self->spec_error, error->message);
    gtk_widget_error_bell (GTK_WIDGET (self->spec_entry));
    return;
  }
  show_error (self->spec_error, NULL);
  gtk_editable_set_text (GTK_EDITABLE (self->spec_entry), "");
}

/* --- the other settings -------------------------------------------------------------------------
 */

static void
follow_settings (ScopeSweepView *self)
{
  guint windows, score;
  const char *lengths = scope_sweep_get_lengths (self->sweep);
  g_autofree char *automatic = scope_sweep_default_lengths (self->sweep);
  g_autofree char *protocol = NULL;
  ScopeProtocol chosen = SCOPE_PROTOCOL_STRICT;
  g_object_get (self->sweep, "windows", &windows, "score", &score, "protocol", &protocol, NULL);
  scope_protocol_parse (protocol, &chosen);
  self->following = TRUE;
  if (!g_str_equal (gtk_editable_get_text (GTK_EDITABLE (self->lengths_entry)), lengths))
    gtk_editable_set_text (GTK_EDITABLE (self->lengths_entry), lengths);
  g_autofree char *placeholder
      = g_strconcat ("Lengths", *automatic != '\0' ? ": " : "", automatic, NULL);
  gtk_entry_set_placeholder_text (self->lengths_entry, placeholder);
  gtk_spin_button_set_value (self->windows_spin, windows);
  gtk_spin_button_set_value (self->score_spin, score);
  gtk_drop_down_set_selected (self->protocol_choice, chosen);
  self->following = FALSE;
  look (self);
}

static void
settings_changed_cb (ScopeSweepView *self)
{
  if (self->following)
    return;
  scope_sweep_set_lengths (self->sweep, gtk_editable_get_text (GTK_EDITABLE (self->lengths_entry)));
  g_object_set (self->sweep, "windows",
                (guint)gtk_spin_button_get_value_as_int (self->windows_spin), "score",
                (guint)gtk_spin_button_get_value_as_int (self->score_spin), "protocol",
                scope_protocol_names[gtk_drop_down_get_selected (self->protocol_choice)], NULL);
}

/* --- results ------------------------------------------------------------------------------------
 */

static char *
describe_table (const ScopeSweepTable *table, gboolean running)
{
  const char *state = running ? "measuring" : table->done < 1 ? "stopped" : "done";
  const char *protocol
      = table->protocol == SCOPE_PROTOCOL_STRICT ? "strict protocol" : "paper’s protocol";
  gsize most = 0;
  for (gsize l = 0; l < table->n_lengths; l++)
    most = MAX (most, table->windows[l]);
  g_autofree char *kept
      = table->kept > 0 ? g_strdup_printf (" · %" G_GSIZE_FORMAT " of an earlier run", table->kept)
                        : g_strdup ("");
  return g_strdup_printf ("%" G_GSIZE_FORMAT " length%s × %" G_GSIZE_FORMAT
                          " filter%s × %" G_GSIZE_FORMAT " window%s, %s, 95 %% intervals%s · %s",
                          table->n_lengths, table->n_lengths == 1 ? "" : "s", table->n_filters,
                          table->n_filters == 1 ? "" : "s", most, most == 1 ? "" : "s", protocol,
                          kept, state);
}

/* Before anything is on screen: that an earlier run can be gone on with. */
static char *
describe_kept (double kept)
{
  if (kept >= 1)
    return g_strdup ("Measured before with these settings: the numbers are kept.");
  if (kept > 0)
    return g_strdup_printf ("Stopped before at %.0f %%: its windows are kept, and Resume goes on.",
                            100 * kept);
  return g_strdup ("");
}

static char *
speak_result (const ScopeSweepTable *table)
{
  g_autoptr (GString) out = g_string_new ("Perplexity against length");
  for (gsize f = 0; f < table->n_filters; f++)
    for (gsize l = table->n_lengths; l-- > 0;) {
      const ScopePerplexityRow *row = &table->rows[f * table->n_lengths + l];
      if (row->windows == 0)
        continue;
      g_autofree char *value = scope_format_perplexity (row->perplexity);
      g_string_append_printf (out, "; %s: %s at %" G_GSIZE_FORMAT " tokens", table->filters[f],
                              value, row->length);
      break;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
update_run_button (ScopeSweepView *self)
{
  const ScopeSweepTable *table = scope_sweep_get_table (self->sweep);
  gboolean running = scope_sweep_is_running (self->sweep);
  gboolean open = scope_session_get_tokens (self->session) != NULL;
  double kept = scope_sweep_get_kept (self->sweep);
  gtk_button_set_label (self->run_button, running                ? "Stop"
                                          : kept > 0 && kept < 1 ? "Resume"
                                                                 : "Measure");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sweep.run", open);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), running);
  if (running)
    gtk_widget_remove_css_class (GTK_WIDGET (self->run_button), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->run_button), "suggested-action");
  if (table != NULL)
    gtk_progress_bar_set_fraction (self->progress, table->done);
}

static void
update (ScopeSweepView *self)
{
  const ScopeSweepTable *table = scope_sweep_get_table (self->sweep);
  gboolean some = table != NULL && table->done > 0;
  g_autoptr (ScopeResult) result = scope_sweep_make_result (self->sweep);
  if (result != NULL) /* the axis says it */
    g_clear_pointer (&result->title, g_free);
  g_autofree char *facts = table != NULL
                               ? describe_table (table, scope_sweep_is_running (self->sweep))
                               : describe_kept (scope_sweep_get_kept (self->sweep));
  g_autofree char *spoken = some ? speak_result (table) : NULL;
  scope_sweep_numbers_set_table (self->numbers, table);
  scope_figure_area_set_result (self->figure, result, some ? spoken : "Nothing measured yet");
  gtk_label_set_text (self->facts, facts);
  gtk_stack_set_visible_child_name (self->pages, table != NULL ? "results" : "empty");
  gtk_widget_set_sensitive (GTK_WIDGET (self->save_button), some);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sweep.copy-csv", some);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sweep.copy-command", table != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sweep.save", some);
  update_run_button (self);
}

static void
text_changed_cb (ScopeSweepView *self)
{
  follow_settings (self);
  show_error (self->error, NULL);
  update (self);
}

/* --- actions ------------------------------------------------------------------------------------
 */

static void
run_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeSweepView *self = SCOPE_SWEEP_VIEW (widget);
  g_autoptr (GError) error = NULL;
  if (scope_sweep_is_running (self->sweep))
    scope_sweep_stop (self->sweep);
  else
    scope_sweep_start (self->sweep, &error);
  show_error (self->error, error != NULL ? error->message : NULL);
}

static void
toast (ScopeSweepView *self, const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  if (overlay != NULL)
    scope_toasts_say (ADW_TOAST_OVERLAY (overlay), text);
}

static void
copy_csv_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeSweepView *self = SCOPE_SWEEP_VIEW (widget);
  g_autofree char *csv = scope_sweep_make_csv (self->sweep);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), csv);
  toast (self, "Numbers copied");
}

static void
copy_command_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeSweepView *self = SCOPE_SWEEP_VIEW (widget);
  g_autofree char *line = scope_sweep_command_line (self->sweep);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), line);
  toast (self, "Command copied");
}

static void
saved_cb (ScopeSweep *sweep, const GError *error, gpointer data)
{
  ScopeSweepView *self = data;
  g_autofree char *name = g_path_get_basename (self->saving);
  g_autofree char *text = g_strdup_printf ("Saved “%s”", name);
  if (!scope_error_is_cancelled (error))
    toast (self, error != NULL ? error->message : text);
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, ScopeSweepView *self)
{
  g_autofree char *path = scope_chooser_get_path (dialog, response);
  const char *ending = g_object_get_data (G_OBJECT (dialog), "ending");
  if (path != NULL && scope_sweep_get_table (self->sweep) != NULL) {
    g_free (self->saving);
    self->saving = g_str_has_suffix (path, ending) ? g_steal_pointer (&path)
                                                   : g_strconcat (path, ending, NULL);
    scope_sweep_export (self->sweep, self->saving, saved_cb, self);
  }
  scope_chooser_end (dialog);
}

static void
save_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeSweepView *self = SCOPE_SWEEP_VIEW (widget);
  ScopeModel *model = scope_session_get_model (self->session);
  const char *ending = g_variant_get_string (target, NULL);
  g_autofree char *file = g_strdup_printf ("%s-sweep.%s", scope_model_name (model), ending);
  gboolean numbers = g_str_equal (ending, "csv");
  GtkFileChooserNative *dialog = scope_chooser_new (
      GTK_WINDOW (gtk_widget_get_root (widget)), numbers ? "Save the Numbers" : "Save the Figure",
      GTK_FILE_CHOOSER_ACTION_SAVE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), file);
  g_object_set_data_full (G_OBJECT (dialog), "ending", g_strconcat (".", ending, NULL), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (save_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_sweep_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_take_string (value, scope_sweep_command_line (SCOPE_SWEEP_VIEW (object)->sweep));
}

static void
scope_sweep_view_dispose (GObject *object)
{
  ScopeSweepView *self = SCOPE_SWEEP_VIEW (object);
  g_object_set_data (object, "dialog", NULL);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_SWEEP_VIEW);
  g_clear_object (&self->sweep);
  g_clear_object (&self->session);
  g_clear_pointer (&self->saving, g_free);
  G_OBJECT_CLASS (scope_sweep_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, filters_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, save_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, filters_box);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, spec_entry);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, lengths_entry);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, spec_error);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, error);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, facts);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, windows_spin);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, score_spin);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, protocol_choice);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, run_button);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, progress);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, pages);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, figure);
  gtk_widget_class_bind_template_child (widget_class, ScopeSweepView, numbers);
}

static void
scope_sweep_view_class_init (ScopeSweepViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_sweep_view_dispose;
  G_OBJECT_CLASS (klass)->get_property = scope_sweep_view_get_property;
  g_object_class_install_property (G_OBJECT_CLASS (klass), PROP_COMMAND_LINE,
                                   g_param_spec_string ("command-line", NULL, NULL, NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_type_ensure (SCOPE_TYPE_BESIDE);
  g_type_ensure (SCOPE_TYPE_FIGURE_AREA);
  g_type_ensure (SCOPE_TYPE_SWEEP_NUMBERS);
  gtk_widget_class_install_action (widget_class, "sweep.run", NULL, run_cb);
  gtk_widget_class_install_action (widget_class, "sweep.copy-csv", NULL, copy_csv_cb);
  gtk_widget_class_install_action (widget_class, "sweep.copy-command", NULL, copy_command_cb);
  gtk_widget_class_install_action (widget_class, "sweep.save", "s", save_cb);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/sweep-view.ui");
  bind_children (widget_class);
  gtk_widget_class_set_css_name (widget_class, "sweep-view");
}

static void
scope_sweep_view_init (ScopeSweepView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* With words for the time being, so that the label that shows them is there. */
  scope_widget_read_from_left (GTK_WIDGET (self->lengths_entry));
  scope_widget_read_from_left (GTK_WIDGET (self->spec_entry));
  g_signal_connect_after (self, "map", G_CALLBACK (look), NULL);
}

static void
connect_controls (ScopeSweepView *self)
{
  g_signal_connect_swapped (self->spec_entry, "activate", G_CALLBACK (spec_entered_cb), self);
  g_signal_connect_swapped (self->lengths_entry, "changed", G_CALLBACK (settings_changed_cb), self);
  g_signal_connect_swapped (self->windows_spin, "value-changed", G_CALLBACK (settings_changed_cb),
                            self);
  g_signal_connect_swapped (self->score_spin, "value-changed", G_CALLBACK (settings_changed_cb),
                            self);
  g_signal_connect_swapped (self->protocol_choice, "notify::selected",
                            G_CALLBACK (settings_changed_cb), self);
}

static void
connect_sweep (ScopeSweepView *self)
{
  const ScopeFollowedObject connections[] = {
    { self->sweep, "notify::table", G_CALLBACK (update) },
    { self->sweep, "notify::running", G_CALLBACK (update) },
    { self->sweep, "notify::kept", G_CALLBACK (update) },
    { self->sweep, "notify::filters", G_CALLBACK (follow_filters) },
    { self->sweep, "notify::lengths", G_CALLBACK (follow_settings) },
    { self->sweep, "notify::windows", G_CALLBACK (follow_settings) },
    { self->sweep, "notify::score", G_CALLBACK (follow_settings) },
    { self->sweep, "notify::protocol", G_CALLBACK (follow_settings) },
    { self->session, "notify::filter-spec", G_CALLBACK (follow_filters) },
    { self->session, "notify::text", G_CALLBACK (text_changed_cb) },
  };
  scope_follow_each (self, connections, G_N_ELEMENTS (connections));
}

static void
add_parameters (ScopeSweepView *self)
{
  ScopeHistory *history = scope_session_get_history (self->session);
  GObject *sweep = G_OBJECT (self->sweep);
  scope_history_bind (history, sweep, "filters", "sweep.filters", "filters of the sweep");
  scope_history_bind (history, sweep, "lengths", "sweep.lengths", "lengths of the sweep");
  scope_history_bind (history, sweep, "windows", "sweep.windows", "windows of the sweep");
  scope_history_bind (history, sweep, "score", "sweep.score", "scored tokens of the sweep");
  scope_history_bind (history, sweep, "protocol", "sweep.protocol", "protocol of the sweep");
}

void
scope_sweep_view_set_session (ScopeSweepView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_SWEEP_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->sweep = scope_sweep_new (session);
  g_autofree char *folder
      = g_build_filename (g_get_user_cache_dir (), "mambascope", "sweeps", NULL);
  scope_sweep_keep_in (self->sweep, folder);
  connect_sweep (self);
  follow_filters (self);
  follow_settings (self);
  connect_controls (self);
  add_parameters (self);
  update (self);
}

ScopeSweep *
scope_sweep_view_get_sweep (ScopeSweepView *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP_VIEW (self), NULL);
  return self->sweep;
}
