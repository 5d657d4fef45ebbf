#include "session/session-private.h"

#include <math.h>


G_DEFINE_FINAL_TYPE (ScopeSession, scope_session, G_TYPE_OBJECT)

static GParamSpec *properties[N_PROPERTIES];

enum { SIGNAL_PROGRESS, SIGNAL_FAILED, SIGNAL_NOTICE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- what the other files use -------------------------------------------------------------------
 */

void
scope_session_notify (ScopeSession *self, ScopeSessionProperty property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
scope_session_notify_busy (ScopeSession *self)
{
  gboolean busy = scope_engine_is_busy (self->engine);

  if (busy != self->busy) {
    self->busy = busy;
    scope_session_notify (self, PROP_BUSY);
  }
}

gboolean
scope_session_fail (ScopeSession *self, const GError *error)
{
  if (scope_session_move (self, error))
    return FALSE;
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, error->message);
  return TRUE;
}

void
scope_session_tell (ScopeSession *self, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_NOTICE], 0, message);
}

void
scope_session_post (ScopeSession *self, ScopeRequestKind kind, ScopeEngineWork work,
                    ScopeWorkInput *input, GDestroyNotify destroy_result, ScopeEngineDone done)
{
  scope_engine_post (self->engine, kind, work, input, (GDestroyNotify)scope_work_input_free,
                     destroy_result, done, G_OBJECT (self));
  scope_session_notify_busy (self);
}

void
scope_session_fill_setting (ScopeSession *self, ScopeSetting *setting)
{
  scope_setting_clear (setting);
  setting->spec = scope_session_get_filter_spec (self);
  setting->theta = self->theta;
}

gsize
scope_session_length (ScopeSession *self)
{
  return self->stage != NULL ? scope_tokens_count (self->stage->tokens) : 0;
}

/* --- setters ------------------------------------------------------------------------------------
 */

void
scope_session_set_layer (ScopeSession *self, gsize layer)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  if (self->stage == NULL)
    return;
  layer = MIN (layer, scope_model_config (self->host->model)->n_layer - 1);
  if (layer == self->layer)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  self->layer = layer;
  scope_session_notify (self, PROP_LAYER);
  scope_session_fit_map (self);
  scope_session_request_layer (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
scope_session_fit_map (ScopeSession *self)
{
  const ScopeConfig *config = scope_model_config (self->host->model);
  if (self->kind != SCOPE_MATRIX_SOFTMAX
      || scope_matrix_channels (config, self->layer, self->kind) > 0)
    return;
  self->kind = SCOPE_MATRIX_S6;
  self->channel = MIN (self->channel, config->channels - 1);
  scope_session_notify (self, PROP_KIND);
  scope_session_notify (self, PROP_CHANNEL);
}

void
scope_session_set_channel (ScopeSession *self, gsize channel)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  scope_session_set_map (self, self->kind, channel);
}

void
scope_session_set_map (ScopeSession *self, ScopeMatrixKind kind, gsize channel)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && kind < SCOPE_N_MATRICES);
  if (self->stage == NULL)
    return;
  gsize count = scope_matrix_channels (scope_model_config (self->host->model), self->layer, kind);
  channel = MIN (channel, MAX (count, 1) - 1);
  if (count == 0 || (channel == self->channel && kind == self->kind))
    return;
  g_object_freeze_notify (G_OBJECT (self));
  if (kind != self->kind)
    scope_session_notify (self, PROP_KIND);
  if (channel != self->channel)
    scope_session_notify (self, PROP_CHANNEL);
  self->kind = kind;
  self->channel = channel;
  scope_session_request_overview (self);
  scope_session_request_proof (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
scope_session_set_cursor (ScopeSession *self, gsize row, gsize column)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  gsize length = scope_session_length (self);

  if (row >= length || column >= length)
    row = column = self->chosen_row = self->chosen_column = G_MAXSIZE;
  g_object_freeze_notify (G_OBJECT (self));
  if (row != self->row)
    scope_session_notify (self, PROP_ROW);
  if (column != self->column)
    scope_session_notify (self, PROP_COLUMN);
  self->row = row;
  self->column = column;
  g_object_thaw_notify (G_OBJECT (self));
}

