#include "analysis/questions.h"

#include <string.h>

#include "analysis/recall/questions-private.h"
#include "analysis/score.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#define MAX_BYTES ((gsize)1 << 30)

struct _ScopeQuestions {
  char *name;
  JsonNode *root; /* owns the strings; NULL: built in */
  const ScopeDocument *documents;
  const ScopeQuestion *questions;
  gsize n_documents, n_questions;
};

/* A reader of one file; PATH is where it is. */
typedef struct {
  const char *name;
  char path[64];
  GError **error;
} Reader;

static gboolean fail (const Reader *reader, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (const Reader *reader, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (reader->error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s%s",
                   reader->name, reader->path, why);
  return FALSE;
}

/* A list of at least one element. */
static JsonArray *
get_list (const Reader *reader, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)
      && json_array_get_length (json_node_get_array (node)) > 0)
    return json_node_get_array (node);
  fail (reader, ".%s: expected a list of at least one, found %s", member,
        node == NULL                   ? "nothing"
        : JSON_NODE_HOLDS_ARRAY (node) ? "an empty one"
                                       : "something else");
  return NULL;
}

static gboolean
read_text (Reader *reader, JsonObject *object, const char *member, gboolean required,
           const char **out)
{
  return scope_json_get_string (object, member, required, out, reader->name, reader->path,
                                reader->error);
}

static gboolean
read_document (Reader *reader, JsonNode *node, ScopeDocument *out)
{
  JsonObject *object = scope_json_object (node, reader->name, reader->path, reader->error);
  out->title = "";
  return object != NULL && read_text (reader, object, "title", FALSE, &out->title)
         && read_text (reader, object, "text", TRUE, &out->text);
}

static gboolean
read_answers (Reader *reader, JsonObject *object, ScopeQuestion *out)
{
  JsonArray *list = get_list (reader, object, "answers");
  if (list == NULL)
    return FALSE;
  guint count = json_array_get_length (list);
  const char **answers = g_new0 (const char *, count + 1);
  out->answers = answers;
  for (guint a = 0; a < count; a++) {
    JsonNode *node = json_array_get_element (list, a);
    gboolean text
        = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
    if (!text || *json_node_get_string (node) == '\0')
      return fail (reader, ".answers[%u]: expected a string that is not empty", a);
    answers[a] = json_node_get_string (node);
  }
  return TRUE;
}

static gboolean
read_places (Reader *reader, JsonObject *object, gsize n_documents, ScopeQuestion *out)
{
  JsonArray *list = get_list (reader, object, "documents");
  if (list == NULL)
    return FALSE;
  guint count = json_array_get_length (list);
  gsize *places = g_new0 (gsize, count);
  out->documents = places;
  for (guint p = 0; p < count; p++) {
    JsonNode *node = json_array_get_element (list, p);
    gboolean whole
        = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
    gint64 place = whole ? json_node_get_int (node) : -1;
    if (place < 0 || (guint64)place >= n_documents)
      return fail (reader, ".documents[%u]: expected a whole number from 0 to %" G_GSIZE_FORMAT, p,
                   n_documents - 1);
    for (guint q = 0; q < p; q++)
      if (places[q] == (gsize)place)
        return fail (reader, ".documents[%u]: document %" G_GINT64_FORMAT " stands there twice", p,
                     place);
    places[p] = (gsize)place;
  }
  out->n_documents = count;
  return TRUE;
}

gboolean
scope_questions_answers (const ScopeQuestions *self, gsize index, const char *text)
{
  return scope_score_part (text, self->questions[index].answers) > 0;
}

static gboolean
is_answered (const ScopeQuestions *self, gsize index)
{
  const ScopeQuestion *question = &self->questions[index];
  for (gsize d = 0; d < question->n_documents; d++) {
    const ScopeDocument *document = &self->documents[question->documents[d]];
    if (scope_questions_answers (self, index, document->text)
        || scope_questions_answers (self, index, document->title))
      return TRUE;
  }
  return FALSE;
}

