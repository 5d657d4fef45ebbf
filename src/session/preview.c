/* The recipe that is edited, and its undo. */
#include "session/preview-private.h"

#include "base/error.h"
#include "session/session-private.h"

#define MAX_STEPS 200
/* Changes of one control that follow each other this closely are one. */
#define ONE_STEP (G_USEC_PER_SEC * 3 / 2)

G_DEFINE_FINAL_TYPE (ScopePreview, scope_preview, G_TYPE_OBJECT)

static GParamSpec *properties[N_PREVIEW_PROPERTIES];

void
scope_preview_notify (ScopePreview *self, ScopePreviewProperty property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

const char *
scope_file_ending (ScopeFileFormat format)
{
  static const char *const endings[SCOPE_N_FILES] = { "png", "pdf", "svg", "data" };

  return endings[format];
}

/* --- steps --------------------------------------------------------------------------------------
 */

static void
notify_steps (ScopePreview *self)
{
  scope_preview_notify (self, PREVIEW_CAN_UNDO);
  scope_preview_notify (self, PREVIEW_CAN_REDO);
}

/* The recipe as it is goes on the pile of what can be undone. */
static void
push_step (ScopePreview *self, const char *topic)
{
  gint64 now = g_get_monotonic_time ();
  gboolean same = topic != NULL && topic == self->topic && now - self->topic_time < ONE_STEP
                  && self->undone->len > 0;

  self->topic = topic;
  self->topic_time = now;
  g_ptr_array_set_size (self->redone, 0);
  if (same)
    return;
  g_ptr_array_add (self->undone, scope_recipe_copy (self->recipe));
  if (self->undone->len > MAX_STEPS)
    g_ptr_array_remove_index (self->undone, 0);
}

ScopeRecipe *
scope_preview_begin (ScopePreview *self, const char *topic)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), NULL);

  push_step (self, topic);
  return self->recipe;
}

void
scope_preview_changed (ScopePreview *self)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self));

  scope_preview_notify (self, PREVIEW_RECIPE);
  notify_steps (self);
  scope_preview_update (self);
}

static void
take_recipe (ScopePreview *self, ScopeRecipe *recipe)
{
  scope_recipe_free (self->recipe);
  self->recipe = recipe;
  self->topic = NULL;
  scope_preview_changed (self);
}

void
scope_preview_replace (ScopePreview *self, ScopeRecipe *recipe)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self) && recipe != NULL);

  push_step (self, NULL);
  take_recipe (self, recipe);
}

void
scope_preview_append (ScopePreview *self, ScopePreview *other)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self) && SCOPE_IS_PREVIEW (other));

  push_step (self, NULL);
  scope_recipe_append (self->recipe, other->recipe);
  scope_preview_adopt (self, other);
  scope_preview_changed (self);
}

/* From the top of FROM, with what was there before onto TO. */
static void
step (ScopePreview *self, GPtrArray *from, GPtrArray *to)
{
  if (from->len == 0)
    return;
  g_ptr_array_add (to, scope_recipe_copy (self->recipe));
  take_recipe (self, g_ptr_array_steal_index (from, from->len - 1));
}

void
scope_preview_undo (ScopePreview *self)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self));

  step (self, self->undone, self->redone);
}

void
scope_preview_redo (ScopePreview *self)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self));

  step (self, self->redone, self->undone);
}

gboolean
scope_preview_can_undo (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), FALSE);

  return self->undone->len > 0;
}

gboolean
scope_preview_can_redo (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), FALSE);

  return self->redone->len > 0;
}

void
scope_preview_mend (ScopePreview *self, const ScopeFlaw *flaw)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self) && flaw != NULL);

  scope_recipe_mend (scope_preview_begin (self, NULL), flaw);
  scope_preview_changed (self);
}

/* --- getters ------------------------------------------------------------------------------------
 */

const ScopeRecipe *
scope_preview_get_recipe (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), NULL);

  return self->recipe;
}

