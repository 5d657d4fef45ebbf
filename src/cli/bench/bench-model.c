/* Models of the published shapes with random weights, in the ratios of the published
 * initialisation: Δ log-uniform from 1e-3 to 0.1, A = -(1 to N) or -uniform (1, 16), weights of
 * products uniform within 1 / sqrt (columns). What a scan and a map cost depends on these. */
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/half.h"
#include "cli/bench/bench.h"

#define PERIOD 1000003 /* random numbers are repeated after this many */

typedef struct {
  const char *name;
  gboolean mamba2;
  gsize d_model, n_layer, d_state, vocab_size;
} Shape;

static const Shape shapes[] = {
  { "mamba-130m", FALSE, 768, 24, 16, 50280 },   { "mamba-370m", FALSE, 1024, 48, 16, 50280 },
  { "mamba-790m", FALSE, 1536, 48, 16, 50280 },  { "mamba-1.4b", FALSE, 2048, 48, 16, 50280 },
  { "mamba-2.8b", FALSE, 2560, 64, 16, 50280 },  { "mamba2-130m", TRUE, 768, 24, 128, 50288 },
  { "mamba2-370m", TRUE, 1024, 48, 128, 50288 }, { "mamba2-780m", TRUE, 1536, 48, 128, 50288 },
  { "mamba2-1.3b", TRUE, 2048, 48, 128, 50288 }, { "mamba2-2.7b", TRUE, 2560, 64, 128, 50288 },
  { "sample", FALSE, 256, 12, 16, 4096 },
};

const char *const *
bench_shape_names (void)
{
  static const char *names[G_N_ELEMENTS (shapes) + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    names[i] = shapes[i].name;
  return names;
}

static char *
shape_config (const Shape *shape)
{
  gsize d_inner = 2 * shape->d_model;
  g_autofree char *rest
      = shape->mamba2 ? g_strdup_printf ("\"expand\": 2, \"head_dim\": 64, \"n_groups\": 1, "
                                         "\"num_heads\": %" G_GSIZE_FORMAT,
                                         d_inner / 64)
                      : g_strdup_printf ("\"intermediate_size\": %" G_GSIZE_FORMAT
                                         ", \"time_step_rank\": %" G_GSIZE_FORMAT,
                                         d_inner, shape->d_model / 16);
  return g_strdup_printf ("{\"model_type\": \"%s\", \"hidden_size\": %" G_GSIZE_FORMAT
                          ", \"num_hidden_layers\": %" G_GSIZE_FORMAT
                          ", \"state_size\": %" G_GSIZE_FORMAT ", \"vocab_size\": %" G_GSIZE_FORMAT
                          ", \"conv_kernel\": 4, \"use_bias\": false, \"use_conv_bias\": true, "
                          "\"tie_word_embeddings\": true, %s}\n",
                          shape->mamba2 ? "mamba2" : "mamba", shape->d_model, shape->n_layer,
                          shape->d_state, shape->vocab_size, rest);
}

char *
bench_shape_config (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    if (g_str_equal (shapes[i].name, name))
      return shape_config (&shapes[i]);
  return NULL;
}

/* [0, 1) from a number, without a state: splitmix64's finish. */
static double
hash_uniform (guint64 n)
{
  n = (n + 1) * 0x9e3779b97f4a7c15u;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
  return (double)((n ^ (n >> 31)) >> 11) * 0x1p-53;
}

double
bench_inverse_softplus (double time_step)
{
  return log (expm1 (time_step));
}

double
bench_time_step (gsize channel)
{
  return 1e-3 * pow (100, hash_uniform (channel));
}

double
bench_rate (const ScopeConfig *config, gsize channel, gsize state)
{
  if (scope_config_is_ssd (config))
    return 1 + 15 * hash_uniform (channel + ((guint64)1 << 32));
  return (double)(state + 1);
}

/* -- A checkpoint of them, one tensor after the other -- */

typedef struct {
  const ScopeConfig *config;
  guint16 *random; /* BF16, uniform from -1 to 1 (PERIOD) */
  GString *header;
  gsize end; /* of the data so far */
  GArray *fills;
} Writer;

typedef enum { FILL_UNIFORM, FILL_ONE, FILL_TIME_STEP, FILL_RATE } FillKind;

typedef struct {
  FillKind kind;
  gsize rows, columns;
  double scale; /* UNIFORM: from -scale to scale */
} Fill;

/* Rank 1 where COLUMNS is 0, (rows, 1, columns) in the convolution. */
static void
add_tensor (Writer *self, const char *prefix, const char *name, FillKind kind, gsize rows,
            gsize columns, double scale)
{
  Fill fill = { kind, rows, MAX (columns, 1), scale };
  gsize begin = self->end;
  self->end += fill.rows * fill.columns * sizeof (guint16);
  g_string_append_printf (self->header,
                          "%c\"%s%s\":{\"dtype\":\"BF16\",\"shape\":[%" G_GSIZE_FORMAT,
                          self->header->len == 0 ? '{' : ',', prefix, name, rows);
  if (g_str_equal (name, "mixer.conv1d.weight"))
    g_string_append (self->header, ",1");
  if (columns > 0)
    g_string_append_printf (self->header, ",%" G_GSIZE_FORMAT, columns);
  g_string_append_printf (self->header,
                          "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "]}", begin,
                          self->end);
  g_array_append_val (self->fills, fill);
}

