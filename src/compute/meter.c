#include "compute/meter.h"

#include <stdio.h>

#include "compute/estimate.h"

typedef struct {
  ScopeBackend base;
  ScopeBackendOps table; /* what BASE points to: the name and the devices are the inner one's */
  ScopeBackend *inner;
  gboolean dry;
  gsize limit;
  GMutex lock;       /* of what follows: memory is freed from any thread */
  GHashTable *sizes; /* address to bytes */
  gsize now, peak, scratch;
  guintptr next; /* address that a dry one gives */
} Meter;

static void
meter_close (ScopeBackend *backend)
{
  Meter *self = (Meter *)backend;
  if (!self->dry)
    scope_backend_close (self->inner);
  g_hash_table_unref (self->sizes);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
is_meter (const ScopeBackend *self)
{
  return self->ops->close == meter_close;
}

/* Counts BYTES if they are allowed. */
static gboolean
take (Meter *self, gsize bytes, char *error, size_t error_size)
{
  g_mutex_lock (&self->lock);
  gboolean fits
      = self->limit == 0 || (self->now <= self->limit && bytes <= self->limit - self->now);
  if (fits) {
    self->now += bytes;
    self->peak = MAX (self->peak, self->now);
  }
  gsize now = self->now;
  g_mutex_unlock (&self->lock);
  if (fits)
    return TRUE;
  g_autofree char *more = scope_bytes_text (bytes), *taken = scope_bytes_text (now);
  g_autofree char *limit = scope_bytes_text (self->limit);
  g_snprintf (error, error_size,
              "not enough memory: %s more are needed, %s of the %s allowed are"
              " taken",
              more, taken, limit);
  return FALSE;
}

static void
give_back (Meter *self, gsize bytes)
{
  g_mutex_lock (&self->lock);
  self->now -= bytes;
  g_mutex_unlock (&self->lock);
}

static void
note_size (Meter *self, void *data, gsize bytes)
{
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->sizes, data, GSIZE_TO_POINTER (bytes));
  g_mutex_unlock (&self->lock);
}

static void *
meter_alloc (ScopeBackend *backend, size_t bytes, char *error, size_t error_size)
{
  Meter *self = (Meter *)backend;
  void *data;
  if (!take (self, bytes, error, error_size))
    return NULL;
  if (self->dry) {
    data = (void *)self->next; /* NOLINT(performance-no-int-to-ptr): an address of nothing */
    self->next += bytes / 256 * 256 + 256;
  } else
    data = self->inner->ops->alloc (self->inner, bytes, error, error_size);
  if (data != NULL)
    note_size (self, data, bytes);
  else
    give_back (self, bytes);
  return data;
}

static void
meter_free (ScopeBackend *backend, void *data)
{
  Meter *self = (Meter *)backend;
  g_mutex_lock (&self->lock);
  self->now -= GPOINTER_TO_SIZE (g_hash_table_lookup (self->sizes, data));
  g_hash_table_remove (self->sizes, data);
  g_mutex_unlock (&self->lock);
  if (!self->dry)
    self->inner->ops->free (self->inner, data);
}

static int
meter_upload (ScopeBackend *backend, void *device, const void *host, size_t bytes, char *error,
              size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->dry ? SCOPE_STATUS_OK
                   : self->inner->ops->upload (self->inner, device, host, bytes, error, error_size);
}

static int
meter_download (ScopeBackend *backend, void *host, const void *device, size_t bytes, char *error,
                size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->dry
             ? SCOPE_STATUS_OK
             : self->inner->ops->download (self->inner, host, device, bytes, error, error_size);
}

static int
meter_clear (ScopeBackend *backend, void *device, size_t bytes, char *error, size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->dry ? SCOPE_STATUS_OK
                   : self->inner->ops->clear (self->inner, device, bytes, error, error_size);
}

static int
meter_copy (ScopeBackend *backend, void *to, const void *from, size_t bytes, char *error,
            size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->dry ? SCOPE_STATUS_OK
                   : self->inner->ops->copy (self->inner, to, from, bytes, error, error_size);
}

static bool
meter_supports (ScopeBackend *backend, ScopeOp op, const void *params, char *error,
                size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->inner->ops->supports (self->inner, op, params, error, error_size);
}

static int
meter_run (ScopeBackend *backend, ScopeOp op, const void *params, char *error, size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->dry ? SCOPE_STATUS_OK
                   : self->inner->ops->run (self->inner, op, params, error, error_size);
}