ScopeFigure *
scope_preview_get_figure (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), NULL);

  return self->figure;
}

gboolean
scope_preview_is_running (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), FALSE);

  return self->running;
}

const char *
scope_preview_get_error (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), NULL);

  return self->error;
}

gboolean
scope_preview_is_ready (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), FALSE);

  return self->ready;
}

ScopeFileFormat
scope_preview_get_format (ScopePreview *self)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self), SCOPE_FILE_PNG);

  return self->format;
}

void
scope_preview_set_format (ScopePreview *self, ScopeFileFormat format)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self) && format < SCOPE_N_FILES);

  if (self->format == format)
    return;
  self->format = format;
  scope_preview_notify (self, PREVIEW_FORMAT);
  if (self->ready)
    scope_preview_check (self);
}

/* --- GObject ------------------------------------------------------------------------------------
 */

static void
busy_changed_cb (ScopePreview *self)
{
  /* What was posted and never came back was cancelled, with all the rest. */
  if (!scope_session_get_busy (self->session))
    scope_preview_cancel (self);
}

static void
scope_preview_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopePreview *self = SCOPE_PREVIEW (object);
  const gboolean values[N_PREVIEW_PROPERTIES] = {
    [PREVIEW_RECIPE] = TRUE,
    [PREVIEW_FIGURE] = self->figure != NULL,
    [PREVIEW_RUNNING] = self->running,
    [PREVIEW_ERROR] = self->error != NULL,
    [PREVIEW_CHECKED] = self->flaws != NULL,
    [PREVIEW_CAN_UNDO] = self->undone->len > 0,
    [PREVIEW_CAN_REDO] = self->redone->len > 0,
    [PREVIEW_FORMAT] = TRUE,
  };

  g_value_set_boolean (value, values[id]);
}

static void
scope_preview_dispose (GObject *object)
{
  ScopePreview *self = SCOPE_PREVIEW (object);

  if (self->session != NULL && self->running)
    scope_engine_cancel (self->session->engine, SCOPE_REQUEST_PREVIEW);
  self->done = NULL;
  scope_preview_forget_check (self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_preview_parent_class)->dispose (object);
}

static void
scope_preview_finalize (GObject *object)
{
  ScopePreview *self = SCOPE_PREVIEW (object);

  g_clear_pointer (&self->recipe, scope_recipe_free);
  g_clear_pointer (&self->figure, scope_figure_unref);
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_clear_pointer (&self->undone, g_ptr_array_unref);
  g_clear_pointer (&self->redone, g_ptr_array_unref);
  g_free (self->error);
  G_OBJECT_CLASS (scope_preview_parent_class)->finalize (object);
}

static void
scope_preview_class_init (ScopePreviewClass *klass)
{
  static const char *const names[N_PREVIEW_PROPERTIES] = { NULL,       "recipe",   "figure",
                                                           "running",  "error",    "checked",
                                                           "can-undo", "can-redo", "format" };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = scope_preview_get_property;
  object_class->dispose = scope_preview_dispose;
  object_class->finalize = scope_preview_finalize;
  for (guint k = 1; k < N_PREVIEW_PROPERTIES; k++)
    properties[k] = g_param_spec_boolean (names[k], NULL, NULL, FALSE,
                                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS
                                              | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PREVIEW_PROPERTIES, properties);
}

static void
scope_preview_init (ScopePreview *self)
{
  self->known
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)scope_result_unref);
  self->undone = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_recipe_free);
  self->redone = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_recipe_free);
}

ScopePreview *
scope_preview_new (ScopeSession *session, ScopeRecipe *recipe)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (session) && recipe != NULL, NULL);
  ScopePreview *self = g_object_new (SCOPE_TYPE_PREVIEW, NULL);

  self->session = g_object_ref (session);
  self->recipe = recipe;
  g_signal_connect_object (session, "notify::busy", G_CALLBACK (busy_changed_cb), self,
                           G_CONNECT_SWAPPED);
  scope_preview_update (self);
  return self;
}
