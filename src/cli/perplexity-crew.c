#include "cli/perplexity-crew.h"

#include <string.h>

#include "base/error.h"

/* One sweep at work. */
typedef struct {
  Cli *cli;
  const CliSweep *sweep;
  ScopeWindows *windows;
  GPtrArray *devices; /* CliWorker, with --devices; else NULL */
  GPtrArray *seats;   /* Seat: the other ranks */
  GArray *workers;    /* ScopePerplexityWorker */
  char *identity;     /* where somebody asks for it, else NULL */
} Crew;

/* Another rank. */
typedef struct {
  const Crew *crew;
  gsize rank;
  gboolean known; /* to do the same sweep */
} Seat;

static void
crew_clear (Crew *self)
{
  g_clear_pointer (&self->windows, scope_windows_unref);
  g_clear_pointer (&self->devices, g_ptr_array_unref);
  g_clear_pointer (&self->seats, g_ptr_array_unref);
  g_clear_pointer (&self->workers, g_array_unref);
  g_free (self->identity);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Crew, crew_clear)

static gboolean
open_windows (Crew *self, GError **error)
{
  Cli *cli = self->cli;
  for (guint k = 1; self->sweep->ranks != NULL && k < cli->n_arguments; k++)
    if (strcmp (cli->arguments[k], "-") == 0)
      return cli_usage (error, "standard input cannot be read by several ranks: expected a file");
  g_autoptr (GPtrArray) texts = cli_read_texts (cli, 1, error);
  if (texts != NULL)
    self->windows = scope_windows_new ((ScopeTokens *const *)texts->pdata,
                                       (const char *const *)cli->arguments + 1, texts->len,
                                       &self->sweep->settings, error);
  return self->windows != NULL;
}

/* --- what measures here -------------------------------------------------------------------------
 */

static void
add_worker (Crew *self, const char *name, ScopeWindowFunc score, gpointer data)
{
  const ScopePerplexityWorker worker = { name, score, data };
  g_array_append_val (self->workers, worker);
}

/* The ranks of a host take its devices in turn. */
static gboolean
choose_device (Cli *cli, const CliSweep *sweep, GError **error)
{
  g_autofree gsize *indices = NULL;
  gsize local = cli_ranks_local (sweep->ranks), count = 0;
  if (!cli_sizes ("--devices", sweep->devices, 0, &indices, &count, error))
    return FALSE;
  if (count > 0 && indices[local % count] > G_MAXINT16)
    return cli_usage (error, "--devices: there is no device %" G_GSIZE_FORMAT,
                      indices[local % count]);
  if (count > 0) {
    cli->device = (int)indices[local % count];
    return TRUE;
  }
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  for (guint k = 0; k < devices->len; k++) {
    const ScopeDevice *device = g_ptr_array_index (devices, k);
    count += device->reason == NULL && strcmp (device->backend, "cuda") == 0;
  }
  if (count > 0 && strcmp (cli->backend_name, "cpu") != 0
      && cli->precision != SCOPE_PRECISION_REFERENCE)
    cli->device = (int)(((gsize)cli->device + local) % count);
  return TRUE;
}

static gboolean
open_here (Crew *self, GError **error)
{
  const CliSweep *sweep = self->sweep;
  if (sweep->devices == NULL || sweep->ranks != NULL) {
    if ((sweep->ranks != NULL && !choose_device (self->cli, sweep, error))
        || !cli_open_schedule (self->cli, error))
      return FALSE;
    add_worker (self, sweep->ranks != NULL ? cli_ranks_name (sweep->ranks, 0) : NULL,
                scope_perplexity_score, self->cli->context);
    return TRUE;
  }
  self->devices = cli_open_workers (self->cli, sweep->devices, error);
  for (guint w = 0; self->devices != NULL && w < self->devices->len; w++) {
    const CliWorker *worker = g_ptr_array_index (self->devices, w);
    add_worker (self, worker->name, scope_perplexity_score, worker->context);
  }
  return self->devices != NULL;
}

static gboolean
identify (Crew *self, GError **error)
{
  ScopeFilterContext *context = g_array_index (self->workers, ScopePerplexityWorker, 0).data;
  if (self->sweep->ranks == NULL && self->sweep->resume == NULL)
    return TRUE;
  cli_progress_begin ();
  self->identity = scope_sweep_identity (self->windows, context, cli_progress (), error);
  return self->identity != NULL;
}

static gboolean
open_crew (Crew *self, GError **error)
{
  self->workers = g_array_new (FALSE, FALSE, sizeof (ScopePerplexityWorker));
  return open_windows (self, error) && open_here (self, error) && identify (self, error);
}

/* --- other ranks --------------------------------------------------------------------------------
 */

