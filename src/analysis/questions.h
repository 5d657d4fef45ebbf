/* Questions about documents: what the tasks qa_1 and qa_2 ask. From a JSON file,
 *
 *   { "questions": [ { "question": "Who built the lock?", "answers": ["Maud Ferrier", "Ferrier"],
 *                      "documents": [0], "verbatim": true } ],
 *     "documents": [ { "title": "The lock of Ansty", "text": "..." } ] }
 *
 * or the few of our own that are built in. "documents" of a question are places in the list of
 * documents, from 0: those that one has to read to answer it. "answers" are the spellings of one
 * answer, any of which is right. One of them has to stand in one of these documents (upper and
 * lower case are one), unless "verbatim" is false, as for a question that is answered with yes.
 * Whatever other members there are is passed over.
 *
 * Immutable; any thread. Errors are SCOPE_MODEL_ERROR_FORMAT and name the file and the member.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *title, *text;
} ScopeDocument;

typedef struct {
  const char *question;
  const char *const *answers; /* NULL-terminated, at least one */
  const gsize *documents;
  gsize n_documents; /* at least one */
} ScopeQuestion;

typedef struct _ScopeQuestions ScopeQuestions;

ScopeQuestions *scope_questions_read (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NAME is for messages. */
ScopeQuestions *scope_questions_parse (const char *json, gsize length, const char *name,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeQuestions *scope_questions_built_in (void) G_GNUC_WARN_UNUSED_RESULT;
void scope_questions_free (ScopeQuestions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeQuestions, scope_questions_free)

const char *scope_questions_name (const ScopeQuestions *self); /* for messages */
gsize scope_questions_count (const ScopeQuestions *self);
const ScopeQuestion *scope_questions_get (const ScopeQuestions *self, gsize index);
gsize scope_questions_n_documents (const ScopeQuestions *self);
const ScopeDocument *scope_questions_document (const ScopeQuestions *self, gsize index);
/* Whether TEXT holds one of the answers of question INDEX. */
gboolean scope_questions_answers (const ScopeQuestions *self, gsize index, const char *text);

G_END_DECLS
