#include "cli/cli.h"
#include "compute/meter.h"

static void
worker_free (gpointer data)
{
  CliWorker *self = data;
  g_clear_pointer (&self->context, scope_filter_context_free);
  g_clear_pointer (&self->schedule, scope_schedule_unref);
  g_clear_pointer (&self->backend, scope_backend_close);
  g_free (self->name);
  g_free (self);
}

static CliWorker *
worker_new (Cli *cli, int device, ScopeProgress *progress, GError **error)
{
  CliWorker *self = g_new0 (CliWorker, 1);
  self->backend = scope_registry_open (cli->backend_name, device, cli->precision, error);
  if (self->backend != NULL && cli->memory > 0)
    self->backend = scope_metered_new (self->backend, cli->memory);
  if (self->backend != NULL)
    self->schedule = scope_schedule_new (cli->model, self->backend, progress, error);
  if (self->schedule == NULL) {
    g_prefix_error (error, "device %d: ", device);
    worker_free (self);
    return NULL;
  }
  g_autofree char *what = scope_backend_describe (self->backend);
  self->name = g_strdup_printf ("device %d (%s)", device, what);
  self->context = scope_filter_context_new (self->schedule, cli->train_length);
  return self;
}

GPtrArray *
cli_open_workers (Cli *cli, const char *devices, GError **error)
{
  g_autofree gsize *indices = NULL;
  gsize count = 0;
  g_autoptr (GPtrArray) workers = g_ptr_array_new_with_free_func (worker_free);
  if (!cli_sizes ("--devices", devices, 0, &indices, &count, error) || !cli_open_model (cli, error))
    return NULL;
  cli_progress_begin ();
  for (gsize w = 0; w < count; w++) {
    ScopeProgress part = cli_part ((double)w, (double)count);
    if (indices[w] > G_MAXINT16) {
      cli_usage (error, "--devices: there is no device %" G_GSIZE_FORMAT, indices[w]);
      return NULL;
    }
    CliWorker *worker = worker_new (cli, (int)indices[w], &part, error);
    if (worker == NULL)
      return NULL;
    g_ptr_array_add (workers, worker);
  }
  return g_steal_pointer (&workers);
}
