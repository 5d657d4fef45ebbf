/* What is on screen as a line for mambascope-cli. */
#include "session/place.h"
#include "session/reading.h"
#include "session/session-private.h"

#define MAP_BINS 1024

/* --- words --------------------------------------------------------------------------------------
 */

static void
append_quoted (GString *line, const char *word)
{
  g_autofree char *quoted = g_shell_quote (word);

  g_string_append_printf (line, " %s", quoted);
}

static void
append_number (GString *line, const char *option, gsize value)
{
  g_string_append_printf (line, " %s %" G_GSIZE_FORMAT, option, value);
}

static void
append_range (GString *line, const char *option, gsize begin, gsize end)
{
  g_string_append_printf (line, " %s %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT, option, begin, end);
}

static void
append_filter (GString *line, const char *spec)
{
  g_string_append (line, " --filter");
  append_quoted (line, spec);
}

/* "mambascope-cli WHAT MODEL TEXT" */
static GString *
begin (ScopeSession *self, const char *what)
{
  GString *line = g_string_new ("mambascope-cli ");

  g_string_append (line, what);
  append_quoted (line, scope_model_path (self->host->model));
  append_quoted (line, self->stage->path);
  return line;
}

/* What the numbers depend on beside the options of a subcommand. Takes LINE over. */
static char *
finish (ScopeSession *self, GString *line, const char *out)
{
  ScopePlace place;

  if (scope_place_parse (self->backend, &place, NULL) && place.precision != SCOPE_PRECISION_FP32)
    g_string_append_printf (line, " --precision %s", scope_precision_name (place.precision));
  g_string_append_printf (line, " --out %s", out);
  return g_string_free (line, FALSE);
}

/* --- views --------------------------------------------------------------------------------------
 */

static GString *
begin_attention (ScopeSession *self)
{
  GString *line = begin (self, "attention");

  append_number (line, "--layer", self->layer);
  append_number (line, "--channel", self->channel);
  g_string_append_printf (line, " --matrix %s", scope_matrix_kind_name (self->kind));
  return line;
}

static char *
of_map (ScopeSession *self)
{
  GString *line = begin_attention (self);
  g_autofree char *spec = scope_session_get_filter_spec (self);
  const ScopeRange *view = &self->view;
  gsize length = scope_session_length (self);

  if (view->row_end - view->row_begin < length || view->column_end - view->column_begin < length) {
    append_range (line, "--rows", view->row_begin, view->row_end);
    append_range (line, "--cols", view->column_begin, view->column_end);
  } else {
    append_number (line, "--bins", MIN (length, MAP_BINS));
    g_string_append_printf (line, " --reduce %s", scope_reduce_name (SCOPE_REDUCE_ABSMEAN));
  }
  append_filter (line, spec);
  return finish (self, line, "attention.npy");
}

static char *
of_decay (ScopeSession *self)
{
  GString *line = begin (self, "decay");
  g_autofree char *spec = scope_session_get_filter_spec (self);

  append_number (line, "--layer", self->layer);
  append_filter (line, spec);
  return finish (self, line, "decay.npy");
}

static GString *
begin_preset (ScopeSession *self, const char *preset)
{
  g_autofree char *what = g_strconcat ("figure --preset ", preset, NULL);
  GString *line = begin (self, what);

  g_string_append_printf (line, " --layer %" G_GSIZE_FORMAT " --palette %s --norm %s", self->layer,
                          scope_palette_name (self->palette), scope_norm_name (self->norm));
  return line;
}

static char *
of_atlas (ScopeSession *self)
{
  GString *line = begin_preset (self, "atlas");
  g_autofree char *spec = scope_session_get_filter_spec (self);

  append_filter (line, spec);
  return finish (self, line, "atlas.png");
}

/* Before and after the method that the switch puts on, whether it is on or not. A figure's maps are
 * those of the SSM. */
static char *
of_compare (ScopeSession *self)
{
  GString *line = begin_preset (self, "compare");

  if (self->kind != SCOPE_MATRIX_SOFTMAX)
    append_number (line, "--channel", self->channel);
  append_filter (line, scope_session_get_filter (self));
  return finish (self, line, "compare.png");
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
      append_number (line, "--layer", self->layer);
    append_filter (line, spec);
    return finish (self, line, kind == SCOPE_READING_DELTA ? "layer" : "logits.npy");
  }
  line = begin_attention (self);
  if (kind == SCOPE_READING_COLUMN)
    append_range (line, "--cols", column, column + 1);
  else
    append_range (line, "--rows", row, row + 1);
  append_filter (line, spec);
  return finish (self, line, kind == SCOPE_READING_COLUMN ? "column.npy" : "row.npy");
}

/* The training length, doubled up to the text's; half of it where the text is no longer. */
static void
append_lengths (ScopeSession *self, GString *line)
{
  gsize length = scope_session_length (self), train = self->host->train_length;
  gsize first = MAX (train < length ? train : length / 2, 1);

  append_number (line, "--lengths", first);
  for (gsize next = 2 * first; next <= length && first > 1; next *= 2)
    g_string_append_printf (line, ",%" G_GSIZE_FORMAT, next);
}

static char *
of_sweep (ScopeSession *self)
{
  GString *line = begin (self, "perplexity");

  append_lengths (self, line);
  append_filter (line, "off");
  append_filter (line, scope_session_get_filter (self));
  return finish (self, line, "sweep.csv");
}

char *
scope_session_view_command (ScopeSession *self, const char *view)
{
  static const struct {
    const char *view;
    char *(*command) (ScopeSession *);
  } commands[] = {
    { "decay", of_decay }, { "atlas", of_atlas }, { "compare", of_compare },
    { "text", of_text },   { "sweep", of_sweep },
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
