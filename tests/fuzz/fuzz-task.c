/* SPECs of tasks of any bytes: refused with one line, or every parameter is within its bounds. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "analysis/recall-task.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (const ScopeTask *task)
{
  const ScopeTaskInfo *info = scope_task_get_info (task);
  for (gsize p = 0; p < SCOPE_TASK_PARAMETERS && info->parameters[p].name != NULL; p++) {
    const ScopeTaskParameter *parameter = &info->parameters[p];
    double value = scope_task_get (task, parameter->name);
    g_autofree char *printed = scope_task_parameter_print (parameter, value);
    if (printed == NULL || (isnan (value) && parameter->otherwise == NULL))
      fault ("a value that cannot be said");
    if (parameter->choices == NULL && (value < parameter->low || value > parameter->high))
      fault ("a value out of bounds");
    if (parameter->whole && value != floor (value))
      fault ("a part of a whole");
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *specs = g_strndup ((const char *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) tasks = scope_tasks_parse (specs, &error);
  if (tasks == NULL && (error == NULL || strchr (error->message, '\n') != NULL))
    fault ("refused without one line");
  for (guint t = 0; tasks != NULL && t < tasks->len; t++)
    check (tasks->pdata[t]);
  return 0;
}
