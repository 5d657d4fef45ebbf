/* The registry, and what the CPU backend refuses. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "compute/registry.h"

static ScopeBackend *
open_cpu (ScopePrecision precision)
{
  g_autoptr (GError) error = NULL;
  ScopeBackend *backend = scope_registry_open ("cpu", 0, precision, &error);
  g_assert_no_error (error);
  return backend;
}

static void
test_registry (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  const ScopeDevice *cpu = devices->pdata[0], *last = devices->pdata[devices->len - 1];
  g_assert_cmpstr (cpu->backend, ==, "cpu");
  g_assert_null (cpu->reason);
  g_assert_cmpuint (cpu->info.memory_total, >, 0);
  g_assert_cmpstr (last->backend, ==, "cuda");
  if (last->reason != NULL) {
    g_assert_null (scope_registry_open ("cuda", 0, SCOPE_PRECISION_FP32, &error));
    g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING);
    g_assert_nonnull (strstr (error->message, last->reason));
    g_clear_error (&error);
    g_autoptr (ScopeBackend) automatic
        = scope_registry_open ("auto", 0, SCOPE_PRECISION_FP32, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (automatic->ops->name, ==, "cpu");
    /* A second device can only be meant as a GPU. */
    g_assert_null (scope_registry_open ("auto", 1, SCOPE_PRECISION_FP32, &error));
    g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING);
    g_assert_nonnull (strstr (error->message, last->reason));
    g_clear_error (&error);
  }
  g_autoptr (ScopeBackend) reference
      = scope_registry_open ("auto", 0, SCOPE_PRECISION_REFERENCE, &error);
  g_assert_cmpstr (reference->ops->name, ==, "cpu");
  g_assert_null (scope_registry_open ("tpu", 0, SCOPE_PRECISION_FP32, &error));
  g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING);
}

static void
test_describe (void)
{
  scope_parallel_set_threads (2);
  g_autoptr (ScopeBackend) backend = open_cpu (SCOPE_PRECISION_FP32);
  g_autofree char *text = scope_backend_describe (backend);
  g_assert_true (g_str_has_prefix (text, "CPU: "));
  g_assert_true (g_str_has_suffix (text, "2 threads)"));
  scope_parallel_set_threads (0);
}

static void
test_precisions (void)
{
  ScopePrecision precision;
  for (ScopePrecision p = SCOPE_PRECISION_FP32; p <= SCOPE_PRECISION_REFERENCE; p++) {
    g_assert_true (scope_precision_parse (scope_precision_name (p), &precision));
    g_assert_cmpint (precision, ==, p);
  }
  g_assert_false (scope_precision_parse ("fp64", &precision));
}

static void
test_tensors (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeBackend) backend = open_cpu (SCOPE_PRECISION_FP32);
  ScopeTensor tensor = { 0 };
  g_assert_true (scope_tensor_alloc (backend, SCOPE_TYPE_F32, 5, 7, &tensor, &error));
  g_assert_cmpuint ((guintptr)tensor.data % 256, ==, 0);
  ScopeTensor view = scope_tensor_columns (scope_tensor_rows (tensor, 2, 5), 3, 4);
  g_assert_cmpint (view.rows, ==, 3);
  g_assert_cmpint (view.columns, ==, 1);
  g_assert_true ((float *)view.data == (float *)tensor.data + 2 * 7 + 3);
  scope_tensor_free (backend, &tensor);
  scope_tensor_free (backend, &tensor);
  g_assert_false (scope_tensor_alloc (backend, SCOPE_TYPE_F64, G_MAXSIZE / 4, 3, &tensor, &error));
  g_assert_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (scope_tensor_alloc (backend, SCOPE_TYPE_F32, (gsize)1 << 50, 1, &tensor, &error));
  g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY);
}

static float memory[4096];

static ScopeTensor
tensor (gsize rows, gsize columns)
{
  return (ScopeTensor){ memory, rows, columns, columns, SCOPE_TYPE_F32 };
}

