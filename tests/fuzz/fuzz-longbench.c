/* Any bytes as a file of LongBench's data and as one of predictions: refused with one line that
 * names the line, or entries that can be scored, from 0 to 1. */
#include <stdint.h>
#include <string.h>

#include "analysis/longbench/dataset.h"
#include "base/json.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_refusal (const GError *error)
{
  if (error == NULL || strchr (error->message, '\n') != NULL
      || !g_str_has_prefix (error->message, "fuzz line"))
    fault ("no message of one line that names the line");
}

static void
check_case (const ScopeLongbenchCase *known, const char *text)
{
  if (known->dataset == NULL || known->answers == NULL || known->answers[0] == NULL)
    fault ("nothing to score by");
  double score = scope_longbench_score (known, text);
  if (!(score >= 0 && score <= 1))
    fault ("a score outside of 0 to 1");
}

static void
take_entry (const ScopeLongbenchLine *line, const char *name, const char *hint)
{
  g_autoptr (GError) error = NULL;
  g_auto (ScopeLongbenchEntry) entry = { 0 };
  if (!scope_longbench_entry_parse (line->text, line->length, name, hint, &entry, &error)) {
    check_refusal (error);
    return;
  }
  if (entry.known.id == NULL || entry.known.length < 0)
    fault ("an entry without a name or a length");
  check_case (&entry.known, entry.input);
  check_case (&entry.known, entry.context);
}

static void
take_prediction (const ScopeLongbenchLine *line, const char *name, const char *hint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = scope_json_parse (line->text, line->length, name, NULL);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  g_auto (ScopeLongbenchPrediction) prediction = { 0 };
  if (!scope_longbench_prediction_read (json_node_get_object (node), name, hint, &prediction,
                                        &error)) {
    check_refusal (error);
    return;
  }
  check_case (&prediction.known, prediction.text);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  ScopeLongbenchLine line = { 0 };
  for (gsize at = 0; scope_longbench_next_line ((const char *)data, size, &at, &line);) {
    g_autofree char *name = g_strdup_printf ("fuzz line %" G_GSIZE_FORMAT, line.number);
    take_entry (&line, name, NULL);
    take_entry (&line, name, "trec");
    take_prediction (&line, name, NULL);
    take_prediction (&line, name, "passage_retrieval_zh");
  }
  return 0;
}
