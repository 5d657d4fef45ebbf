/* What the steps of the lesson say: short texts about what the session has on screen, every number
 * read from it. Main thread; strings are the caller's. */
#pragma once

#include "session/lesson.h"

G_BEGIN_DECLS

#define SCOPE_LESSON_MOST_FACTS 5

typedef struct {
  const char *title; /* static */
  char *value;       /* NULL: not known yet */
} ScopeLessonFact;

const char *scope_lesson_title (ScopeLessonStep step);
char *scope_lesson_paragraph (ScopeLesson *lesson, ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
/* At most SCOPE_LESSON_MOST_FACTS into FACTS; returns how many. */
guint scope_lesson_facts (ScopeLesson *lesson, ScopeSession *session, ScopeLessonFact *facts);
/* Why the next step is not to be had yet; NULL: it is. */
char *scope_lesson_wait (ScopeLesson *lesson, ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
/* What is to be done before the lesson goes on, as a button's label; NULL: nothing. */
char *scope_lesson_deed (ScopeLesson *lesson, ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
