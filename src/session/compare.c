#include "session/compare-private.h"

#include <math.h>

#include "base/error.h"
#include "session/follow.h"

G_DEFINE_FINAL_TYPE (ScopeCompare, scope_compare, G_TYPE_OBJECT)

/* A side's fields, in the order of its properties. */
enum { FIELD_FILTER, FIELD_MODEL, FIELD_TEXT, FIELD_LAYER, FIELD_CHANNEL, N_FIELDS };
enum {
  COMPARE_PROP_0,
  COMPARE_PROP_MODE,
  COMPARE_PROP_BUSY,
  COMPARE_PROP_SIDES,
  N_COMPARE_PROPS = COMPARE_PROP_SIDES + 2 * N_FIELDS
};
static GParamSpec *properties[N_COMPARE_PROPS];
static const char *const field_names[SCOPE_N_SIDES][N_FIELDS] = {
  { "a-filter", "a-model", "a-text", "a-layer", "a-channel" },
  { "b-filter", "b-model", "b-text", "b-layer", "b-channel" },
};

enum { SIGNAL_CHANGED, SIGNAL_SIDES_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- what is compared ---------------------------------------------------------------------------
 */

/* Another model has another θ; a method that says nothing of θ means its own. */
void
scope_compare_fill_setting (ScopeCompare *self, ScopeSide side, ScopeSetting *setting)
{
  const ScopeCompareSide *says = &self->side[side];
  gboolean own_theta
      = says->model != NULL || (says->filter != NULL && !g_str_equal (says->filter, "off"));

  scope_setting_clear (setting);
  setting->spec = scope_compare_get_filter (self, side);
  setting->theta = own_theta ? NAN : self->session->theta;
}

gsize
scope_compare_layer (ScopeCompare *self, ScopeSide side)
{
  gint layer = self->side[side].layer;
  return layer >= 0 ? (gsize)layer : self->session->layer;
}

gsize
scope_compare_channel (ScopeCompare *self, ScopeSide side)
{
  gint channel = self->side[side].channel;
  return channel >= 0 ? (gsize)channel : self->session->channel;
}

char *
scope_compare_get_filter (ScopeCompare *self, ScopeSide side)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && side < SCOPE_N_SIDES, NULL);
  const char *filter = self->side[side].filter;
  return g_strdup (filter != NULL ? filter : scope_session_get_filter (self->session));
}

gboolean
scope_compare_set_filter (ScopeCompare *self, ScopeSide side, const char *spec, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && side < SCOPE_N_SIDES, FALSE);
  g_autoptr (ScopeFilter) filter = spec != NULL ? scope_filter_parse (spec, error) : NULL;
  if (spec != NULL && filter == NULL)
    return FALSE;
  g_object_set (self, field_names[side][FIELD_FILTER], spec, NULL);
  return TRUE;
}

static void
sides_changed (ScopeCompare *self)
{
  g_signal_emit (self, signals[SIGNAL_SIDES_CHANGED], 0);
  scope_compare_update (self);
}

void
scope_compare_swap (ScopeCompare *self)
{
  g_return_if_fail (SCOPE_IS_COMPARE (self));
  ScopeCompareSide a = self->side[SCOPE_SIDE_A];

  self->side[SCOPE_SIDE_A] = self->side[SCOPE_SIDE_B];
  self->side[SCOPE_SIDE_B] = a;
  for (guint k = COMPARE_PROP_SIDES; k < N_COMPARE_PROPS; k++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[k]);
  sides_changed (self);
}

