/* parity [--backend NAME] [--precision NAME] [--longest TOKENS]: see parity.h. */
#include "base/half.h"
#include "parity.h"

#define SENTINEL -12345.0

Parity parity = { .backend_name = "cpu", .precision = SCOPE_PRECISION_FP32 };

typedef struct {
  void *device; /* NULL: host memory */
  void *host;
  gsize rows, columns, stride;
  ScopeType type;
} Memory;

static void
memory_free (gpointer data)
{
  Memory *self = data;
  if (self->device != NULL)
    parity.backend->ops->free (parity.backend, self->device);
  g_free (self->host);
  g_free (self);
}

void
parity_begin (guint32 seed)
{
  parity.guard = 3;
  parity.random = g_rand_new_with_seed (scope_test_seed (seed));
  parity.memory = g_ptr_array_new_with_free_func (memory_free);
}

void
parity_end (void)
{
  g_ptr_array_unref (parity.memory);
  g_rand_free (parity.random);
}

static double *
keep_host (gsize count)
{
  Memory *memory = g_new0 (Memory, 1);
  memory->host = g_new0 (double, MAX (count, 1));
  g_ptr_array_add (parity.memory, memory);
  return memory->host;
}

double *
parity_zeros (gsize count)
{
  return keep_host (count);
}

static double
rounded (double x)
{
  return parity.real == SCOPE_TYPE_F64 ? x : (float)x;
}

double *
parity_uniform (gsize count, double low, double high)
{
  double *values = keep_host (count);
  for (gsize i = 0; i < count; i++)
    values[i] = rounded (scope_test_uniform (parity.random, low, high));
  return values;
}

double *
parity_normal (gsize count)
{
  double *values = keep_host (count);
  for (gsize i = 0; i < count; i++)
    values[i] = rounded (scope_test_normal (parity.random));
  return values;
}

double *
parity_rates (gsize count, double low, double high)
{
  double *values = keep_host (count);
  for (gsize i = 0; i < count; i++)
    values[i] = -rounded (exp (scope_test_uniform (parity.random, log (low), log (high))));
  return values;
}

double *
parity_delta (gsize count, double low, double high)
{
  double *values = parity_rates (count, low, high);
  for (gsize i = 0; i < count; i++)
    values[i] = g_rand_double (parity.random) < 0.1 ? 0 : -values[i];
  return values;
}

static void
put (void *at, ScopeType type, gsize index, double value)
{
  if (type == SCOPE_TYPE_F64)
    ((double *)at)[index] = value;
  else if (type == SCOPE_TYPE_F32)
    ((float *)at)[index] = value;
  else if (type == SCOPE_TYPE_BF16)
    ((guint16 *)at)[index] = scope_bfloat_from_float (value);
  else if (type == SCOPE_TYPE_U8)
    ((guint8 *)at)[index] = value;
  else
    ((gint32 *)at)[index] = value;
}

static double
get (const void *at, ScopeType type, gsize index)
{
  if (type == SCOPE_TYPE_F64)
    return ((const double *)at)[index];
  if (type == SCOPE_TYPE_BF16)
    return scope_bfloat_to_float (((const guint16 *)at)[index]);
  if (type == SCOPE_TYPE_U8)
    return ((const guint8 *)at)[index];
  return type == SCOPE_TYPE_F32 ? ((const float *)at)[index] : ((const gint32 *)at)[index];
}

/* What a guard of TYPE holds. */
static double
sentinel_of (ScopeType type)
{
  guint64 bits[1];
  put (bits, type, 0, type == SCOPE_TYPE_U8 ? 165 : SENTINEL);
  return get (bits, type, 0);
}

/* What an output of TYPE holds before anything is written: NaN where there is one. */
static double
nothing_of (ScopeType type)
{
  return type == SCOPE_TYPE_I32 ? -7 : (type == SCOPE_TYPE_U8 ? 90 : NAN);
}

/* Guard elements after each row, and one guard row before and after. */
ScopeTensor
parity_tensor (ScopeType type, gsize rows, gsize columns, const double *values)
{
  Memory *memory = g_new0 (Memory, 1);
  gsize stride = columns + parity.guard, count = (rows + 2) * stride;
  *memory = (Memory){ NULL, NULL, rows, columns, stride, type };
  memory->host = g_malloc (count * scope_type_size (type));
  g_ptr_array_add (parity.memory, memory);
  for (gsize i = 0; i < count; i++)
    put (memory->host, type, i, sentinel_of (type));
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < columns; c++)
      put (memory->host, type, (r + 1) * stride + c,
           values != NULL ? values[r * columns + c] : nothing_of (type));
  char message[256] = "";
  ScopeBackend *backend = parity.backend;
  gsize bytes = count * scope_type_size (type);
  memory->device = backend->ops->alloc (backend, bytes, message, sizeof message);
  g_assert_nonnull (memory->device);
  g_assert_cmpint (
      backend->ops->upload (backend, memory->device, memory->host, bytes, message, sizeof message),
      ==, SCOPE_STATUS_OK);
  return (ScopeTensor){ (char *)memory->device + stride * scope_type_size (type), rows, columns,
                        stride, type };
}

ScopeTensor
parity_real (gsize rows, gsize columns, const double *values)
{
  return parity_tensor (parity.real, rows, columns, values);
}

ScopeTensor
parity_wide (gsize rows, gsize columns, double *values)
{
  ScopeType type = parity.backend->wide_type;
  for (gsize i = 0; values != NULL && i < rows * columns; i++) {
    guint64 bits[1];
    put (bits, type, 0, values[i]);
    values[i] = get (bits, type, 0);
  }
  return parity_tensor (type, rows, columns, values);
}

