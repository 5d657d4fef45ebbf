/* The Text view: what it shows against mambascope-cli, its search, and texts that are hard to show.
 */
#include <math.h>
#include <string.h>

#include "cli-values.h"
#include "harness.h"
#include "session/reading.h"
#include "test-support.h"
#include "ui/format.h"
#include "ui/text-view.h"
#include "ui/token-blocks.h"
#include "ui/token-text.h"

#define TOKEN 611

/* --- blocks -------------------------------------------------------------------------------------
 */

static void
assert_piece (const char *text, const gsize *starts, gsize token, const char *expected)
{
  g_autofree char *piece = g_strndup (text + starts[token], starts[token + 1] - starts[token]);
  g_assert_cmpstr (piece, ==, expected);
}

/* A character in three tokens, one whose bytes are shared with a word, a broken byte, the end of a
 * line, a token without bytes. */
static void
test_pieces (void)
{
  const char text[] = "a\xe6\xbc\xa2 b\xc3\xa9t\xff\n\nz";
  const ScopeSpan spans[] = { { 0, 1 }, { 1, 2 },  { 2, 3 },   { 3, 4 },   { 4, 7 },
                              { 7, 9 }, { 9, 10 }, { 10, 12 }, { 12, 12 }, { 12, 13 } };
  const gint32 ids[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
  g_autoptr (ScopeTokens) tokens = scope_tokens_new (text, sizeof text - 1, ids, spans, 10);
  g_autoptr (ScopeTokenBlocks) blocks = scope_token_blocks_new (tokens);
  g_autofree gsize *starts = NULL;
  g_assert_cmpuint (scope_token_blocks_count (blocks), ==, 1);
  g_autofree char *shown = scope_token_blocks_text (blocks, 0, &starts);
  g_assert_true (g_utf8_validate (shown, -1, NULL));
  assert_piece (shown, starts, 0, "a");
  assert_piece (shown, starts, 1, "漢");
  assert_piece (shown, starts, 2, SCOPE_TOKEN_PART);
  assert_piece (shown, starts, 3, SCOPE_TOKEN_PART);
  assert_piece (shown, starts, 4, " bé");
  assert_piece (shown, starts, 5, "t");
  assert_piece (shown, starts, 6, "<0xFF>");
  assert_piece (shown, starts, 7, "⏎\n⏎\n");
  assert_piece (shown, starts, 8, "#8 ");
  assert_piece (shown, starts, 9, "z");
}

/* Random tokens of random bytes: every one is in one block, shows something, and the whole is
 * UTF-8. */
static void
test_random_blocks (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (5113));
  const gsize count = 4001;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, count);
  g_autofree gint32 *ids = g_new0 (gint32, count);
  for (gsize t = 0; t < count; t++) {
    spans[t].begin = text->len;
    for (gint n = g_rand_int_range (random, 0, 7); n > 0; n--) {
      guint8 byte = g_rand_int_range (random, 0, 4) > 0 ? (guint8)g_rand_int_range (random, 32, 127)
                                                        : (guint8)g_rand_int_range (random, 0, 256);
      g_byte_array_append (text, &byte, 1);
    }
    spans[t].end = text->len;
  }
  g_autoptr (ScopeTokens) tokens
      = scope_tokens_new ((const char *)text->data, text->len, ids, spans, count);
  g_autoptr (ScopeTokenBlocks) blocks = scope_token_blocks_new (tokens);
  gsize expected = 0;
  for (gsize k = 0; k < scope_token_blocks_count (blocks); k++) {
    gsize begin, end;
    g_autofree gsize *starts = NULL;
    g_autofree char *shown = scope_token_blocks_text (blocks, k, &starts);
    scope_token_blocks_range (blocks, k, &begin, &end);
    g_assert_cmpuint (begin, ==, expected);
    g_assert_cmpuint (end, >, begin);
    g_assert_true (g_utf8_validate (shown, -1, NULL));
    for (gsize t = begin; t < end; t++) {
      gboolean last = t + 1 == end; /* its line's end may be that of the block */
      g_assert_cmpuint (scope_token_blocks_of_token (blocks, t), ==, k);
      g_assert_cmpuint (starts[t - begin + 1] + last, >, starts[t - begin]);
    }
    expected = end;
  }
  g_assert_cmpuint (expected, ==, count);
}