static void
add_product (Writer *self, const char *prefix, const char *name, gsize rows, gsize columns,
             double scale)
{
  add_tensor (self, prefix, name, FILL_UNIFORM, rows, columns, scale / sqrt ((double)columns));
}

static void
add_layer (Writer *self, gsize layer)
{
  const ScopeConfig *c = self->config;
  gboolean ssd = scope_config_is_ssd (c);
  gsize lanes = scope_config_conv_lanes (c);
  g_autofree char *prefix = g_strdup_printf ("backbone.layers.%" G_GSIZE_FORMAT ".", layer);
  add_tensor (self, prefix, "norm.weight", FILL_ONE, c->d_model, 0, 0);
  add_product (self, prefix, "mixer.in_proj.weight", scope_config_projection (c), c->d_model, 1);
  add_product (self, prefix, "mixer.conv1d.weight", lanes, c->d_conv, 1);
  add_tensor (self, prefix, "mixer.conv1d.bias", FILL_UNIFORM, lanes, 0, 0.1);
  if (!ssd) {
    add_product (self, prefix, "mixer.x_proj.weight", c->dt_rank + 2 * c->d_state, c->d_inner, 1);
    add_product (self, prefix, "mixer.dt_proj.weight", c->d_inner, c->dt_rank, 1);
  }
  add_tensor (self, prefix, ssd ? "mixer.dt_bias" : "mixer.dt_proj.bias", FILL_TIME_STEP,
              c->channels, 0, 0);
  add_tensor (self, prefix, "mixer.A_log", FILL_RATE, c->channels, ssd ? 0 : c->d_state, 0);
  add_tensor (self, prefix, "mixer.D", FILL_ONE, c->channels, 0, 0);
  if (ssd)
    add_tensor (self, prefix, "mixer.norm.weight", FILL_ONE, c->d_inner, 0, 0);
  add_product (self, prefix, "mixer.out_proj.weight", c->d_model, c->d_inner,
               1 / sqrt ((double)c->n_layer));
}

static double
fill_value (const Writer *self, const Fill *fill, gsize row, gsize column)
{
  if (fill->kind == FILL_TIME_STEP)
    return bench_inverse_softplus (bench_time_step (row));
  if (fill->kind == FILL_RATE)
    return log (bench_rate (self->config, row, column));
  return 1;
}

/* A temporary file: nothing waits until it is on the disk. */
static gboolean
write_bytes (FILE *file, const void *data, gsize length, GError **error)
{
  return fwrite (data, 1, length, file) == length
         || cli_fail (error, "random weights: cannot write a temporary file: %s",
                      g_strerror (errno));
}

