#include "ui/lesson-words.h"

#include <math.h>

#include "ui/decay-words.h"
#include "ui/format.h"

/* --- pieces -------------------------------------------------------------------------------------
 */

/* "head 3 of layer 1" */
static char *
channel_words (const ScopeLessonNumbers *view, ScopeSession *session)
{
  return g_strdup_printf ("%s %" G_GSIZE_FORMAT " of layer %" G_GSIZE_FORMAT,
                          scope_format_channel_noun (scope_session_get_model (session)),
                          view->channel, view->layer);
}

static char *
tokens_words (gsize count)
{
  g_autofree char *number = scope_format_count (count);
  return g_strdup_printf ("%s token%s", number, count == 1 ? "" : "s");
}

/* Takes BEFORE and AFTER over; either may be NULL: not known yet. */
static char *
both_words (char *before, char *after)
{
  g_autofree char *first = before, *second = after;
  return g_strdup_printf ("%s → %s", first != NULL ? first : "…", second != NULL ? second : "…");
}

static char *
answer_words (const ScopeLessonAnswer *answer)
{
  return answer->known ? g_strdup_printf ("“%s”", answer->text) : NULL;
}

static char *
left_words (const ScopeLessonMemory *memory)
{
  return memory->known ? scope_decay_words (memory->ln_left) : NULL;
}

static char *
half_life_words (const ScopeLessonMemory *memory)
{
  if (!memory->known)
    return NULL;
  if (isinf (memory->half_life))
    return g_strdup ("without end");
  g_autofree char *number = scope_format_brief (memory->half_life);
  return g_strdup_printf ("%s tokens", number);
}

