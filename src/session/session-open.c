/* Opening: MODEL makes a host, TEXT makes a stage on it with its first look, and only then is what
 * was open replaced. */
#include "session/session-private.h"

#include <math.h>

#include "base/error.h"
#include "session/place.h"

void
scope_session_drop_opening (ScopeSession *self)
{
  self->opening_model = self->moving = FALSE;
  scope_engine_release (self->engine, g_steal_pointer (&self->opening),
                        (GDestroyNotify)scope_host_unref);
  g_clear_pointer (&self->opening_text, g_free);
  g_clear_pointer (&self->restoring, scope_session_file_free);
}

void
scope_session_drop_open (ScopeSession *self)
{
  scope_session_clear_results (self);
  scope_engine_release (self->engine, g_steal_pointer (&self->stage),
                        (GDestroyNotify)scope_stage_unref);
  scope_engine_release (self->engine, g_steal_pointer (&self->host),
                        (GDestroyNotify)scope_host_unref);
  g_clear_pointer (&self->text_name, g_free);
}

/* Requests about what was open; a MODEL or TEXT that is under way, and an export, go on. */
static void
cancel_views (ScopeSession *self)
{
  static const ScopeRequestKind kinds[]
      = { SCOPE_REQUEST_LAYER,   SCOPE_REQUEST_MAP,    SCOPE_REQUEST_DECAY,
          SCOPE_REQUEST_NETWORK, SCOPE_REQUEST_ANSWER, SCOPE_REQUEST_PROOF };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    scope_engine_cancel (self->engine, kinds[i]);
}

/* A text opened beside the same model keeps the selection; a new model has its own. */
static void
select_for_new_host (ScopeSession *self, ScopeLook *look)
{
  self->layer = look != NULL ? look->view.layer : 0;
  self->channel = look != NULL ? scope_look_best_channel (look) : 0;
  if (self->kind == SCOPE_MATRIX_SOFTMAX) { /* the channel chosen is the SSM's */
    self->kind = SCOPE_MATRIX_S6;
    scope_session_notify (self, PROP_KIND);
  }
  scope_session_notify (self, PROP_MODEL);
  scope_session_notify (self, PROP_LAYER);
  scope_session_notify (self, PROP_CHANNEL);
}

/* Takes HOST and LOOK over; LOOK is NULL for a model without a text. */
static void
publish (ScopeSession *self, ScopeHost *host, ScopeLook *look)
{
  gboolean fresh = !self->moving && host != self->host;
  gboolean choose = !self->moving && (fresh || self->stage == NULL);

  if (host != self->host && host->notice != NULL)
    scope_session_tell (self, host->notice);
  cancel_views (self);
  g_object_freeze_notify (G_OBJECT (self));
  scope_session_drop_open (self);
  self->host = host;
  if (look != NULL) {
    self->stage = scope_stage_ref (look->stage);
    self->text_name = g_path_get_basename (look->stage->path);
  }
  if (self->restoring != NULL && look != NULL)
    scope_session_put_setting (self, &look->setting);
  else if (fresh)
    scope_session_reset_filter (self);
  if (choose)
    select_for_new_host (self, look);
  else if (self->moving)
    scope_session_notify (self, PROP_MODEL);
  gsize length = scope_session_length (self);
  if (!self->moving) {
    self->view = (ScopeRange){ 0, length, 0, length };
    scope_session_set_cursor (self, G_MAXSIZE, G_MAXSIZE);
  }
  scope_session_notify (self, PROP_TEXT);
  if (look != NULL)
    scope_session_take_look (self, look);
  gboolean moving = self->moving;
  g_object_thaw_notify (G_OBJECT (self));
  if (!moving) { /* once every view has heard of it */
    scope_history_forget (self->history);
    scope_session_finish_restoring (self);
  }
}

static void
on_text_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;

  if (error != NULL) {
    scope_session_fail (self, error);
  } else {
    ScopeLook *look = result;
    publish (self, scope_host_ref (look->stage->host), look);
  }
  if (!self->opening_model) /* or a failed device has begun another opening */
    scope_session_drop_opening (self);
}

