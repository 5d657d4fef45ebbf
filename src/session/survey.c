#include "session/survey.h"

#include "session/command.h"
#include "session/session-private.h"

struct _ScopeSurvey {
  ScopeInquiry parent_instance;
};

G_DEFINE_FINAL_TYPE (ScopeSurvey, scope_survey, SCOPE_TYPE_INQUIRY)

static void
view_free (gpointer data)
{
  ScopeSurveyView *view = data;

  g_clear_pointer (&view->rows, g_array_unref);
  g_free (view);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSurveyView, view_free)

/* --- on the engine's thread ---------------------------------------------------------------------
 */

static gboolean
read_top (ScopeSurveyView *view, const ScopeStage *stage, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeTable) table = scope_filter_table (
      NULL, stage->host->context, scope_tokens_ids (stage->tokens), view->tokens, progress, error);

  view->top = table != NULL ? scope_table_top (table) : 0;
  return table != NULL;
}

static gpointer
survey_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeStage *stage = input;
  const ScopeHost *host = stage->host;
  const ScopeConfig *config = scope_model_config (host->model);
  g_autoptr (ScopeSurveyView) view = g_new0 (ScopeSurveyView, 1);
  ScopeProgress aim = scope_progress_span (progress, 0.0, 0.1);
  ScopeProgress rest = scope_progress_span (progress, 0.1, 1.0);

  view->layers = config->n_layer;
  view->channels = config->channels;
  view->tokens = scope_tokens_count (stage->tokens);
  view->train_length = host->train_length;
  if (view->tokens <= view->train_length)
    return g_steal_pointer (&view);
  if (!read_top (view, stage, &aim, error))
    return NULL;
  view->rows
      = scope_sensitivity (host->schedule, host->train_length, scope_tokens_ids (stage->tokens),
                           view->tokens, scope_sensitivity_tops, SCOPE_SENSITIVITY_TOPS,
                           scope_sensitivity_thetas, SCOPE_SENSITIVITY_THETAS, &rest, error);
  return view->rows != NULL ? g_steal_pointer (&view) : NULL;
}

/* --- on main ------------------------------------------------------------------------------------
 */

static gboolean
survey_arrived (ScopeInquiry *inquiry, gconstpointer view)
{
  return FALSE;
}

/* Once for a text: a look at another layer, which asks again, changes nothing. */
static void
survey_ask (ScopeInquiry *inquiry)
{
  ScopeStage *stage = scope_inquiry_get_session (inquiry)->stage;

  if (stage != NULL && scope_inquiry_get_view (inquiry) == NULL
      && !scope_inquiry_get_pending (inquiry))
    scope_inquiry_post (inquiry, survey_work, scope_stage_ref (stage),
                        (GDestroyNotify)scope_stage_unref);
}

static void
text_changed (ScopeInquiry *inquiry)
{
  ScopeSession *session = scope_inquiry_get_session (inquiry);

  if (session->engine != NULL)
    scope_engine_cancel (session->engine, SCOPE_REQUEST_SURVEY);
  scope_inquiry_forget (inquiry);
}

const ScopeSurveyView *
scope_survey_get_view (ScopeSurvey *self)
{
  g_return_val_if_fail (SCOPE_IS_SURVEY (self), NULL);
  return scope_inquiry_get_view (SCOPE_INQUIRY (self));
}

const ScopeSensitivity *
scope_survey_row (const ScopeSurveyView *view, gsize layer, gsize top, gsize theta)
{
  gsize index = (layer * SCOPE_SENSITIVITY_TOPS + top) * SCOPE_SENSITIVITY_THETAS + theta;

  g_return_val_if_fail (view->rows != NULL && index < view->rows->len, NULL);
  return &g_array_index (view->rows, ScopeSensitivity, index);
}

char *
scope_survey_command_line (ScopeSurvey *self)
{
  g_return_val_if_fail (SCOPE_IS_SURVEY (self), NULL);
  const ScopeSession *session = scope_inquiry_get_session (SCOPE_INQUIRY (self));
  const ScopeStage *stage = session->stage;

  if (stage == NULL)
    return NULL;
  return scope_command_finish (
      scope_command_new ("sensitivity", scope_model_path (stage->host->model), stage->path),
      session->backend, "sensitivity.csv");
}

static void
scope_survey_init (ScopeSurvey *self)
{
}

static void
scope_survey_class_init (ScopeSurveyClass *class)
{
  ScopeInquiryClass *inquiry = SCOPE_INQUIRY_CLASS (class);

  inquiry->kind = SCOPE_REQUEST_SURVEY;
  inquiry->free_view = view_free;
  inquiry->ask = survey_ask;
  inquiry->arrived = survey_arrived;
}

ScopeSurvey *
scope_survey_new (ScopeSession *session)
{
  ScopeSurvey *self = g_object_new (SCOPE_TYPE_SURVEY, NULL);

  scope_inquiry_set_session (SCOPE_INQUIRY (self), session);
  g_signal_connect_object (session, "notify::text", G_CALLBACK (text_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::layer-view", G_CALLBACK (scope_inquiry_ask), self,
                           G_CONNECT_SWAPPED);
  return self;
}
