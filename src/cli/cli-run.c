#include "base/error.h"
#include "cli/cli.h"
#include "compute/meter.h"

gboolean
cli_open_model (Cli *cli, GError **error)
{
  if (cli->model == NULL)
    cli->model = scope_model_open (cli->arguments[0], cli_progress (), error);
  return cli->model != NULL;
}

gboolean
cli_read_text (Cli *cli, GError **error)
{
  if (!cli_open_model (cli, error))
    return FALSE;
  if (cli->tokens == NULL)
    cli->tokens = scope_model_read_text (cli->model, cli->arguments[1], error);
  return cli->tokens != NULL;
}

GPtrArray *
cli_read_texts (Cli *cli, guint first, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_tokens_unref);
  if (!cli_open_model (cli, error))
    return NULL;
  for (guint i = first; i < cli->n_arguments; i++) {
    ScopeTokens *tokens = scope_model_read_text (cli->model, cli->arguments[i], error);
    if (tokens == NULL)
      return NULL;
    g_ptr_array_add (texts, tokens);
  }
  return g_steal_pointer (&texts);
}

gboolean
cli_open_backend (Cli *cli, GError **error)
{
  cli_progress_begin ();
  cli->backend = scope_registry_open (cli->backend_name, cli->device, cli->precision, error);
  if (cli->backend == NULL)
    return FALSE;
  if (cli->memory > 0)
    cli->backend = scope_metered_new (cli->backend, cli->memory);
  return TRUE;
}

gboolean
cli_open_schedule (Cli *cli, GError **error)
{
  if (cli->context != NULL)
    return TRUE;
  if (!cli_open_model (cli, error) || !cli_open_backend (cli, error))
    return FALSE;
  cli->schedule = scope_schedule_new (cli->model, cli->backend, cli_progress (), error);
  if (cli->schedule == NULL)
    return FALSE;
  cli->context = scope_filter_context_new (cli->schedule, cli->train_length);
  return TRUE;
}

ScopeFilter *
cli_filter (Cli *cli)
{
  return g_ptr_array_index (cli->filters, 0);
}

gboolean
cli_run (Cli *cli, ScopeRunFlags flags, GError **error)
{
  if (cli->trace != NULL)
    return TRUE;
  if (!cli_read_text (cli, error) || !cli_open_schedule (cli, error))
    return FALSE;
  const gint32 *ids = scope_tokens_ids (cli->tokens);
  gsize count = scope_tokens_count (cli->tokens);
  if (!scope_filter_plan (cli_filter (cli), cli->context, ids, count, &cli->plan, cli_progress (),
                          error))
    return FALSE;
  cli->trace
      = scope_schedule_run (cli->schedule, ids, count, cli->plan, flags, cli_progress (), error);
  return cli->trace != NULL;
}

gboolean
cli_check_index (const char *what, gsize index, gsize count, GError **error)
{
  if (index < count)
    return TRUE;
  return cli_fail (error, "%s %" G_GSIZE_FORMAT ": the model has %ss 0 to %" G_GSIZE_FORMAT, what,
                   index, what, count - 1);
}

ScopeReal
cli_real (const Cli *cli)
{
  return cli->precision == SCOPE_PRECISION_REFERENCE ? SCOPE_REAL_F64 : SCOPE_REAL_F32;
}

ScopeProgress
cli_part (double k, double n)
{
  return scope_progress_span (cli_progress (), k / n, (k + 1) / n);
}

void
cli_close (Cli *cli)
{
  g_clear_pointer (&cli->trace, scope_trace_unref);
  g_clear_pointer (&cli->plan, scope_plan_unref);
  g_clear_pointer (&cli->context, scope_filter_context_free);
  g_clear_pointer (&cli->schedule, scope_schedule_unref);
  g_clear_pointer (&cli->backend, scope_backend_close);
  g_clear_pointer (&cli->tokens, scope_tokens_unref);
  g_clear_pointer (&cli->model, scope_model_unref);
  g_clear_pointer (&cli->filters, g_ptr_array_unref);
}
