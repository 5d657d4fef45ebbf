/* What the engine's thread does for each kind of request (ScopeEngineWork). Everything a request
 * needs is in its input, by value or by reference: nothing here sees the session.
 */
#pragma once

#include "session/look.h"

G_BEGIN_DECLS

/* The input of every kind; each reads its own fields. */
typedef struct {
  char *path;           /* MODEL: folder; TEXT: the text */
  const char *backend;  /* MODEL: static */
  ScopeHost *host;      /* TEXT */
  ScopeStage *stage;    /* LAYER, NETWORK */
  ScopeLook *look;      /* MAP, DECAY, ANSWER, PROOF */
  ScopeSetting setting; /* TEXT, LAYER, NETWORK */
  gsize layer;          /* LAYER; TEXT: SCOPE_LOOK_CHOOSE */
  ScopeMapSpec spec;    /* MAP, PROOF */
  ScopeRange range;     /* MAP */
  gsize size;           /* MAP: blocks a side, at most */
} ScopeWorkInput;

void scope_work_input_free (ScopeWorkInput *self);

gpointer scope_work_model (gpointer input, ScopeProgress *progress, GError **error); /* ScopeHost */
gpointer scope_work_text (gpointer input, ScopeProgress *progress, GError **error);  /* ScopeLook */
gpointer scope_work_layer (gpointer input, ScopeProgress *progress, GError **error); /* ScopeLook */
gpointer scope_work_map (gpointer input, ScopeProgress *progress, GError **error); /* ScopeResult */
gpointer scope_work_decay (gpointer input, ScopeProgress *progress,
                           GError **error); /* ScopeResult */
gpointer scope_work_network (gpointer input, ScopeProgress *progress,
                             GError **error);                                         /* ScopeRun */
/* The filter's plan, for the sake of the table that the context then has: calibrating a large model
 * on a text's own beginning takes longer than a click may. A pointer that says nothing. */
gpointer scope_work_prepare (gpointer input, ScopeProgress *progress, GError **error);
gpointer scope_work_answer (gpointer input, ScopeProgress *progress,
                            GError **error); /* ScopeAnswerView */
gpointer scope_work_proof (gpointer input, ScopeProgress *progress, GError **error); /* double */

G_END_DECLS
