/* Checkpoint folders: good ones, and each way in which one can be broken. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/checkpoint.h"
#include "test-support.h"

static char *
read_file (const char *folder, const char *name, gsize *length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = scope_file_read (path, 1 << 24, length, &error);
  g_assert_no_error (error);
  return text;
}

static void
write_file (const char *folder, const char *name, const char *text, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  scope_file_write (path, text, length, &error);
  g_assert_no_error (error);
}

/* Replaces the first FROM in a file of FOLDER; for safetensors the two are of one length. */
static void
edit_file (const char *folder, const char *name, const char *from, const char *to)
{
  gsize length;
  g_autofree char *text = read_file (folder, name, &length);
  const char *at = NULL;
  for (gsize i = 0; at == NULL && i + strlen (from) <= length; i++)
    if (memcmp (text + i, from, strlen (from)) == 0)
      at = text + i;
  g_assert_nonnull (at);
  g_autoptr (GString) out = g_string_new_len (text, at - text);
  g_string_append (out, to);
  gsize rest = (gsize)(at - text) + strlen (from);
  g_string_append_len (out, text + rest, (gssize)(length - rest));
  write_file (folder, name, out->str, out->len);
}

static void
expect_refused (const char *folder, ScopeModelError code, const char *pattern)
{
  GError *error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_null (model);
  scope_test_expect (&error, SCOPE_MODEL_ERROR, code, pattern);
}

static void
test_random_models (void)
{
  const ScopeRandomModel shapes[] = {
    { .family = SCOPE_FAMILY_MAMBA },
    { .family = SCOPE_FAMILY_MAMBA, .use_bias = TRUE, .untied = TRUE, .dtype = SCOPE_DTYPE_BF16 },
    { .family = SCOPE_FAMILY_FALCON_MAMBA },
    { .family = SCOPE_FAMILY_MAMBA2 },
    { .family = SCOPE_FAMILY_MAMBA2,
      .groups = 2,
      .heads = 6,
      .d_inner = 30,
      .use_bias = TRUE,
      .untied = TRUE,
      .dtype = SCOPE_DTYPE_F16,
      .delta_min = 0.01,
      .delta_max = INFINITY },
    { .family = SCOPE_FAMILY_MAMBA2,
      .d_model = 3,
      .heads = 5,
      .d_inner = 5,
      .dtype = SCOPE_DTYPE_F64,
      .delta_max = 0.5,
      .train_length = 33 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autofree char *folder = scope_test_random_model (&shapes[i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
    g_assert_no_error (error);
    const ScopeConfig *config = scope_model_config (model);
    const ScopeLayerWeights *layer = scope_model_layer (model, 2);
    g_assert_cmpint (config->family, ==, shapes[i].family);
    g_assert_cmpint (layer->in_proj->dtype, ==, shapes[i].dtype);
    g_assert_cmpint (layer->a_log->dtype, ==, SCOPE_DTYPE_F32);
    g_assert_cmpuint (layer->d->count, ==, config->channels);
    g_assert_cmpuint (layer->conv->shape[2], ==, config->d_conv);
    g_assert_true ((layer->in_proj_bias != NULL) == shapes[i].use_bias);
    g_assert_true ((layer->x_proj != NULL) == (config->family != SCOPE_FAMILY_MAMBA2));
    g_assert_true ((layer->gate_norm != NULL) == (config->family == SCOPE_FAMILY_MAMBA2));
    g_assert_true ((scope_model_head (model) != scope_model_embedding (model)) == shapes[i].untied);
    g_assert_null (scope_model_tokenizer (model));
    g_assert_cmpuint (config->train_length, ==, shapes[i].train_length);
    if (shapes[i].delta_max != 0)
      g_assert_true (config->delta_max == shapes[i].delta_max);
  }
}

/* Parameters are counted by hand for the default Mamba shape: V 37, D 11, E 23, N 5, K 4, R 3. */
static void
test_counts (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .dtype = SCOPE_DTYPE_F16 };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, NULL);
  const guint64 single = 23 + 23 * 5 + 23;
  const guint64 half = 11 + 46 * 11 + 23 * 4 + 23 + 13 * 23 + 23 * 3 + 11 * 23;
  g_assert_cmpuint (scope_model_parameters (model), ==, 37 * 11 + 11 + 3 * (single + half));
  g_assert_cmpuint (scope_model_bytes (model), ==,
                    2 * (37 * 11 + 11) + 3 * (4 * single + 2 * half));
}

static void
test_identity (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .seed = 1 };
  g_autofree char *a = scope_test_random_model (&shape);
  g_autofree char *b = scope_test_random_model (&shape);
  shape.seed = 2;
  g_autofree char *c = scope_test_random_model (&shape);
  g_autofree char *slash = g_strconcat (a, "/", NULL);
  g_autoptr (ScopeModel) first = scope_model_open (slash, NULL, NULL);
  g_autoptr (ScopeModel) same = scope_model_open (b, NULL, NULL);
  g_autoptr (ScopeModel) other = scope_model_open (c, NULL, NULL);
  g_autofree char *name = g_path_get_basename (a);
  g_assert_cmpstr (scope_model_name (first), ==, name);
  g_assert_cmpuint (strlen (scope_model_hash (first)), ==, 64);
  g_assert_cmpstr (scope_model_hash (first), ==, scope_model_hash (same));
  g_assert_cmpstr (scope_model_hash (first), !=, scope_model_hash (other));
}

