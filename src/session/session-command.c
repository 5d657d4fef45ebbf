/* What is on screen as a line for mambascope-cli. */
#include "session/command.h"
#include "session/reading.h"
#include "session/session-private.h"

static GString *
begin (ScopeSession *self, const char *what)
{
  return scope_command_new (what, scope_model_path (self->host->model), self->stage->path);
}

/* Takes LINE over. */
static char *
finish (ScopeSession *self, GString *line, const char *out)
{
  return scope_command_finish (line, self->backend, out);
}

static GString *
begin_attention (ScopeSession *self)
{
  return scope_command_attention (scope_model_path (self->host->model), self->stage->path,
                                  self->layer, self->channel, self->kind);
}

static char *
of_map (ScopeSession *self)
{
  GString *line = begin_attention (self);
  g_autofree char *spec = scope_session_get_filter_spec (self);

  scope_command_cells (line, &self->view, scope_session_length (self),
                       scope_session_shown_reduce (self));
  scope_command_filter (line, spec);
  return finish (self, line, "attention.npy");
}

static char *
of_decay (ScopeSession *self)
{
  GString *line = begin (self, "decay");
  g_autofree char *spec = scope_session_get_filter_spec (self);

  scope_command_number (line, "--layer", self->layer);
  scope_command_filter (line, spec);
  return finish (self, line, "decay.npy");
}

static char *
of_atlas (ScopeSession *self)
{
  GString *line = begin (self, "figure --preset atlas");
  g_autofree char *spec = scope_session_get_filter_spec (self);

  scope_command_number (line, "--layer", self->layer);
  g_string_append_printf (line, " --palette %s --norm %s", scope_palette_name (self->palette),
                          scope_norm_name (self->norm));
  scope_command_filter (line, spec);
  return finish (self, line, "atlas.png");
}

/* What colours the text: a row, a column, Δ, or what the surprisal is read from. */
static char *
of_text (ScopeSession *self)
{
  g_autoptr (JsonNode) colour = scope_history_get (self->history, "text.colour");
  gint64 kind = colour != NULL && JSON_NODE_HOLDS_VALUE (colour) ? json_node_get_int (colour)
                                                                 : SCOPE_READING_ROW;
  g_autofree char *spec = scope_session_get_filter_spec (self);
  gsize length = scope_session_length (self);
  gsize row = self->row < length ? self->row : length - 1;
  gsize column = self->column < length ? self->column : 0;
  GString *line;

  if (kind == SCOPE_READING_DELTA || kind == SCOPE_READING_SURPRISAL) {
    line = begin (self, kind == SCOPE_READING_DELTA ? "trace" : "logits");
    if (kind == SCOPE_READING_DELTA)
      scope_command_number (line, "--layer", self->layer);
    scope_command_filter (line, spec);
    return finish (self, line, kind == SCOPE_READING_DELTA ? "layer" : "logits.npy");
  }
  line = begin_attention (self);
  if (kind == SCOPE_READING_COLUMN)
    scope_command_range (line, "--cols", column, column + 1);
  else
    scope_command_range (line, "--rows", row, row + 1);
  scope_command_filter (line, spec);
  return finish (self, line, kind == SCOPE_READING_COLUMN ? "column.npy" : "row.npy");
}

/* The training length, doubled up to the text's; half of it where the text is no longer. */
static void
append_lengths (ScopeSession *self, GString *line)
{
  gsize length = scope_session_length (self), train = self->host->train_length;
  gsize first = MAX (train < length ? train : length / 2, 1);

  scope_command_number (line, "--lengths", first);
  for (gsize next = 2 * first; next <= length && first > 1; next *= 2)
    g_string_append_printf (line, ",%" G_GSIZE_FORMAT, next);
}

static char *
of_sweep (ScopeSession *self)
{
  GString *line = begin (self, "perplexity");

  append_lengths (self, line);
  scope_command_filter (line, "off");
  scope_command_filter (line, scope_session_get_filter (self));
  return finish (self, line, "sweep.csv");
}

char *
scope_session_view_command (ScopeSession *self, const char *view)
{
  static const struct {
    const char *view;
    char *(*command) (ScopeSession *);
  } commands[] = {
    { "decay", of_decay },
    { "atlas", of_atlas },
    { "text", of_text },
    { "sweep", of_sweep },
  };

  g_return_val_if_fail (SCOPE_IS_SESSION (self) && view != NULL, NULL);
  if (self->stage == NULL)
    return g_strdup ("mambascope-cli devices");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].view, view))
      return commands[i].command (self);
  return of_map (self);
}

char *
scope_session_command_line (ScopeSession *self)
{
  return scope_session_view_command (self, "map");
}