static void
test_heights (void)
{
  g_autofree char *path
      = g_build_filename (scope_test_samples (), "texts", "the-tide-books.txt", NULL);
  g_autofree char *text = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, length);
  g_autofree gint32 *ids = g_new0 (gint32, length);
  for (gsize t = 0; t < length; t++)
    spans[t] = (ScopeSpan){ t, t + 1 };
  g_autoptr (ScopeTokens) tokens = scope_tokens_new (text, length, ids, spans, length);
  g_autoptr (ScopeTokenBlocks) blocks = scope_token_blocks_new (tokens);
  gsize count = scope_token_blocks_count (blocks);
  g_assert_cmpuint (count, >, 5);
  double foot = scope_token_blocks_top (blocks, count);
  double old = scope_token_blocks_height (blocks, 2);
  scope_token_blocks_set_height (blocks, 2, old + 33);
  g_assert_cmpfloat_with_epsilon (scope_token_blocks_top (blocks, count), foot + 33, 1e-9);
  for (gsize k = 0; k < count; k++)
    g_assert_cmpuint (scope_token_blocks_at (blocks, scope_token_blocks_top (blocks, k) + 0.5), ==,
                      k);
  g_assert_cmpuint (scope_token_blocks_next_estimate (blocks), ==, 0);
}

/* --- the view -----------------------------------------------------------------------------------
 */

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  GtkWidget *view;
  ScopeTokenText *text;
  GtkDropDown *colour;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = harness_sample ("rescue-mamba2-5m", "pass-key.txt", "text");
  self->session = scope_window_get_session (self->window);
  self->view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_TEXT_VIEW);
  self->text = SCOPE_TOKEN_TEXT (harness_find (self->view, SCOPE_TYPE_TOKEN_TEXT));
  self->colour = GTK_DROP_DOWN (harness_find (self->view, GTK_TYPE_DROP_DOWN));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  harness_assert_gone (self->window);
}

static void
pick (Fixture *self, gsize token, gboolean column)
{
  g_signal_emit_by_name (self->text, "picked", (guint64)token, column);
  harness_rest (self->window);
}

/* What the view says of TOKEN must name it and end with VALUE as the screen writes it. */
static void
assert_shown (Fixture *self, gsize token, const char *symbol, double value)
{
  g_autofree char *number = scope_format_count (token);
  g_autofree char *prefix
      = g_strdup_printf ("token %s · id %d · ", number,
                         scope_tokens_ids (scope_session_get_tokens (self->session))[token]);
  g_autofree char *shown = scope_format_value (value);
  g_autofree char *end = g_strdup_printf (" · %s = %s", symbol, shown);
  const char *said = harness_shown (self->view, prefix);
  g_assert_nonnull (said);
  if (strstr (said, end) == NULL)
    g_error ("“%s” says nothing of “%s”", said, end);
}

static void
test_row (Fixture *self, gconstpointer data)
{
  gsize count;
  pick (self, TOKEN, FALSE);
  g_assert_cmpuint (scope_session_get_row (self->session), ==, TOKEN);
  g_autofree char *arguments = g_strdup_printf (
      "--layer %zu --channel %zu --rows %d:%d", scope_session_get_layer (self->session),
      scope_session_get_channel (self->session), TOKEN, TOKEN + 1);
  g_autofree float *row
      = cli_values ("attention", self->session, arguments, "a.npy", "a.npy", &count);
  g_assert_cmpuint (count, ==, scope_tokens_count (scope_session_get_tokens (self->session)));
  assert_shown (self, TOKEN, "α", row[TOKEN]);
  g_signal_emit_by_name (self->text, "hovered", (guint64)(TOKEN - 5));
  assert_shown (self, TOKEN - 5, "α", row[TOKEN - 5]);
  g_signal_emit_by_name (self->text, "hovered", (guint64)(TOKEN + 5));
  g_assert_nonnull (strstr (harness_shown (self->view, "token 616"), "cannot see it"));
}

static void
test_column (Fixture *self, gconstpointer data)
{
  gsize count;
  gtk_drop_down_set_selected (self->colour, SCOPE_READING_COLUMN);
  pick (self, TOKEN, TRUE);
  g_assert_cmpuint (scope_session_get_column (self->session), ==, TOKEN);
  g_autofree char *arguments = g_strdup_printf (
      "--layer %zu --channel %zu --rows %d:%d", scope_session_get_layer (self->session),
      scope_session_get_channel (self->session), TOKEN + 3, TOKEN + 4);
  g_autofree float *row
      = cli_values ("attention", self->session, arguments, "a.npy", "a.npy", &count);
  g_signal_emit_by_name (self->text, "hovered", (guint64)(TOKEN + 3));
  assert_shown (self, TOKEN + 3, "α", row[TOKEN]);
}