static void
test_samples (void)
{
  const struct {
    const char *name;
    gsize layers, channels, states;
    double millions;
  } samples[] = {
    { "novel-mamba-6m", 12, 512, 16, 6.3 }, { "novel-mamba2-6m", 12, 8, 64, 6.2 },
    { "rescue-mamba2-5m", 8, 8, 128, 4.8 }, { "filter-mamba-5m", 8, 512, 16, 4.55 },
    { "filter-mamba2-5m", 8, 8, 128, 4.8 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++) {
    g_autofree char *folder
        = g_build_filename (scope_test_samples (), "models", samples[i].name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
    g_assert_no_error (error);
    const ScopeConfig *config = scope_model_config (model);
    g_assert_cmpstr (scope_model_name (model), ==, samples[i].name);
    g_assert_cmpuint (config->n_layer, ==, samples[i].layers);
    g_assert_cmpuint (config->channels, ==, samples[i].channels);
    g_assert_cmpuint (config->d_state, ==, samples[i].states);
    g_assert_cmpfloat_with_epsilon ((double)scope_model_parameters (model) / 1e6,
                                    samples[i].millions, 0.06);
    g_assert_cmpuint (scope_tokenizer_vocab_size (scope_model_tokenizer (model)), ==, 4096);
  }
}

typedef struct {
  guint reports;
  guint stop_after;
  ScopeProgress *progress;
} Watch;

static void
on_report (double fraction, const char *what, gpointer data)
{
  Watch *watch = data;
  if (++watch->reports == watch->stop_after)
    scope_progress_cancel (watch->progress);
}

static void
test_cancel (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autoptr (GError) error = NULL;
  Watch watch = { 0, 3, NULL };
  ScopeProgress progress = SCOPE_PROGRESS_INIT (on_report, &watch);
  watch.progress = &progress;
  g_assert_null (scope_model_open (folder, &progress, &error));
  g_assert_true (scope_error_is_cancelled (error));
  g_assert_cmpuint (watch.reports, ==, 3);
}

/* Cancelled, a hash is not there; asked for again it is the right one. */
static void
test_cancelled_hash (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .vocab_size = 100000 };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, NULL);
  g_autoptr (ScopeModel) other = scope_model_open (folder, NULL, NULL);
  g_autoptr (GError) error = NULL;
  Watch watch = { 0, 2, NULL }; /* the file is of more than one block */
  ScopeProgress progress = SCOPE_PROGRESS_INIT (on_report, &watch);
  watch.progress = &progress;
  g_assert_false (scope_model_prepare_hash (model, &progress, &error));
  g_assert_true (scope_error_is_cancelled (error));
  g_assert_cmpuint (watch.reports, ==, 2);
  g_assert_cmpstr (scope_model_hash (model), ==, scope_model_hash (other));
}

