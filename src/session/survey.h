/* ScopeSurvey: what θ and C would do to the open text, in each layer and in all of them together.
 *
 * A ScopeInquiry (inquiry.h: threads, whether somebody looks, "view" and "pending"); it follows the
 * open text alone: neither the selection nor the filter changes it (analysis/sensitivity.h).
 */
#pragma once

#include "analysis/sensitivity.h"
#include "session/inquiry.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SURVEY (scope_survey_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSurvey, scope_survey, SCOPE, SURVEY, ScopeInquiry)

/* Immutable; the model's own. θ and C are those of scope_sensitivity_thetas and _tops. */
typedef struct {
  gsize layers, channels; /* of a layer */
  gsize tokens, train_length;
  double top;   /* the C that a filter goes by which says none */
  GArray *rows; /* ScopeSensitivity; NULL: the text is not longer than the training length */
} ScopeSurveyView;

ScopeSurvey *scope_survey_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
const ScopeSurveyView *scope_survey_get_view (ScopeSurvey *self); /* NULL while none */
/* LAYER may be the number of layers: all of them. TOP and THETA are places in the two lists. VIEW
 * has rows. */
const ScopeSensitivity *scope_survey_row (const ScopeSurveyView *view, gsize layer, gsize top,
                                          gsize theta);
/* The line that gives the same numbers; NULL while no text is open. Caller frees. */
char *scope_survey_command_line (ScopeSurvey *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
