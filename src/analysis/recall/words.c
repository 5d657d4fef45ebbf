/* Words of the tasks, and what is drawn from them. No adjective ends with another and no noun
 * begins with one, so that no pair stands inside of another pair. */
#include <string.h>

#include "analysis/recall/recall-private.h"
#include "base/error.h"

/* The order of the nouns is that of the needles that were ever made from a seed. */
const char *const scope_nouns[] = {
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
const gsize scope_n_nouns = G_N_ELEMENTS (scope_nouns);

const char *const scope_adjectives[] = {
  "ample",   "ancient", "balmy",    "bitter",   "blunt",    "brave",    "brisk",   "broad",
  "bronze",  "calm",    "candid",   "careful",  "cheerful", "chilly",   "clever",  "cloudy",
  "clumsy",  "cosy",    "crimson",  "crooked",  "curious",  "damp",     "daring",  "dazzling",
  "dented",  "dim",     "distant",  "dreamy",   "dusty",    "early",    "earnest", "empty",
  "faded",   "faint",   "famous",   "fancy",    "fearless", "fierce",   "floral",  "fluffy",
  "foggy",   "fragile", "frosty",   "frozen",   "generous", "gentle",   "giant",   "glassy",
  "gloomy",  "golden",  "graceful", "grand",    "grassy",   "grateful", "greedy",  "handy",
  "happy",   "harsh",   "heavy",    "hidden",   "hollow",   "honest",   "humble",  "hungry",
  "icy",     "jolly",   "keen",     "kind",     "lazy",     "lively",   "lonely",  "lucky",
  "mellow",  "merry",   "mighty",   "misty",    "modest",   "mossy",    "muddy",   "nimble",
  "noisy",   "patient", "plain",    "playful",  "proud",    "purple",   "quaint",  "quick",
  "quiet",   "rapid",   "restless", "rough",    "round",    "rustic",   "salty",   "scarlet",
  "shallow", "sharp",   "shiny",    "silent",   "simple",   "sleepy",   "slender", "sly",
  "smooth",  "snowy",   "soft",     "solid",    "sour",     "spotted",  "stern",   "stormy",
  "stout",   "striped", "strong",   "subtle",   "sunny",    "sweet",    "swift",   "tall",
  "tender",  "thick",   "tidy",     "tranquil", "upright",  "vast",     "vivid",   "warm",
  "watery",  "weary",   "wicked",   "wild",     "windy",    "wise",     "wooden",  "woolly",
  "worn",    "young",   "zealous",
};
const gsize scope_n_adjectives = G_N_ELEMENTS (scope_adjectives);

/* So many draws that are all taken mean that hardly anything is left. */
#define PATIENCE 2000

static gboolean
is_taken (ScopeDraft *self, const char *word)
{
  return g_hash_table_contains (self->used, word)
         || (scope_task_needs_text (self->task) && scope_trials_in_texts (self->trials, word));
}

const char *
scope_draft_fresh (ScopeDraft *self, ScopeDrawFunc draw, gpointer data, const char *what,
                   GError **error)
{
  for (gsize i = 0; i < PATIENCE; i++) {
    char *word = draw (self, data);
    if (word != NULL && !is_taken (self, word)) {
      g_hash_table_add (self->used, word);
      return word;
    }
    g_free (word);
  }
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "task %s: there are hardly any %s left after %u of them",
               scope_task_spec (self->task), what, g_hash_table_size (self->used));
  return NULL;
}

static char *
draw_number (ScopeDraft *draft, gpointer data)
{
  gsize digits = *(const gsize *)data;
  char *number = g_malloc (digits + 1);
  for (gsize d = 0; d < digits; d++)
    number[d] = (char)('0' + g_rand_int_range (draft->random, d == 0, 10));
  number[digits] = '\0';
  return number;
}

const char *
scope_draft_number (ScopeDraft *self, gsize digits, GError **error)
{
  g_autofree char *what = g_strdup_printf ("numbers of %" G_GSIZE_FORMAT " digits", digits);
  return scope_draft_fresh (self, draw_number, &digits, what, error);
}