/* Δ, and the tokens that the filter drops, as the filtered run of the command line has them. */
static void
test_delta (Fixture *self, gconstpointer data)
{
  gsize count, dropped = 0, channel = scope_session_get_channel (self->session);
  gsize tokens = scope_tokens_count (scope_session_get_tokens (self->session));
  gtk_drop_down_set_selected (self->colour, SCOPE_READING_DELTA);
  scope_session_set_filter_on (self->session, TRUE);
  pick (self, TOKEN, FALSE);
  g_autofree char *arguments
      = g_strdup_printf ("--filter longmamba --layer %zu", scope_session_get_layer (self->session));
  g_autofree float *delta
      = cli_values ("trace", self->session, arguments, "t", "t/delta.npy", &count);
  gsize heads = count / tokens;
  for (gsize t = 0; t < tokens; t++)
    dropped += delta[t * heads + channel] == 0;
  assert_shown (self, TOKEN, "Δ", delta[TOKEN * heads + channel]);
  g_assert_cmpuint (dropped, >, 0);
  g_autofree char *some = scope_format_count (dropped), *all = scope_format_count (tokens);
  g_autofree char *said = g_strdup_printf ("%s of %s dropped", some, all);
  g_assert_nonnull (harness_shown (self->view, said));
  for (gsize t = 0; t < tokens; t += 97) {
    g_autofree char *number = scope_format_count (t);
    g_autofree char *prefix = g_strdup_printf ("token %s · ", number);
    g_signal_emit_by_name (self->text, "hovered", (guint64)t);
    g_assert_cmpint (g_str_has_suffix (harness_shown (self->view, prefix), " · dropped"), ==,
                     delta[t * heads + channel] == 0);
  }
}

static void
test_surprisal (Fixture *self, gconstpointer data)
{
  gsize count, tokens = scope_tokens_count (scope_session_get_tokens (self->session));
  const gint32 *ids = scope_tokens_ids (scope_session_get_tokens (self->session));
  gtk_drop_down_set_selected (self->colour, SCOPE_READING_SURPRISAL);
  pick (self, tokens - 1, FALSE);
  g_autofree float *logits
      = cli_values ("logits", self->session, "--last 2", "l.npy", "l.npy", &count);
  double sum = 0;
  for (gsize v = 0; v < count / 2; v++)
    sum += exp (logits[v]);
  /* Float32 logits; the screen has four digits. */
  double expected = log (sum) - logits[ids[tokens - 1]];
  g_autofree char *prefix = g_strdup_printf ("token 4095 · id %d · ", ids[tokens - 1]);
  const char *said = harness_shown (self->view, prefix);
  g_assert_nonnull (said);
  g_assert_nonnull (strstr (said, "−ln p = "));
  double shown = g_ascii_strtod (strstr (said, "−ln p = ") + strlen ("−ln p = "), NULL);
  g_assert_cmpfloat_with_epsilon (shown, expected, 1e-3 * expected);
}

/* --- search -------------------------------------------------------------------------------------
 */

/* A drop-down has one of its own. */
static GtkWidget *
search_entry (Fixture *self)
{
  return harness_find (harness_find (self->view, GTK_TYPE_SEARCH_BAR), GTK_TYPE_SEARCH_ENTRY);
}

static void
type_pattern (Fixture *self, const char *pattern)
{
  GtkWidget *entry = search_entry (self);
  gtk_editable_set_text (GTK_EDITABLE (entry), pattern);
  harness_run_for (300);
}

/* As soon as a label begins with WORDS. */
static void
await_label (Fixture *self, const char *words)
{
  for (guint k = 0; k < 500 && harness_shown (self->view, words) == NULL; k++)
    harness_run_for (20);
  if (harness_shown (self->view, words) == NULL)
    g_error ("no label says “%s”", words);
}

static gsize
count_words (ScopeTokens *tokens, const char *word)
{
  gsize count = 0;
  g_autofree char *low = g_ascii_strdown (scope_tokens_text (tokens, NULL), -1);
  for (const char *at = low; (at = strstr (at, word)) != NULL; at += strlen (word))
    count++;
  return count;
}

static void
test_search (Fixture *self, gconstpointer data)
{
  gsize count = count_words (scope_session_get_tokens (self->session), "key");
  g_assert_cmpuint (count, >, 2);
  scope_session_select (self->session, 0, 0); /* from what is in sight on: the text's beginning */
  gtk_widget_activate_action (self->view, "text.find", NULL);
  type_pattern (self, "k[e]y");
  g_autofree char *first = g_strdup_printf ("1 of %zu", count);
  g_autofree char *second = g_strdup_printf ("2 of %zu", count);
  g_autofree char *last = g_strdup_printf ("%zu of %zu", count, count);
  await_label (self, first);
  GtkWidget *entry = search_entry (self);
  g_signal_emit_by_name (entry, "next-match");
  await_label (self, second);
  g_signal_emit_by_name (entry, "previous-match");
  g_signal_emit_by_name (entry, "previous-match");
  await_label (self, last);
  type_pattern (self, "k(ey");
  await_label (self, "missing terminating )");
  g_assert_true (gtk_widget_has_css_class (entry, "error"));
  type_pattern (self, "no such words");
  g_assert_false (gtk_widget_has_css_class (entry, "error"));
  await_label (self, "No match");
  type_pattern (self, "");
}

