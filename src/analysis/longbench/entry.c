#include <string.h>

#include "analysis/longbench/dataset.h"
#include "analysis/longbench/metrics.h"
#include "base/json.h"

static void
case_clear (ScopeLongbenchCase *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->answers, g_strfreev);
  g_clear_pointer (&self->classes, g_strfreev);
}

static gboolean
check_text (const char *text, const char *name, const char *member, GError **error)
{
  if (strlen (text) <= SCOPE_LONGBENCH_MAX_TEXT)
    return TRUE;
  return scope_json_fail (name, "$", member, error,
                          "expected at most %" G_GSIZE_FORMAT " bytes, found %" G_GSIZE_FORMAT,
                          SCOPE_LONGBENCH_MAX_TEXT, strlen (text));
}

/* *OUT stays NULL where there is none. */
static gboolean
read_list (JsonObject *object, const char *member, char ***out, const char *name, GError **error)
{
  if (!scope_json_get_strings (object, member, out, name, "$", error))
    return FALSE;
  for (gsize i = 0; *out != NULL && (*out)[i] != NULL; i++)
    if (!check_text ((*out)[i], name, member, error))
      return FALSE;
  return TRUE;
}

/* By the member where there is one, which must not be another than the HINT. */
static gboolean
read_dataset (JsonObject *object, const char *hint, ScopeLongbenchCase *out, const char *name,
              GError **error)
{
  const char *said = NULL;
  gboolean extended = FALSE;
  if (!scope_json_get_string (object, "dataset", hint == NULL, &said, name, "$", error))
    return FALSE;
  if (hint != NULL)
    out->dataset = scope_longbench_dataset_find (hint, &out->extended);
  if (said == NULL)
    return TRUE;
  const ScopeLongbenchDataset *dataset = scope_longbench_dataset_find (said, &extended);
  if (dataset == NULL)
    return scope_json_fail (name, "$", "dataset", error, "\"%s\" is no dataset of LongBench", said);
  if (hint != NULL && dataset != out->dataset)
    return scope_json_fail (name, "$", "dataset", error,
                            "expected %s, as the file is called, found %s", out->dataset->name,
                            said);
  out->dataset = dataset;
  out->extended |= extended;
  return TRUE;
}

/* What the dataset's metric needs. */
static gboolean
check_case (const ScopeLongbenchCase *self, const char *name, GError **error)
{
  const ScopeLongbenchDataset *dataset = self->dataset;
  if (self->answers == NULL || self->answers[0] == NULL)
    return scope_json_fail (name, "$", "answers", error, "expected at least one answer");
  if (dataset->score == NULL && self->classes == NULL)
    return scope_json_fail (name, "$", "all_classes", error, "%s needs the list of classes",
                            dataset->name);
  for (gsize a = 0; dataset->paragraphs && self->answers[a] != NULL; a++) {
    g_autofree char *number = scope_longbench_paragraph (self->answers[a], self->dataset->chinese);
    if (number == NULL)
      return scope_json_fail (name, "$", "answers", error, "expected \"%s\", found \"%.40s\"",
                              dataset->chinese ? "\u6bb5\u843dN" : "Paragraph N", self->answers[a]);
  }
  return TRUE;
}

static gboolean
read_case (JsonObject *object, gboolean data, const char *hint, ScopeLongbenchCase *out,
           const char *name, GError **error)
{
  const char *id = NULL;
  out->length = -1;
  if (!read_dataset (object, hint, out, name, error)
      || !scope_json_get_string (object, "_id", data, &id, name, "$", error)
      || !scope_json_get_int (object, "length", data, 0, G_MAXINT64, &out->length, name, "$", error)
      || !read_list (object, "answers", &out->answers, name, error)
      || !read_list (object, "all_classes", &out->classes, name, error)
      || !check_case (out, name, error))
    return FALSE;
  out->id = g_strdup (id);
  return TRUE;
}

static gboolean
read_entry (JsonObject *object, const char *hint, ScopeLongbenchEntry *out, const char *name,
            GError **error)
{
  const char *input, *context;
  if (!read_case (object, TRUE, hint, &out->known, name, error)
      || !scope_json_get_string (object, "input", TRUE, &input, name, "$", error)
      || !scope_json_get_string (object, "context", TRUE, &context, name, "$", error))
    return FALSE;
  out->input = g_strdup (input);
  out->context = g_strdup (context);
  return TRUE;
}

gboolean
scope_longbench_entry_parse (const char *line, gsize length, const char *name, const char *hint,
                             ScopeLongbenchEntry *out, GError **error)
{
  g_auto (ScopeLongbenchEntry) entry = { 0 };
  g_autoptr (JsonNode) root = scope_json_parse (line, length, name, error);
  JsonObject *object = root != NULL ? scope_json_object (root, name, "$", error) : NULL;
  if (object == NULL || !read_entry (object, hint, &entry, name, error))
    return FALSE;
  *out = entry;
  memset (&entry, 0, sizeof entry);
  return TRUE;
}

void
scope_longbench_entry_clear (ScopeLongbenchEntry *self)
{
  case_clear (&self->known);
  g_clear_pointer (&self->input, g_free);
  g_clear_pointer (&self->context, g_free);
}

gboolean
scope_longbench_prediction_read (JsonObject *object, const char *name, const char *hint,
                                 ScopeLongbenchPrediction *out, GError **error)
{
  g_auto (ScopeLongbenchPrediction) prediction = { 0 };
  const char *filter = "-", *text;
  if (!read_case (object, FALSE, hint, &prediction.known, name, error)
      || !scope_json_get_string (object, "pred", TRUE, &text, name, "$", error)
      || !check_text (text, name, "pred", error)
      || !scope_json_get_string (object, "filter", FALSE, &filter, name, "$", error))
    return FALSE;
  prediction.filter = g_strdup (filter);
  prediction.text = g_strdup (text);
  *out = prediction;
  memset (&prediction, 0, sizeof prediction);
  return TRUE;
}

void
scope_longbench_prediction_clear (ScopeLongbenchPrediction *self)
{
  case_clear (&self->known);
  g_clear_pointer (&self->filter, g_free);
  g_clear_pointer (&self->text, g_free);
}

static gboolean
is_blank (const char *text, gsize length)
{
  gsize at = 0;
  while (at < length && g_ascii_isspace (text[at]))
    at++;
  return at == length;
}

gboolean
scope_longbench_next_line (const char *data, gsize length, gsize *at, ScopeLongbenchLine *line)
{
  while (*at < length) {
    const char *text = data + *at;
    const char *end = memchr (text, '\n', length - *at);
    line->text = text;
    line->ended = end != NULL;
    line->length = end != NULL ? (gsize)(end - text) : length - *at;
    line->number++;
    *at += line->length + line->ended;
    if (!is_blank (text, line->length))
      return TRUE;
  }
  return FALSE;
}
