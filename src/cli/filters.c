#include <stdio.h>

#include "cli/cli.h"

static const char *const kinds[] = {
  [SCOPE_FILTER_REAL] = "real", [SCOPE_FILTER_WHOLE] = "whole", [SCOPE_FILTER_CHOICE] = "choice",
  [SCOPE_FILTER_FILE] = "file", [SCOPE_FILTER_REALS] = "reals", [SCOPE_FILTER_WHOLES] = "wholes"
};

static gboolean
is_number (const ScopeFilterParameter *parameter)
{
  return parameter->kind != SCOPE_FILTER_CHOICE && parameter->kind != SCOPE_FILTER_FILE;
}

static void
add_parameter (JsonBuilder *json, const ScopeFilterParameter *parameter)
{
  json_builder_begin_object (json);
  cli_json_string (json, "name", parameter->name);
  cli_json_string (json, "kind", kinds[parameter->kind]);
  cli_json_string (json, "unit", parameter->unit);
  if (is_number (parameter)) {
    cli_json_real (json, "low", parameter->low);
    cli_json_real (json, "high", parameter->high);
    cli_json_boolean (json, "above_low", parameter->above);
  }
  cli_json_string (json, "default", parameter->fallback);
  cli_json_string (json, "choices", parameter->choices);
  cli_json_string (json, "summary", parameter->summary);
  json_builder_end_object (json);
}

static void
print_json (Cli *cli)
{
  JsonBuilder *json = cli_json_begin (cli);
  json_builder_set_member_name (json, "filters");
  json_builder_begin_array (json);
  for (gsize i = 0; i < scope_filter_count (); i++) {
    const ScopeFilterInfo *info = scope_filter_info (i);
    json_builder_begin_object (json);
    cli_json_string (json, "name", info->name);
    cli_json_string (json, "summary", info->summary);
    json_builder_set_member_name (json, "parameters");
    json_builder_begin_array (json);
    for (gsize k = 0; k < info->n_parameters; k++)
      add_parameter (json, info->parameters[k]);
    json_builder_end_array (json);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  cli_json_end (json);
}

/* Whole numbers whose bound is only that of their type have none worth reading. */
static void
print_range (const ScopeFilterParameter *p)
{
  printf (" %s %s%g", p->unit, p->above ? "above " : "", p->low);
  if (p->high < G_MAXINT16)
    printf (" to %g;", p->high);
  else
    printf (p->above ? ";" : " or more;");
}

static void
print_words (void)
{
  for (gsize i = 0; i < scope_filter_count (); i++) {
    const ScopeFilterInfo *info = scope_filter_info (i);
    printf ("%s%s: %s\n", i > 0 ? "\n" : "", info->name, info->summary);
    for (gsize k = 0; k < info->n_parameters; k++) {
      const ScopeFilterParameter *p = info->parameters[k];
      printf ("  %-8s", p->name);
      if (p->choices != NULL)
        printf (" %s;", p->choices);
      if (is_number (p))
        print_range (p);
      if (p->fallback != NULL)
        printf (" default %s;", p->fallback);
      printf (" %s\n", p->summary);
    }
  }
}

static gboolean
run (Cli *cli, GError **error)
{
  if (cli->json)
    print_json (cli);
  else
    print_words ();
  return TRUE;
}

const CliCommand cli_filters = {
  .name = "filters",
  .arguments = "",
  .summary = "List the filters and their parameters",
  .description
  = "What --filter takes: METHOD, or METHOD:PARAMETER=VALUE,... With --json, for programs: kind,\n"
    "unit, bounds, default and choices of each parameter.\n\n"
    "Example:\n"
    "  mambascope-cli filters --json\n",
  .min_arguments = 0,
  .max_arguments = 0,
  .run = run,
};
