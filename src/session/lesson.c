#include "session/lesson.h"

#include <math.h>
#include <string.h>

#include "analysis/decay.h"
#include "session/follow.h"
#include "session/session-private.h"

#define SAMPLE_MODEL "rescue-mamba2-5m"
#define SAMPLE_TEXT  "pass-key.txt"
/* What the text says before the key, and again before it ends. */
#define CUE "The pass key is "

struct _ScopeLesson {
  GObject parent_instance;
  ScopeSession *session;
  ScopeLessonStep step;
  ScopeLessonNumbers view;
};

G_DEFINE_FINAL_TYPE (ScopeLesson, scope_lesson, G_TYPE_OBJECT)

enum { LESSON_PROP_0, LESSON_PROP_STEP, N_LESSON_PROPS };
static GParamSpec *properties[N_LESSON_PROPS];
enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
tell (ScopeLesson *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* --- the sample ---------------------------------------------------------------------------------
 */

char *
scope_lesson_model_path (void)
{
  return scope_session_sample_path ("models", SAMPLE_MODEL);
}

char *
scope_lesson_text_path (void)
{
  return scope_session_sample_path ("texts", SAMPLE_TEXT);
}

static gboolean
is_open (ScopeLesson *self)
{
  const ScopeSession *session = self->session;
  g_autofree char *model = scope_lesson_model_path ();
  g_autofree char *text = scope_lesson_text_path ();

  return session->host != NULL && session->stage != NULL
         && g_strcmp0 (scope_model_path (session->host->model), model) == 0
         && g_strcmp0 (session->stage->path, text) == 0;
}

/* --- what the text says -------------------------------------------------------------------------
 */

static void
read_key (ScopeLessonNumbers *view, const ScopeTokens *tokens)
{
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  const char *cue = g_strstr_len (text, (gssize)length, CUE);
  const char *begin = cue != NULL ? cue + strlen (CUE) : NULL, *end = begin;

  while (end != NULL && end < text + length && g_ascii_isdigit (*end))
    end++;
  if (end == begin)
    return;
  view->key = g_strndup (begin, (gsize)(end - begin));
  view->key_begin = scope_tokens_at (tokens, (gsize)(begin - text));
  view->key_end = scope_tokens_at (tokens, (gsize)(end - text) - 1) + 1;
  view->asked = scope_tokens_count (tokens) - view->key_end;
}

/* --- what the session has -----------------------------------------------------------------------
 */

static void
clear_view (ScopeLessonNumbers *view)
{
  g_free (view->key);
  for (guint on = 0; on < G_N_ELEMENTS (view->answer); on++)
    g_free (view->answer[on].text);
  memset (view, 0, sizeof *view);
}

static void
forget_answer (ScopeLessonAnswer *answer)
{
  g_free (answer->text);
  *answer = (ScopeLessonAnswer){ .perplexity = NAN };
}

/* ln of what the channel keeps of its state over the tokens behind the key. */
static double
ln_left (const ScopeLessonNumbers *view, ScopeLayerTrace *layer, gsize channel)
{
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, NULL);
  const ScopeMatrix *rates = scope_layer_trace_matrix (layer, SCOPE_LAYER_A, NULL);

  if (delta == NULL || rates == NULL)
    return NAN;
  gsize states = scope_matrix_columns (rates);
  g_autofree double *steps = g_new (double, view->asked);
  g_autofree double *rate = g_new (double, states);
  for (gsize t = 0; t < view->asked; t++)
    steps[t] = scope_matrix_get (delta, view->key_end + t, channel);
  for (gsize n = 0; n < states; n++)
    rate[n] = scope_matrix_get (rates, channel, n);
  return scope_decay_ln (steps, view->asked, rate, states);
}

