/* mambascope-cli bench: what its files share.
 *
 * A part (forward, ops, map, ...) is one function. It makes its tensors, then hands a function that
 * queues the work once to bench_row(), which warms it up, times it against the host's clock with
 * the backend waited for, and adds a row beside its floor: the least time that the bytes and matrix
 * products would take at the rates of copy and product that were measured first.
 */
#pragma once

#include "cli/cli.h"

typedef enum {
  BENCH_COPY,
  BENCH_PRODUCT,
  BENCH_FORWARD,
  BENCH_SCAN,
  BENCH_OPS,
  BENCH_MAP,
  BENCH_OVERVIEW,
  BENCH_THUMBNAILS,
  BENCH_FIELDS,
  BENCH_CALIBRATE,
  BENCH_TOGGLE,
  BENCH_N_PARTS
} BenchPart;

/* What one call must do at the least. */
typedef struct {
  double bytes; /* read and written, each tensor once */
  double flop;  /* of matrix products, two a multiply-add */
  double floor; /* seconds, where it is a sum of several operations' floors; else 0 */
} BenchWork;

typedef struct {
  double min, first, median, third; /* seconds of one call; quartiles */
  double cpu;                       /* of the host's processors, all threads; least */
  gsize repeats, calls;             /* calls in each repeat */
} BenchTime;

typedef struct {
  Cli *cli;
  ScopeBackend *backend;
  gboolean wanted[BENCH_N_PARTS];
  gsize repeats;
  const gsize *tokens; /* (n_tokens) */
  gsize n_tokens;
  double copy_rate, product_rate; /* bytes and FLOP a second */
  CliSheet *sheet;
  const char *shape;
  const ScopeConfig *config;
} Bench;

/* Queues the work once. */
typedef gboolean (*BenchFunc) (gpointer data, GError **error);

/* -- bench-time.c -- */

/* After one call to warm up: SELF->repeats times as many calls as last 20 ms. */
gboolean bench_time (Bench *self, BenchFunc func, gpointer data, BenchTime *out, GError **error);
/* Seconds that WORK takes at the measured rates. */
double bench_floor (const Bench *self, BenchWork work);
/* Adds a row. TOKENS 0: it has none. */
void bench_add (Bench *self, const char *what, const char *detail, gsize tokens, BenchWork work,
                const BenchTime *time);
/* Times FUNC and adds a row. An operation that the backend does not support or has no memory for
 * gets a row that says so. */
gboolean bench_row (Bench *self, const char *what, const char *detail, gsize tokens, BenchWork work,
                    BenchFunc func, gpointer data, GError **error);
/* The row of something that ERROR (taken over) kept from running; FALSE with ERROR where that must
 * end the program. */
gboolean bench_refused (Bench *self, const char *what, const char *detail, gsize tokens,
                        GError *refusal, GError **error);

/* One operation, for bench_row(). */
typedef struct {
  ScopeBackend *backend;
  ScopeOp op;
  const void *params;
} BenchOp;
gboolean bench_run_op (gpointer data, GError **error);

/* -- bench-tensor.c: backend memory full of random numbers, freed together -- */

typedef struct {
  ScopeBackend *backend;
  GArray *all; /* ScopeTensor */
  guint64 seed;
} BenchTensors;
BenchTensors *bench_tensors_new (ScopeBackend *backend) G_GNUC_WARN_UNUSED_RESULT;
void bench_tensors_free (BenchTensors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchTensors, bench_tensors_free)

/* Uniform from LOW to HIGH; whole numbers below HIGH in I32. */
gboolean bench_tensor (BenchTensors *self, ScopeType type, gsize rows, gsize columns, double low,
                       double high, ScopeTensor *out, GError **error);
/* VALUES (rows columns) in TYPE, F32 or F64. */
gboolean bench_tensor_of (BenchTensors *self, ScopeType type, gsize rows, gsize columns,
                          const double *values, ScopeTensor *out, GError **error);

/* -- bench-model.c: published shapes -- */

/* The names of the shapes, NULL-terminated. */
const char *const *bench_shape_names (void);
/* The text of the shape's config.json, or NULL if there is no such shape; caller frees. */
char *bench_shape_config (const char *name);
/* A checkpoint of random weights with the ratios of the published initialisation. It is written to
 * a temporary folder (two bytes a weight), mapped, and unlinked before this returns. */
ScopeModel *bench_model_new (const char *shape, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* softplus of it is TIME_STEP. */
double bench_inverse_softplus (double time_step);
/* Time step of channel CHANNEL: log-uniform from 1e-3 to 0.1, the same in each run. */
double bench_time_step (gsize channel);
/* -A of a channel's state: 1 to N in Mamba, uniform from 1 to 16 in Mamba-2 (STATE 0). */
double bench_rate (const ScopeConfig *config, gsize channel, gsize state);

/* -- bench-work.c: the operations of a forward pass, and what each must do -- */

typedef enum {
  BENCH_STEP_EMBED,
  BENCH_STEP_NORM,
  BENCH_STEP_IN_PROJ,
  BENCH_STEP_CONV,
  BENCH_STEP_X_PROJ,  /* Mamba */
  BENCH_STEP_DT_PROJ, /* Mamba */
  BENCH_STEP_SCAN,    /* with Δ's rule, and Mamba's gate */
  BENCH_STEP_GATE,    /* Mamba-2's gated norm */
  BENCH_STEP_OUT_PROJ,
  BENCH_STEP_HEAD, /* without the last norm, which costs as NORM */
  BENCH_N_STEPS
} BenchStep;

const char *bench_step_name (BenchStep step);
gboolean bench_step_exists (const ScopeConfig *config, BenchStep step);
BenchWork bench_step_work (const Bench *self, BenchStep step, gsize tokens);
/* All layers, and, LOGITS, the last norm and the head; its floor is the sum of the steps'. */
BenchWork bench_forward_work (const Bench *self, gsize tokens, gboolean logits);

/* -- bench-layer.c: the tensors of one layer, full of random numbers -- */

typedef struct {
  ScopeTensor residual, h, xz, xc, dbc, raw, y; /* activations; dbc and raw in Mamba */
  ScopeTensor norm, in_proj, conv, conv_bias, x_proj, dt_proj, dt_bias, a, d, gate_norm, out_proj;
  ScopeTensor conv_state, state, sums;
} BenchLayer;

gboolean bench_layer_make (BenchTensors *tensors, const ScopeConfig *config, gsize tokens,
                           BenchLayer *out, GError **error);
/* Only what maps are made of; the prefix sums are those of delta. */
gboolean bench_source_make (BenchTensors *tensors, const ScopeConfig *config, gsize tokens,
                            ScopeMapSource *out, GError **error);

/* -- The parts -- */

gboolean bench_rates (Bench *self, GError **error);             /* bench-rates.c */
gboolean bench_ops (Bench *self, gsize tokens, GError **error); /* bench-ops.c */
gboolean bench_maps (Bench *self, GError **error); /* bench-maps.c: made-up Δ, B and C */
/* The same on the text's: layer n_layer / 2 of the schedule's model. */
gboolean bench_maps_of (Bench *self, const gint32 *ids, gsize count, GError **error);
gboolean bench_forward (Bench *self, const gint32 *ids, gsize count, GError **error);
gboolean bench_calibrate (Bench *self, const gint32 *ids, gsize count, GError **error);
gboolean bench_toggle (Bench *self, const gint32 *ids, gsize count, GError **error);
