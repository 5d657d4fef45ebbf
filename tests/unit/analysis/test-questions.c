/* Questions about documents: what is read, what is refused and why, and what is built in. */
#include <string.h>

#include "analysis/questions.h"
#include "base/error.h"
#include "test-support.h"

static ScopeQuestions *
parse (const char *json, GError **error)
{
  return scope_questions_parse (json, strlen (json), "q.json", error);
}

static void
test_read (void)
{
  const char *json
      = "{\"source\": 7, \"questions\": [{\"id\": \"x\", \"question\": \"Who?\", \"answers\": "
        "[\"MAUD\", \"M.\"], \"documents\": [1, 0]}, {\"question\": \"Really?\", \"answers\": "
        "[\"yes\"], \"documents\": [0], \"verbatim\": false}], \"documents\": [{\"text\": \"It was "
        "maud.\"}, {\"title\": \"Two\", \"text\": \"\"}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeQuestions) questions = parse (json, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_questions_count (questions), ==, 2);
  g_assert_cmpuint (scope_questions_n_documents (questions), ==, 2);
  g_assert_cmpstr (scope_questions_document (questions, 0)->title, ==, "");
  g_assert_cmpstr (scope_questions_document (questions, 1)->title, ==, "Two");
  const ScopeQuestion *first = scope_questions_get (questions, 0);
  g_assert_cmpstr (first->question, ==, "Who?");
  g_assert_cmpstr (first->answers[1], ==, "M.");
  g_assert_null (first->answers[2]);
  g_assert_cmpuint (first->n_documents, ==, 2);
  g_assert_cmpuint (first->documents[0], ==, 1);
  g_assert_true (scope_questions_answers (questions, 0, "only Maud"));
  g_assert_false (scope_questions_answers (questions, 1, "only Maud"));
}

#define DOCUMENTS         "\"documents\": [{\"text\": \"blue\"}, {\"text\": \"red\"}]"
#define QUESTION(members) "{" DOCUMENTS ", \"questions\": [{\"question\": \"?\", " members "}]}"

static const char *const refused[][2] = {
  { "[]", "q.json: $: expected an object*" },
  { "{}", "q.json: $.documents: expected a list of at least one, found nothing" },
  { "{\"documents\": []}", "q.json: $.documents: *found an empty one" },
  { "{\"documents\": 3}", "q.json: $.documents: *found something else" },
  { "{" DOCUMENTS "}", "q.json: $.questions: expected a list of at least one, found nothing" },
  { "{\"documents\": [5], \"questions\": [1]}", "q.json: $.documents[0]: expected an object*" },
  { "{\"documents\": [{}], \"questions\": [1]}", "q.json: $.documents[0].text is missing" },
  { "{\"documents\": [{\"text\": 1}], \"questions\": [1]}", "q.json: $.documents[0].text: *" },
  { "{" DOCUMENTS ", \"questions\": [1]}", "q.json: $.questions[0]: expected an object*" },
  { "{" DOCUMENTS ", \"questions\": [{}]}", "q.json: $.questions[0].question is missing" },
  { QUESTION ("\"documents\": [0]"), "q.json: $.questions[0].answers: *found nothing" },
  { QUESTION ("\"answers\": [], \"documents\": [0]"), "*.answers: *found an empty one" },
  { QUESTION ("\"answers\": [\"\"], \"documents\": [0]"), "*.answers[0]: *not empty*" },
  { QUESTION ("\"answers\": [\"blue\", 3], \"documents\": [0]"), "*.answers[1]: *" },
  { QUESTION ("\"answers\": [\"blue\"]"), "*$.questions[0].documents: *found nothing" },
  { QUESTION ("\"answers\": [\"blue\"], \"documents\": [2]"), "*.documents[0]: *from 0 to 1*" },
  { QUESTION ("\"answers\": [\"blue\"], \"documents\": [-1]"), "*.documents[0]: *from 0 to 1*" },
  { QUESTION ("\"answers\": [\"blue\"], \"documents\": [0.5]"), "*.documents[0]: *from 0 to 1*" },
  { QUESTION ("\"answers\": [\"blue\"], \"documents\": [0, 1, 0]"),
    "*.documents[2]: document 0 stands there twice" },
  { QUESTION ("\"answers\": [\"red\"], \"documents\": [0]"),
    "q.json: $.questions[0]: none of its documents holds one of its answers*" },
  { QUESTION ("\"answers\": [\"red\"], \"documents\": [0], \"verbatim\": 0"), "*.verbatim: *" },
};

static void
test_refusals (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", refused[i][0]);
    g_assert_null (parse (refused[i][0], &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, refused[i][1]);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (scope_questions_read ("/nowhere/q.json", &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*/nowhere/q.json*");
}

/* Each question is answered by its documents, and most others do not give it away. */
static void
test_built_in (void)
{
  g_autoptr (ScopeQuestions) self = scope_questions_built_in ();
  gsize single = 0, several = 0;
  for (gsize q = 0; q < scope_questions_count (self); q++) {
    const ScopeQuestion *question = scope_questions_get (self, q);
    gsize inside = 0, outside = 0;
    for (gsize d = 0; d < scope_questions_n_documents (self); d++) {
      gboolean own = FALSE;
      for (gsize k = 0; k < question->n_documents; k++)
        own = own || question->documents[k] == d;
      gboolean answers
          = scope_questions_answers (self, q, scope_questions_document (self, d)->text);
      inside += own && answers;
      outside += !own && answers;
    }
    g_test_message ("%s", question->question);
    g_assert_cmpuint (inside, >=, 1);
    g_assert_cmpuint (outside, <=, scope_questions_n_documents (self) / 4);
    *(question->n_documents == 1 ? &single : &several) += 1;
  }
  g_assert_cmpuint (single, >=, 8);
  g_assert_cmpuint (several, >=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/questions/read", test_read);
  g_test_add_func ("/questions/refusals", test_refusals);
  g_test_add_func ("/questions/built-in", test_built_in);
  return g_test_run ();
}