static void
test_broken_tensors (void)
{
  const struct {
    const char *from, *to;
    ScopeModelError code;
    const char *pattern;
  } cases[] = {
    { "layers.1.mixer.D\"", "layers.1.mixer.E\"", SCOPE_MODEL_ERROR_MISMATCH,
      "*/model.safetensors: tensor backbone.layers.1.mixer.D is missing" },
    { "\"F32\",\"shape\":[23,5]", "\"F32\",\"shape\":[5,23]", SCOPE_MODEL_ERROR_MISMATCH,
      "*/model.safetensors: tensor backbone.layers.0.mixer.A_log: expected shape (23, 5), found"
      " (5, 23)" },
    { "\"F32\",\"shape\":[23,5]", "\"I32\",\"shape\":[23,5]", SCOPE_MODEL_ERROR_MISMATCH,
      "*/model.safetensors: tensor backbone.layers.0.mixer.A_log: dtype I32 is not supported; *" },
    { "\"F32\",\"shape\":[23,5]", "\"Q32\",\"shape\":[23,5]", SCOPE_MODEL_ERROR_FORMAT,
      "*/model.safetensors: tensor backbone.layers.0.mixer.A_log: unknown dtype \"Q32\"" },
    { "backbone.norm_f", "backbone.norm_g", SCOPE_MODEL_ERROR_MISMATCH,
      "*/model.safetensors: tensor backbone.norm_f.weight is missing" },
    { "backbone.embeddings", "backbone.embeddinks", SCOPE_MODEL_ERROR_MISMATCH,
      "*/model.safetensors: tensor backbone.embeddings.weight is missing" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA };
    g_autofree char *folder = scope_test_random_model (&shape);
    edit_file (folder, "model.safetensors", cases[i].from, cases[i].to);
    expect_refused (folder, cases[i].code, cases[i].pattern);
  }
}

static void
test_broken_numbers (void)
{
  const float bad[] = { NAN, INFINITY, -INFINITY };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .n_layer = 2 };
    g_autofree char *folder = scope_test_random_model (&shape);
    gsize length;
    g_autofree char *file = read_file (folder, "model.safetensors", &length);
    /* The last tensor is the last layer's out_proj, (11, 23). */
    memcpy (file + length - 4 * 7, &bad[i], sizeof bad[i]);
    write_file (folder, "model.safetensors", file, length);
    expect_refused (folder, SCOPE_MODEL_ERROR_MISMATCH,
                    i == 0 ? "*/model.safetensors: tensor backbone.layers.1.mixer.out_proj.weight:"
                             " element 246 is NaN, expected a finite number"
                           : "*out_proj.weight: element 246 is infinite, *");
  }
}