static void
read_memory (ScopeLesson *self)
{
  ScopeLook *look = self->session->look;
  ScopeLessonNumbers *view = &self->view;
  gsize channel = self->session->channel;

  if (look == NULL || look->view.preview || look->view.layer != self->session->layer
      || channel >= look->view.n_channels || view->key == NULL)
    return;
  const ScopeChannelStats *stats = &look->view.channels[channel];
  ScopeLessonMemory *memory = &view->memory[look->network.filtered ? 1 : 0];
  memory->known = TRUE;
  memory->ln_left = ln_left (view, look->layer, channel);
  memory->half_life = stats->half_life;
  memory->kept = stats->kept_fraction;
  memory->field = stats->field_length;
}

static void
read_layer (ScopeLesson *self)
{
  const ScopeLayerView *layer = scope_session_get_layer_view (self->session);
  ScopeLessonNumbers *view = &self->view;

  view->layer = self->session->layer;
  view->channel = self->session->channel;
  view->global = view->channels = 0;
  for (gsize h = 0; layer != NULL && h < layer->n_channels; h++)
    view->global += layer->channels[h].global;
  view->channels = layer != NULL ? layer->n_channels : 0;
}

/* --- keeping in step ----------------------------------------------------------------------------
 */

static void
on_opened (ScopeLesson *self)
{
  const ScopeTokens *tokens = scope_session_get_tokens (self->session);
  ScopeLessonNumbers *view = &self->view;

  clear_view (view);
  view->open = is_open (self);
  if (view->open) {
    view->tokens = scope_tokens_count (tokens);
    view->train_length = scope_session_get_train_length (self->session);
    read_key (view, tokens);
    read_layer (self);
    read_memory (self);
  }
  tell (self);
}

static void
on_layer (ScopeLesson *self)
{
  if (!self->view.open)
    return;
  read_layer (self);
  read_memory (self);
  tell (self);
}

/* What was read is of another channel. */
static void
on_channel (ScopeLesson *self)
{
  memset (self->view.memory, 0, sizeof self->view.memory);
  on_layer (self);
}

/* What the filter did is of another filter. */
static void
on_filter (ScopeLesson *self)
{
  self->view.memory[1] = (ScopeLessonMemory){ 0 };
  forget_answer (&self->view.answer[1]);
  tell (self);
}

static void
on_answer (ScopeLesson *self)
{
  const ScopeAnswerView *said = scope_session_get_answer (self->session);
  ScopeLessonNumbers *view = &self->view;

  if (!view->open || said == NULL)
    return;
  ScopeLessonAnswer *answer = &view->answer[said->filtered ? 1 : 0];
  forget_answer (answer);
  answer->known = TRUE;
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize k = 0; k < said->count; k++)
    g_string_append (text, said->pieces[k]);
  answer->text = g_string_free (g_steal_pointer (&text), FALSE);
  answer->right = view->key != NULL && strstr (said->text, view->key) != NULL;
  answer->probability = said->count > 0 ? said->steps[0].probability : NAN;
  answer->perplexity = said->perplexity;
  answer->scored = said->scored;
  tell (self);
}

/* --- steps --------------------------------------------------------------------------------------
 */

ScopeLessonStep
scope_lesson_get_step (ScopeLesson *self)
{
  g_return_val_if_fail (SCOPE_IS_LESSON (self), SCOPE_LESSON_READ);
  return self->step;
}

static void
show_step (ScopeLesson *self, ScopeLessonStep step)
{
  if (step == self->step)
    return;
  self->step = step;
  g_object_notify_by_pspec (G_OBJECT (self), properties[LESSON_PROP_STEP]);
  tell (self);
}

static void
open_sample (ScopeLesson *self)
{
  g_autofree char *model = scope_lesson_model_path ();
  g_autofree char *text = scope_lesson_text_path ();

  if (model == NULL || text == NULL) {
    scope_session_tell (self->session, "The samples are not installed");
    return;
  }
  scope_session_set_filter_on (self->session, FALSE);
  scope_session_open (self->session, model, text);
}