void
scope_session_set_kind (ScopeSession *self, ScopeMatrixKind kind)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && kind < SCOPE_N_MATRICES);
  if (self->stage != NULL) {
    scope_session_set_map (self, kind, self->channel);
  } else if (kind != self->kind && kind != SCOPE_MATRIX_SOFTMAX) { /* before anything is open */
    self->kind = kind;
    scope_session_notify (self, PROP_KIND);
  }
}

void
scope_session_cancel (ScopeSession *self)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));

  scope_engine_cancel_all (self->engine);
  scope_session_drop_opening (self);
  scope_session_settle (self);
  scope_session_notify_busy (self);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
on_progress (ScopeEngine *engine, double fraction, const char *what, ScopeSession *self)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, fraction, what);
}

static void
scope_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeSession *self = SCOPE_SESSION (object);

  switch ((ScopeSessionProperty)id) {
  case PROP_MODEL:
    g_value_set_pointer (value, scope_session_get_model (self));
    break;
  case PROP_TEXT:
    g_value_set_pointer (value, scope_session_get_tokens (self));
    break;
  case PROP_BUSY:
    g_value_set_boolean (value, self->busy);
    break;
  case PROP_LAYER:
    g_value_set_uint64 (value, self->layer);
    break;
  case PROP_CHANNEL:
    g_value_set_uint64 (value, self->channel);
    break;
  case PROP_FILTER_ON:
    g_value_set_boolean (value, self->filter_on);
    break;
  case PROP_THETA:
    g_value_set_double (value, scope_session_get_theta (self));
    break;
  case PROP_FILTER_SPEC:
    g_value_set_string (value, scope_session_get_filter (self));
    break;
  case PROP_EPSILON:
    g_value_set_double (value, self->epsilon);
    break;
  case PROP_NORM:
    g_value_set_uint (value, self->norm);
    break;
  case PROP_PALETTE:
    g_value_set_uint (value, self->palette);
    break;
  case PROP_CAN_UNDO:
    g_value_set_boolean (value, scope_session_get_can_undo (self));
    break;
  case PROP_CAN_REDO:
    g_value_set_boolean (value, scope_session_get_can_redo (self));
    break;
  case PROP_KIND:
    g_value_set_uint (value, self->kind);
    break;
  case PROP_ROW:
    g_value_set_uint64 (value, self->row);
    break;
  case PROP_COLUMN:
    g_value_set_uint64 (value, self->column);
    break;
  case PROP_NETWORK:
    g_value_set_pointer (value, (gpointer)scope_session_get_network (self));
    break;
  case PROP_LAYER_VIEW:
    g_value_set_pointer (value, (gpointer)scope_session_get_layer_view (self));
    break;
  case PROP_MAP:
    g_value_set_pointer (value, self->map);
    break;
  case PROP_OVERVIEW:
    g_value_set_pointer (value, self->overview);
    break;
  case PROP_DECAY:
    g_value_set_pointer (value, self->decay);
    break;
  case PROP_ANSWER:
    g_value_set_pointer (value, self->answer);
    break;
  case PROP_PROOF:
    g_value_set_double (value, self->proof);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_session_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeSession *self = SCOPE_SESSION (object);

  switch ((ScopeSessionProperty)id) {
  case PROP_LAYER:
    scope_session_set_layer (self, g_value_get_uint64 (value));
    break;
  case PROP_CHANNEL:
    scope_session_set_channel (self, g_value_get_uint64 (value));
    break;
  case PROP_FILTER_ON:
    scope_session_set_filter_on (self, g_value_get_boolean (value));
    break;
  case PROP_THETA:
    scope_session_set_theta (self, g_value_get_double (value));
    break;
  case PROP_EPSILON:
    scope_session_set_epsilon (self, g_value_get_double (value));
    break;
  case PROP_NORM:
    scope_session_set_norm (self, g_value_get_uint (value));
    break;
  case PROP_PALETTE:
    scope_session_set_palette (self, g_value_get_uint (value));
    break;
  case PROP_KIND:
    scope_session_set_kind (self, g_value_get_uint (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_session_init (ScopeSession *self)
{
  self->engine = scope_engine_new ();
  self->backend = "auto";
  g_signal_connect (self->engine, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect_swapped (self->engine, "idle", G_CALLBACK (scope_session_notify_busy), self);
  self->row = self->column = self->chosen_row = self->chosen_column = G_MAXSIZE;
  self->theta = self->proof = NAN;
  scope_session_settings_init (self);
}

static void
scope_session_dispose (GObject *object)
{
  ScopeSession *self = SCOPE_SESSION (object);

  if (self->engine != NULL) {
    g_signal_handlers_disconnect_by_data (self->engine, self);
    scope_engine_cancel_all (self->engine); /* or the thread would finish its work first */
    scope_session_drop_opening (self);
    scope_session_drop_open (self);
    g_clear_object (&self->engine);
    scope_session_settings_clear (self);
  }
  G_OBJECT_CLASS (scope_session_parent_class)->dispose (object);
}

static void
install_properties (GObjectClass *class)
{
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags write = read | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;
  static const struct {
    ScopeSessionProperty id;
    const char *name;
  } pointers[] = {
    { PROP_MODEL, "model" },           { PROP_TEXT, "text" },     { PROP_NETWORK, "network" },
    { PROP_LAYER_VIEW, "layer-view" }, { PROP_MAP, "map" },       { PROP_OVERVIEW, "overview" },
    { PROP_DECAY, "decay" },           { PROP_ANSWER, "answer" },
  };
  static const struct {
    ScopeSessionProperty id;
    const char *name;
    gboolean writable;
  } indices[] = {
    { PROP_LAYER, "layer", TRUE },
    { PROP_CHANNEL, "channel", TRUE },
    { PROP_ROW, "row", FALSE },
    { PROP_COLUMN, "column", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
    properties[pointers[i].id] = g_param_spec_pointer (pointers[i].name, NULL, NULL, read);
  for (guint i = 0; i < G_N_ELEMENTS (indices); i++)
    properties[indices[i].id] = g_param_spec_uint64 (indices[i].name, NULL, NULL, 0, G_MAXUINT64, 0,
                                                     indices[i].writable ? write : read);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, read);
  properties[PROP_FILTER_ON] = g_param_spec_boolean ("filter-on", NULL, NULL, FALSE, write);
  properties[PROP_THETA]
      = g_param_spec_double ("theta", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0.0, write);
  properties[PROP_FILTER_SPEC] = g_param_spec_string ("filter-spec", NULL, NULL, NULL, read);
  properties[PROP_EPSILON]
      = g_param_spec_double ("epsilon", NULL, NULL, 0.0, 1.0, SCOPE_DEFAULT_EPSILON, write);
  properties[PROP_NORM] = g_param_spec_uint ("norm", NULL, NULL, 0, SCOPE_N_NORMS - 1, 0, write);
  properties[PROP_PALETTE]
      = g_param_spec_uint ("palette", NULL, NULL, 0, SCOPE_N_PALETTES - 1, 0, write);
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, read);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, read);
  properties[PROP_KIND] = g_param_spec_uint ("kind", NULL, NULL, 0, SCOPE_N_MATRICES - 1, 0, write);
  properties[PROP_PROOF]
      = g_param_spec_double ("proof", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0.0, read);
  g_object_class_install_properties (class, N_PROPERTIES, properties);
}

static void
scope_session_class_init (ScopeSessionClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = scope_session_get_property;
  object_class->set_property = scope_session_set_property;
  object_class->dispose = scope_session_dispose;
  install_properties (object_class);
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", SCOPE_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_STRING);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", SCOPE_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_NOTICE] = g_signal_new ("notice", SCOPE_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

ScopeSession *
scope_session_new (void)
{
  return g_object_new (SCOPE_TYPE_SESSION, NULL);
}
