/* Any bytes as documents and questions: refused with one line, or whatever a question points to is
 * there. */
#include <stdint.h>
#include <string.h>

#include "analysis/questions.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_question (const ScopeQuestions *questions, gsize index)
{
  const ScopeQuestion *question = scope_questions_get (questions, index);
  if (question->question == NULL || question->answers[0] == NULL || question->n_documents == 0)
    fault ("a question without text, answers or documents");
  for (gsize a = 0; question->answers[a] != NULL; a++)
    if (!scope_questions_answers (questions, index, question->answers[a]))
      fault ("an answer does not hold itself");
  for (gsize d = 0; d < question->n_documents; d++)
    if (question->documents[d] >= scope_questions_n_documents (questions))
      fault ("a place beyond the documents");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeQuestions) questions
      = scope_questions_parse ((const char *)data, size, "input", &error);
  if (questions == NULL) {
    if (error == NULL || strchr (error->message, '\n') != NULL)
      fault ("refused without one line");
    return 0;
  }
  for (gsize d = 0; d < scope_questions_n_documents (questions); d++) {
    const ScopeDocument *document = scope_questions_document (questions, d);
    if (document->title == NULL || document->text == NULL)
      fault ("a document without text");
  }
  for (gsize q = 0; q < scope_questions_count (questions); q++)
    check_question (questions, q);
  return 0;
}
