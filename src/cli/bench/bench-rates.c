/* The machine's own rates, against which everything else is held: a copy of memory to memory, and
 * one large matrix product. */
#include "cli/bench/bench.h"

#define MIB ((gsize)1 << 20)

/* Far beyond every cache. */
static gsize
copy_bytes (const ScopeBackend *backend)
{
  return backend->host_memory ? 256 * MIB : 1024 * MIB;
}

static gsize
product_side (const ScopeBackend *backend)
{
  return backend->host_memory ? 2048 : 8192;
}

typedef struct {
  ScopeBackend *backend;
  ScopeTensor x, out;
  gsize bytes;
} Block;

/* The ABI's plain copy; SCOPE_OP_COPY is the other. The faster of the two is the rate. */
static gboolean
copy_block (gpointer data, GError **error)
{
  const Block *self = data;
  char message[512] = "";
  if (self->backend->ops->copy (self->backend, self->out.data, self->x.data, self->bytes, message,
                                sizeof message)
      == SCOPE_STATUS_OK)
    return TRUE;
  return cli_fail (error, "copy: %s", message);
}

static gboolean
time_copy (Bench *self, const char *name, gsize bytes, BenchFunc func, gpointer data,
           GError **error)
{
  BenchTime time;
  if (!bench_time (self, func, data, &time, error))
    return FALSE;
  BenchWork work = { .bytes = 2 * (double)bytes };
  self->copy_rate = MAX (self->copy_rate, work.bytes / time.median);
  g_autofree char *detail = g_strdup_printf ("%s, %" G_GSIZE_FORMAT " MiB", name, bytes / MIB);
  bench_add (self, "copy", detail, 0, work, &time);
  return TRUE;
}

static gboolean
bench_copy (Bench *self, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->backend);
  Block block = { .backend = self->backend, .bytes = copy_bytes (self->backend) };
  ScopeType real = scope_backend_real (self->backend);
  gsize columns = 4096, rows = block.bytes / columns / scope_type_size (real);
  if (!bench_tensor (tensors, real, rows, columns, -1, 1, &block.x, error)
      || !bench_tensor (tensors, real, rows, columns, -1, 1, &block.out, error))
    return FALSE;
  ScopeOpCopy copy = { block.x, block.out };
  BenchOp op = { self->backend, SCOPE_OP_COPY, &copy };
  return time_copy (self, "memory", block.bytes, copy_block, &block, error)
         && time_copy (self, "operation", block.bytes, bench_run_op, &op, error);
}

static gboolean
bench_product (Bench *self, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->backend);
  ScopeOpProduct product = { .accumulate = FALSE };
  ScopeType wide = self->backend->wide_type;
  gsize side = product_side (self->backend);
  if (!bench_tensor (tensors, wide, side, side, -1, 1, &product.x, error)
      || !bench_tensor (tensors, wide, side, side, -1, 1, &product.weight, error)
      || !bench_tensor (tensors, wide, side, side, -1, 1, &product.out, error))
    return FALSE;
  BenchOp op = { self->backend, SCOPE_OP_PRODUCT, &product };
  BenchTime time;
  if (!bench_time (self, bench_run_op, &op, &time, error))
    return FALSE;
  double n = (double)side;
  BenchWork work = { .bytes = 3 * n * n * (double)scope_type_size (wide), .flop = 2 * n * n * n };
  self->product_rate = work.flop / time.median;
  g_autofree char *detail = g_strdup_printf ("%" G_GSIZE_FORMAT " cubed", side);
  bench_add (self, "product", detail, 0, work, &time);
  return TRUE;
}

gboolean
bench_rates (Bench *self, GError **error)
{
  return bench_copy (self, error) && bench_product (self, error);
}
