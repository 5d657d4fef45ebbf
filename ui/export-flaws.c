#include "ui/export-flaws.h"

struct _ScopeExportFlaws {
  AdwBin parent;
  ScopePreview *preview;
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (ScopeExportFlaws, scope_export_flaws, ADW_TYPE_BIN)

static void
mend_cb (GtkButton *button, ScopeExportFlaws *self)
{
  const GPtrArray *flaws = scope_preview_get_flaws (self->preview);
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "scope-flaw"));
  if (flaws != NULL && index < flaws->len)
    scope_preview_mend (self->preview, g_ptr_array_index (flaws, index));
}

static GtkWidget *
plain_row (const char *title, const char *icon)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *escaped = g_markup_escape_text (title, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), escaped);
  adw_action_row_set_icon_name (ADW_ACTION_ROW (row), icon);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  return row;
}

static GtkWidget *
flaw_row (ScopeExportFlaws *self, const ScopeFlaw *flaw, guint index)
{
  g_autofree char *words = flaw->panel < 0 ? g_strdup (flaw->message)
                                           : g_strdup_printf ("panel %" G_GSSIZE_FORMAT ": %s",
                                                              flaw->panel + 1, flaw->message);
  g_autofree char *mend = g_markup_escape_text (flaw->mend, -1);
  words[0] = g_ascii_toupper (words[0]);
  GtkWidget *row = plain_row (words, "dialog-warning-symbolic");
  GtkWidget *button = gtk_button_new_with_mnemonic ("_Mend");
  g_autofree char *spoken = g_strdup_printf ("Mend: %s", flaw->mend);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), mend);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  g_object_set_data (G_OBJECT (button), "scope-flaw", GUINT_TO_POINTER (index));
  g_signal_connect (button, "clicked", G_CALLBACK (mend_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static GtkWidget *
busy_row (void)
{
  GtkWidget *row = plain_row ("Preflight: looking for flaws…", NULL);
  GtkWidget *spinner = gtk_spinner_new ();
  gtk_spinner_start (GTK_SPINNER (spinner));
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), spinner);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_BUSY, TRUE, -1);
  return row;
}

static void
clear (ScopeExportFlaws *self)
{
  GtkWidget *row;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
}

/* While they are being looked for, the list before them stays: nothing jumps. Before the first, it
 * says so. */
static void
checked_cb (ScopeExportFlaws *self)
{
  const GPtrArray *flaws = scope_preview_get_flaws (self->preview);
  gboolean figure = scope_preview_get_figure (self->preview) != NULL;
  if (flaws == NULL && figure && gtk_widget_get_first_child (GTK_WIDGET (self->list)) != NULL)
    return;
  clear (self);
  for (guint k = 0; flaws != NULL && k < flaws->len; k++)
    gtk_list_box_append (self->list, flaw_row (self, g_ptr_array_index (flaws, k), k));
  if (flaws != NULL && flaws->len == 0)
    gtk_list_box_append (self->list,
                         plain_row ("Preflight: nothing to mend", "emblem-ok-symbolic"));
  if (flaws == NULL && figure)
    gtk_list_box_append (self->list, busy_row ());
  gtk_widget_set_visible (GTK_WIDGET (self), flaws != NULL || figure);
}

static void
scope_export_flaws_dispose (GObject *object)
{
  g_clear_object (&SCOPE_EXPORT_FLAWS (object)->preview);
  G_OBJECT_CLASS (scope_export_flaws_parent_class)->dispose (object);
}

static void
scope_export_flaws_class_init (ScopeExportFlawsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_export_flaws_dispose;
}

static void
scope_export_flaws_init (ScopeExportFlaws *self)
{
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Preflight", -1);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->list));
}

void
scope_export_flaws_set_preview (ScopeExportFlaws *self, ScopePreview *preview)
{
  g_return_if_fail (SCOPE_IS_EXPORT_FLAWS (self) && self->preview == NULL);
  self->preview = g_object_ref (preview);
  g_signal_connect_object (preview, "notify::checked", G_CALLBACK (checked_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (preview, "notify::figure", G_CALLBACK (checked_cb), self,
                           G_CONNECT_SWAPPED);
  checked_cb (self);
}
