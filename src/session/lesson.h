/* ScopeLesson: a walk through the first bundled sample, in steps that drive the session: what the
 * model was told, that it forgets it, why, and what the filter changes.
 *
 * It holds no number of its own: what a step tells is read from the session and its text whenever
 * it is asked for. Going to a step does what that step needs (no more than a user could do, and as
 * undoable); "step" as a property only shows it, so that undo and restored sessions do not drive.
 *
 * Properties: "step" (uint, a ScopeLessonStep; a parameter of the session's history). Signal
 * "changed": what is told is another. Main thread only; nothing blocks.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_LESSON_READ,   /* the sample, and what a map is */
  SCOPE_LESSON_TOLD,   /* where the key stands, and where it is asked for */
  SCOPE_LESSON_FORGET, /* the answer as trained */
  SCOPE_LESSON_DECAY,  /* why: how the selected channel's memory fades */
  SCOPE_LESSON_FILTER, /* the switch */
  SCOPE_LESSON_RESCUE, /* the answer then */
  SCOPE_LESSON_ONWARDS,
  SCOPE_N_LESSON_STEPS
} ScopeLessonStep;

#define SCOPE_TYPE_LESSON (scope_lesson_get_type ())
G_DECLARE_FINAL_TYPE (ScopeLesson, scope_lesson, SCOPE, LESSON, GObject)

ScopeLesson *scope_lesson_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;

ScopeLessonStep scope_lesson_get_step (ScopeLesson *self);
/* Shows STEP and does what it needs: the sample opened, if something else is; the filter off, or
 * on; the key's column selected. */
void scope_lesson_go (ScopeLesson *self, ScopeLessonStep step);
/* All that the step tells is there. */
gboolean scope_lesson_is_ready (ScopeLesson *self);

/* What the model says after the text, with the filter off or on. */
typedef struct {
  gboolean known, right; /* RIGHT: it says the key */
  char *text;            /* the continuation, as the screen shows it; NULL unless KNOWN */
  double probability;    /* of its first token */
  double perplexity;     /* of the last SCORED tokens */
  gsize scored;
} ScopeLessonAnswer;

/* How the selected channel remembers, with the filter off or on. */
typedef struct {
  gboolean known;
  double ln_left;   /* ln of what is left at the end of what the channel held at the key's last
                       token */
  double half_life; /* tokens */
  double kept;      /* share of the tokens */
  gsize field;      /* of the last row, tokens */
} ScopeLessonMemory;

typedef struct {
  gboolean open; /* the lesson's sample is open; else all that follows is 0 */
  gsize tokens, train_length;
  char *key;                   /* as it stands in the text; NULL: it does not */
  gsize key_begin, key_end;    /* its tokens, half open */
  gsize asked;                 /* tokens from the key's last one to the end of the text */
  gsize layer, channel;        /* selected */
  gsize global, channels;      /* of that layer, under the θ on screen */
  ScopeLessonAnswer answer[2]; /* [filter on] */
  ScopeLessonMemory memory[2]; /* [filter on], of the selected channel */
} ScopeLessonNumbers;

/* Never NULL; valid until "changed" or the next call. */
const ScopeLessonNumbers *scope_lesson_get_numbers (ScopeLesson *self);

/* Folder and file of the sample; NULL where it is not installed. Caller frees. */
char *scope_lesson_model_path (void) G_GNUC_WARN_UNUSED_RESULT;
char *scope_lesson_text_path (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
