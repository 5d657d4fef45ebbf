/* recall --list */
#include <stdio.h>
#include <string.h>

#include "analysis/recall-task.h"
#include "cli/recall.h"

static void
print_parameter (const ScopeTaskParameter *parameter)
{
  g_autofree char *ruler = scope_task_parameter_print (parameter, parameter->ruler);
  g_autofree char *tiny = scope_task_parameter_print (parameter, parameter->tiny);
  printf ("  %-9s", parameter->name);
  if (parameter->choices != NULL)
    printf (" %s;", parameter->choices);
  else
    printf (" %s %g to %g;", parameter->unit, parameter->low, parameter->high);
  printf (" default %s", ruler);
  if (strcmp (ruler, tiny) != 0)
    printf (", tiny %s", tiny);
  printf ("; %s\n", parameter->summary);
}

static void
list_in_words (void)
{
  for (gsize t = 0; t < scope_task_count (); t++) {
    const ScopeTaskInfo *info = scope_task_info (t);
    printf ("%s%s: %s\n  %s; score: %s\n", t > 0 ? "\n" : "", info->name, info->summary,
            info->source, scope_scoring_name (info->scoring));
    for (gsize p = 0; p < SCOPE_TASK_PARAMETERS && info->parameters[p].name != NULL; p++)
      print_parameter (&info->parameters[p]);
  }
}

static void
add_parameter (JsonBuilder *json, const ScopeTaskParameter *parameter)
{
  g_autofree char *ruler = scope_task_parameter_print (parameter, parameter->ruler);
  g_autofree char *tiny = scope_task_parameter_print (parameter, parameter->tiny);
  json_builder_begin_object (json);
  cli_json_string (json, "name", parameter->name);
  cli_json_string (json, "summary", parameter->summary);
  cli_json_string (json, "unit", parameter->unit);
  cli_json_string (json, "choices", parameter->choices);
  if (parameter->choices == NULL) {
    cli_json_real (json, "low", parameter->low);
    cli_json_real (json, "high", parameter->high);
    cli_json_boolean (json, "whole", parameter->whole);
  }
  cli_json_string (json, "default", ruler);
  cli_json_string (json, "tiny", tiny);
  json_builder_end_object (json);
}

static void
list_as_json (Cli *cli)
{
  JsonBuilder *json = cli_json_begin (cli);
  json_builder_set_member_name (json, "tasks");
  json_builder_begin_array (json);
  for (gsize t = 0; t < scope_task_count (); t++) {
    const ScopeTaskInfo *info = scope_task_info (t);
    json_builder_begin_object (json);
    cli_json_string (json, "name", info->name);
    cli_json_string (json, "summary", info->summary);
    cli_json_string (json, "source", info->source);
    cli_json_string (json, "score", scope_scoring_name (info->scoring));
    json_builder_set_member_name (json, "parameters");
    json_builder_begin_array (json);
    for (gsize p = 0; p < SCOPE_TASK_PARAMETERS && info->parameters[p].name != NULL; p++)
      add_parameter (json, &info->parameters[p]);
    json_builder_end_array (json);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  cli_json_end (json);
}

void
cli_recall_list (Cli *cli)
{
  if (cli->json)
    list_as_json (cli);
  else
    list_in_words ();
}
