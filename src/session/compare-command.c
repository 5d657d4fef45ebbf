/* What is compared as lines for mambascope-cli. */
#include "session/command.h"
#include "session/compare-private.h"

/* A side as it is on screen, or as it was asked for. */
typedef struct {
  const char *model, *text;
  char *spec;
  gsize layer, channel, length;
} Side;

static Side
read_side (ScopeCompare *self, ScopeSide k)
{
  const ScopeCompareSide *says = &self->side[k];
  const ScopeSession *session = self->session;
  const ScopeLook *look = self->look[k];

  return (Side){
    .model = says->model != NULL ? says->model : scope_model_path (session->host->model),
    .text = says->text != NULL ? says->text : session->stage->path,
    .spec = scope_compare_get_filter (self, k),
    .layer = look != NULL ? look->view.layer : scope_compare_layer (self, k),
    .channel = look != NULL ? self->spec[k].channel : scope_compare_channel (self, k),
    .length = scope_tokens_count (look != NULL ? look->stage->tokens : session->stage->tokens),
  };
}

/* One figure shows both: the same map without a filter and with one. */
static gboolean
is_figure (ScopeCompare *self, const Side *a, const Side *b)
{
  return self->session->kind == SCOPE_MATRIX_S6 && g_str_equal (a->model, b->model)
         && g_str_equal (a->text, b->text) && a->layer == b->layer && a->channel == b->channel
         && g_str_equal (a->spec, "off") && !g_str_equal (b->spec, "off");
}

static char *
figure_line (ScopeCompare *self, const Side *side)
{
  const ScopeSession *session = self->session;
  GString *line = scope_command_new ("figure --preset compare", side->model, side->text);

  scope_command_number (line, "--layer", side->layer);
  g_string_append_printf (line, " --palette %s --norm %s", scope_palette_name (session->palette),
                          scope_norm_name (session->norm));
  scope_command_number (line, "--channel", side->channel);
  scope_command_filter (line, side->spec);
  return scope_command_finish (line, session->backend, "compare.png");
}

/* Of the whole, while nobody has looked at a part. */
static ScopeRange
range_of (const ScopeCompare *self, ScopeSide k, gsize length)
{
  return self->pixels > 0 ? self->range[k] : (ScopeRange){ 0, length, 0, length };
}

static char *
side_line (ScopeCompare *self, ScopeSide k, const Side *side, ScopeComparePage page)
{
  ScopeRange range = range_of (self, k, side->length);
  gsize last = MAX (side->length, 1) - 1, row = MIN (self->session->row, last);
  GString *line;

  if (page == SCOPE_COMPARE_PAGE_DECAY) {
    line = scope_command_new ("decay", side->model, side->text);
    scope_command_number (line, "--layer", side->layer);
    scope_command_number (line, "--channels",
                          self->session->kind == SCOPE_MATRIX_SOFTMAX ? 0 : side->channel);
  } else {
    line = scope_command_attention (side->model, side->text, side->layer, side->channel,
                                    self->session->kind);
    if (page == SCOPE_COMPARE_PAGE_TEXT)
      scope_command_range (line, "--rows", row, row + 1);
    else
      scope_command_cells (line, &range, side->length, SCOPE_REDUCE_ABSMEAN);
  }
  scope_command_filter (line, side->spec);
  return scope_command_finish (line, self->session->backend, k == SCOPE_SIDE_A ? "a.npy" : "b.npy");
}

char *
scope_compare_command_lines (ScopeCompare *self, ScopeComparePage page)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE (self), NULL);
  if (self->session->host == NULL || self->session->stage == NULL)
    return NULL;
  Side a = read_side (self, SCOPE_SIDE_A), b = read_side (self, SCOPE_SIDE_B);
  char *lines;

  if (page == SCOPE_COMPARE_PAGE_MAP && is_figure (self, &a, &b)) {
    lines = figure_line (self, &b);
  } else {
    g_autofree char *first = side_line (self, SCOPE_SIDE_A, &a, page);
    g_autofree char *second = side_line (self, SCOPE_SIDE_B, &b, page);
    lines = g_strdup_printf ("%s\n%s", first, second);
  }
  g_free (a.spec);
  g_free (b.spec);
  return lines;
}
