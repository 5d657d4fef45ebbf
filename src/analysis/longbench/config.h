/* How LongBench is asked: a JSON file, docs/longbench.schema.json.
 *
 *   prompts          for each dataset a template, in which {context} and {input} stand for the
 *                    entry's, {{ and }} for braces
 *   max_tokens       for each dataset how many tokens are generated at most
 *   stop_at_newline  datasets whose answer ends with the first line: a newline is not generated
 *                    first, and ends the answer (LongBench: samsum). Optional.
 *
 * The first two may hold what LongBench's own dataset2prompt.json and dataset2maxlen.json do. A
 * dataset may be left out; one that is in one of the two must be in the other. Immutable; any
 * thread. Errors are SCOPE_MODEL_ERROR_FORMAT and name the file and the member.
 */
#pragma once

#include "analysis/longbench/dataset.h"

G_BEGIN_DECLS

/* More would not be one answer. */
#define SCOPE_LONGBENCH_MAX_TOKENS 65536

typedef struct _ScopeLongbenchConfig ScopeLongbenchConfig;

ScopeLongbenchConfig *scope_longbench_config_open (const char *path,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeLongbenchConfig *scope_longbench_config_parse (const char *json, gsize length,
                                                    const char *name,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_longbench_config_free (ScopeLongbenchConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLongbenchConfig, scope_longbench_config_free)

gboolean scope_longbench_config_has (const ScopeLongbenchConfig *self,
                                     const ScopeLongbenchDataset *dataset);
/* Of a dataset that it has. Caller frees. */
char *scope_longbench_config_prompt (const ScopeLongbenchConfig *self,
                                     const ScopeLongbenchEntry *entry) G_GNUC_WARN_UNUSED_RESULT;
gsize scope_longbench_config_max_tokens (const ScopeLongbenchConfig *self,
                                         const ScopeLongbenchDataset *dataset);
gboolean scope_longbench_config_stops (const ScopeLongbenchConfig *self,
                                       const ScopeLongbenchDataset *dataset);
/* SHA-256 hex of what it says, however the file is laid out. */
const char *scope_longbench_config_hash (const ScopeLongbenchConfig *self);

G_END_DECLS
