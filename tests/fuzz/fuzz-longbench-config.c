/* Any bytes as a config for LongBench: refused with one line, or every prompt can be made, and asks
 * for at least one token. */
#include <stdint.h>
#include <string.h>

#include "analysis/longbench/config.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (const ScopeLongbenchConfig *config)
{
  for (gsize d = 0; d < SCOPE_LONGBENCH_DATASETS; d++) {
    const ScopeLongbenchDataset *dataset = scope_longbench_dataset (d);
    if (!scope_longbench_config_has (config, dataset))
      continue;
    ScopeLongbenchEntry entry = { { .dataset = dataset }, (char *)"{input}", (char *)"context {" };
    g_autofree char *prompt = scope_longbench_config_prompt (config, &entry);
    if (strstr (prompt, "context {") == NULL)
      fault ("a prompt without the context");
    gsize tokens = scope_longbench_config_max_tokens (config, dataset);
    if (tokens < 1 || tokens > SCOPE_LONGBENCH_MAX_TOKENS)
      fault ("no number of tokens");
  }
  if (strlen (scope_longbench_config_hash (config)) != 64)
    fault ("no hash");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeLongbenchConfig) config
      = scope_longbench_config_parse ((const char *)data, size, "fuzz", &error);
  if (config != NULL)
    check (config);
  else if (error == NULL || strchr (error->message, '\n') != NULL)
    fault ("no message of one line");
  return 0;
}
