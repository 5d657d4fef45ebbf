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

/* Every channel that is shown, one by one: which of them are global, the layer on screen says. */
static GArray *
decay_channels (ScopeSession *self)
{
  GArray *listed;
  ScopeShownChannels shown = scope_session_shown_channels (self, &listed);
  const ScopeLayerView *view = scope_session_get_layer_view (self);

  for (gsize h = 0; shown == SCOPE_SHOWN_GLOBAL && view != NULL && h < view->n_channels; h++)
    if (view->channels[h].global && h != self->channel)
      g_array_append_val (listed, h);
  return listed;
}

static char *
decay_line (ScopeSession *self, const GArray *channels, const char *spec, const char *out)
{
  GString *line = begin (self, "decay");

  scope_command_number (line, "--layer", self->layer);
  for (guint k = 0; k < channels->len; k++)
    g_string_append_printf (line, "%s%" G_GSIZE_FORMAT, k == 0 ? " --channels " : ",",
                            g_array_index (channels, gsize, k));
  scope_command_filter (line, spec);
  return finish (self, line, out);
}

/* With a filter there are lines of before, too. */
static char *
of_decay (ScopeSession *self)
{
  g_autofree char *spec = scope_session_get_filter_spec (self);
  g_autoptr (GArray) channels = decay_channels (self);
  g_autofree char *now = decay_line (self, channels, spec, "decay.npy");

  if (!self->filter_on)
    return g_steal_pointer (&now);
  g_autofree char *before = decay_line (self, channels, "off", "before.npy");
  return g_strdup_printf ("%s\n%s", now, before);
}

static char *
of_atlas (ScopeSession *self)
{
  ScopeShownAtlas shown = scope_session_shown_atlas (self);
  GString *line = begin (self, "figure --preset atlas");
  g_autofree char *spec = scope_session_get_filter_spec (self);

  if (!shown.whole)
    scope_command_number (line, "--layer", self->layer);
  g_string_append_printf (line, " --sort %s --classes %s%s", scope_atlas_sort_names[shown.sort],
                          shown.classes, shown.descending ? "" : " --ascending");
  if (shown.sort == SCOPE_ATLAS_BY_SIMILARITY)
    g_string_append_printf (line, " --like %" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT, self->layer,
                            self->channel);
  scope_command_number (line, "--first", shown.first);
  scope_command_number (line, "--count", shown.count);
  g_string_append_printf (line, " --palette %s --norm %s", scope_palette_name (self->palette),
                          scope_norm_name (self->norm));
  scope_command_filter (line, spec);
  return finish (self, line, "atlas.png");
}

/* What colours the text: a row, a column, Δ, or surprisal. */
static char *
of_text (ScopeSession *self)
{
  gint64 kind = scope_session_shown_integer (self, "text.colour", SCOPE_READING_ROW);
  g_autofree char *spec = scope_session_get_filter_spec (self);
  gsize length = scope_session_length (self);
  gsize row = self->row < length ? self->row : length - 1;
  gsize column = self->column < length ? self->column : 0;
  GString *line;

  if (kind == SCOPE_READING_DELTA || kind == SCOPE_READING_SURPRISAL) {
    line = begin (self, kind == SCOPE_READING_DELTA ? "trace" : "logits --surprisal");
    if (kind == SCOPE_READING_DELTA)
      scope_command_number (line, "--layer", self->layer);
    scope_command_filter (line, spec);
    return finish (self, line, kind == SCOPE_READING_DELTA ? "layer" : "surprisal.npy");
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
