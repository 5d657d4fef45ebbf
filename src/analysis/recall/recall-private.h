/* What the tasks of recall share. A task is a ScopeTaskKind of its own file and a row in
 * registry.c; its make() writes a ScopeDraft, and trials.c lays that out in tokens:
 *
 *   what the tokenizer puts before a text | head | haystack with the needles in it | tail
 */
#pragma once

#include <math.h>

#include "analysis/recall.h"

G_BEGIN_DECLS

/* -- Drafts -- */

typedef struct {
  char *text;
  double depth;   /* 0 to 1 */
  gboolean asked; /* it has to be found */
} ScopeNeedle;

/* Tokens that surround the needles. */
typedef struct {
  GArray *ids;  /* gint32 */
  GArray *cuts; /* gsize: a needle should stand before such a token */
  gsize reach;  /* unless there is none less than so many tokens away */
} ScopeHaystack;

typedef struct _ScopeDraft ScopeDraft;
/* Appends ROOM tokens to OUT, or as many as fit. OUT is empty. */
typedef gboolean (*ScopeFillFunc) (ScopeDraft *draft, gsize room, ScopeHaystack *out,
                                   GError **error);
/* The next item of a haystack of items, or NULL with an error. Caller frees. */
typedef char *(*ScopeItemFunc) (ScopeDraft *draft, GError **error);

struct _ScopeDraft {
  /* Given. */
  ScopeTrials *trials;
  const ScopeTask *task;
  gsize trial;
  GRand *random; /* facts are drawn by make(), what depends on the length by FILL */
  double depth;  /* of what is asked first, 0 to 1 */
  gsize length;  /* for FILL's messages; make() does not know it */

  /* Written by make(). */
  GString *head, *tail;
  GPtrArray *answers; /* char *; what is put in is the draft's */
  gsize generate;
  gsize reserve; /* tokens of LENGTH that the prompt leaves free: as GENERATE, if not set */
  ScopeFillFunc fill;
  ScopeItemFunc item; /* of scope_fill_items() */
  gsize least;        /* tokens that FILL needs */
  gpointer state;     /* the task's own */
  GDestroyNotify free_state;

  GArray *needles;  /* ScopeNeedle */
  GHashTable *used; /* of scope_draft_fresh() */
};

/* TEXT becomes the draft's. */
void scope_draft_add_needle (ScopeDraft *self, char *text, double depth, gboolean asked);
/* COUNT depths in [0, 1), in order. Caller frees. */
double *scope_draft_depths (ScopeDraft *self, gsize count) G_GNUC_WARN_UNUSED_RESULT;

/* The value of a parameter of the draft's task, whole or the place of a choice. */
gsize scope_draft_get (const ScopeDraft *self, const char *parameter);

/* A number, key or word that the draft has not used yet and that stands in none of the texts, if
 * the haystack is one. The draft's own. NULL with an error when there are no more; WHAT says of
 * what. */
typedef char *(*ScopeDrawFunc) (ScopeDraft *draft, gpointer data);
const char *scope_draft_fresh (ScopeDraft *self, ScopeDrawFunc draw, gpointer data,
                               const char *what, GError **error);
const char *scope_draft_number (ScopeDraft *self, gsize digits, GError **error);
const char *scope_draft_uuid (ScopeDraft *self, GError **error);
const char *scope_draft_pair (ScopeDraft *self, GError **error); /* "quiet-lantern" */
/* A word that neither holds one of AVOID (char *) nor is held by one. */
const char *scope_draft_word (ScopeDraft *self, const GPtrArray *avoid, GError **error);
const char *scope_draft_letters (ScopeDraft *self, gsize count, GError **error); /* "QWERT" */
/* COUNT letters that can be spoken, small: "tamiro". */
const char *scope_draft_code (ScopeDraft *self, gsize count, GError **error);

/* "a, b and c" of COUNT strings. Caller frees. */
char *scope_draft_list (const char *const *items, gsize count) G_GNUC_WARN_UNUSED_RESULT;