static const Memory *
find_memory (ScopeTensor tensor)
{
  for (guint i = 0; i < parity.memory->len; i++) {
    const Memory *memory = parity.memory->pdata[i];
    if (memory->device != NULL
        && (char *)memory->device + memory->stride * scope_type_size (memory->type)
               == (char *)tensor.data)
      return memory;
  }
  g_assert_not_reached ();
}

double *
parity_read (ScopeTensor tensor)
{
  const Memory *memory = find_memory (tensor);
  gsize stride = memory->stride, count = (memory->rows + 2) * stride;
  double *values = keep_host (memory->rows * memory->columns);
  double sentinel = sentinel_of (memory->type);
  char message[256] = "";
  g_assert_cmpint (parity.backend->ops->download (parity.backend, memory->host, memory->device,
                                                  count * scope_type_size (memory->type), message,
                                                  sizeof message),
                   ==, SCOPE_STATUS_OK);
  for (gsize i = 0; i < count; i++) {
    gsize r = i / stride, c = i % stride;
    double value = get (memory->host, memory->type, i);
    if (r > 0 && r <= memory->rows && c < memory->columns)
      values[(r - 1) * memory->columns + c] = value;
    else
      g_assert_cmpfloat (value, ==, sentinel);
  }
  return values;
}

gboolean
parity_run (ScopeOp op, const void *params)
{
  char message[512] = "";
  const ScopeBackendOps *ops = parity.backend->ops;
  if (!ops->supports (parity.backend, op, params, message, sizeof message)) {
    g_test_skip (message);
    return FALSE;
  }
  int status = ops->run (parity.backend, op, params, message, sizeof message);
  if (status == SCOPE_STATUS_OK)
    status = ops->sync (parity.backend, message, sizeof message);
  if (status != SCOPE_STATUS_OK)
    g_error ("status %d: %s", status, message);
  return TRUE;
}

void
parity_spread (const char *what, const double *clean, const double *got, const gboolean *hit,
               gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (hit[i] ? !isnan (got[i]) : !(got[i] == clean[i]))
      g_error ("%s: element %" G_GSIZE_FORMAT ": expected %.17g, found %.17g", what, i,
               hit[i] ? NAN : clean[i], got[i]);
}

void
parity_compare (const char *what, const double *got, const double *expected,
                const double *tolerance, gboolean uniform, gsize count, double nmse)
{
  double error = 0, power = 0;
  for (gsize i = 0; i < count; i++) {
    double bound = tolerance[uniform ? 0 : i], difference = fabs (got[i] - expected[i]);
    if (!(difference <= bound))
      g_error ("%s: element %" G_GSIZE_FORMAT ": expected %.17g, found %.17g, allowed %g", what, i,
               expected[i], got[i], bound);
    error += difference * difference;
    power += expected[i] * expected[i];
  }
  if (error > nmse * power)
    g_error ("%s: mean square error is %g of the mean square, allowed %g", what, error / power,
             nmse);
}

void
parity_close (const char *what, const double *got, const double *expected, gsize count,
              double relative)
{
  double scale = 0;
  for (gsize i = 0; i < count; i++)
    scale = fmax (scale, fabs (expected[i]));
  double bound = relative * scale;
  parity_compare (what, got, expected, &bound, TRUE, count, relative * relative);
}

/* TF32 keeps 10 bits of the fraction and BF16 7, cut off or rounded; a backend without them uses
 * FP32. */
static double
product_epsilon (const ScopeBackend *backend)
{
  switch (backend->precision) {
  case SCOPE_PRECISION_TF32:
    return 0x1p-10;
  case SCOPE_PRECISION_BF16:
    return 0x1p-7;
  default:
    return parity.epsilon;
  }
}

static gboolean
open_backend (void)
{
  g_autoptr (GError) error = NULL;
  ScopeBackend *backend = scope_registry_open (parity.backend_name, 0, parity.precision, &error);
  if (backend == NULL) {
    g_print ("1..0 # SKIP %s\n", error->message);
    return FALSE;
  }
  parity.backend = backend;
  parity.real = scope_backend_real (backend);
  parity.epsilon = parity.real == SCOPE_TYPE_F64 ? 0x1p-53 : 0x1p-24;
  parity.product = product_epsilon (backend);
  parity.longest = backend->host_memory ? 20000 : G_MAXSIZE;
  parity.wide = backend->wide_type == SCOPE_TYPE_BF16 ? 0x1p-8 : parity.epsilon;
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *longest = NULL;
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i + 1 < argc; i += 2) {
    if (strcmp (argv[i], "--backend") == 0)
      parity.backend_name = argv[i + 1];
    else if (strcmp (argv[i], "--longest") == 0)
      longest = argv[i + 1];
    else if (strcmp (argv[i], "--precision") != 0
             || !scope_precision_parse (argv[i + 1], &parity.precision))
      g_error ("%s %s: expected --backend NAME, --precision NAME or --longest TOKENS", argv[i],
               argv[i + 1]);
  }
  if (!open_backend ())
    return 0; /* a skipped plan is TAP's, not an exit status */
  if (longest != NULL)
    parity.longest = g_ascii_strtoull (longest, NULL, 10);
  g_autofree char *device = scope_backend_describe (parity.backend);
  g_test_message ("%s, %s", device, scope_precision_name (parity.precision));
  parity_add_basic ();
  parity_add_scan ();
  parity_add_map ();
  parity_add_overview ();
  parity_add_levels ();
  parity_add_spread ();
  parity_add_long ();
  parity_add_hybrid ();
  parity_add_replay ();
  parity_add_transfer ();
  int status = g_test_run ();
  scope_backend_close (parity.backend);
  return status;
}
