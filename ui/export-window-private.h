/* What the files of a figure's window share: export-window.c is the window, export-recipes.c opens
 * and saves what the figure is made from. Main thread. */
#pragma once

#include "ui/export-canvas.h"
#include "ui/export-flaws.h"
#include "ui/export-settings.h"
#include "ui/export-window.h"

G_BEGIN_DECLS

struct _ScopeExportWindow {
  AdwWindow parent;
  ScopeSession *session;
  ScopePreview *preview;
  gboolean composer;
  AdwComboRow *source; /* what is shown; NULL in the composer */
  gboolean writing;
  double fitted;                      /* the zoom at which all was brought into sight; 0: not yet */
  double fitted_width, fitted_height; /* of that figure */
  guint patience;                     /* source of the timeout, or 0 */

  AdwToastOverlay *toasts;
  AdwWindowTitle *heading;
  GtkWidget *recipe_button, *progress_box, *again_button;
  GtkRevealer *error_bar;
  GtkLabel *error_label, *size_label;
  GtkStack *stage;
  GtkScrolledWindow *scroller;
  ScopeExportCanvas *canvas;
  GtkSpinner *spinner;
  GtkProgressBar *progress;
  GtkButton *zoom_button;
  ScopeExportFlaws *flaws;
  ScopeExportSettings *settings;
};

/* AGAIN: with a button that tries once more. */
void scope_export_window_show_error (ScopeExportWindow *self, const char *message, gboolean again);
/* FILES, at least one, have been written. */
void scope_export_window_saved_toast (ScopeExportWindow *self, GStrv files);

/* export-recipes.c: actions, and what is dropped. */
void scope_export_window_open_recipe_cb (GtkWidget *widget, const char *action, GVariant *target);
void scope_export_window_save_recipe_cb (GtkWidget *widget, const char *action, GVariant *target);
gboolean scope_export_window_dropped_cb (GtkDropTarget *target, const GValue *value, double x,
                                         double y, ScopeExportWindow *self);

G_END_DECLS
