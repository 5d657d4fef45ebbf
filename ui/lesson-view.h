/* ScopeLessonView: the lesson: a step's words and numbers beside a picture of what is on screen,
 * and the way on. Actions on itself: "lesson.start" (the first step), "lesson.back",
 * "lesson.next", "lesson.do" (what the step waits for). Page Up and Page Down go back and on, as
 * a presenter's remote control has them. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/lesson.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_LESSON_VIEW (scope_lesson_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeLessonView, scope_lesson_view, SCOPE, LESSON_VIEW, GtkWidget)

/* Once. */
void scope_lesson_view_set_session (ScopeLessonView *self, ScopeSession *session);
ScopeLesson *scope_lesson_view_get_lesson (ScopeLessonView *self); /* borrowed */

G_END_DECLS