static void append_part (GString *out, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
append_part (GString *out, const char *format, ...)
{
  va_list args;

  if (out->len > 0)
    g_string_append (out, " · ");
  va_start (args, format);
  g_string_append_vprintf (out, format, args);
  va_end (args);
}

static void
append_path (GString *out, const char *path)
{
  if (path != NULL) {
    g_autofree char *name = g_path_get_basename (path);
    append_part (out, "%s", name);
  }
}

char *
scope_compare_describe_side (ScopeCompare *self, ScopeSide side)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && side < SCOPE_N_SIDES, NULL);
  const ScopeCompareSide *says = &self->side[side];
  GString *out = g_string_new (NULL);
  g_autofree char *filter = scope_compare_get_filter (self, side);

  append_part (out, "%s", g_str_equal (filter, "off") ? "no filter" : filter);
  append_path (out, says->model);
  append_path (out, says->text);
  if (says->layer >= 0)
    append_part (out, "layer %d", says->layer);
  if (says->channel >= 0 && self->session->host != NULL)
    append_part (
        out, "%s %d",
        scope_matrix_noun (scope_model_config (self->session->host->model), self->session->kind),
        says->channel);
  return g_string_free (out, FALSE);
}

/* --- what is shown of it ------------------------------------------------------------------------
 */

ScopeCompareMode
scope_compare_get_mode (ScopeCompare *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self), SCOPE_COMPARE_MODE_SPLIT);
  return self->mode;
}

void
scope_compare_set_mode (ScopeCompare *self, ScopeCompareMode mode)
{
  g_return_if_fail (SCOPE_IS_COMPARE (self) && mode < SCOPE_N_COMPARE_VIEWS);
  if (mode == self->mode)
    return;
  self->mode = mode;
  g_object_notify_by_pspec (G_OBJECT (self), properties[COMPARE_PROP_MODE]);
  self->want_fine = TRUE;
  scope_compare_update (self);
}

void
scope_compare_set_shown (ScopeCompare *self, gboolean shown, gboolean text)
{
  g_return_if_fail (SCOPE_IS_COMPARE (self));
  self->want_row |= shown && text && (!self->shown || !self->shows_text);
  self->shown = shown;
  self->shows_text = text;
  if (shown)
    scope_compare_update (self);
}

void
scope_compare_set_view (ScopeCompare *self, const ScopeRange range[SCOPE_N_SIDES], gsize pixels)
{
  g_return_if_fail (SCOPE_IS_COMPARE (self) && range != NULL);
  const gsize most = 2048;

  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    self->range[k] = range[k];
  self->pixels = CLAMP (pixels, 1, most);
  self->want_fine = TRUE;
  scope_compare_update (self);
}

void
scope_compare_retry (ScopeCompare *self)
{
  g_return_if_fail (SCOPE_IS_COMPARE (self));
  self->want_coarse = TRUE;
  scope_compare_update (self);
}

/* --- results ------------------------------------------------------------------------------------
 */

const ScopeComparePicture *
scope_compare_get_picture (ScopeCompare *self, ScopePictureOf of, gboolean fine)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && of < SCOPE_N_PICTURES, NULL);
  return fine ? &self->fine[of] : &self->coarse[of];
}

const ScopeNorm *
scope_compare_get_norm (ScopeCompare *self, ScopePictureOf of)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && of < SCOPE_N_PICTURES, NULL);
  return &self->norm[of];
}

ScopeResult *
scope_compare_get_decay (ScopeCompare *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self), NULL);
  return self->decay;
}

const ScopeCompareRow *
scope_compare_get_row (ScopeCompare *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self), NULL);
  return self->row;
}

ScopeTokens *
scope_compare_get_tokens (ScopeCompare *self, ScopeSide side)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && side < SCOPE_N_SIDES, NULL);
  return self->look[side] != NULL ? self->look[side]->stage->tokens : NULL;
}

gboolean
scope_compare_cell (ScopeCompare *self, ScopeSide side, gsize row, gsize column, double *value)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self) && side < SCOPE_N_SIDES, FALSE);
  if (self->look[side] == NULL)
    return FALSE;
  if (self->spec[side].kind == SCOPE_MATRIX_FULL)
    return scope_session_map_cell (self->fine[side].result, row, column, value);
  return scope_look_cell (self->look[side], &self->spec[side], row, column, value);
}

