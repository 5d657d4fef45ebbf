/* Questions about documents, hidden among other documents: of one, or of several that have to be
 * read together. */
#include "analysis/recall/recall-private.h"
#include "base/error.h"

typedef struct {
  const ScopeQuestions *questions;
  gsize question;
  GPtrArray *others; /* ScopeDocument: those that do not answer it, in the order of their use */
  gsize next;
} State;

static void
state_free (gpointer data)
{
  State *self = data;
  g_ptr_array_unref (self->others);
  g_free (self);
}

/* Places of the questions of one document, or of more. */
static GPtrArray *
find_questions (const ScopeQuestions *questions, gboolean several)
{
  GPtrArray *found = g_ptr_array_new ();
  for (gsize q = 0; q < scope_questions_count (questions); q++)
    if ((scope_questions_get (questions, q)->n_documents > 1) == several)
      g_ptr_array_add (found, GSIZE_TO_POINTER (q));
  return found;
}

/* The trials go through all questions, in an order of the seed, before one comes again. */
static gboolean
choose (ScopeDraft *draft, gboolean several, State *self, GError **error)
{
  g_autoptr (GPtrArray) found = find_questions (self->questions, several);
  if (found->len == 0) {
    scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "%s: task %s: expected a question with %s in \"documents\", found none",
                     scope_questions_name (self->questions), scope_task_spec (draft->task),
                     several ? "two or more places" : "one place");
    return FALSE;
  }
  const guint32 seeds[]
      = { scope_trials_source (draft->trials)->seed, scope_task_kind (draft->task)->key };
  g_autoptr (GRand) random = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  scope_shuffle (found, random);
  self->question = GPOINTER_TO_SIZE (found->pdata[draft->trial % found->len]);
  return TRUE;
}

static gboolean
is_of_question (const ScopeQuestion *question, gsize document)
{
  for (gsize d = 0; d < question->n_documents; d++)
    if (question->documents[d] == document)
      return TRUE;
  return FALSE;
}

static char *
document_text (const ScopeDocument *document)
{
  return g_strdup_printf ("\nDocument:%s%s\n%s\n", *document->title != '\0' ? " " : "",
                          document->title, document->text);
}

/* No document that holds an answer stands beside those of the question. */
static gboolean
find_others (ScopeDraft *draft, State *self, GError **error)
{
  const ScopeQuestion *question = scope_questions_get (self->questions, self->question);
  for (gsize d = 0; d < scope_questions_n_documents (self->questions); d++) {
    const ScopeDocument *document = scope_questions_document (self->questions, d);
    if (!is_of_question (question, d)
        && !scope_questions_answers (self->questions, self->question, document->title)
        && !scope_questions_answers (self->questions, self->question, document->text))
      g_ptr_array_add (self->others, (gpointer)document);
  }
  if (self->others->len == 0) {
    scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "%s: $.questions[%" G_GSIZE_FORMAT
                     "]: expected a document that does not hold its answer, found none",
                     scope_questions_name (self->questions), self->question);
    return FALSE;
  }
  scope_shuffle (self->others, draft->random);
  return TRUE;
}

/* Goes round when there are no more. */
static char *
next_document (ScopeDraft *draft, GError **error)
{
  State *self = draft->state;
  return document_text (self->others->pdata[self->next++ % self->others->len]);
}

/* The first of the question's documents stands where the trial says, the others anywhere. */
static void
add_documents (ScopeDraft *draft, const State *self)
{
  const ScopeQuestion *question = scope_questions_get (self->questions, self->question);
  for (gsize d = 0; d < question->n_documents; d++) {
    const ScopeDocument *document
        = scope_questions_document (self->questions, question->documents[d]);
    double depth = d == 0 ? draft->depth : g_rand_double (draft->random);
    scope_draft_add_needle (draft, document_text (document), depth, TRUE);
  }
}

static gboolean
make (ScopeDraft *draft, gboolean several, GError **error)
{
  State *self = g_new0 (State, 1);
  draft->state = self;
  draft->free_state = state_free;
  self->questions = scope_trials_questions (draft->trials);
  self->others = g_ptr_array_new ();
  if (!choose (draft, several, self, error) || !find_others (draft, self, error))
    return FALSE;
  add_documents (draft, self);
  const ScopeQuestion *question = scope_questions_get (self->questions, self->question);
  for (gsize a = 0; question->answers[a] != NULL; a++)
    g_ptr_array_add (draft->answers, g_strdup (question->answers[a]));
  g_string_assign (draft->head, "Read the documents below. The question at the end is to be "
                                "answered from them, in as few words as possible.\n");
  g_string_printf (draft->tail, "\n\nQuestion: %s\nAnswer:", question->question);
  draft->fill = scope_fill_items;
  draft->item = next_document;
  return TRUE;
}

static gboolean
make_single (ScopeDraft *draft, GError **error)
{
  return make (draft, FALSE, error);
}

static gboolean
make_several (ScopeDraft *draft, GError **error)
{
  return make (draft, TRUE, error);
}

const ScopeTaskKind scope_task_qa_1 = {
  .info = { .name = "qa_1",
            .summary = "a question that one document of many answers",
            .source = "RULER, section 3.4 and appendix B (there with SQuAD)",
            .scoring = SCOPE_SCORE_PART,
            .parameters = { SCOPE_PARAMETER_DEPTH, SCOPE_PARAMETER_GENERATE (32, 16) } },
  .key = 13,
  .make = make_single,
};

const ScopeTaskKind scope_task_qa_2 = {
  .info = { .name = "qa_2",
            .summary = "a question that two or more documents of many answer together",
            .source = "RULER, section 3.4 and appendix B (there with HotpotQA)",
            .scoring = SCOPE_SCORE_PART,
            .parameters = { SCOPE_PARAMETER_DEPTH, SCOPE_PARAMETER_GENERATE (32, 16) } },
  .key = 14,
  .make = make_several,
};
