#include "session/what-if.h"

#include <math.h>

#include "base/json.h"
#include "session/follow.h"
#include "session/session-private.h"
#include "session/what-if-private.h"

struct _ScopeWhatIf {
  GObject parent_instance;
  ScopeSession *session;
  gboolean active;

  /* What is asked. */
  gsize token; /* G_MAXSIZE: the crosshair's column */
  gboolean all_channels;
  double factor, value;

  /* What is known. */
  gboolean asked; /* for the layer and then the network, as things are now */
  ScopeWhatIfLayer *layer;
  ScopeWhatIfNetwork *network;
  ScopeOutcome *before; /* of the run of this id, kept from one change to the next */
  guint before_run;
};

G_DEFINE_FINAL_TYPE (ScopeWhatIf, scope_what_if, G_TYPE_OBJECT)

enum { NO_PROP, PROP_TOKEN, PROP_ALL_CHANNELS, PROP_FACTOR, PROP_VALUE, N_PROPS };
static GParamSpec *props[N_PROPS];
enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
emit_changed (ScopeWhatIf *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static gboolean
is_change (const ScopeWhatIf *self)
{
  return self->factor != 1 || !isnan (self->value);
}

/* --- requests -----------------------------------------------------------------------------------
 */

static ScopeWhatIfOrder *
make_order (ScopeWhatIf *self)
{
  ScopeSession *session = self->session;
  ScopeWhatIfOrder *order = g_new0 (ScopeWhatIfOrder, 1);

  order->look = scope_look_ref (session->look);
  order->channel = session->channel;
  order->edit = (ScopePlanEdit){ .layer = session->layer,
                                 .token = scope_what_if_get_token (self),
                                 .channel = self->all_channels ? G_MAXSIZE : session->channel,
                                 .factor = self->factor,
                                 .value = self->value };
  if (self->before != NULL && self->before_run == session->look->run->id)
    order->before = scope_outcome_ref (self->before);
  return order;
}

static void
post (ScopeWhatIf *self, ScopeEngineWork work, GDestroyNotify destroy, ScopeEngineDone done)
{
  scope_engine_post (self->session->engine, SCOPE_REQUEST_WHAT_IF, work, make_order (self),
                     (GDestroyNotify)scope_what_if_order_free, destroy, done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

static void
on_network_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeWhatIf *self = owner;
  ScopeWhatIfNetwork *network = result;

  if (error != NULL) {
    scope_session_fail (self->session, error);
    return;
  }
  g_clear_pointer (&self->network, scope_what_if_network_free);
  g_clear_pointer (&self->before, scope_outcome_unref);
  self->network = network;
  self->before = scope_outcome_ref (network->before);
  self->before_run = self->session->look->run->id; /* another look would have dropped this */
  emit_changed (self);
}

static void
on_layer_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeWhatIf *self = owner;

  if (error != NULL) {
    scope_session_fail (self->session, error);
    return;
  }
  g_free (self->layer);
  self->layer = result;
  post (self, scope_what_if_work_network, (GDestroyNotify)scope_what_if_network_free,
        on_network_done);
  emit_changed (self);
}

static gboolean
look_is_ready (const ScopeWhatIf *self)
{
  const ScopeLook *look = self->session->look;
  return look != NULL && look->view.layer == self->session->layer && !look->view.preview;
}

static gboolean
can_compute (ScopeWhatIf *self)
{
  return self->active && is_change (self) && look_is_ready (self)
         && scope_what_if_obstacle (self) == NULL
         && scope_what_if_get_token (self) < scope_session_length (self->session);
}

/* What was asked is another question now. */
static void
question_changed (ScopeWhatIf *self)
{
  self->asked = FALSE;
  g_clear_pointer (&self->network, scope_what_if_network_free);
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_WHAT_IF);
  if (!can_compute (self)) {
    g_clear_pointer (&self->layer, g_free);
  } else {
    self->asked = TRUE;
    post (self, scope_what_if_work_layer, g_free, on_layer_done);
  }
  scope_session_notify_busy (self->session);
  emit_changed (self);
}

/* The layer or the channel is another: what was shown is not of it. */
static void
selection_changed_cb (ScopeWhatIf *self)
{
  g_clear_pointer (&self->layer, g_free);
  question_changed (self);
}

static void
crosshair_changed_cb (ScopeWhatIf *self)
{
  if (!scope_what_if_is_held (self))
    emit_changed (self);
}

static void
text_changed_cb (ScopeWhatIf *self)
{
  scope_what_if_reset (self);
  selection_changed_cb (self);
}

/* --- what can be set ----------------------------------------------------------------------------
 */

gsize
scope_what_if_get_token (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), G_MAXSIZE);
  return self->token != G_MAXSIZE ? self->token : self->session->column;
}