static void
drive (ScopeLesson *self)
{
  ScopeSession *session = self->session;

  if (!self->view.open) {
    open_sample (self);
    return;
  }
  if (self->step >= SCOPE_LESSON_FORGET && self->step <= SCOPE_LESSON_FILTER)
    scope_session_set_filter_on (session, FALSE);
  if (self->step == SCOPE_LESSON_RESCUE)
    scope_session_set_filter_on (session, TRUE);
  if (self->step == SCOPE_LESSON_TOLD && self->view.key != NULL)
    scope_session_select (session, self->view.tokens - 1, self->view.key_begin);
}

void
scope_lesson_go (ScopeLesson *self, ScopeLessonStep step)
{
  g_return_if_fail (SCOPE_IS_LESSON (self) && step < SCOPE_N_LESSON_STEPS);
  show_step (self, step);
  drive (self);
}

gboolean
scope_lesson_is_ready (ScopeLesson *self)
{
  g_return_val_if_fail (SCOPE_IS_LESSON (self), FALSE);
  const ScopeLessonNumbers *view = &self->view;
  gboolean on = scope_session_get_filter_on (self->session);

  if (!view->open || view->key == NULL || !view->answer[0].known)
    return FALSE;
  if (self->step == SCOPE_LESSON_DECAY)
    return view->memory[0].known;
  if (self->step == SCOPE_LESSON_FILTER || self->step == SCOPE_LESSON_RESCUE)
    return on && view->answer[1].known && view->memory[1].known;
  return TRUE;
}

const ScopeLessonNumbers *
scope_lesson_get_numbers (ScopeLesson *self)
{
  g_return_val_if_fail (SCOPE_IS_LESSON (self), NULL);
  return &self->view;
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_lesson_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, SCOPE_LESSON (object)->step);
}

static void
scope_lesson_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  show_step (SCOPE_LESSON (object), g_value_get_uint (value));
}

static void
scope_lesson_finalize (GObject *object)
{
  clear_view (&SCOPE_LESSON (object)->view);
  g_object_unref (SCOPE_LESSON (object)->session);
  G_OBJECT_CLASS (scope_lesson_parent_class)->finalize (object);
}

static void
scope_lesson_class_init (ScopeLessonClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = scope_lesson_get_property;
  object_class->set_property = scope_lesson_set_property;
  object_class->finalize = scope_lesson_finalize;
  properties[LESSON_PROP_STEP]
      = g_param_spec_uint ("step", NULL, NULL, 0, SCOPE_N_LESSON_STEPS - 1, 0,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_LESSON_PROPS, properties);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", SCOPE_TYPE_LESSON, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_lesson_init (ScopeLesson *self)
{
}

ScopeLesson *
scope_lesson_new (ScopeSession *session)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (session), NULL);
  ScopeLesson *self = g_object_new (SCOPE_TYPE_LESSON, NULL);
  static const ScopeFollowed connections[] = {
    { "notify::model", G_CALLBACK (on_opened) },
    { "notify::text", G_CALLBACK (on_opened) },
    { "notify::layer-view", G_CALLBACK (on_layer) },
    { "notify::network", G_CALLBACK (on_layer) },
    { "notify::layer", G_CALLBACK (on_channel) },
    { "notify::channel", G_CALLBACK (on_channel) },
    { "notify::filter-spec", G_CALLBACK (on_filter) },
    { "notify::theta", G_CALLBACK (on_filter) },
    { "notify::filter-on", G_CALLBACK (tell) },
    { "notify::busy", G_CALLBACK (tell) },
    { "notify::answer", G_CALLBACK (on_answer) },
  };

  self->session = g_object_ref (session);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  scope_history_bind (scope_session_get_history (session), G_OBJECT (self), "step", "lesson.step",
                      "step of the lesson");
  on_opened (self);
  on_answer (self);
  return self;
}