/* Version 4: random, but for the two places that say so. */
static char *
draw_uuid (ScopeDraft *draft, gpointer data)
{
  guint32 part[4];
  for (gsize i = 0; i < G_N_ELEMENTS (part); i++)
    part[i] = g_rand_int (draft->random);
  return g_strdup_printf ("%08x-%04x-4%03x-%04x-%04x%08x", part[0], part[1] >> 16, part[1] & 0xfff,
                          0x8000 | (part[2] >> 18), part[2] & 0xffff, part[3]);
}

const char *
scope_draft_uuid (ScopeDraft *self, GError **error)
{
  return scope_draft_fresh (self, draw_uuid, NULL, "identifiers", error);
}

static char
letter_of (ScopeDraft *draft, const char *letters)
{
  return letters[g_rand_int_range (draft->random, 0, (gint32)strlen (letters))];
}

static char *
draw_code (ScopeDraft *draft, gpointer data)
{
  gsize count = *(const gsize *)data;
  char *word = g_malloc (count + 1);
  for (gsize i = 0; i < count; i++)
    word[i] = letter_of (draft, i % 2 == 0 ? "bdfgklmnprstvz" : "aeiou");
  word[count] = '\0';
  return word;
}

const char *
scope_draft_code (ScopeDraft *self, gsize count, GError **error)
{
  return scope_draft_fresh (self, draw_code, &count, "code words", error);
}

static char *
draw_letters (ScopeDraft *draft, gpointer data)
{
  gsize count = *(const gsize *)data;
  char *word = g_malloc (count + 1);
  for (gsize i = 0; i < count; i++)
    word[i] = (char)('A' + g_rand_int_range (draft->random, 0, 26));
  word[count] = '\0';
  return word;
}

const char *
scope_draft_letters (ScopeDraft *self, gsize count, GError **error)
{
  return scope_draft_fresh (self, draw_letters, &count, "names", error);
}

static const char *
draw_from (ScopeDraft *draft, const char *const *words, gsize count)
{
  return words[g_rand_int_range (draft->random, 0, (gint32)count)];
}

static gboolean
ends_with_adjective (const char *word)
{
  for (gsize a = 0; a < scope_n_adjectives; a++)
    if (g_str_has_suffix (word, scope_adjectives[a]))
      return TRUE;
  return FALSE;
}

/* Once half of the pairs are used up, the first word is made up. */
static char *
draw_pair (ScopeDraft *draft, gpointer data)
{
  const char *noun = draw_from (draft, scope_nouns, scope_n_nouns);
  if (g_hash_table_size (draft->used) < scope_n_nouns * scope_n_adjectives / 2)
    return g_strdup_printf ("%s-%s", draw_from (draft, scope_adjectives, scope_n_adjectives), noun);
  gsize letters = 6;
  g_autofree char *first = draw_code (draft, &letters);
  return ends_with_adjective (first) ? NULL : g_strdup_printf ("%s-%s", first, noun);
}

const char *
scope_draft_pair (ScopeDraft *self, GError **error)
{
  return scope_draft_fresh (self, draw_pair, NULL, "pairs of words", error);
}

static gboolean
is_near (const char *word, const GPtrArray *avoid)
{
  for (guint i = 0; i < avoid->len; i++) {
    const char *other = g_ptr_array_index (avoid, i);
    if (strstr (word, other) != NULL || strstr (other, word) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* Nouns and adjectives while most of them are there, then words that are made up. */
static char *
draw_word (ScopeDraft *draft, gpointer avoid)
{
  gsize known = scope_n_nouns + scope_n_adjectives, letters = 6;
  g_autofree char *word = NULL;
  if (g_hash_table_size (draft->used) * 4 < known * 3) {
    gsize index = (gsize)g_rand_int_range (draft->random, 0, (gint32)known);
    word = g_strdup (index < scope_n_nouns ? scope_nouns[index]
                                           : scope_adjectives[index - scope_n_nouns]);
  } else {
    word = draw_code (draft, &letters);
  }
  return is_near (word, avoid) ? NULL : g_steal_pointer (&word);
}

const char *
scope_draft_word (ScopeDraft *self, const GPtrArray *avoid, GError **error)
{
  return scope_draft_fresh (self, draw_word, (gpointer)avoid, "words", error);
}

char *
scope_draft_list (const char *const *items, gsize count)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (gsize i = 0; i < count; i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", items[i]);
  return g_string_free (g_steal_pointer (&list), FALSE);
}