static gboolean
read_question (Reader *reader, JsonNode *node, const ScopeQuestions *self, gsize index,
               ScopeQuestion *out)
{
  JsonObject *object = scope_json_object (node, reader->name, reader->path, reader->error);
  gboolean verbatim = TRUE;
  if (object == NULL || !read_text (reader, object, "question", TRUE, &out->question)
      || !read_answers (reader, object, out)
      || !read_places (reader, object, self->n_documents, out)
      || !scope_json_get_boolean (object, "verbatim", FALSE, &verbatim, reader->name, reader->path,
                                  reader->error))
    return FALSE;
  if (verbatim && !is_answered (self, index))
    return fail (reader, ": none of its documents holds one of its answers, and \"verbatim\" is "
                         "not false");
  return TRUE;
}

static gboolean
read_root (Reader *reader, ScopeQuestions *self)
{
  JsonObject *root = scope_json_object (self->root, reader->name, reader->path, reader->error);
  JsonArray *documents = root != NULL ? get_list (reader, root, "documents") : NULL;
  JsonArray *questions = documents != NULL ? get_list (reader, root, "questions") : NULL;
  if (questions == NULL)
    return FALSE;
  ScopeDocument *document = g_new0 (ScopeDocument, json_array_get_length (documents));
  self->documents = document;
  for (; self->n_documents < json_array_get_length (documents); self->n_documents++) {
    g_snprintf (reader->path, sizeof reader->path, "$.documents[%" G_GSIZE_FORMAT "]",
                self->n_documents);
    if (!read_document (reader, json_array_get_element (documents, (guint)self->n_documents),
                        &document[self->n_documents]))
      return FALSE;
  }
  ScopeQuestion *question = g_new0 (ScopeQuestion, json_array_get_length (questions));
  self->questions = question;
  while (self->n_questions < json_array_get_length (questions)) {
    gsize q = self->n_questions++; /* counted first: what it has got is freed if it fails */
    g_snprintf (reader->path, sizeof reader->path, "$.questions[%" G_GSIZE_FORMAT "]", q);
    if (!read_question (reader, json_array_get_element (questions, (guint)q), self, q,
                        &question[q]))
      return FALSE;
  }
  return TRUE;
}

ScopeQuestions *
scope_questions_parse (const char *json, gsize length, const char *name, GError **error)
{
  g_autoptr (ScopeQuestions) self = g_new0 (ScopeQuestions, 1);
  self->name = g_strdup (name);
  self->root = scope_json_parse (json, length, name, error);
  if (self->root == NULL)
    return NULL;
  Reader reader = { .name = name, .path = "$", .error = error };
  if (!read_root (&reader, self))
    return NULL;
  return g_steal_pointer (&self);
}

ScopeQuestions *
scope_questions_read (const char *path, GError **error)
{
  gsize length;
  g_autofree char *json = scope_file_read (path, MAX_BYTES, &length, error);
  return json != NULL ? scope_questions_parse (json, length, path, error) : NULL;
}

ScopeQuestions *
scope_questions_built_in (void)
{
  ScopeQuestions *self = g_new0 (ScopeQuestions, 1);
  self->name = g_strdup ("the questions that are built in");
  self->documents = scope_built_in_documents;
  self->n_documents = scope_n_built_in_documents;
  self->questions = scope_built_in_questions;
  self->n_questions = scope_n_built_in_questions;
  return self;
}

void
scope_questions_free (ScopeQuestions *self)
{
  if (self == NULL)
    return;
  if (self->questions != scope_built_in_questions) {
    for (gsize q = 0; q < self->n_questions; q++) {
      g_free ((gpointer)self->questions[q].answers);
      g_free ((gpointer)self->questions[q].documents);
    }
    g_free ((gpointer)self->questions);
    g_free ((gpointer)self->documents);
  }
  g_clear_pointer (&self->root, json_node_unref);
  g_free (self->name);
  g_free (self);
}

const char *
scope_questions_name (const ScopeQuestions *self)
{
  return self->name;
}

gsize
scope_questions_count (const ScopeQuestions *self)
{
  return self->n_questions;
}

const ScopeQuestion *
scope_questions_get (const ScopeQuestions *self, gsize index)
{
  return &self->questions[index];
}

gsize
scope_questions_n_documents (const ScopeQuestions *self)
{
  return self->n_documents;
}

const ScopeDocument *
scope_questions_document (const ScopeQuestions *self, gsize index)
{
  return &self->documents[index];
}
