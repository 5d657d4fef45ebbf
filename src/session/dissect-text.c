/* A cell for the clipboard: LaTeX, CSV, JSON. */
#include "session/dissect.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "session/session-private.h"

/* Of a sum of more terms than this, the largest are written out and the others are one number. */
#define LATEX_TERMS   16
#define LATEX_LARGEST 8

typedef struct {
  const ScopeDissectView *view;
  ScopeTokens *tokens;
  const char *model;
  const char *noun;
} Context;

/* --- LaTeX --------------------------------------------------------------------------------------
 */

/* "3.142", "-1.2\times 10^{-5}" with four digits; in brackets if it is to follow a sign. */
static void
append_number (GString *out, double value, gboolean guarded)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double size = fabs (value);
  gboolean plain = value == 0 || (size >= 1e-3 && size < 1e5);

  g_ascii_formatd (text, sizeof text, plain ? "%.4g" : "%.3e", value);
  char *e = plain ? NULL : strchr (text, 'e');
  guarded = guarded && (value < 0 || e != NULL);
  g_string_append (out, guarded ? "(" : "");
  if (e != NULL) {
    *e = '\0';
    g_string_append_printf (out, "%s\\times 10^{%d}", text, atoi (e + 1));
  } else {
    g_string_append (out, text);
  }
  g_string_append (out, guarded ? ")" : "");
}

static int
larger_first (gconstpointer a, gconstpointer b, gpointer data)
{
  const double *term = data;
  double x = fabs (term[*(const gsize *)a]), y = fabs (term[*(const gsize *)b]);
  return (x < y) - (x > y);
}

/* The states that are written out, in their order or, if not all are, by size. */
static GArray *
written_states (const ScopeCell *cell)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (gsize n = 0; n < cell->states; n++)
    g_array_append_val (order, n);
  if (cell->states > LATEX_TERMS) {
    g_array_sort_with_data (order, larger_first, cell->term);
    g_array_set_size (order, LATEX_LARGEST);
  }
  return order;
}

static void
append_term (GString *out, const ScopeCell *cell, gsize n, gboolean first)
{
  const double factors[] = { cell->c[n], cell->decay[n], cell->delta_j, cell->b[n] };
  g_string_append_printf (out, "  &%s ", first ? "\\approx" : "\\quad +");
  for (guint k = 0; k < G_N_ELEMENTS (factors); k++) {
    g_string_append (out, k > 0 ? " \\cdot " : "");
    append_number (out, factors[k], TRUE);
  }
  g_string_append_printf (out, " && n = %" G_GSIZE_FORMAT " \\\\\n", n + 1);
}

static void
append_rest (GString *out, double rest, const char *what)
{
  g_string_append (out, "  &\\quad + ");
  append_number (out, rest, TRUE);
  g_string_append_printf (out, " && %s \\\\\n", what);
}

static void
latex_ssm (GString *out, const ScopeDissectView *view)
{
  const ScopeCell *cell = &view->cell;
  g_autoptr (GArray) states = written_states (cell);
  gsize i = view->row, j = view->column;
  double rest = cell->value;

  g_string_append_printf (
      out,
      "  \\alpha_{%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "} &= \\sum_{n=1}^{%" G_GSIZE_FORMAT
      "} C_{%" G_GSIZE_FORMAT ",n}\\, e^{A_n (P_{%" G_GSIZE_FORMAT "} - P_{%" G_GSIZE_FORMAT
      "})}\\, \\Delta_{%" G_GSIZE_FORMAT "}\\, B_{%" G_GSIZE_FORMAT ",n}%s \\\\\n",
      i, j, cell->states, i, i, j, j, j, view->skip != 0 ? " + D" : "");
  for (guint k = 0; k < states->len; k++) {
    gsize n = g_array_index (states, gsize, k);
    append_term (out, cell, n, k == 0);
    rest -= cell->term[n];
  }
  if (states->len < cell->states) {
    g_autofree char *what = g_strdup_printf ("\\text{the other %" G_GSIZE_FORMAT " states}",
                                             cell->states - states->len);
    append_rest (out, rest, what);
  }
  if (view->skip != 0)
    append_rest (out, view->skip, "\\text{the skip } D");
  g_string_append (out, "  &\\approx ");
  append_number (out, view->sum, FALSE);
}

static void
latex_softmax (GString *out, const ScopeDissectView *view)
{
  const ScopeSoftmaxCell *cell = &view->softmax;
  gsize i = view->row, j = view->column;

  g_string_append_printf (out,
                          "  \\alpha_{%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT
                          "} &= \\exp\\Bigl(s\\, q_{%" G_GSIZE_FORMAT "} \\cdot k_{%" G_GSIZE_FORMAT
                          "} - \\ln \\sum_{t} e^{s\\, q_{%" G_GSIZE_FORMAT
                          "} \\cdot k_t}\\Bigr) \\\\\n  &\\approx \\exp\\bigl(",
                          i, j, i, j, i);
  append_number (out, cell->scale, TRUE);
  g_string_append (out, " \\cdot ");
  append_number (out, cell->dot, TRUE);
  g_string_append (out, " - ");
  append_number (out, cell->total, TRUE);
  g_string_append (out, "\\bigr) \\\\\n  &\\approx ");
  append_number (out, cell->value, FALSE);
}