gboolean
scope_what_if_is_held (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), FALSE);
  return self->token != G_MAXSIZE;
}

static void
put_token (ScopeWhatIf *self, gsize token)
{
  if (token == self->token)
    return;
  self->token = token;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TOKEN]);
}

void
scope_what_if_set_token (ScopeWhatIf *self, gsize token)
{
  g_return_if_fail (SCOPE_IS_WHAT_IF (self));
  gsize length = scope_session_length (self->session);

  if (token == self->token || (token != G_MAXSIZE && length > 0 && token >= length))
    return;
  put_token (self, token);
  question_changed (self);
}

gboolean
scope_what_if_get_all_channels (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), FALSE);
  return self->all_channels;
}

void
scope_what_if_set_all_channels (ScopeWhatIf *self, gboolean all)
{
  g_return_if_fail (SCOPE_IS_WHAT_IF (self));
  if (!all == !self->all_channels)
    return;
  self->all_channels = all != FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ALL_CHANNELS]);
  question_changed (self);
}

/* What the pointer passes on its way from the map to a slider must not move what the slider is of.
 */
static void
hold (ScopeWhatIf *self)
{
  gsize token = scope_what_if_get_token (self);
  if (is_change (self) && token != G_MAXSIZE)
    put_token (self, token);
}

double
scope_what_if_get_factor (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), 1);
  return self->factor;
}

void
scope_what_if_set_factor (ScopeWhatIf *self, double factor)
{
  g_return_if_fail (SCOPE_IS_WHAT_IF (self));
  if (!(factor >= 0 && factor <= SCOPE_WHAT_IF_FACTOR_MAX) || factor == self->factor)
    return;
  self->factor = factor;
  hold (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FACTOR]);
  question_changed (self);
}

double
scope_what_if_get_value (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), NAN);
  return self->value;
}

void
scope_what_if_set_value (ScopeWhatIf *self, double value)
{
  g_return_if_fail (SCOPE_IS_WHAT_IF (self));
  gboolean good = isnan (value) || (value >= 0 && value <= SCOPE_WHAT_IF_VALUE_MAX);

  if (!good || value == self->value || (isnan (value) && isnan (self->value)))
    return;
  self->value = value;
  hold (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VALUE]);
  question_changed (self);
}

void
scope_what_if_reset (ScopeWhatIf *self)
{
  g_return_if_fail (SCOPE_IS_WHAT_IF (self));
  scope_what_if_set_value (self, NAN);
  scope_what_if_set_factor (self, 1);
  scope_what_if_set_token (self, G_MAXSIZE);
}

/* --- what is known ------------------------------------------------------------------------------
 */

double
scope_what_if_delta (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), NAN);
  const ScopeSession *session = self->session;
  gsize token = scope_what_if_get_token (self);

  if (!look_is_ready (self) || session->kind == SCOPE_MATRIX_SOFTMAX
      || token >= scope_session_length (self->session))
    return NAN;
  return scope_matrix_get (scope_layer_trace_matrix (session->look->layer, SCOPE_LAYER_DELTA, NULL),
                           token, session->channel);
}

const ScopeWhatIfLayer *
scope_what_if_get_layer (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), NULL);
  return self->layer;
}

const ScopeWhatIfNetwork *
scope_what_if_get_network (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), NULL);
  return self->network;
}

const char *
scope_what_if_obstacle (ScopeWhatIf *self)
{
  g_return_val_if_fail (SCOPE_IS_WHAT_IF (self), NULL);
  const ScopeSession *session = self->session;

  if (session->kind == SCOPE_MATRIX_SOFTMAX)
    return "Softmax attention has no time step Δ.";
  if (look_is_ready (self)
      && scope_plan_drops_tokens (scope_trace_plan (session->look->run->trace)))
    return "Not with a filter that takes tokens out of the text.";
  return NULL;
}