static char *
global_words (const ScopeLessonNumbers *view)
{
  return g_strdup_printf ("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, view->global, view->channels);
}

/* --- paragraphs ---------------------------------------------------------------------------------
 */

static char *
say_read (const ScopeLessonNumbers *view, ScopeSession *session)
{
  g_autofree char *tokens = tokens_words (view->tokens);
  g_autofree char *train = scope_format_count (view->train_length);
  return g_strdup_printf (
      "%s has read a story of %s, one after the other. It was trained on texts of %s. Nothing of "
      "what it has read stays but a state of fixed size, and yet every token can be traced back to "
      "those before it: that is the picture. A row is a token that reads, a column one that is "
      "read; the brighter, the more of it arrives.",
      scope_model_name (scope_session_get_model (session)), tokens, train);
}

static char *
say_told (const ScopeLessonNumbers *view, ScopeSession *session)
{
  g_autofree char *asked = tokens_words (view->asked);
  return g_strdup_printf (
      "Early on the story names a pass key: %s. In its last line it asks for it. Between the two "
      "lie %s, and the only way from one to the other leads through the state. The crosshair "
      "stands there now, in every view: the row of the question, the column of the key.",
      view->key, asked);
}

static char *
say_forget (const ScopeLessonNumbers *view, ScopeSession *session)
{
  const ScopeLessonAnswer *answer = &view->answer[0];
  g_autofree char *scored = scope_format_count (answer->scored);
  g_autofree char *perplexity = scope_format_perplexity (answer->perplexity);
  return g_strdup_printf (
      "Asked for the key, the model as it was trained goes on with “%s”. The key is %s. Its "
      "perplexity over the last %s tokens is %s, where 1 would be a text foretold word for word. "
      "The same answer stands at the foot of the window.",
      answer->known ? answer->text : "…", answer->right ? "in it" : "not in it", scored,
      perplexity);
}

static char *
say_decay (const ScopeLessonNumbers *view, ScopeSession *session)
{
  const ScopeLessonMemory *memory = &view->memory[0];
  g_autofree char *channel = channel_words (view, session);
  g_autofree char *half = half_life_words (memory);
  g_autofree char *left = left_words (memory);
  return g_strdup_printf (
      "With every token a %s multiplies its state by a number below one. The curves are these "
      "products. %c%s halves what it holds in about %s: of what it held at the key, %s is left "
      "at the question. Those whose curve is above θ at the training length are called global. "
      "They were to remember a whole text, and this text is longer than any they knew.",
      scope_format_channel_noun (scope_session_get_model (session)), g_ascii_toupper (channel[0]),
      channel + 1, half != NULL ? half : "…", left != NULL ? left : "…");
}

static char *
say_filter (const ScopeLessonNumbers *view, ScopeSession *session)
{
  g_autofree char *train = scope_format_count (view->train_length);
  const char *noun = scope_format_channel_noun (scope_session_get_model (session));
  return g_strdup_printf (
      "How much is forgotten is the sum of the steps Δ, one a token, and most tokens are not worth "
      "a step. %s lets the global %ss pass over those with the smallest, so that the whole text "
      "costs them about as much memory as %s tokens did in training. Nothing is trained anew. Flip "
      "the switch, and the whole network reads the text again.",
      scope_format_method (session), noun, train);
}

static char *
say_rescue (const ScopeLessonNumbers *view, ScopeSession *session)
{
  const ScopeLessonAnswer *answer = &view->answer[1];
  return g_strdup_printf (
      "The same model, the same text, the same question. It goes on with “%s”: the key is %s. In "
      "the map bright columns now run from the tokens that were kept down to the question; dropped "
      "tokens are hatched in the Map and struck through in the Text.",
      answer->known ? answer->text : "…", answer->right ? "there" : "not there");
}

static char *
say_onwards (const ScopeLessonNumbers *view, ScopeSession *session)
{
  return g_strdup ("What the lesson showed is what every view shows, of any model and text. The "
                   "switch is at the top of the window, and Ctrl+Z takes back whatever you try.");
}

/* --- facts --------------------------------------------------------------------------------------
 */

static guint
facts_read (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  facts[0] = (ScopeLessonFact){ "Text", tokens_words (view->tokens) };
  facts[1] = (ScopeLessonFact){ "Training length", tokens_words (view->train_length) };
  return 2;
}

static guint
facts_told (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  g_autofree char *first = scope_format_count (view->key_begin);
  g_autofree char *last = scope_format_count (view->key_end - 1);
  facts[0] = (ScopeLessonFact){ "Pass key", g_strdup (view->key) };
  facts[1] = (ScopeLessonFact){ "Its tokens", g_strdup_printf ("%s to %s", first, last) };
  facts[2] = (ScopeLessonFact){ "From there to the question", tokens_words (view->asked) };
  return 3;
}

static guint
facts_forget (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  const ScopeLessonAnswer *answer = &view->answer[0];
  facts[0] = (ScopeLessonFact){ "Answer", answer_words (answer) };
  facts[1] = (ScopeLessonFact){ "Certainty of its first token",
                                answer->known ? scope_format_percent (answer->probability) : NULL };
  facts[2]
      = (ScopeLessonFact){ "Perplexity",
                           answer->known ? scope_format_perplexity (answer->perplexity) : NULL };
  return 3;
}

static guint
facts_decay (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  const ScopeLessonMemory *memory = &view->memory[0];
  facts[0] = (ScopeLessonFact){ "Half-life", half_life_words (memory) };
  facts[1] = (ScopeLessonFact){ "Left at the question", left_words (memory) };
  facts[2] = (ScopeLessonFact){ "Field of the last token",
                                memory->known ? tokens_words (memory->field) : NULL };
  facts[3] = (ScopeLessonFact){ "Global in this layer", global_words (view) };
  return 4;
}

static guint
facts_filter (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  const ScopeLessonMemory *off = &view->memory[0], *on = &view->memory[1];
  facts[0] = (ScopeLessonFact){ "Tokens kept",
                                both_words (off->known ? scope_format_percent (off->kept) : NULL,
                                            on->known ? scope_format_percent (on->kept) : NULL) };
  facts[1]
      = (ScopeLessonFact){ "Left at the question", both_words (left_words (off), left_words (on)) };
  facts[2] = (ScopeLessonFact){ "Global in this layer", global_words (view) };
  return 3;
}

static guint
facts_rescue (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  const ScopeLessonAnswer *off = &view->answer[0], *on = &view->answer[1];
  const ScopeLessonMemory *before = &view->memory[0], *after = &view->memory[1];
  facts[0] = (ScopeLessonFact){ "Answer as trained", answer_words (off) };
  facts[1] = (ScopeLessonFact){ "Answer now", answer_words (on) };
  facts[2] = (ScopeLessonFact){
    "Perplexity", both_words (off->known ? scope_format_perplexity (off->perplexity) : NULL,
                              on->known ? scope_format_perplexity (on->perplexity) : NULL)
  };
  facts[3] = (ScopeLessonFact){ "Left at the question",
                                both_words (left_words (before), left_words (after)) };
  facts[4]
      = (ScopeLessonFact){ "Field of the last token",
                           both_words (before->known ? scope_format_count (before->field) : NULL,
                                       after->known ? tokens_words (after->field) : NULL) };
  return 5;
}

static guint
facts_onwards (const ScopeLessonNumbers *view, ScopeLessonFact *facts)
{
  return 0;
}

/* --- steps --------------------------------------------------------------------------------------
 */

static const struct {
  const char *title;
  char *(*say) (const ScopeLessonNumbers *view, ScopeSession *session);
  guint (*facts) (const ScopeLessonNumbers *view, ScopeLessonFact *facts);
} steps[SCOPE_N_LESSON_STEPS] = {
  [SCOPE_LESSON_READ] = { "A Model Reads", say_read, facts_read },
  [SCOPE_LESSON_TOLD] = { "What It Is Told", say_told, facts_told },
  [SCOPE_LESSON_FORGET] = { "What It Answers", say_forget, facts_forget },
  [SCOPE_LESSON_DECAY] = { "Why It Forgets", say_decay, facts_decay },
  [SCOPE_LESSON_FILTER] = { "What Need Not Be Kept", say_filter, facts_filter },
  [SCOPE_LESSON_RESCUE] = { "It Remembers", say_rescue, facts_rescue },
  [SCOPE_LESSON_ONWARDS] = { "On Your Own", say_onwards, facts_onwards },
};

const char *
scope_lesson_title (ScopeLessonStep step)
{
  g_return_val_if_fail (step < SCOPE_N_LESSON_STEPS, "");
  return steps[step].title;
}

char *
scope_lesson_paragraph (ScopeLesson *lesson, ScopeSession *session)
{
  const ScopeLessonNumbers *view = scope_lesson_get_numbers (lesson);
  if (!view->open || view->key == NULL)
    return g_strdup ("This lesson is about a small model that forgets what it was told, and about "
                     "what brings it back. It reads a sample that came with the program; every "
                     "number it tells is measured while you look.");
  return steps[scope_lesson_get_step (lesson)].say (view, session);
}

guint
scope_lesson_facts (ScopeLesson *lesson, ScopeSession *session, ScopeLessonFact *facts)
{
  const ScopeLessonNumbers *view = scope_lesson_get_numbers (lesson);
  return view->open && view->key != NULL ? steps[scope_lesson_get_step (lesson)].facts (view, facts)
                                         : 0;
}

char *
scope_lesson_deed (ScopeLesson *lesson, ScopeSession *session)
{
  if (!scope_lesson_get_numbers (lesson)->open)
    return g_strdup ("Open the Sample");
  ScopeLessonStep step = scope_lesson_get_step (lesson);
  gboolean wants = step == SCOPE_LESSON_FILTER || step == SCOPE_LESSON_RESCUE;
  if (wants && !scope_session_get_filter_on (session))
    return g_strdup_printf ("Switch %s On", scope_format_method (session));
  return NULL;
}

char *
scope_lesson_wait (ScopeLesson *lesson, ScopeSession *session)
{
  if (scope_lesson_is_ready (lesson))
    return NULL;
  if (!scope_lesson_get_numbers (lesson)->open)
    return g_strdup ("The next step needs the sample");
  g_autofree char *deed = scope_lesson_deed (lesson, session);
  if (deed != NULL)
    return g_strdup_printf ("The next step is about what %s does: it has to be on",
                            scope_format_method (session));
  return g_strdup ("The next step waits until the model has read the text");
}