/* What crosses: acted (filters) as 32-bit numbers, then the likelihoods (filters, scored). */
static gsize
acted_size (const ScopeWindows *windows)
{
  return scope_windows_settings (windows)->n_filters * sizeof (guint32);
}

static gsize
nll_size (const ScopeWindows *windows, gsize job)
{
  return scope_windows_settings (windows)->n_filters * scope_windows_get (windows, job)->scored
         * sizeof (double);
}

static gboolean
greet (Seat *self, ScopeProgress *progress, GError **error)
{
  CliRanks *ranks = self->crew->sweep->ranks;
  g_autoptr (GError) why = NULL;
  if (self->known)
    return TRUE;
  const char *identity = cli_ranks_identity (ranks, self->rank, progress, error);
  if (identity == NULL)
    return FALSE;
  self->known = scope_sweep_identity_check (identity, strlen (identity), "its command line",
                                            self->crew->identity, &why);
  if (!self->known)
    g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED, "%s", why->message);
  return self->known;
}

static gboolean
score_there (const ScopeWindows *windows, gsize job, double *nll, gboolean *acted, gpointer data,
             ScopeProgress *progress, GError **error)
{
  Seat *self = data;
  CliRanks *ranks = self->crew->sweep->ranks;
  gsize head = acted_size (windows), size = 0;
  if (!greet (self, progress, error))
    return FALSE;
  g_autoptr (GBytes) bytes = cli_ranks_ask (ranks, self->rank, job, progress, error);
  if (bytes == NULL)
    return FALSE;
  const char *result = g_bytes_get_data (bytes, &size);
  if (size != head + nll_size (windows, job)) {
    g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED,
                 "expected %" G_GSIZE_FORMAT " bytes, found %" G_GSIZE_FORMAT,
                 head + nll_size (windows, job), size);
    return FALSE;
  }
  for (gsize f = 0; f < head / sizeof (guint32); f++) {
    guint32 flag;
    memcpy (&flag, result + f * sizeof flag, sizeof flag);
    acted[f] = flag != 0;
  }
  memcpy (nll, result + head, size - head);
  return TRUE;
}

static void
add_ranks (Crew *self)
{
  self->seats = g_ptr_array_new_with_free_func (g_free);
  for (gsize rank = 1; self->sweep->ranks != NULL && rank < cli_ranks_count (self->sweep->ranks);
       rank++) {
    Seat *seat = g_new0 (Seat, 1);
    *seat = (Seat){ self, rank, FALSE };
    g_ptr_array_add (self->seats, seat);
    add_worker (self, cli_ranks_name (self->sweep->ranks, rank), score_there, seat);
  }
}

/* --- on another rank ----------------------------------------------------------------------------
 */

static GBytes *
do_window (gsize job, gpointer data, ScopeProgress *progress, GError **error)
{
  const Crew *self = data;
  gsize filters = scope_windows_settings (self->windows)->n_filters;
  gsize head = acted_size (self->windows), size = head + nll_size (self->windows, job);
  g_autofree gboolean *acted = g_new (gboolean, filters);
  g_autofree double *nll = g_malloc (size - head);
  if (!scope_perplexity_score (self->windows, job, nll, acted, self->cli->context, progress, error))
    return NULL;
  g_autofree char *result = g_malloc (size);
  for (gsize f = 0; f < filters; f++)
    memcpy (result + f * sizeof (guint32), &(guint32){ acted[f] != FALSE }, sizeof (guint32));
  memcpy (result + head, nll, size - head);
  return g_bytes_new_take (g_steal_pointer (&result), size);
}

/* What goes wrong here is rank 0's to tell. */
static gboolean
serve (Crew *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  CliRanks *ranks = self->sweep->ranks;
  if (open_crew (self, &why))
    return cli_ranks_serve (ranks, self->identity, do_window, self, error);
  if (!scope_error_is_cancelled (why)) {
    cli_ranks_give_up (ranks, why);
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* ------------------------------------------------------------------------------------------------
 */

gboolean
cli_sweep_measure (Cli *cli, const CliSweep *sweep, ScopePerplexityFunc func, gpointer data,
                   GError **error)
{
  g_auto (Crew) self = { .cli = cli, .sweep = sweep };
  g_autoptr (ScopeSweepState) state = NULL;
  if (sweep->ranks != NULL && cli_ranks_rank (sweep->ranks) > 0)
    return serve (&self, error);
  if (!open_crew (&self, error))
    return FALSE;
  if (sweep->resume != NULL) {
    state = scope_sweep_state_open (sweep->resume, self.identity, self.windows, error);
    if (state == NULL)
      return FALSE;
  }
  add_ranks (&self);
  return scope_perplexity_spread (self.windows, (const ScopePerplexityWorker *)self.workers->data,
                                  self.workers->len, state, func, data, cli_progress (), error);
}
