#include "ui/lesson-view.h"

#include "ui/beside.h"
#include "ui/fact-row.h"
#include "ui/figure-area.h"
#include "ui/lesson-words.h"
#include "ui/template.h"
#include "ui/tooltip.h"

struct _ScopeLessonView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeLesson *lesson;
  ScopeResult *shown; /* what the figure is of */
  ScopeFactRow *rows[SCOPE_LESSON_MOST_FACTS];
  gboolean focus_due; /* what leads on is to have the keyboard, once there is something */

  GtkLabel *title, *count, *paragraph, *wait;
  GtkButton *back, *next, *deed, *look;
  GtkSpinner *spinner;
  GtkWidget *facts, *onwards;
  GtkScrolledWindow *scroller;
  ScopeFigureArea *figure;
};

G_DEFINE_FINAL_TYPE (ScopeLessonView, scope_lesson_view, GTK_TYPE_WIDGET)

/* What a step shows, and the view that has more of it. */
static const struct {
  ScopeResult *(*picture) (ScopeSession *session);
  const char *spoken;
  const char *view, *label;
} sights[SCOPE_N_LESSON_STEPS] = {
  [SCOPE_LESSON_READ] = { scope_session_get_overview, "The map", "map", "Look at It in the Map" },
  [SCOPE_LESSON_TOLD] = { scope_session_get_overview, "The map", "text", "Find It in the Text" },
  [SCOPE_LESSON_FORGET] = { scope_session_get_overview, "The map", "map", "Look at It in the Map" },
  [SCOPE_LESSON_DECAY]
  = { scope_session_get_decay, "The decay curves", "decay", "Look at It in Decay" },
  [SCOPE_LESSON_FILTER]
  = { scope_session_get_decay, "The decay curves", "decay", "Look at It in Decay" },
  [SCOPE_LESSON_RESCUE]
  = { scope_session_get_overview, "The map", "compare", "See Both in Compare" },
  [SCOPE_LESSON_ONWARDS] = { scope_session_get_overview, "The map", NULL, NULL },
};

/* --- what is shown -------------------------------------------------------------------------------
 */

static void
show_figure (ScopeLessonView *self)
{
  ScopeLessonStep step = scope_lesson_get_step (self->lesson);
  ScopeResult *result
      = gtk_widget_get_mapped (GTK_WIDGET (self)) && scope_lesson_get_numbers (self->lesson)->open
            ? sights[step].picture (self->session)
            : NULL;
  if (result == self->shown)
    return;
  g_clear_pointer (&self->shown, scope_result_unref);
  self->shown = result != NULL ? scope_result_ref (result) : NULL;
  scope_figure_area_set_result (self->figure, result, sights[step].spoken);
}

static void
show_facts (ScopeLessonView *self)
{
  ScopeLessonFact facts[SCOPE_LESSON_MOST_FACTS];
  guint count = scope_lesson_facts (self->lesson, self->session, facts);
  for (guint k = 0; k < G_N_ELEMENTS (self->rows); k++) {
    gtk_widget_set_visible (GTK_WIDGET (self->rows[k]), k < count);
    if (k >= count)
      continue;
    scope_fact_row_set_title (self->rows[k], facts[k].title);
    scope_fact_row_take_value (self->rows[k], facts[k].value);
  }
  gtk_widget_set_visible (self->facts, count > 0);
}

static void
show_buttons (ScopeLessonView *self)
{
  ScopeLessonStep step = scope_lesson_get_step (self->lesson);
  gboolean open = scope_lesson_get_numbers (self->lesson)->open;
  gboolean ready = scope_lesson_is_ready (self->lesson);
  gboolean busy = scope_session_get_busy (self->session);
  gboolean last = step + 1 == SCOPE_N_LESSON_STEPS;
  g_autofree char *deed = scope_lesson_deed (self->lesson, self->session);
  g_autofree char *wait = last ? NULL : scope_lesson_wait (self->lesson, self->session);
  gtk_label_set_text (self->wait, wait != NULL ? wait : "");
  gtk_widget_set_visible (GTK_WIDGET (self->wait), wait != NULL);
  scope_set_tooltip (GTK_WIDGET (self->next), wait != NULL ? wait : "The next step (Page Down)");
  if (deed != NULL)
    gtk_button_set_label (self->deed, deed);
  gtk_widget_set_visible (GTK_WIDGET (self->deed), deed != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->look), open && sights[step].view != NULL);
  if (sights[step].view != NULL) {
    gtk_button_set_label (self->look, sights[step].label);
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->look), "s", sights[step].view);
  }
  gtk_widget_set_visible (self->onwards, open && last);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy && !ready);
  gtk_spinner_set_spinning (self->spinner, busy && !ready);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "lesson.back", step > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "lesson.next", ready && !last);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "lesson.do", deed != NULL && !busy);
  gtk_widget_set_visible (GTK_WIDGET (self->next), !last);
}