static void
expect_refusal (ScopeBackend *backend, ScopeOp op, const void *params, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (scope_backend_run (backend, op, params, &error));
  g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_UNSUPPORTED);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in \"%s\"", words, error->message);
}

/* Mistakes of shape and type are refused by name, never computed. */
static void
test_refusals (void)
{
  g_autoptr (ScopeBackend) backend = open_cpu (SCOPE_PRECISION_FP32);
  g_autoptr (ScopeBackend) reference = open_cpu (SCOPE_PRECISION_REFERENCE);
  ScopeOpProduct product = { .x = tensor (3, 5), .weight = tensor (4, 5), .out = tensor (3, 3) };
  expect_refusal (backend, SCOPE_OP_PRODUCT, &product,
                  "product: out: expected (3, 4), found (3, 3)");
  product.out = tensor (3, 4);
  expect_refusal (reference, SCOPE_OP_PRODUCT, &product, "product: x: expected f64, found f32");

  ScopeOpNorm norm = { .x = tensor (2, 9), .weight = tensor (1, 9), .out = tensor (2, 9) };
  norm.groups = 2;
  expect_refusal (backend, SCOPE_OP_NORM, &norm, "norm: 2 groups do not divide 9");

  ScopeOpConv conv = { .x = tensor (2, 4), .weight = tensor (4, 3), .state = tensor (2, 4) };
  conv.out = conv.x;
  expect_refusal (backend, SCOPE_OP_CONV, &conv, "conv: out must not be x");

  gint32 ids[] = { 0, 4 };
  ScopeOpEmbed embed = { .table = tensor (4, 3), .out = tensor (2, 3) };
  embed.ids = (ScopeTensor){ ids, 2, 1, 1, SCOPE_TYPE_I32 };
  expect_refusal (backend, SCOPE_OP_EMBED, &embed, "id 4 of token 1 is outside [0, 4)");

  ScopeOpScan scan = { .raw = tensor (2, 3), .u = tensor (2, 6), .a = tensor (3, 5) };
  scan.state = tensor (6, 5);
  scan.groups = 1;
  scan.rule.hi = INFINITY;
  expect_refusal (backend, SCOPE_OP_SCAN, &scan, "scan: a channel of several lanes has one rate");

  double prefix[6] = { 0 };
  ScopeOpAttention attention = { .source = { .delta = tensor (3, 2),
                                             .prefix = { prefix, 3, 2, 2, SCOPE_TYPE_F64 },
                                             .a = tensor (2, 4),
                                             .b = tensor (3, 4),
                                             .c = tensor (3, 4),
                                             .groups = 1,
                                             .states = 4 },
                                 .channel = 2,
                                 .out = tensor (1, 3) };
  expect_refusal (backend, SCOPE_OP_ATTENTION, &attention, "channels [2, 3) are not inside [0, 2)");
  attention.channel = 0;
  attention.row_begin = 3;
  expect_refusal (backend, SCOPE_OP_ATTENTION, &attention, "rows [3, 4) are not inside [0, 3)");
  expect_refusal (backend, SCOPE_N_OPS, &attention, "unknown operation");
}

static int
stop_at_once (void *data)
{
  (*(int *)data)++;
  return 1;
}

static void
test_cancel (void)
{
  g_autoptr (ScopeBackend) backend = open_cpu (SCOPE_PRECISION_FP32);
  g_autoptr (GError) error = NULL;
  int polls = 0;
  ScopeOpDecay decay
      = { .delta = tensor (4, 2), .a = tensor (2, 3), .cancel = { stop_at_once, &polls } };
  g_assert_false (scope_backend_run (backend, SCOPE_OP_DECAY, &decay, &error));
  g_assert_true (scope_error_is_cancelled (error));
  g_assert_cmpint (polls, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backend/registry", test_registry);
  g_test_add_func ("/backend/describe", test_describe);
  g_test_add_func ("/backend/precisions", test_precisions);
  g_test_add_func ("/backend/tensors", test_tensors);
  g_test_add_func ("/backend/refusals", test_refusals);
  g_test_add_func ("/backend/cancel", test_cancel);
  return g_test_run ();
}