static char *
write_latex (const Context *context)
{
  const ScopeDissectView *view = context->view;
  GString *out = g_string_new (NULL);
  g_autofree char *reader = scope_tokens_display (context->tokens, view->row);
  g_autofree char *read = scope_tokens_display (context->tokens, view->column);

  g_string_append_printf (out,
                          "%% %s, layer %" G_GSIZE_FORMAT ", %s %" G_GSIZE_FORMAT
                          ": token %" G_GSIZE_FORMAT " (%s) reads token %" G_GSIZE_FORMAT
                          " (%s); tokens from 0, states from 1%s\n\\begin{align*}\n",
                          context->model, view->layer, context->noun, view->channel, view->row,
                          reader, view->column, read,
                          view->kind == SCOPE_MATRIX_SOFTMAX ? "" : "; P_i: the sum of Δ up to i");
  if (view->kind == SCOPE_MATRIX_SOFTMAX)
    latex_softmax (out, view);
  else
    latex_ssm (out, view);
  g_string_append (out, "\n\\end{align*}\n");
  return g_string_free (out, FALSE);
}

/* --- CSV and JSON -------------------------------------------------------------------------------
 */

static void
append_csv (GString *out, const double *values, guint count)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  for (guint k = 0; k < count; k++)
    g_string_append_printf (out, ",%s", g_ascii_dtostr (text, sizeof text, values[k]));
  g_string_append_c (out, '\n');
}

static char *
write_csv (const Context *context)
{
  const ScopeDissectView *view = context->view;
  const ScopeCell *cell = &view->cell;
  const ScopeSoftmaxCell *soft = &view->softmax;
  GString *out = g_string_new (NULL);

  if (view->kind == SCOPE_MATRIX_SOFTMAX) {
    const double row[] = { soft->dot, soft->scale, soft->score, soft->total, soft->value };
    g_string_append_printf (
        out, "cell,dot,scale,score,ln_total,share\n%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT, view->row,
        view->column);
    append_csv (out, row, G_N_ELEMENTS (row));
    return g_string_free (out, FALSE);
  }
  g_string_append (out, "state,A,C,decay,delta,B,term\n");
  for (gsize n = 0; n < cell->states; n++) {
    const double row[]
        = { cell->rate[n], cell->c[n], cell->decay[n], cell->delta_j, cell->b[n], cell->term[n] };
    g_string_append_printf (out, "%" G_GSIZE_FORMAT, n + 1);
    append_csv (out, row, G_N_ELEMENTS (row));
  }
  return g_string_free (out, FALSE);
}

static void
set_index (JsonObject *object, const char *member, gsize value)
{
  json_object_set_int_member (object, member, (gint64)value);
}

static void
set_number (JsonObject *object, const char *member, double value)
{
  if (isfinite (value))
    json_object_set_double_member (object, member, value);
  else
    json_object_set_null_member (object, member);
}

static JsonArray *
json_states (const ScopeCell *cell)
{
  JsonArray *out = json_array_new ();
  for (gsize n = 0; n < cell->states; n++) {
    JsonObject *state = json_object_new ();
    set_index (state, "state", n + 1);
    set_number (state, "A", cell->rate[n]);
    set_number (state, "C", cell->c[n]);
    set_number (state, "decay", cell->decay[n]);
    set_number (state, "B", cell->b[n]);
    set_number (state, "term", cell->term[n]);
    json_array_add_object_element (out, state);
  }
  return out;
}

static void
json_numbers (JsonObject *object, const ScopeDissectView *view)
{
  if (view->kind == SCOPE_MATRIX_SOFTMAX) {
    set_number (object, "dot", view->softmax.dot);
    set_number (object, "scale", view->softmax.scale);
    set_number (object, "score", view->softmax.score);
    set_number (object, "ln_total", view->softmax.total);
    return;
  }
  set_number (object, "delta", view->cell.delta_j);
  set_number (object, "span", view->cell.span);
  set_number (object, "skip", view->skip);
  json_object_set_array_member (object, "states", json_states (&view->cell));
}

static char *
write_json (const Context *context)
{
  const ScopeDissectView *view = context->view;
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *reader = scope_tokens_display (context->tokens, view->row);
  g_autofree char *read = scope_tokens_display (context->tokens, view->column);

  json_node_take_object (root, object);
  json_object_set_string_member (object, "model", context->model);
  json_object_set_string_member (object, "matrix", scope_matrix_kind_name (view->kind));
  set_index (object, "layer", view->layer);
  set_index (object, "channel", view->channel);
  set_index (object, "row", view->row);
  json_object_set_string_member (object, "row_token", reader);
  set_index (object, "column", view->column);
  json_object_set_string_member (object, "column_token", read);
  set_number (object, "value", view->sum);
  set_number (object, "map_value", view->map_value);
  json_numbers (object, view);
  return scope_json_print (root, TRUE);
}

static char *
write_cell (ScopeDissect *self, ScopeSession *session, char *(*write) (const Context *context))
{
  const ScopeDissectView *view = scope_dissect_get_cell (self);
  if (view == NULL)
    return NULL;
  ScopeModel *model = scope_session_get_model (session);
  const Context context = { .view = view,
                            .tokens = scope_session_get_tokens (session),
                            .model = scope_model_name (model),
                            .noun = scope_matrix_noun (scope_model_config (model), view->kind) };
  return write (&context);
}

char *
scope_dissect_latex (ScopeDissect *self)
{
  g_return_val_if_fail (SCOPE_IS_DISSECT (self), NULL);
  return write_cell (self, scope_dissect_session (self), write_latex);
}

char *
scope_dissect_csv (ScopeDissect *self)
{
  g_return_val_if_fail (SCOPE_IS_DISSECT (self), NULL);
  return write_cell (self, scope_dissect_session (self), write_csv);
}

char *
scope_dissect_json (ScopeDissect *self)
{
  g_return_val_if_fail (SCOPE_IS_DISSECT (self), NULL);
  return write_cell (self, scope_dissect_session (self), write_json);
}