static void
update (ScopeLessonView *self)
{
  ScopeLessonStep step = scope_lesson_get_step (self->lesson);
  g_autofree char *words = scope_lesson_paragraph (self->lesson, self->session);
  g_autofree char *count = g_strdup_printf ("Step %u of %u", step + 1, SCOPE_N_LESSON_STEPS);
  gtk_label_set_text (self->title, scope_lesson_title (step));
  gtk_label_set_text (self->count, count);
  if (!g_str_equal (gtk_label_get_text (self->paragraph), words))
    gtk_label_set_text (self->paragraph, words);
  show_facts (self);
  show_figure (self);
  show_buttons (self);
  if (self->focus_due && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->focus_due = !gtk_widget_grab_focus (GTK_WIDGET (self));
}

/* --- actions -------------------------------------------------------------------------------------
 */

static void
go (ScopeLessonView *self, ScopeLessonStep step)
{
  self->focus_due = TRUE;
  scope_lesson_go (self->lesson, step);
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  update (self);
}

static void
start_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  go (SCOPE_LESSON_VIEW (widget), SCOPE_LESSON_READ);
}

static void
back_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeLessonView *self = SCOPE_LESSON_VIEW (widget);
  ScopeLessonStep step = scope_lesson_get_step (self->lesson);
  if (step > 0)
    go (self, step - 1);
}

static void
next_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeLessonView *self = SCOPE_LESSON_VIEW (widget);
  ScopeLessonStep step = scope_lesson_get_step (self->lesson);
  if (step + 1 < SCOPE_N_LESSON_STEPS && scope_lesson_is_ready (self->lesson))
    go (self, step + 1);
}

/* What the step waits for, as the user would do it. */
static void
do_cb (GtkWidget *widget, const char *name, GVariant *target)
{
  ScopeLessonView *self = SCOPE_LESSON_VIEW (widget);
  self->focus_due = TRUE;
  if (scope_lesson_get_numbers (self->lesson)->open)
    scope_session_set_filter_on (self->session, TRUE);
  else
    go (self, SCOPE_LESSON_READ);
}

/* --- GObject -------------------------------------------------------------------------------------
 */

static void
scope_lesson_view_map (GtkWidget *widget)
{
  ScopeLessonView *self = SCOPE_LESSON_VIEW (widget);
  GTK_WIDGET_CLASS (scope_lesson_view_parent_class)->map (widget);
  update (self);
}

static void
scope_lesson_view_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_lesson_view_parent_class)->unmap (widget);
  show_figure (SCOPE_LESSON_VIEW (widget));
}

static gboolean
scope_lesson_view_grab_focus (GtkWidget *widget)
{
  ScopeLessonView *self = SCOPE_LESSON_VIEW (widget);
  gboolean last = scope_lesson_get_step (self->lesson) + 1 == SCOPE_N_LESSON_STEPS;
  return gtk_widget_grab_focus (GTK_WIDGET (self->deed))
         || gtk_widget_grab_focus (GTK_WIDGET (self->next))
         || (last && gtk_widget_grab_focus (GTK_WIDGET (self->back)));
}

static void
scope_lesson_view_dispose (GObject *object)
{
  ScopeLessonView *self = SCOPE_LESSON_VIEW (object);
  scope_widget_dispose_template (GTK_WIDGET (self), SCOPE_TYPE_LESSON_VIEW);
  g_clear_pointer (&self->shown, scope_result_unref);
  g_clear_object (&self->lesson);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_lesson_view_parent_class)->dispose (object);
}

#define BIND(child) gtk_widget_class_bind_template_child (widget_class, ScopeLessonView, child)

static void
bind_children (GtkWidgetClass *widget_class)
{
  BIND (title);
  BIND (count);
  BIND (paragraph);
  BIND (back);
  BIND (next);
  BIND (wait);
  BIND (deed);
  BIND (look);
  BIND (spinner);
  BIND (facts);
  BIND (onwards);
  BIND (scroller);
  BIND (figure);
}

static void
scope_lesson_view_class_init (ScopeLessonViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_lesson_view_dispose;
  widget_class->map = scope_lesson_view_map;
  widget_class->unmap = scope_lesson_view_unmap;
  widget_class->grab_focus = scope_lesson_view_grab_focus;
  g_type_ensure (SCOPE_TYPE_BESIDE);
  g_type_ensure (SCOPE_TYPE_FIGURE_AREA);
  gtk_widget_class_install_action (widget_class, "lesson.start", NULL, start_cb);
  gtk_widget_class_install_action (widget_class, "lesson.back", NULL, back_cb);
  gtk_widget_class_install_action (widget_class, "lesson.next", NULL, next_cb);
  gtk_widget_class_install_action (widget_class, "lesson.do", NULL, do_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Page_Down, 0, "lesson.next", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Page_Up, 0, "lesson.back", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mambascope/Mambascope/lesson-view.ui");
  bind_children (widget_class);
  gtk_widget_class_set_css_name (widget_class, "lesson-view");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
scope_lesson_view_init (ScopeLessonView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint k = 0; k < G_N_ELEMENTS (self->rows); k++) {
    self->rows[k] = SCOPE_FACT_ROW (scope_fact_row_new (""));
    gtk_box_append (GTK_BOX (self->facts), GTK_WIDGET (self->rows[k]));
  }
}

void
scope_lesson_view_set_session (ScopeLessonView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_LESSON_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->lesson = scope_lesson_new (session);
  g_signal_connect_object (self->lesson, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::overview", G_CALLBACK (show_figure), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::decay", G_CALLBACK (show_figure), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

ScopeLesson *
scope_lesson_view_get_lesson (ScopeLessonView *self)
{
  g_return_val_if_fail (SCOPE_IS_LESSON_VIEW (self), NULL);
  return self->lesson;
}