static void
test_broken_files (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2 };
  g_autofree char *folder = scope_test_random_model (&shape);
  GError *error = NULL;
  gsize length;
  g_autofree char *file = read_file (folder, "model.safetensors", &length);
  write_file (folder, "model.safetensors", file, length - 1);
  expect_refused (folder, SCOPE_MODEL_ERROR_FORMAT,
                  "*/model.safetensors: tensor *: its data * lie outside *");
  write_file (folder, "model.safetensors", file, 100);
  expect_refused (folder, SCOPE_MODEL_ERROR_FORMAT,
                  "*/model.safetensors: its header of * cut off*");
  write_file (folder, "model.safetensors", file, length);
  edit_file (folder, "config.json", "\"mamba2\"", "\"mamba3\"");
  expect_refused (folder, SCOPE_MODEL_ERROR_UNSUPPORTED, "*/config.json: *\"mamba3\"*");
  write_file (folder, "config.json", "{\"vocab_size\": ", 15);
  expect_refused (folder, SCOPE_MODEL_ERROR_FORMAT, "*/config.json: invalid JSON at byte 15*");

  g_autofree char *empty = scope_test_folder ();
  g_assert_null (scope_model_open (empty, NULL, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*/config.json: cannot open: *");
}

/* Splits the single file in two: each shard is the whole file under another name, and the map says
 * which to use. */
static void
test_shards (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .n_layer = 1 };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *one = g_build_filename (folder, "b.safetensors", NULL);
  gsize length;
  g_autofree char *file = read_file (folder, "model.safetensors", &length);
  write_file (folder, "a.safetensors", file, length);
  g_assert_cmpint (g_rename (path, one), ==, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeCheckpoint) tensors = scope_checkpoint_open (one, &error);
  g_autoptr (GString) index = g_string_new ("{\"metadata\":{},\"weight_map\":{");
  for (gsize i = 0; i < scope_checkpoint_count (tensors); i++)
    g_string_append_printf (index, "%s\"%s\":\"%s.safetensors\"", i > 0 ? "," : "",
                            scope_checkpoint_nth (tensors, i), i % 2 == 0 ? "a" : "b");
  g_string_append (index, "}}");
  write_file (folder, "model.safetensors.index.json", index->str, index->len);
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);

  edit_file (folder, "model.safetensors.index.json", "layers.0.mixer.D", "layers.0.mixer.E");
  expect_refused (folder, SCOPE_MODEL_ERROR_MISMATCH,
                  "*/model.safetensors.index.json: tensor backbone.layers.0.mixer.D is missing");
  const char *const names[] = { "../a.safetensors", "/a.safetensors", "..", "" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *map = g_strdup_printf ("{\"weight_map\":{\"t\":\"%s\"}}", names[i]);
    write_file (folder, "model.safetensors.index.json", map, strlen (map));
    expect_refused (folder, SCOPE_MODEL_ERROR_FORMAT,
                    "*index.json: tensor t: \"*\" is not the name of a file in the folder");
  }
  write_file (folder, "model.safetensors.index.json", "{}", 2);
  expect_refused (folder, SCOPE_MODEL_ERROR_FORMAT, "*index.json: $.weight_map is missing");
}

/* The name of the original release, and tensors that are none of ours. */
static void
test_other_names (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .untied = TRUE };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autoptr (GError) error = NULL;
  edit_file (folder, "model.safetensors",
             "\"backbone.embeddings.weight\":", "\"backbone.embedding.weight\" :");
  edit_file (folder, "config.json", "\"tie_word_embeddings\": false",
             "\"tie_word_embeddings\": true");
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  /* Two tables of different values are two, whatever the config says. */
  g_assert_true (scope_model_head (model) != scope_model_embedding (model));
  g_assert_false (scope_model_config (model)->tie_embeddings);
}

/* A tensor that the config knows nothing of could change what is computed. */
static void
test_unexpected (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .use_bias = TRUE };
  g_autofree char *folder = scope_test_random_model (&shape);
  edit_file (folder, "config.json", "\"use_bias\": true", "\"use_bias\": false");
  expect_refused (
      folder, SCOPE_MODEL_ERROR_MISMATCH,
      "*/model.safetensors: tensor backbone.layers.0.mixer.in_proj.bias, shape (46), is "
      "unexpected: a mamba model *");
}

static ScopeTokens *
read_text (const ScopeModel *model, const char *folder, const char *text, gsize length,
           gboolean ids, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "text", NULL);
  g_autofree char *spec = g_strconcat (ids ? "@" : "", path, NULL);
  write_file (folder, "text", text, length);
  return scope_model_read_text (model, spec, error);
}