static int
meter_sync (ScopeBackend *backend, char *error, size_t error_size)
{
  Meter *self = (Meter *)backend;
  return self->dry ? SCOPE_STATUS_OK : self->inner->ops->sync (self->inner, error, error_size);
}

static size_t
meter_scratch (ScopeBackend *backend, ScopeOp op, const void *params)
{
  Meter *self = (Meter *)backend;
  return self->inner->ops->scratch (self->inner, op, params);
}

/* Scratch grows to the most that was ever asked for, and stays. */
static int
meter_reserve (ScopeBackend *backend, size_t bytes, char *error, size_t error_size)
{
  Meter *self = (Meter *)backend;
  gsize more = bytes > self->scratch ? bytes - self->scratch : 0;
  if (!take (self, more, error, error_size))
    return SCOPE_STATUS_MEMORY;
  int status = self->dry ? SCOPE_STATUS_OK
                         : self->inner->ops->reserve (self->inner, bytes, error, error_size);
  if (status == SCOPE_STATUS_OK)
    self->scratch += more;
  else
    give_back (self, more);
  return status;
}

static int
meter_record (ScopeBackend *backend, char *error, size_t error_size)
{
  ScopeBackend *inner = ((Meter *)backend)->inner;
  return inner->ops->record (inner, error, error_size);
}

static int
meter_finish (ScopeBackend *backend, ScopeGraph **out, char *error, size_t error_size)
{
  ScopeBackend *inner = ((Meter *)backend)->inner;
  return inner->ops->finish (inner, out, error, error_size);
}

static int
meter_play (ScopeBackend *backend, ScopeGraph *graph, char *error, size_t error_size)
{
  ScopeBackend *inner = ((Meter *)backend)->inner;
  return inner->ops->play (inner, graph, error, error_size);
}

static void
meter_discard (ScopeBackend *backend, ScopeGraph *graph)
{
  ScopeBackend *inner = ((Meter *)backend)->inner;
  inner->ops->discard (inner, graph);
}

static void
set_table (Meter *self)
{
  ScopeBackendOps *table = &self->table;
  *table = *self->inner->ops; /* version, name, devices */
  table->close = meter_close;
  table->alloc = meter_alloc;
  table->free = meter_free;
  table->upload = meter_upload;
  table->download = meter_download;
  table->clear = meter_clear;
  table->copy = meter_copy;
  table->supports = meter_supports;
  table->run = meter_run;
  table->sync = meter_sync;
  table->scratch = meter_scratch;
  table->reserve = meter_reserve;
  gboolean records = table->record != NULL && !self->dry;
  table->record = records ? meter_record : NULL;
  table->finish = records ? meter_finish : NULL;
  table->play = records ? meter_play : NULL;
  table->discard = records ? meter_discard : NULL;
}

static ScopeBackend *
meter_new (ScopeBackend *backend, gsize limit, gboolean dry)
{
  Meter *self = g_new0 (Meter, 1);
  self->inner = backend;
  self->dry = dry;
  self->limit = limit;
  self->sizes = g_hash_table_new (NULL, NULL);
  self->next = 1 << 20;
  g_mutex_init (&self->lock);
  set_table (self);
  self->base = *backend; /* precision, types, device */
  self->base.ops = &self->table;
  return &self->base;
}

ScopeBackend *
scope_metered_new (ScopeBackend *backend, gsize limit)
{
  return meter_new (backend, limit, FALSE);
}

ScopeBackend *
scope_metered_new_dry (ScopeBackend *backend)
{
  return meter_new (backend, 0, TRUE);
}

gboolean
scope_backend_is_dry (const ScopeBackend *self)
{
  return is_meter (self) && ((const Meter *)self)->dry;
}

gsize
scope_metered_limit (const ScopeBackend *self)
{
  return is_meter (self) ? ((const Meter *)self)->limit : 0;
}

static gsize
read_counter (ScopeBackend *backend, gsize *counter)
{
  Meter *self = (Meter *)backend;
  g_mutex_lock (&self->lock);
  gsize value = *counter;
  g_mutex_unlock (&self->lock);
  return value;
}

gsize
scope_metered_bytes (ScopeBackend *self)
{
  return is_meter (self) ? read_counter (self, &((Meter *)self)->now) : 0;
}

gsize
scope_metered_peak (ScopeBackend *self)
{
  return is_meter (self) ? read_counter (self, &((Meter *)self)->peak) : 0;
}
