#include <string.h>

#include "analysis/recall.h"
#include "base/error.h"

#define DIGITS 5

/* Keys are two of these, "amber-kettle". */
static const char *const words[] = {
  "acorn",   "alder",   "amber",   "anchor",  "anvil",   "apple",   "apron",   "arrow",    "attic",
  "badge",   "barley",  "barrel",  "basin",   "basket",  "beacon",  "bell",    "bench",    "birch",
  "blanket", "bonnet",  "bottle",  "bridge",  "broom",   "bucket",  "button",  "cabin",    "candle",
  "canvas",  "carpet",  "castle",  "cedar",   "chapel",  "cherry",  "chimney", "clover",   "cobalt",
  "copper",  "coral",   "cotton",  "cradle",  "crystal", "curtain", "daisy",   "desert",   "dragon",
  "eagle",   "ember",   "falcon",  "feather", "fern",    "fiddle",  "forest",  "fountain", "garden",
  "ginger",  "glacier", "granite", "hammer",  "harbor",  "harvest", "hazel",   "hedge",    "helmet",
  "honey",   "island",  "ivory",   "jacket",  "jungle",  "kettle",  "ladder",  "lantern",  "lemon",
  "lilac",   "linen",   "magnet",  "maple",   "marble",  "meadow",  "mirror",  "needle",   "nutmeg",
  "oasis",   "ocean",   "olive",   "orchard", "oyster",  "paddle",  "parcel",  "pebble",   "pepper",
  "pigeon",  "pillow",  "planet",  "pocket",  "poppy",   "quartz",  "quill",   "rabbit",   "raven",
  "ribbon",  "river",   "saddle",  "salmon",  "shadow",  "silver",  "sparrow", "spider",   "sugar",
  "summer",  "sunset",  "teapot",  "temple",  "thistle", "thunder", "timber",  "tulip",    "turtle",
  "valley",  "velvet",  "violet",  "walnut",  "willow",  "window",  "winter",  "yellow",
};

/* The wordings of a trial. */
typedef struct {
  char *needle, *question, *answer;
} Wording;

static void
wording_clear (Wording *self)
{
  g_free (self->needle);
  g_free (self->question);
  g_free (self->answer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wording, wording_clear)

static void
wording_init (Wording *self, ScopeTask task, const char *digits, GRand *random)
{
  self->answer = g_strdup_printf (" %s.", digits);
  if (task == SCOPE_TASK_PASSKEY) {
    self->needle = g_strdup_printf ("\nThe pass key is %s. Remember it. %s is the pass key.\n",
                                    digits, digits);
    self->question = g_strdup ("\nWhat is the pass key? The pass key is");
    return;
  }
  const char *first = words[g_rand_int_range (random, 0, G_N_ELEMENTS (words))];
  const char *second = words[g_rand_int_range (random, 0, G_N_ELEMENTS (words))];
  self->needle = g_strdup_printf (" One of the special magic numbers for %s-%s is: %s.\n", first,
                                  second, digits);
  self->question = g_strdup_printf ("\nWhat is the special magic number for %s-%s mentioned in the "
                                    "text? The special magic number for %s-%s is:",
                                    first, second, first, second);
}

/* The parts are tokenised apart, so that the needle can be put between any two tokens. */
typedef struct {
  ScopeTokens *needle, *question;
  gsize answer; /* tokens */
  gsize room;   /* tokens of haystack */
} Parts;

static void
parts_clear (Parts *self)
{
  g_clear_pointer (&self->needle, scope_tokens_unref);
  g_clear_pointer (&self->question, scope_tokens_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

static ScopeTokens *
encode (const ScopeTokenizer *tokenizer, const char *text, GError **error)
{
  return scope_tokenizer_encode_part (tokenizer, text, strlen (text), error);
}

static gboolean
parts_init (Parts *self, const ScopeTokenizer *tokenizer, const Wording *wording, gsize length,
            GError **error)
{
  self->needle = encode (tokenizer, wording->needle, error);
  if (self->needle == NULL)
    return FALSE;
  self->question = encode (tokenizer, wording->question, error);
  if (self->question == NULL)
    return FALSE;
  g_autoptr (ScopeTokens) answer = encode (tokenizer, wording->answer, error);
  if (answer == NULL)
    return FALSE;
  self->answer = scope_tokens_count (answer);
  gsize fixed = scope_tokens_count (self->needle) + scope_tokens_count (self->question);
  if (length < fixed + self->answer) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "length %" G_GSIZE_FORMAT
                 ": the needle, the question and the answer alone are %" G_GSIZE_FORMAT " tokens",
                 length, fixed + self->answer);
    return FALSE;
  }
  self->room = length - fixed - self->answer;
  return TRUE;
}

static gint32 *
put (gint32 *at, const gint32 *ids, gsize count)
{
  if (count > 0)
    memcpy (at, ids, count * sizeof *ids);
  return at + count;
}

/* Prose up to DEPTH, the needle, the rest of the prose, the question. */
static void
lay_out (const Parts *parts, const gint32 *prose, double depth, ScopeTrial *out)
{
  gsize before = (gsize)(depth * (double)parts->room);
  gsize needle = scope_tokens_count (parts->needle);
  gsize question = scope_tokens_count (parts->question);
  out->count = parts->room + needle + question;
  out->ids = g_new (gint32, out->count);
  gint32 *at = put (out->ids, prose, before);
  at = put (at, scope_tokens_ids (parts->needle), needle);
  at = put (at, prose + before, parts->room - before);
  put (at, scope_tokens_ids (parts->question), question);
}

static gboolean
check_texts (ScopeTokens *const *texts, const char *const *names, gsize n_texts, gsize room,
             gsize length, GError **error)
{
  for (gsize t = 0; t < n_texts; t++)
    if (scope_tokens_count (texts[t]) < room) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "%s: has %" G_GSIZE_FORMAT " tokens, but a trial of %" G_GSIZE_FORMAT
                   " tokens needs %" G_GSIZE_FORMAT " of prose",
                   names[t], scope_tokens_count (texts[t]), length, room);
      return FALSE;
    }
  return TRUE;
}

gboolean
scope_recall_trial (const ScopeTokenizer *tokenizer, ScopeTokens *const *texts,
                    const char *const *names, gsize n_texts, ScopeTask task, gsize length,
                    gsize trial, gsize trials, guint32 seed, ScopeTrial *out, GError **error)
{
  /* Not of the length: the same trial hides the same fact at every length. */
  const guint32 seeds[] = { seed, (guint32)task, (guint32)trial };
  g_autoptr (GRand) random = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  memset (out, 0, sizeof *out);
  for (gsize d = 0; d < DIGITS; d++)
    out->answer[d] = (char)('0' + g_rand_int_range (random, 0, 10));

  g_auto (Wording) wording = { NULL };
  wording_init (&wording, task, out->answer, random);
  g_auto (Parts) parts = { NULL };
  if (!parts_init (&parts, tokenizer, &wording, length, error)
      || !check_texts (texts, names, n_texts, parts.room, length, error))
    return FALSE;

  const ScopeTokens *text = texts[g_rand_int_range (random, 0, (gint32)n_texts)];
  gsize spare = scope_tokens_count (text) - parts.room;
  gsize begin = (gsize)(g_rand_double (random) * (double)(spare + 1));
  double depth = ((double)trial + 0.5) / (double)trials;
  lay_out (&parts, scope_tokens_ids (text) + MIN (begin, spare), depth, out);
  return TRUE;
}

void
scope_trial_clear (ScopeTrial *trial)
{
  g_clear_pointer (&trial->ids, g_free);
}