/* -- Haystacks -- */

gboolean scope_fill_text_anywhere (ScopeDraft *self, gsize room, ScopeHaystack *out,
                                   GError **error);
/* Needles between sentences, where there is an end of one near. */
gboolean scope_fill_text (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error);
/* Items of draft->item, the last one cut off; needles between them. */
gboolean scope_fill_items (ScopeDraft *self, gsize room, ScopeHaystack *out, GError **error);
/* The next sentence of a noise that says nothing. */
char *scope_item_noise (ScopeDraft *self, GError **error);
const char *scope_noise_sentence (gsize index); /* goes round */
/* Puts LIST in any order. */
void scope_shuffle (GPtrArray *list, GRand *random);
/* LIST (ScopeTokens) in any order, to OUT. */
void scope_fill_shuffled (ScopeDraft *self, GPtrArray *list, ScopeHaystack *out);
/* Fills with noise or text, as the parameter "haystack" of the task says. */
void scope_draft_fill_noise_or_text (ScopeDraft *self);

/* -- Texts and tokens -- */

ScopeTokens *scope_trials_encode (ScopeTrials *self, const char *text,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
const ScopeTrialSource *scope_trials_source (const ScopeTrials *self);
const ScopeQuestions *scope_trials_questions (const ScopeTrials *self);
/* The range of text TEXT without what the tokenizer put around it. */
void scope_trials_text_range (const ScopeTrials *self, gsize text, gsize *begin, gsize *end);
/* Whether one of the texts holds WORD, in whatever case. */
gboolean scope_trials_in_texts (ScopeTrials *self, const char *word);

/* A draft of TRIAL of TASK, before the length comes in. */
ScopeDraft *scope_draft_new (ScopeTrials *trials, const ScopeTask *task, gsize trial,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_draft_free (ScopeDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeDraft, scope_draft_free)

/* -- Words -- */

extern const char *const scope_nouns[];
extern const gsize scope_n_nouns;
extern const char *const scope_adjectives[];
extern const gsize scope_n_adjectives;

/* -- Tasks -- */

typedef struct {
  ScopeTaskInfo info;
  guint32 key; /* seeds the task's trials: never another's, never changed */
  gboolean always_text;
  gboolean (*make) (ScopeDraft *draft, GError **error);
} ScopeTaskKind;
const ScopeTaskKind *scope_task_kind (const ScopeTask *self);

extern const ScopeTaskKind scope_task_passkey, scope_task_needle, scope_task_niah_single_1,
    scope_task_niah_single_2, scope_task_niah_single_3, scope_task_niah_multikey_1,
    scope_task_niah_multikey_2, scope_task_niah_multikey_3, scope_task_niah_multivalue,
    scope_task_niah_multiquery, scope_task_vt, scope_task_cwe, scope_task_fwe, scope_task_qa_1,
    scope_task_qa_2;

#define SCOPE_PARAMETER_DEPTH                                                                      \
  {                                                                                                \
    .name = "depth",                                                                               \
    .summary = "where what is asked first stands; spread: (trial + 0.5) / trials", .unit = "%",    \
    .otherwise = "spread", .low = 0, .high = 100, .ruler = NAN, .tiny = NAN                        \
  }
#define SCOPE_PARAMETER_GENERATE(ruler_value, tiny_value)                                          \
  {                                                                                                \
    .name = "generate", .summary = "how many tokens are decoded; they count in the length",        \
    .unit = "tokens", .low = 1, .high = 4096, .whole = TRUE, .ruler = (ruler_value),               \
    .tiny = (tiny_value)                                                                           \
  }
#define SCOPE_PARAMETER_SHOTS                                                                      \
  {                                                                                                \
    .name = "shots", .summary = "examples with their answers before the task", .unit = "examples", \
    .low = 0, .high = 1, .whole = TRUE, .ruler = 1, .tiny = 0                                      \
  }

G_END_DECLS
