/* The views behind the map, in the order of their tabs. A view's model of what it shows listens to
 * the session by itself; a view that is not mapped should ask for nothing. */
#include "ui/compare-view.h"
#include "ui/curtain.h"
#include "ui/lesson-view.h"
#include "ui/text-view.h"
#include "ui/window-private.h"

#include "ui/atlas-view.h"
#include "ui/sweep-view.h"

typedef struct {
  const char *name, *title, *icon;
  GType (*type) (void);
  void (*set_session) (gpointer view, ScopeSession *session);
} View;

static const View views[] = {
  { "compare", "Compare", "scope-compare-symbolic", scope_compare_view_get_type,
    (void (*) (gpointer, ScopeSession *))scope_compare_view_set_session },
  { "decay", "Decay", "scope-decay-symbolic", scope_decay_view_get_type,
    (void (*) (gpointer, ScopeSession *))scope_decay_view_set_session },
  { "atlas", "Atlas", "scope-atlas-symbolic", scope_atlas_view_get_type,
    (void (*) (gpointer, ScopeSession *))scope_atlas_view_set_session },
  { "text", "Text", "scope-text-symbolic", scope_text_view_get_type,
    (void (*) (gpointer, ScopeSession *))scope_text_view_set_session },
  { "sweep", "Sweep", "scope-sweep-symbolic", scope_sweep_view_get_type,
    (void (*) (gpointer, ScopeSession *))scope_sweep_view_set_session },
  { "lesson", "Lesson", "scope-lesson-symbolic", scope_lesson_view_get_type,
    (void (*) (gpointer, ScopeSession *))scope_lesson_view_set_session },
};

void
scope_window_views_init (ScopeWindow *self)
{
  for (gsize k = 0; k < G_N_ELEMENTS (views); k++) {
    GtkWidget *view = g_object_new (views[k].type (), NULL);
    AdwViewStackPage *page = adw_view_stack_add_titled (self->views, scope_curtain_new (view),
                                                        views[k].name, views[k].title);
    adw_view_stack_page_set_icon_name (page, views[k].icon);
    views[k].set_session (view, self->session);
  }
}

GtkWidget *
scope_window_shown_view (ScopeWindow *self)
{
  return adw_bin_get_child (ADW_BIN (adw_view_stack_get_visible_child (self->views)));
}
