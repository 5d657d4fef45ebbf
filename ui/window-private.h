/* The inside of ScopeWindow, shared by window.c and window-actions.c. */
#pragma once

#include "ui/answer-strip.h"
#include "ui/colour-bar.h"
#include "ui/decay-view.h"
#include "ui/export-actions.h"
#include "ui/filter-control.h"
#include "ui/fold.h"
#include "ui/inspector.h"
#include "ui/map-view.h"
#include "ui/plot-frame.h"
#include "ui/sidebar.h"
#include "ui/start-page.h"
#include "ui/status-row.h"
#include "ui/window.h"

G_BEGIN_DECLS

struct _ScopeWindow {
  AdwApplicationWindow parent;
  ScopeSession *session;
  ScopeExporter *exporter;
  gboolean remembers;       /* size and sidebar are kept for the next start */
  gboolean inspector_aside; /* closed for the lesson, to be opened after it */
  gboolean failed;          /* a message about the newest request is shown */
  char *session_path;       /* what Save writes to; NULL: it has to ask */
  AdwToast *undo_toast;     /* until it is dismissed; weak */

  AdwToastOverlay *toasts;
  GtkWidget *header;
  ScopeFold *header_fold, *answer_fold;
  AdwWindowTitle *title;
  GtkToggleButton *sidebar_button;
  GtkMenuButton *open_button, *text_button, *export_button, *go_to_button;
  ScopeFilterControl *filter_control;
  GtkRevealer *error_bar, *notice_bar;
  GtkLabel *error_label, *notice_label;
  GtkStack *pages, *content;
  ScopeStartPage *start_page;
  AdwFlap *flap;
  ScopeSidebar *sidebar;
  GtkSpinner *spinner;
  GtkLabel *waiting_label;
  AdwViewStack *views;
  GtkMenuButton *views_button;
  GtkWidget *narrow_tabs;
  GtkToggleButton *inspector_button;
  GtkWidget *zoom_box;
  GtkLabel *zoom_label;
  ScopeMapView *map_view;
  ScopePlotFrame *map_frame;
  ScopeColourBar *colour_bar;
  ScopeInspector *inspector;
  ScopeAnswerStrip *answer_strip;
  ScopeStatusRow *status_row;
  GtkPopover *go_to_popover;
  GtkEntry *go_to_entry;
};

/* window.c */
void scope_window_show_error (ScopeWindow *self, const char *message);
void scope_window_hide_error (ScopeWindow *self);
void scope_window_show_start (ScopeWindow *self);
void scope_window_show_work (ScopeWindow *self);

/* window-files.c */
void scope_window_files_init (ScopeWindow *self);
void scope_window_open_text (ScopeWindow *self, const char *path);
/* Asks for a name. A model must be open. */
void scope_window_save_session_as (ScopeWindow *self);
/* For scope_window_restore_last() of the next start. */
void scope_window_keep_last (ScopeWindow *self);

/* window-views.c */
void scope_window_views_init (ScopeWindow *self);
/* The view on screen itself, without what hides it while it is not. */
GtkWidget *scope_window_shown_view (ScopeWindow *self);

/* window-fold.c */
void scope_window_fold_init (ScopeWindow *self);

/* window-tabs.c: once the views are there. */
void scope_window_tabs_init (ScopeWindow *self);

/* window-actions.c */
void scope_window_actions_init (ScopeWindow *self);
/* What can be done now. */
void scope_window_actions_update (ScopeWindow *self);

G_END_DECLS