gboolean
scope_compare_get_busy (ScopeCompare *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self), FALSE);
  return self->asked;
}

const char *
scope_compare_get_message (ScopeCompare *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self), NULL);
  return self->message;
}

void
scope_compare_tell_busy (ScopeCompare *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[COMPARE_PROP_BUSY]);
}

void
scope_compare_tell_changed (ScopeCompare *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* --- the session --------------------------------------------------------------------------------
 */

/* What is open is another, or was opened anew. */
static void
on_opened (ScopeCompare *self)
{
  scope_compare_drop (self);
  scope_compare_tell_changed (self);
  sides_changed (self);
}

static void
on_look (ScopeCompare *self)
{
  /* The session's own request for the layer has put an end to ours. */
  self->want_coarse |= self->asked && self->asked_coarse;
  self->want_fine |= self->asked && self->asked_fine;
  self->want_row |= self->asked && self->asked_row;
  self->asked = FALSE;
  scope_compare_update (self);
}

static void
on_appearance (ScopeCompare *self)
{
  self->want_fine = TRUE;
  scope_compare_update (self);
}

static void
on_row (ScopeCompare *self)
{
  if (!self->shows_text)
    return;
  self->want_row = TRUE;
  scope_compare_update (self);
}

/* The session rests, and nothing came of ours: somebody has cancelled it. */
static void
on_busy (ScopeCompare *self)
{
  if (!self->asked || scope_session_get_busy (self->session))
    return;
  self->asked = FALSE;
  if (self->look[SCOPE_SIDE_A] == NULL && self->message == NULL)
    self->message = g_strdup ("Cancelled");
  scope_compare_tell_changed (self);
  scope_compare_tell_busy (self);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static char **
text_field (ScopeCompareSide *side, guint field)
{
  return field == FIELD_FILTER ? &side->filter : field == FIELD_MODEL ? &side->model : &side->text;
}

static void
get_field (const ScopeCompareSide *side, guint field, GValue *value)
{
  if (field == FIELD_LAYER || field == FIELD_CHANNEL)
    g_value_set_int (value, field == FIELD_LAYER ? side->layer : side->channel);
  else
    g_value_set_string (value, *text_field ((ScopeCompareSide *)side, field));
}

static void
scope_compare_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeCompare *self = SCOPE_COMPARE (object);

  if (id == COMPARE_PROP_MODE)
    g_value_set_uint (value, self->mode);
  else if (id == COMPARE_PROP_BUSY)
    g_value_set_boolean (value, self->asked);
  else
    get_field (&self->side[(id - COMPARE_PROP_SIDES) / N_FIELDS],
               (id - COMPARE_PROP_SIDES) % N_FIELDS, value);
}

/* TRUE if the field is another than before. */
static gboolean
set_field (ScopeCompareSide *side, guint field, const GValue *value)
{
  if (field >= FIELD_LAYER) {
    gint *number = field == FIELD_LAYER ? &side->layer : &side->channel;
    gint before = *number;
    *number = g_value_get_int (value);
    return before != *number;
  }
  char **text = text_field (side, field);
  if (g_strcmp0 (*text, g_value_get_string (value)) == 0)
    return FALSE;
  g_free (*text);
  *text = g_value_dup_string (value);
  return TRUE;
}

static void
scope_compare_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeCompare *self = SCOPE_COMPARE (object);

  if (id == COMPARE_PROP_MODE) {
    scope_compare_set_mode (self, g_value_get_uint (value));
  } else if (set_field (&self->side[(id - COMPARE_PROP_SIDES) / N_FIELDS],
                        (id - COMPARE_PROP_SIDES) % N_FIELDS, value)) {
    g_object_notify_by_pspec (object, pspec);
    sides_changed (self);
  }
}