void
scope_what_if_set_active (ScopeWhatIf *self, gboolean active)
{
  g_return_if_fail (SCOPE_IS_WHAT_IF (self));
  if (!self->active == !active)
    return;
  self->active = active != FALSE;
  if (active ? self->layer == NULL : self->asked && self->network == NULL)
    question_changed (self);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_what_if_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeWhatIf *self = SCOPE_WHAT_IF (object);

  switch (id) {
  case PROP_TOKEN:
    g_value_set_uint64 (value, self->token);
    break;
  case PROP_ALL_CHANNELS:
    g_value_set_boolean (value, self->all_channels);
    break;
  case PROP_FACTOR:
    g_value_set_double (value, self->factor);
    break;
  case PROP_VALUE:
    g_value_set_double (value, self->value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_what_if_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeWhatIf *self = SCOPE_WHAT_IF (object);

  switch (id) {
  case PROP_TOKEN:
    scope_what_if_set_token (self, g_value_get_uint64 (value));
    break;
  case PROP_ALL_CHANNELS:
    scope_what_if_set_all_channels (self, g_value_get_boolean (value));
    break;
  case PROP_FACTOR:
    scope_what_if_set_factor (self, g_value_get_double (value));
    break;
  case PROP_VALUE:
    scope_what_if_set_value (self, g_value_get_double (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_what_if_dispose (GObject *object)
{
  ScopeWhatIf *self = SCOPE_WHAT_IF (object);

  g_clear_pointer (&self->layer, g_free);
  g_clear_pointer (&self->network, scope_what_if_network_free);
  g_clear_pointer (&self->before, scope_outcome_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_what_if_parent_class)->dispose (object);
}

static void
scope_what_if_class_init (ScopeWhatIfClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = scope_what_if_get_property;
  object_class->set_property = scope_what_if_set_property;
  object_class->dispose = scope_what_if_dispose;
  props[PROP_TOKEN] = g_param_spec_uint64 ("token", NULL, NULL, 0, G_MAXUINT64, G_MAXUINT64, flags);
  props[PROP_ALL_CHANNELS] = g_param_spec_boolean ("all-channels", NULL, NULL, FALSE, flags);
  props[PROP_FACTOR]
      = g_param_spec_double ("factor", NULL, NULL, 0, SCOPE_WHAT_IF_FACTOR_MAX, 1, flags);
  /* NaN passes no range. */
  props[PROP_VALUE]
      = g_param_spec_double ("value", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", SCOPE_TYPE_WHAT_IF, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_what_if_init (ScopeWhatIf *self)
{
  self->token = G_MAXSIZE;
  self->factor = 1;
  self->value = NAN;
}

/* --- the history ---------------------------------------------------------------------------------
 * One parameter: a slider's first move holds the token as well, and is undone with it. */

static JsonNode *
get_question (gpointer owner)
{
  ScopeWhatIf *self = owner;
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (node, object);
  if (self->token != G_MAXSIZE)
    json_object_set_int_member (object, "token", (gint64)self->token);
  json_object_set_boolean_member (object, "all-channels", self->all_channels);
  json_object_set_double_member (object, "factor", self->factor);
  if (!isnan (self->value))
    json_object_set_double_member (object, "value", self->value);
  return node;
}

static gboolean
in_range (double value, double most)
{
  return value >= 0 && value <= most;
}

static gboolean
set_question (gpointer owner, JsonNode *node, GError **error)
{
  static const char name[] = "what-if", path[] = "$";
  ScopeWhatIf *self = owner;
  JsonObject *object = scope_json_object (node, name, path, error);
  gint64 token = -1;
  gboolean all = FALSE;
  double factor = 1, value = NAN;

  if (object == NULL
      || !scope_json_get_int (object, "token", FALSE, 0, G_MAXINT32, &token, name, path, error)
      || !scope_json_get_boolean (object, "all-channels", FALSE, &all, name, path, error)
      || !scope_json_get_double (object, "factor", FALSE, &factor, name, path, error)
      || !scope_json_get_double (object, "value", FALSE, &value, name, path, error))
    return FALSE;
  if (!in_range (factor, SCOPE_WHAT_IF_FACTOR_MAX)
      || !(isnan (value) || in_range (value, SCOPE_WHAT_IF_VALUE_MAX)))
    return scope_history_refuse (node, "a factor of 0 to 10, or a Δ of 0 to 1000", error);
  scope_what_if_set_value (self, value);
  scope_what_if_set_factor (self, factor);
  scope_what_if_set_all_channels (self, all);
  scope_what_if_set_token (self, token >= 0 ? (gsize)token : G_MAXSIZE);
  return TRUE;
}

static const ScopeParameter question
    = { "what-if.question", "what-if Δ", "token,all-channels,factor,value", get_question,
        set_question };

ScopeWhatIf *
scope_what_if_new (ScopeSession *session)
{
  static const ScopeFollowed connections[] = {
    { "notify::layer-view", G_CALLBACK (selection_changed_cb) },
    { "notify::channel", G_CALLBACK (selection_changed_cb) },
    { "notify::kind", G_CALLBACK (selection_changed_cb) },
    { "notify::text", G_CALLBACK (text_changed_cb) },
    { "notify::column", G_CALLBACK (crosshair_changed_cb) },
  };
  ScopeWhatIf *self = g_object_new (SCOPE_TYPE_WHAT_IF, NULL);

  self->session = g_object_ref (session);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  scope_history_add (scope_session_get_history (session), G_OBJECT (self), &question);
  return self;
}