/* --- a novel ------------------------------------------------------------------------------------
 */

static ScopeTokens *
novel (gsize count)
{
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, count);
  g_autofree gint32 *ids = g_new0 (gint32, count);
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize t = 0; t < count; t++) {
    spans[t].begin = text->len;
    g_string_append (text, t % 97 == 96 ? ".\n"
                           : t % 5 == 0 ? " lay"
                           : t % 7 == 0 ? " شمس"
                                        : " upon");
    spans[t].end = text->len;
  }
  return scope_tokens_new (text->str, text->len, ids, spans, count);
}

/* The longest turn of the main loop within so many milliseconds; printed, not judged: the machine
 * is shared. */
static double
longest_turn (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + 1000 * (gint64)milliseconds;
  double longest = 0;
  while (g_get_monotonic_time () < end) {
    gint64 begin = g_get_monotonic_time ();
    g_main_context_iteration (NULL, FALSE);
    longest = MAX (longest, (double)(g_get_monotonic_time () - begin) / 1000);
    g_usleep (200);
  }
  return longest;
}

static void
test_novel (void)
{
  GtkWidget *window = gtk_window_new (), *scroller = gtk_scrolled_window_new ();
  ScopeTokenText *text = g_object_new (SCOPE_TYPE_TOKEN_TEXT, NULL);
  const gsize count = 150000;
  g_autoptr (ScopeTokens) tokens = novel (count);
  graphene_rect_t area;
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (text));
  gtk_window_set_child (GTK_WINDOW (window), scroller);
  gtk_window_set_default_size (GTK_WINDOW (window), 900, 700);
  gtk_window_present (GTK_WINDOW (window));
  harness_run_for (200);
  gint64 begin = g_get_monotonic_time ();
  scope_token_text_set_tokens (text, tokens);
  scope_token_text_reveal (text, count / 3);
  g_test_message ("a novel is taken in %.1f ms", (double)(g_get_monotonic_time () - begin) / 1000);
  g_test_message ("longest turn while it opens: %.1f ms", longest_turn (600));
  /* What it opens at is seen with what stands before it. */
  g_assert_true (scope_token_text_place (text, count / 3, &area));
  g_assert_cmpfloat (area.origin.y, >, 3 * area.size.height);
  for (gsize k = 1; k <= 20; k++) {
    gsize token = count * k / 20 - 1;
    scope_token_text_reveal (text, token);
    harness_run_for (20);
    g_assert_true (scope_token_text_place (text, token, &area));
    g_assert_cmpuint (scope_token_text_get_first (text), <=, token);
    g_assert_cmpuint (scope_token_text_get_last (text), >=, token);
  }
  GtkAdjustment *down = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  gtk_adjustment_set_value (down, gtk_adjustment_get_upper (down));
  for (guint k = 0; k < 2; k++) { /* in less height, then in less width */
    gtk_window_set_default_size (GTK_WINDOW (window), k == 0 ? 900 : 600, 500);
    harness_run_for (200);
    g_assert_true (scope_token_text_place (text, count - 1, &area));
  }
  double step = gtk_adjustment_get_upper (down) / 100, longest = 0;
  for (guint k = 0; k < 100; k++) {
    gint64 set = g_get_monotonic_time ();
    gtk_adjustment_set_value (down, step * k);
    longest = MAX (longest, (double)(g_get_monotonic_time () - set) / 1000);
    longest = MAX (longest, longest_turn (20));
  }
  g_test_message ("longest turn while it scrolls: %.1f ms", longest);
  g_assert_cmpuint (scope_token_text_get_first (text), >, count * 9 / 10);
  gtk_window_destroy (GTK_WINDOW (window));
  harness_run_for (50);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "row", test_row },       { "column", test_column },
    { "delta", test_delta },   { "surprisal", test_surprisal },
    { "search", test_search },
  };
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/text/pieces", test_pieces);
  g_test_add_func ("/ui/text/random-blocks", test_random_blocks);
  g_test_add_func ("/ui/text/heights", test_heights);
  g_test_add_func ("/ui/text/novel", test_novel);
  SCOPE_TEST_ADD_EACH ("/ui/text/", Fixture, NULL, set_up, tests, tear_down);
  return g_test_run ();
}