static void
scope_compare_dispose (GObject *object)
{
  ScopeCompare *self = SCOPE_COMPARE (object);

  if (self->session != NULL) {
    scope_compare_drop_results (self);
    scope_engine_release (self->session->engine, g_steal_pointer (&self->bench),
                          (GDestroyNotify)scope_compare_bench_unref);
    g_clear_object (&self->session);
  }
  G_OBJECT_CLASS (scope_compare_parent_class)->dispose (object);
}

static void
scope_compare_finalize (GObject *object)
{
  ScopeCompare *self = SCOPE_COMPARE (object);

  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    g_free (self->side[k].filter);
    g_free (self->side[k].model);
    g_free (self->side[k].text);
    g_free (self->asked_key[k]);
    g_free (self->asked_map_key[k]);
  }
  G_OBJECT_CLASS (scope_compare_parent_class)->finalize (object);
}

static void
scope_compare_class_init (ScopeCompareClass *class)
{
  const GParamFlags write = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = scope_compare_get_property;
  object_class->set_property = scope_compare_set_property;
  object_class->dispose = scope_compare_dispose;
  object_class->finalize = scope_compare_finalize;
  properties[COMPARE_PROP_MODE]
      = g_param_spec_uint ("mode", NULL, NULL, 0, SCOPE_N_COMPARE_VIEWS - 1, 0, write);
  properties[COMPARE_PROP_BUSY]
      = g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    for (guint field = 0; field < N_FIELDS; field++)
      properties[COMPARE_PROP_SIDES + k * N_FIELDS + field]
          = field >= FIELD_LAYER
                ? g_param_spec_int (field_names[k][field], NULL, NULL, -1, G_MAXINT, -1, write)
                : g_param_spec_string (field_names[k][field], NULL, NULL, NULL, write);
  g_object_class_install_properties (object_class, N_COMPARE_PROPS, properties);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", SCOPE_TYPE_COMPARE, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SIDES_CHANGED] = g_signal_new (
      "sides-changed", SCOPE_TYPE_COMPARE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_compare_init (ScopeCompare *self)
{
  self->bench = scope_compare_bench_new ();
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    self->side[k].layer = self->side[k].channel = -1;
  self->side[SCOPE_SIDE_A].filter = g_strdup ("off");
  self->want_coarse = self->want_fine = TRUE;
}

static void
bind_history (ScopeCompare *self)
{
  static const char *const labels[N_FIELDS] = { "filter", "model", "text", "layer", "channel" };
  ScopeHistory *history = scope_session_get_history (self->session);

  scope_history_bind (history, G_OBJECT (self), "mode", "compare.mode", "way of comparing");
  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    for (guint field = 0; field < N_FIELDS; field++) {
      g_autofree char *name = g_strconcat ("compare.", field_names[k][field], NULL);
      g_autofree char *label
          = g_strdup_printf ("%s of side %s", labels[field], k == SCOPE_SIDE_A ? "A" : "B");
      scope_history_bind (history, G_OBJECT (self), field_names[k][field], name, label);
    }
}

ScopeCompare *
scope_compare_new (ScopeSession *session)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (session), NULL);
  ScopeCompare *self = g_object_new (SCOPE_TYPE_COMPARE, NULL);
  static const ScopeFollowed connections[] = {
    { "notify::model", G_CALLBACK (on_opened) },
    { "notify::text", G_CALLBACK (on_opened) },
    { "notify::layer-view", G_CALLBACK (on_look) },
    { "notify::channel", G_CALLBACK (scope_compare_update) },
    { "notify::kind", G_CALLBACK (scope_compare_update) },
    { "notify::filter-spec", G_CALLBACK (sides_changed) },
    { "notify::theta", G_CALLBACK (sides_changed) },
    { "notify::norm", G_CALLBACK (on_appearance) },
    { "notify::palette", G_CALLBACK (on_appearance) },
    { "notify::row", G_CALLBACK (on_row) },
    { "notify::busy", G_CALLBACK (on_busy) },
  };

  self->session = g_object_ref (session);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  bind_history (self);
  return self;
}