static void
test_texts (void)
{
  g_autofree char *sample
      = g_build_filename (scope_test_samples (), "models", "novel-mamba-6m", NULL);
  g_autofree char *folder = scope_test_folder ();
  GError *error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (sample, NULL, &error);
  const struct {
    const char *text;
    gsize length;
    gboolean ids;
    const char *pattern;
  } cases[] = {
    { "", 0, FALSE, "*/text: the text is empty" },
    { "[]", 2, TRUE, "*/text: the text is empty" },
    { "good \xff bad", 10, FALSE, "*/text: invalid UTF-8 at byte 5 (0xFF)" },
    { "cut \xe2\x82", 6, FALSE, "*/text: invalid UTF-8 at byte 4 (0xE2)" },
    { "[1,4096]", 8, TRUE, "*/text: token 1: id 4096 is outside the vocabulary of 4096" },
    { "[-1]", 4, TRUE, "*/text: token 0: id -1 is outside *" },
    { "[1,\"a\"]", 7, TRUE, "*/text: entry 1 is no token id: *" },
    { "{}", 2, TRUE, "*/text: expected a list of token ids" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_null (read_text (model, folder, cases[i].text, cases[i].length, cases[i].ids, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT, cases[i].pattern);
  }
  g_assert_null (read_text (model, folder, "[1,", 3, TRUE, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "*/text: invalid JSON *");
  g_assert_null (scope_model_read_text (model, "no such file", &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "no such file: cannot open: *");

  const char text[] = "nul \0 is text";
  g_autoptr (ScopeTokens) tokens = read_text (model, folder, text, sizeof text - 1, FALSE, &error);
  g_assert_no_error (error);
  gsize length;
  const char *kept = scope_tokens_text (tokens, &length);
  g_assert_cmpmem (kept, length, text, sizeof text - 1);

  g_autoptr (GString) ids = g_string_new ("[");
  for (gsize i = 0; i < scope_tokens_count (tokens); i++)
    g_string_append_printf (ids, "%s%d", i > 0 ? ", " : "", scope_tokens_ids (tokens)[i]);
  g_string_append (ids, "]");
  g_autoptr (ScopeTokens) again = read_text (model, folder, ids->str, ids->len, TRUE, &error);
  g_assert_no_error (error);
  kept = scope_tokens_text (again, &length);
  g_assert_cmpmem (kept, length, text, sizeof text - 1);
}

static void
test_texts_without_tokenizer (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA };
  g_autofree char *folder = scope_test_random_model (&shape);
  GError *error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_null (read_text (model, folder, "text", 4, FALSE, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                     "*: there is no tokenizer.json: give token ids as @FILE");
  g_autoptr (ScopeTokens) tokens = read_text (model, folder, "[3, 36]", 7, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_tokens_count (tokens), ==, 2);
  g_autofree char *shown = scope_tokens_display (tokens, 1);
  g_assert_cmpstr (shown, ==, "#36");
}

/* A tokenizer that we cannot read closes no model: token ids go, and a text says why it does not.
 */
static void
test_unsupported_tokenizer (void)
{
  const char json[] = "{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}";
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA };
  g_autofree char *folder = scope_test_random_model (&shape);
  write_file (folder, "tokenizer.json", json, sizeof json - 1);
  GError *error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (scope_model_tokenizer (model));
  g_assert_error (scope_model_tokenizer_error (model), SCOPE_MODEL_ERROR,
                  SCOPE_MODEL_ERROR_UNSUPPORTED);
  g_assert_null (read_text (model, folder, "text", 4, FALSE, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED,
                     "*/tokenizer.json: $.model.type: \"Unigram\" is not supported; known are"
                     " \"BPE\"; without a tokenizer give token ids as @FILE");
  g_autoptr (ScopeTokens) tokens = read_text (model, folder, "[3, 36]", 7, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_tokens_count (tokens), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/random", test_random_models);
  g_test_add_func ("/model/counts", test_counts);
  g_test_add_func ("/model/identity", test_identity);
  g_test_add_func ("/model/samples", test_samples);
  g_test_add_func ("/model/cancel", test_cancel);
  g_test_add_func ("/model/cancelled-hash", test_cancelled_hash);
  g_test_add_func ("/model/broken-tensors", test_broken_tensors);
  g_test_add_func ("/model/broken-numbers", test_broken_numbers);
  g_test_add_func ("/model/broken-files", test_broken_files);
  g_test_add_func ("/model/shards", test_shards);
  g_test_add_func ("/model/other-names", test_other_names);
  g_test_add_func ("/model/unexpected", test_unexpected);
  g_test_add_func ("/model/texts", test_texts);
  g_test_add_func ("/model/texts-without-tokenizer", test_texts_without_tokenizer);
  g_test_add_func ("/model/unsupported-tokenizer", test_unsupported_tokenizer);
  return g_test_run ();
}
