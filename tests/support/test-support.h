/* What the tests share: seeds that print themselves, temporary folders, comparisons, random models.
 */
#pragma once

#include "base/matrix.h"
#include "model/model.h"

G_BEGIN_DECLS

/* A seed for this test: $SCOPE_TEST_SEED if set, else FALLBACK; printed, so a failure replays. */
guint32 scope_test_seed (guint32 fallback);
/* Uniform in [low, high), standard normal. */
double scope_test_uniform (GRand *random, double low, double high);
double scope_test_normal (GRand *random);

/* A new folder below the test's temporary one; removed at exit. Caller frees the name. */
char *scope_test_folder (void) G_GNUC_WARN_UNUSED_RESULT;
/* The bundled samples, from the environment variable MAMBASCOPE_SAMPLES that Meson sets. */
const char *scope_test_samples (void);

/* COUNT random ids below VOCAB, written as FOLDER/NAME; "@" and its path, as the session and the
 * command line take a text. The ids go to IDS (count) too, unless that is NULL. Caller frees. */
char *scope_test_ids (const char *folder, const char *name, guint32 seed, gsize count, gint32 vocab,
                      gint32 *ids) G_GNUC_WARN_UNUSED_RESULT;

/* *ERROR is of DOMAIN and CODE, and its message one line that matches PATTERN (* and ? as in file
 * names); clears it. */
void scope_test_expect (GError **error, GQuark domain, int code, const char *pattern);

/* Largest |a - b|; +inf if shapes differ or either holds a NaN that the other does not. */
double scope_test_max_error (const ScopeMatrix *a, const ScopeMatrix *b);

/* Writes a small random checkpoint (config.json, model.safetensors; no tokenizer) and returns its
 * folder. Zero fields take small odd defaults. */
typedef struct {
  ScopeFamily family;
  gsize vocab_size, d_model, n_layer, d_inner, d_state, d_conv, dt_rank, heads, groups;
  gboolean use_bias, untied;
  ScopeDtype dtype;            /* of the matrices; A_log, D and the dt biases stay F32 */
  double delta_min, delta_max; /* time_step_limit; both 0: none */
  gsize train_length;          /* 0: not written */
  /* Zamba2, whose odd layers are hybrid, with rotation and one shared block: equal numbers mean
   * adapters on the attention as well. USE_BIAS is add_bias_linear, DELTA_MIN time_step_min. */
  gsize attention_heads, key_heads;
  guint32 seed;
} ScopeRandomModel;
gboolean scope_test_is_hybrid (gsize layer);
char *scope_test_random_model (const ScopeRandomModel *shape) G_GNUC_WARN_UNUSED_RESULT;

/* g_test_add() of each of TESTS, an array of rows with a NAME and a TEST of a FIXTURE and DATA, as
 * PREFIX and the name. In the expression DATA, test_at is the row's index. */
#define SCOPE_TEST_ADD_EACH(prefix, Fixture, data, set_up, tests, tear_down)                       \
  for (gsize test_at = 0; test_at < G_N_ELEMENTS (tests); test_at++) {                             \
    g_autofree char *test_path = g_strconcat (prefix, (tests)[test_at].name, NULL);                \
    g_test_add (test_path, Fixture, data, set_up, (tests)[test_at].test, tear_down);               \
  }
/* The same for both plain families, whose number (GINT_TO_POINTER) is the data, and whose name
 * comes behind the prefix. */
#define SCOPE_TEST_ADD_FAMILIES(prefix, Fixture, set_up, tests, tear_down)                         \
  for (int test_family = SCOPE_FAMILY_MAMBA; test_family <= SCOPE_FAMILY_MAMBA2; test_family++) {  \
    g_autofree char *test_prefix                                                                   \
        = g_strdup_printf ("%s%s/", prefix, scope_family_name (test_family));                      \
    SCOPE_TEST_ADD_EACH (test_prefix, Fixture, GINT_TO_POINTER (test_family), set_up, tests,       \
                         tear_down);                                                               \
  }

G_END_DECLS
