/* Choosing among Δ of which many are equal but for rounding, as those of equal tokens are: it is as
 * if they were equal. Random, from GLib's seed, which is printed. */
#include <float.h>
#include <math.h>

#include "analysis/filter-private.h"

#define TOKENS 211
#define GROUPS 13

/* Roundings by which Δ of one group are off: as many as were seen (filter-select.c). */
#define NOISE 30

typedef struct {
  ScopeMatrix *delta;   /* (TOKENS, 1) */
  double exact[TOKENS]; /* its values without noise: GROUPS different ones, a tenth apart */
} Channel;

static void
channel_init (Channel *self, ScopeReal real)
{
  double epsilon = real == SCOPE_REAL_F64 ? DBL_EPSILON : (double)FLT_EPSILON;
  self->delta = scope_matrix_new (real, TOKENS, 1, NULL);
  g_assert_nonnull (self->delta);
  for (gsize t = 0; t < TOKENS; t++) {
    self->exact[t] = 0.003 * pow (1.1, g_test_rand_int_range (0, GROUPS));
    double off = epsilon * g_test_rand_int_range (-NOISE, NOISE + 1);
    scope_matrix_set (self->delta, t, 0, self->exact[t] * (1 + off));
  }
}

static void
channel_clear (Channel *self)
{
  scope_matrix_unref (self->delta);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Channel, channel_clear)

static int
descending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

static double *
sorted (const Channel *self)
{
  double *out = g_memdup2 (self->exact, sizeof self->exact);
  qsort (out, TOKENS, sizeof *out, descending);
  return out;
}

static double *
noisy (const Channel *self)
{
  double *out = g_new (double, TOKENS);
  for (gsize t = 0; t < TOKENS; t++)
    out[t] = scope_matrix_get (self->delta, t, 0);
  return out;
}

/* Kept are the tokens whose Δ without noise is above LIMIT, or LIMIT where that STAYS. */
static void
assert_kept (const Channel *self, double threshold, double limit, gboolean stays)
{
  for (gsize t = 0; t < TOKENS; t++) {
    gboolean kept = scope_matrix_get (self->delta, t, 0) > threshold;
    g_assert_cmpint (kept, ==, self->exact[t] > limit || (stays && self->exact[t] == limit));
  }
}

static void
test_rank (gconstpointer data)
{
  g_auto (Channel) self = { 0 };
  channel_init (&self, GPOINTER_TO_INT (data));
  g_autofree double *order = sorted (&self);
  double rounding = scope_select_rounding (self.delta);
  for (gsize rank = 0; rank < TOKENS; rank++)
    for (int stays = 0; stays < 2; stays++) {
      g_autofree double *values = noisy (&self);
      double value = scope_select_rank (values, TOKENS, rank);
      assert_kept (&self, scope_select_cut (value, stays, rounding), order[rank], stays);
    }
}

/* There is room for the first groups, and for half of the next. */
static void
test_within (gconstpointer data)
{
  g_auto (Channel) self = { 0 };
  channel_init (&self, GPOINTER_TO_INT (data));
  g_autofree double *order = sorted (&self);
  double rounding = scope_select_rounding (self.delta), sum = 0;
  for (gsize begin = 0, end; begin < TOKENS; begin = end) {
    double group = 0;
    for (end = begin; end < TOKENS && order[end] == order[begin]; end++)
      group += order[end];
    g_autofree double *values = noisy (&self);
    double value = scope_select_within (values, TOKENS, sum + group / 2);
    assert_kept (&self, scope_select_cut (value, FALSE, rounding), order[begin], FALSE);
    sum += group;
  }
}

static void
test_all_or_none (void)
{
  g_auto (Channel) self = { 0 };
  channel_init (&self, SCOPE_REAL_F32);
  double rounding = scope_select_rounding (self.delta);
  assert_kept (&self, scope_select_cut (-INFINITY, FALSE, rounding), 0, FALSE);
  assert_kept (&self, scope_select_cut (-INFINITY, TRUE, rounding), 0, FALSE);
  assert_kept (&self, scope_select_cut (INFINITY, FALSE, rounding), INFINITY, FALSE);
}

/* How many tokens come before TOKEN: those with more, and of the same group the earlier. */
static gsize
place (const Channel *self, gsize token)
{
  gsize before = 0;
  for (gsize t = 0; t < TOKENS; t++)
    before += self->exact[t] > self->exact[token]
              || (t < token && self->exact[t] == self->exact[token]);
  return before;
}

static void
test_largest (gconstpointer data)
{
  g_auto (Channel) self = { 0 };
  channel_init (&self, GPOINTER_TO_INT (data));
  g_autofree double *scores = scope_score_tokens (self.delta, TOKENS, NULL);
  for (gsize keep = 0; keep <= TOKENS + 1; keep++) {
    g_autoptr (GArray) kept
        = scope_select_largest (scores, TOKENS, keep, scope_score_rounding (self.delta));
    gsize next = 0;
    for (gsize t = 0; t < TOKENS; t++)
      if (place (&self, t) < keep) {
        g_assert_cmpuint (next, <, kept->len);
        g_assert_cmpuint (g_array_index (kept, gsize, next++), ==, t);
      }
    g_assert_cmpuint (next, ==, kept->len);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int real = SCOPE_REAL_F32; real <= SCOPE_REAL_F64; real++) {
    const char *name = real == SCOPE_REAL_F64 ? "float64" : "float32";
    g_autofree char *rank = g_strdup_printf ("/select/rank/%s", name);
    g_autofree char *within = g_strdup_printf ("/select/within/%s", name);
    g_autofree char *largest = g_strdup_printf ("/select/largest/%s", name);
    g_test_add_data_func (rank, GINT_TO_POINTER (real), test_rank);
    g_test_add_data_func (within, GINT_TO_POINTER (real), test_within);
    g_test_add_data_func (largest, GINT_TO_POINTER (real), test_largest);
  }
  g_test_add_func ("/select/all-or-none", test_all_or_none);
  return g_test_run ();
}