static gboolean
write_small (const Writer *self, const Fill *fill, FILE *file, GError **error)
{
  g_autofree guint16 *values = g_new (guint16, fill->rows * fill->columns);
  for (gsize r = 0; r < fill->rows; r++)
    for (gsize k = 0; k < fill->columns; k++)
      values[r * fill->columns + k]
          = scope_bfloat_from_float ((float)fill_value (self, fill, r, k));
  return write_bytes (file, values, fill->rows * fill->columns * sizeof *values, error);
}

static gboolean
write_uniform (const Writer *self, const Fill *fill, FILE *file, GError **error)
{
  gsize count = fill->rows * fill->columns, block = MIN (count, PERIOD);
  g_autofree guint16 *values = g_new (guint16, block);
  for (gsize i = 0; i < block; i++)
    values[i] = scope_bfloat_from_float (
        (float)(fill->scale * (double)scope_bfloat_to_float (self->random[i])));
  for (gsize begin = 0; begin < count; begin += block)
    if (!scope_progress_check (cli_progress (), 0, "making random weights", error)
        || !write_bytes (file, values, MIN (block, count - begin) * sizeof *values, error))
      return FALSE;
  return TRUE;
}

static gboolean
write_file (Writer *self, FILE *file, GError **error)
{
  guint64 length = GUINT64_TO_LE (self->header->len);
  if (!write_bytes (file, &length, sizeof length, error)
      || !write_bytes (file, self->header->str, self->header->len, error))
    return FALSE;
  for (guint i = 0; i < self->fills->len; i++) {
    const Fill *fill = &g_array_index (self->fills, Fill, i);
    if (!(fill->kind == FILL_UNIFORM ? write_uniform : write_small) (self, fill, file, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
write_weights (const ScopeConfig *config, const char *path, GError **error)
{
  g_autoptr (GString) header = g_string_new (NULL);
  g_autoptr (GArray) fills = g_array_new (FALSE, FALSE, sizeof (Fill));
  g_autofree guint16 *random = g_new (guint16, PERIOD);
  Writer writer = { .config = config, .random = random, .header = header, .fills = fills };
  for (gsize i = 0; i < PERIOD; i++)
    random[i] = scope_bfloat_from_float ((float)(2 * hash_uniform (i) - 1));
  add_product (&writer, "", "backbone.embeddings.weight", config->vocab_size, config->d_model, 1);
  add_tensor (&writer, "", "backbone.norm_f.weight", FILL_ONE, config->d_model, 0, 0);
  for (gsize layer = 0; layer < config->n_layer; layer++)
    add_layer (&writer, layer);
  g_string_append_c (header, '}');
  FILE *file = g_fopen (path, "wb");
  if (file == NULL)
    return cli_fail (error, "%s: cannot write: %s", path, g_strerror (errno));
  gboolean done = write_file (&writer, file, error);
  if (fclose (file) != 0 && done)
    return cli_fail (error, "%s: cannot write: %s", path, g_strerror (errno));
  return done;
}

ScopeModel *
bench_model_new (const char *shape, GError **error)
{
  g_autofree char *text = bench_shape_config (shape);
  g_autofree char *folder = g_dir_make_tmp ("mambascope-bench-XXXXXX", error);
  if (folder == NULL)
    return NULL;
  g_autofree char *json = g_build_filename (folder, "config.json", NULL);
  g_autofree char *weights = g_build_filename (folder, "model.safetensors", NULL);
  ScopeModel *model = NULL;
  ScopeConfig config;
  if (scope_config_parse (&config, text, strlen (text), shape, error)
      && scope_file_write (json, text, strlen (text), error)
      && write_weights (&config, weights, error))
    model = scope_model_open (folder, cli_progress (), error);
  g_unlink (json);
  g_unlink (weights);
  g_rmdir (folder);
  return model;
}
