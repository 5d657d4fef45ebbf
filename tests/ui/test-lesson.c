/* The lesson, walked from the first start by keys alone: what it shows are the session's numbers,
 * and the filter is switched by the user's own hand. */
#include <string.h>

#include "harness.h"
#include "input.h"
#include "ui/decay-words.h"
#include "ui/fact-row.h"
#include "ui/fold.h"
#include "ui/format.h"
#include "ui/lesson-view.h"

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  GtkWidget *view;
  ScopeLesson *lesson;
} Walk;

/* Runs the main loop until the step is there and all that it tells; fails after two minutes. */
static void
reach (Walk *self, ScopeLessonStep step, gboolean ready)
{
  gint64 last = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;
  while (scope_lesson_get_step (self->lesson) != step
         || scope_lesson_is_ready (self->lesson) != ready
         || scope_session_get_busy (self->session)) {
    g_assert_cmpint (g_get_monotonic_time (), <, last);
    harness_run_for (20);
  }
  harness_run_for (60);
}

/* The value of the fact that is shown under TITLE below WIDGET; NULL: there is none. */
static const char *
fact (GtkWidget *widget, const char *title)
{
  if (SCOPE_IS_FACT_ROW (widget) && gtk_widget_get_mapped (widget)) {
    g_autofree char *own = NULL;
    g_object_get (widget, "title", &own, NULL);
    return g_str_equal (own, title) ? scope_fact_row_get_value (SCOPE_FACT_ROW (widget)) : NULL;
  }
  const char *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = fact (child, title);
  return found;
}

/* A label below WIDGET that is on screen and holds TEXT. */
static gboolean
says (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
      && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, text))
      return TRUE;
  return FALSE;
}

static void
begin (Walk *self)
{
  self->window = harness_window ();
  self->session = scope_window_get_session (self->window);
  harness_run_for (200);
  gtk_widget_activate_action (GTK_WIDGET (self->window), "win.lesson", NULL);
  self->view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_LESSON_VIEW);
  self->lesson = scope_lesson_view_get_lesson (SCOPE_LESSON_VIEW (self->view));
}

static void
check_told (Walk *self)
{
  const ScopeLessonNumbers *told = scope_lesson_get_numbers (self->lesson);
  g_autofree char *asked = scope_format_count (told->asked);
  g_assert_cmpstr (fact (self->view, "Pass key"), ==, told->key);
  g_assert_true (g_str_has_prefix (fact (self->view, "From there to the question"), asked));
  g_assert_true (says (self->view, told->key)); /* in the words, too */
}

static void
check_decay (Walk *self)
{
  const ScopeLessonNumbers *told = scope_lesson_get_numbers (self->lesson);
  g_autofree char *left = scope_decay_words (told->memory[0].ln_left);
  g_assert_cmpstr (fact (self->view, "Left at the question"), ==, left);
  g_assert_true (says (self->view, left));
}

static void
check_rescue (Walk *self)
{
  const ScopeLessonNumbers *told = scope_lesson_get_numbers (self->lesson);
  const ScopeAnswerView *answer = scope_session_get_answer (self->session);
  g_autofree char *perplexity = scope_format_perplexity (answer->perplexity);
  g_assert_true (answer->filtered);
  g_assert_nonnull (strstr (fact (self->view, "Answer now"), told->key));
  g_assert_null (strstr (fact (self->view, "Answer as trained"), told->key));
  g_assert_true (g_str_has_suffix (fact (self->view, "Perplexity"), perplexity));
}

static void
test_keys (void)
{
  Walk self;
  begin (&self);
  if (!input_open (GTK_WINDOW (self.window))) {
    g_test_skip ("no XTEST extension");
    harness_assert_gone (self.window);
    return;
  }
  reach (&self, SCOPE_LESSON_READ, TRUE);
  g_assert_true (gtk_widget_get_mapped (self.view));
  input_key (GDK_KEY_Page_Down, 0);
  reach (&self, SCOPE_LESSON_TOLD, TRUE);
  check_told (&self);
  input_key (GDK_KEY_Page_Down, 0);
  reach (&self, SCOPE_LESSON_FORGET, TRUE);
  input_key (GDK_KEY_Page_Down, 0);
  reach (&self, SCOPE_LESSON_DECAY, TRUE);
  check_decay (&self);
  input_key (GDK_KEY_Page_Down, 0);
  reach (&self, SCOPE_LESSON_FILTER, FALSE);
  input_key (GDK_KEY_Page_Down, 0); /* not before the switch */
  harness_run_for (200);
  g_assert_cmpint (scope_lesson_get_step (self.lesson), ==, SCOPE_LESSON_FILTER);
  g_assert_false (scope_session_get_filter_on (self.session));
  input_key (GDK_KEY_Return, 0); /* the keyboard is on the switch's button */
  reach (&self, SCOPE_LESSON_FILTER, TRUE);
  g_assert_true (scope_session_get_filter_on (self.session));
  input_key (GDK_KEY_Page_Down, 0);
  reach (&self, SCOPE_LESSON_RESCUE, TRUE);
  check_rescue (&self);
  input_key (GDK_KEY_Page_Down, 0);
  reach (&self, SCOPE_LESSON_ONWARDS, TRUE);
  input_key (GDK_KEY_Page_Up, 0);
  reach (&self, SCOPE_LESSON_RESCUE, TRUE);
  harness_assert_gone (self.window);
}

/* Runs the main loop until the header has folded, or unfolded. */
static void
fold (ScopeFold *header, gboolean folded)
{
  gint64 last = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  while ((scope_fold_get_level (header) > 0) != folded) {
    g_assert_cmpint (g_get_monotonic_time (), <, last);
    harness_run_for (20);
  }
}

/* The window is as narrow as it can be made, and everything comes back with the room for it. */
static void
test_narrow (void)
{
  const int least = 480;
  ScopeWindow *window = harness_window ();
  g_auto (GStrv) views = harness_views (window);
  int minimum;
  gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                      NULL);
  g_assert_cmpint (minimum, <=, least);
  harness_open_sample (window, "rescue-mamba2-5m", "the-letter.txt");
  g_assert_true (harness_settle (window, 120));
  ScopeFold *header = SCOPE_FOLD (harness_find (GTK_WIDGET (window), SCOPE_TYPE_FOLD));
  g_assert_cmpuint (scope_fold_get_level (header), ==, 0);
  scope_window_set_transient_size (window, least, 700);
  for (char **view = views; *view != NULL; view++) {
    scope_window_show_view (window, *view);
    fold (header, TRUE);
    harness_run_for (60);
    g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, least);
  }
  scope_window_set_transient_size (window, 1280, 860);
  fold (header, FALSE);
  harness_assert_gone (window);
}

int
main (int argc, char *argv[])
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui-lesson/keys", test_keys);
  g_test_add_func ("/ui-lesson/narrow", test_narrow);
  return g_test_run ();
}
