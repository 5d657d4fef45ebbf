#include "session/session-private.h"

#include <math.h>

/* --- getters ------------------------------------------------------------------------------------
 */

gboolean
scope_session_get_busy (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), FALSE);
  return self->busy;
}

ScopeModel *
scope_session_get_model (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->host != NULL ? self->host->model : NULL;
}

ScopeTokens *
scope_session_get_tokens (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->stage != NULL ? self->stage->tokens : NULL;
}

const char *
scope_session_get_text_name (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->text_name;
}

const char *
scope_session_get_text_path (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->stage != NULL ? self->stage->path : NULL;
}

const char *
scope_session_get_device (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->host != NULL ? self->host->device : NULL;
}

gsize
scope_session_get_train_length (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), 0);
  return self->host != NULL ? self->host->train_length : 0;
}

gsize
scope_session_get_layer (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), 0);
  return self->layer;
}

gsize
scope_session_get_channel (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), 0);
  return self->channel;
}

gsize
scope_session_get_row (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), G_MAXSIZE);
  return self->row;
}

gsize
scope_session_get_column (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), G_MAXSIZE);
  return self->column;
}

ScopeMatrixKind
scope_session_get_kind (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), SCOPE_MATRIX_S6);
  return self->kind;
}

gboolean
scope_session_get_filter_on (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), FALSE);
  return self->filter_on;
}

double
scope_session_get_theta (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NAN);
  return isnan (self->theta) && self->host != NULL ? self->host->theta : self->theta;
}

char *
scope_session_get_filter_spec (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return g_strdup (self->filter_on ? scope_session_get_filter (self) : "off");
}

const ScopeNetworkView *
scope_session_get_network (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->network_look != NULL ? &self->network_look->network : NULL;
}

const ScopeLayerView *
scope_session_get_layer_view (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->look != NULL ? &self->look->view : NULL;
}

ScopeResult *
scope_session_get_map (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->map;
}

ScopeResult *
scope_session_get_overview (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->overview;
}

ScopeResult *
scope_session_get_decay (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->decay;
}

const ScopeAnswerView *
scope_session_get_answer (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->answer;
}

double
scope_session_get_proof (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NAN);
  return self->proof;
}

/* --- a cell -------------------------------------------------------------------------------------
 */

gboolean
scope_session_map_cell (ScopeResult *map, gsize row, gsize column, double *value)
{
  ScopeRange range;

  if (map == NULL)
    return FALSE;
  range = map->range;
  if (row < range.row_begin || row >= range.row_end || column < range.column_begin
      || column >= range.column_end
      || scope_matrix_rows (map->matrix) != range.row_end - range.row_begin
      || scope_matrix_columns (map->matrix) != range.column_end - range.column_begin)
    return FALSE;
  *value = scope_matrix_get (map->matrix, row - range.row_begin, column - range.column_begin);
  return TRUE;
}

gboolean
scope_session_cell (ScopeSession *self, gsize row, gsize column, double *value)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self) && value != NULL, FALSE);
  const ScopeMapSpec spec = { .channel = self->channel, .kind = self->kind, .lane = -1 };

  if (self->look == NULL || self->look->view.layer != self->layer
      || MAX (row, column) >= scope_session_length (self))
    return FALSE;
  if (self->kind == SCOPE_MATRIX_FULL)
    return scope_session_map_cell (self->map, row, column, value);
  return scope_look_cell (self->look, &spec, row, column, value);
}
