#include "ui/export-actions.h"

#include "ui/export-canvas.h"
#include "ui/gradual.h"
#include "ui/toasts.h"

struct _ScopeExporter {
  GtkWindow *window; /* owns this */
  GActionMap *actions;
  ScopeSession *session;
  AdwToastOverlay *toasts;
  ScopeExportKind kind;
  ScopePreview *composer;     /* NULL: nothing was added yet */
  GtkWidget *composer_window; /* weak */
  ScopePreview *copying;      /* on its way to the clipboard; or NULL */
  ScopePreview *adding;       /* a preset on its way into the composer; or NULL */
};

static void
toast (ScopeExporter *self, const char *title, const char *button, const char *action)
{
  g_autofree char *escaped = g_markup_escape_text (title, -1);
  AdwToast *said = adw_toast_new (escaped);
  if (button != NULL) {
    adw_toast_set_button_label (said, button);
    adw_toast_set_action_name (said, action);
  }
  scope_toasts_add (self->toasts, said);
}

/* --- one figure ----------------------------------------------------------------------------------
 */

ScopeExportWindow *
scope_exporter_show (ScopeExporter *self)
{
  GtkWidget *window
      = scope_export_window_new (self->window, self->session, self->kind (self->window));
  scope_present_soon (GTK_WINDOW (window));
  return SCOPE_EXPORT_WINDOW (window);
}

static void
export_cb (GSimpleAction *action, GVariant *target, gpointer exporter)
{
  scope_exporter_show (exporter);
}

static void
let_go (ScopeExporter *self, ScopePreview **preview)
{
  if (*preview != NULL)
    g_signal_handlers_disconnect_by_data (*preview, self);
  g_clear_object (preview);
}

static void
copying_cb (ScopePreview *preview, GParamSpec *property, ScopeExporter *self)
{
  const char *error = scope_preview_get_error (preview);
  g_autoptr (GdkContentProvider) content
      = scope_preview_is_ready (preview) ? scope_export_content (preview, NULL) : NULL;
  if (content == NULL && error == NULL)
    return;
  if (content != NULL)
    gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self->window)), content);
  toast (self, content != NULL ? "Figure copied as PNG and SVG" : error, NULL, NULL);
  let_go (self, &self->copying);
}

static void
copy_figure_cb (GSimpleAction *action, GVariant *target, gpointer exporter)
{
  ScopeExporter *self = exporter;
  ScopeRecipe *recipe = scope_session_recipe (self->session, self->kind (self->window));
  if (recipe == NULL)
    return;
  let_go (self, &self->copying);
  self->copying = scope_preview_new (self->session, recipe);
  g_signal_connect (self->copying, "notify::checked", G_CALLBACK (copying_cb), self);
  g_signal_connect (self->copying, "notify::error", G_CALLBACK (copying_cb), self);
}

/* --- several panels ------------------------------------------------------------------------------
 */

static ScopePreview *
composer (ScopeExporter *self)
{
  if (self->composer == NULL) {
    ScopeRecipe *recipe = scope_recipe_empty ();
    ScopeStyle *style = scope_recipe_style (recipe);
    style->width_mm = SCOPE_WIDTH_TWO_COLUMNS;
    style->share_range = TRUE;
    style->palette = scope_session_get_palette (self->session);
    style->norm = scope_session_get_norm (self->session);
    self->composer = scope_preview_new (self->session, recipe);
  }
  return self->composer;
}

ScopeExportWindow *
scope_exporter_show_composer (ScopeExporter *self)
{
  if (self->composer_window == NULL) {
    GtkWidget *window = scope_composer_window_new (self->window, self->session, composer (self));
    g_set_weak_pointer (&self->composer_window, window);
    g_signal_connect_object (window, "destroy", G_CALLBACK (scope_preview_forget), self->composer,
                             G_CONNECT_SWAPPED);
  }
  scope_present_soon (GTK_WINDOW (self->composer_window));
  scope_preview_run_again (self->composer);
  return SCOPE_EXPORT_WINDOW (self->composer_window);
}

static void
composer_cb (GSimpleAction *action, GVariant *target, gpointer exporter)
{
  scope_exporter_show_composer (exporter);
}

static void
say_added (ScopeExporter *self)
{
  gsize count = scope_recipe_panels (scope_preview_get_recipe (self->composer));
  g_autofree char *title = g_strdup_printf ("In the composer: %" G_GSIZE_FORMAT " panel%s", count,
                                            count == 1 ? "" : "s");
  toast (self, title, "_Open", "win.composer");
}

static void
adding_cb (ScopePreview *preview, GParamSpec *property, ScopeExporter *self)
{
  const ScopeRecipe *recipe = scope_preview_get_recipe (preview);
  const char *said = scope_preview_get_error (preview);
  g_autoptr (GError) error = NULL;
  if (said == NULL && !scope_preview_is_ready (preview))
    return;
  if (said == NULL
      && !scope_recipe_has_room (scope_preview_get_recipe (composer (self)),
                                 scope_recipe_panels (recipe), &error))
    said = error->message;
  if (said == NULL) {
    scope_preview_append (self->composer, preview);
    say_added (self);
  } else {
    toast (self, said, NULL, NULL);
  }
  let_go (self, &self->adding);
}

/* What the selection shows is run by itself first: a preset is no panel before, and what cannot be
 * made is not for the composer. */
static void
compose_add_cb (GSimpleAction *action, GVariant *target, gpointer exporter)
{
  ScopeExporter *self = exporter;
  ScopeRecipe *recipe = scope_session_recipe (self->session, self->kind (self->window));
  if (recipe == NULL)
    return;
  let_go (self, &self->adding);
  self->adding = scope_preview_new (self->session, recipe);
  g_signal_connect (self->adding, "notify::figure", G_CALLBACK (adding_cb), self);
  g_signal_connect (self->adding, "notify::error", G_CALLBACK (adding_cb), self);
}

/* --- the actions ---------------------------------------------------------------------------------
 */

static const GActionEntry entries[] = {
  { "export", export_cb },
  { "copy-figure", copy_figure_cb },
  { "compose-add", compose_add_cb },
  { "composer", composer_cb },
};

void
scope_exporter_enable (ScopeExporter *self, gboolean enabled)
{
  static const char *const names[] = { "export", "copy-figure", "compose-add" };
  for (guint k = 0; k < G_N_ELEMENTS (names); k++)
    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (g_action_map_lookup_action (self->actions, names[k])), enabled);
}

ScopeExporter *
scope_exporter_new (GtkWindow *window, GActionMap *actions, ScopeSession *session,
                    AdwToastOverlay *toasts, ScopeExportKind kind)
{
  ScopeExporter *self = g_new0 (ScopeExporter, 1);
  *self = (ScopeExporter){ window, actions, g_object_ref (session), toasts, kind };
  g_action_map_add_action_entries (actions, entries, G_N_ELEMENTS (entries), self);
  return self;
}

void
scope_exporter_free (ScopeExporter *self)
{
  let_go (self, &self->copying);
  let_go (self, &self->adding);
  g_clear_object (&self->composer);
  g_clear_weak_pointer (&self->composer_window);
  g_object_unref (self->session);
  g_free (self);
}
