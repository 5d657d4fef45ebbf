/* The tasks of recall: one registry, and a SPEC that chooses one and its difficulty.
 *
 *   passkey, needle         as the rescue sample was trained on (samples/README.md)
 *   niah_single_1 ... qa_2  RULER's thirteen (Hsieh et al., "RULER: What's the Real Context Size of
 *                           Your Long-Context Language Models?", COLM 2024), after their published
 *                           design and with wordings and words of our own
 *
 * A SPEC is NAME[:PARAMETER=VALUE...][:tiny], "vt:hops=2:shots=0"; parameters that are not named
 * are RULER's, or with "tiny" what a model of a few million parameters has a chance at. A task is
 * immutable; any thread. Errors are SCOPE_ANALYSIS_ERROR_RANGE.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SCOPE_TASK_PARAMETERS 9 /* at most */

typedef enum {
  SCOPE_SCORE_START, /* the text starts with the answer */
  SCOPE_SCORE_ALL,   /* the share of the answers that stand in the text */
  SCOPE_SCORE_PART,  /* 1 if one of the answers stands in the text */
} ScopeScoring;
const char *scope_scoring_name (ScopeScoring scoring); /* "start", "all", "part" */

typedef struct {
  const char *name, *summary;
  const char *unit;      /* NULL for a choice */
  const char *choices;   /* "noise|text": its value is the place in this list; else NULL */
  const char *otherwise; /* a word for "none": its value is NaN; else NULL */
  double low, high;      /* of numbers */
  gboolean whole;        /* whole numbers only */
  double ruler, tiny;    /* what it is when it is not named */
} ScopeTaskParameter;

typedef struct {
  const char *name, *summary;
  const char *source; /* where the design is published */
  ScopeScoring scoring;
  ScopeTaskParameter parameters[SCOPE_TASK_PARAMETERS]; /* ends with a nameless one, if fewer */
} ScopeTaskInfo;

gsize scope_task_count (void);
const ScopeTaskInfo *scope_task_info (gsize index); /* static */
/* A value as it is written in a SPEC. Caller frees. */
char *scope_task_parameter_print (const ScopeTaskParameter *parameter,
                                  double value) G_GNUC_WARN_UNUSED_RESULT;

typedef struct _ScopeTask ScopeTask;
ScopeTask *scope_task_parse (const char *spec, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "passkey,vt:hops=2": SPECs with commas. "ruler" stands for RULER's thirteen and "all" for every
 * task, with what follows a colon for each. (element-type ScopeTask) */
GPtrArray *scope_tasks_parse (const char *specs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_task_free (ScopeTask *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTask, scope_task_free)

const char *scope_task_spec (const ScopeTask *self); /* as it was given */
const ScopeTaskInfo *scope_task_get_info (const ScopeTask *self);
/* The value of a parameter that the task has. */
double scope_task_get (const ScopeTask *self, const char *parameter);
/* Whether its haystack is the user's text. */
gboolean scope_task_needs_text (const ScopeTask *self);

G_END_DECLS