static void
request_text (ScopeSession *self, const char *path)
{
  ScopeHost *host = self->opening != NULL ? self->opening : self->host;
  gboolean fresh = host != self->host;
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);

  in->host = scope_host_ref (host);
  in->path = g_strdup (path);
  g_free (self->opening_text);
  self->opening_text = g_strdup (in->path);
  in->layer = (fresh && !self->moving) || self->stage == NULL ? SCOPE_LOOK_CHOOSE : self->layer;
  scope_session_fill_setting (self, &in->setting);
  if (fresh && !self->moving) { /* another model's θ means nothing to this one */
    g_free (in->setting.spec);
    in->setting = (ScopeSetting){ g_strdup (self->filter_on ? "longmamba" : "off"), NAN };
  }
  if (self->restoring != NULL) {
    scope_session_restored_setting (self->restoring, &in->setting, &in->layer);
    if (in->layer != SCOPE_LOOK_CHOOSE)
      in->layer = MIN (in->layer, scope_model_config (host->model)->n_layer - 1);
  }
  scope_session_post (self, SCOPE_REQUEST_TEXT, scope_work_text, in,
                      (GDestroyNotify)scope_look_unref, on_text_done);
}

static void
on_model_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSession *self = owner;

  self->opening_model = FALSE;
  if (error != NULL) {
    scope_session_drop_opening (self);
    scope_session_fail (self, error);
  } else if (self->opening_text != NULL) {
    self->opening = result;
    request_text (self, self->opening_text);
  } else {
    publish (self, result, NULL);
    scope_session_drop_opening (self);
  }
}

void
scope_session_open_exactly (ScopeSession *self, const char *model_folder, const char *text_path)
{
  ScopeWorkInput *in = g_new0 (ScopeWorkInput, 1);
  g_autofree char *text = g_strdup (text_path); /* which may be what is dropped */

  in->path = g_strdup (model_folder);
  in->backend = self->backend;
  scope_session_drop_opening (self);
  self->opening_model = TRUE;
  self->opening_text = g_steal_pointer (&text);
  scope_session_post (self, SCOPE_REQUEST_MODEL, scope_work_model, in,
                      (GDestroyNotify)scope_host_unref, on_model_done);
}

void
scope_session_open (ScopeSession *self, const char *model_folder, const char *text_path)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && model_folder != NULL);
  scope_session_open_exactly (self, model_folder,
                              text_path != NULL ? text_path : scope_session_get_text_path (self));
}

/* A device that has failed fails every later call too. What is on screen stays until the CPU has it
 * again; the selection, the filter and the view are kept. */
gboolean
scope_session_move (ScopeSession *self, const GError *error)
{
  ScopeHost *host = self->opening != NULL ? self->opening : self->host;
  gboolean failed = g_error_matches (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED);

  if (!failed || host == NULL || host->backend->host_memory)
    return FALSE;
  if (self->opening_model && g_str_equal (self->backend, "cpu")) /* another request's failure */
    return TRUE;
  gboolean same = host == self->host;
  g_autofree char *folder = g_strdup (scope_model_folder (host->model));
  g_autofree char *text = g_strdup (self->opening_text);
  ScopeSessionFile *restoring = g_steal_pointer (&self->restoring);
  g_autofree char *message
      = g_strdup_printf ("%s: %s. Going on with the CPU.", host->device, error->message);

  self->backend = "cpu";
  cancel_views (self);
  scope_session_open (self, folder, text);
  self->moving = same;
  self->restoring = restoring;
  scope_session_tell (self, message);
  return TRUE;
}

const char *
scope_session_get_place (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->backend;
}

gboolean
scope_session_set_place (ScopeSession *self, const char *text, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self) && text != NULL, FALSE);
  ScopePlace place;

  if (!scope_place_parse (text, &place, error))
    return FALSE;
  g_autofree char *shortest = scope_place_print (&place);
  if (g_str_equal (shortest, self->backend))
    return TRUE;
  self->backend = g_intern_string (shortest);
  if (self->host == NULL || self->opening_model || self->opening != NULL)
    return TRUE;
  g_autofree char *path = g_strdup (scope_model_path (self->host->model));
  scope_session_open_exactly (self, path, scope_session_get_text_path (self));
  self->moving = TRUE;
  return TRUE;
}

void
scope_session_open_model (ScopeSession *self, const char *folder)
{
  scope_session_open (self, folder, NULL);
}

void
scope_session_open_text (ScopeSession *self, const char *path)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && path != NULL);

  if (self->opening_model || self->opening != NULL) {
    g_free (self->opening_text);
    self->opening_text = g_strdup (path);
  }
  if (self->opening_model) /* it will ask for the text when it is there */
    return;
  if (self->host != NULL || self->opening != NULL) {
    request_text (self, path);
  } else {
    g_autoptr (GError) error = g_error_new (SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                                            "%s: open a model first, then a text", path);
    scope_session_fail (self, error);
  }
}
