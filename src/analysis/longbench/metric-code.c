/* The similarity of code: fuzzywuzzy's ratio, by difflib's matching blocks. */
#include <math.h>
#include <string.h>

#include "analysis/longbench/metrics.h"

/* From this length on characters that make up more than 1 % of a text start no block. */
#define POPULAR_FROM 200

/* Two texts in code points, and where each character of B stands in it. */
typedef struct {
  const gunichar *a, *b;
  gsize n, m;
  GHashTable *places; /* character to GArray of gsize, ascending; without the popular ones */
  gsize *run, *next;  /* (m + 1): lengths of the common run that ends before J, for two rows */
} Matcher;

typedef struct {
  gsize a_begin, a_end, b_begin, b_end;
} Part;

typedef struct {
  gsize a, b, size;
} Block;

static void
free_array (gpointer array)
{
  g_array_unref (array);
}

static gboolean
is_popular (gpointer character, gpointer places, gpointer length)
{
  return ((GArray *)places)->len > *(const gsize *)length / 100 + 1;
}

static void
find_places (Matcher *self)
{
  self->places = g_hash_table_new_full (NULL, NULL, NULL, free_array);
  for (gsize j = 0; j < self->m; j++) {
    GArray *places = g_hash_table_lookup (self->places, GUINT_TO_POINTER (self->b[j]));
    if (places == NULL) {
      places = g_array_new (FALSE, FALSE, sizeof (gsize));
      g_hash_table_insert (self->places, GUINT_TO_POINTER (self->b[j]), places);
    }
    g_array_append_val (places, j);
  }
  if (self->m >= POPULAR_FROM)
    g_hash_table_foreach_remove (self->places, is_popular, &self->m);
}

/* Row I: the runs that end with A's character I, in NEXT; the longest one of all, the first of
 * several, is kept in BEST. */
static void
extend_runs (Matcher *self, const Part *part, gsize i, const GArray *places, Block *best)
{
  for (guint p = 0; p < places->len; p++) {
    gsize j = g_array_index (places, gsize, p);
    if (j < part->b_begin)
      continue;
    if (j >= part->b_end)
      break;
    gsize size = self->run[j] + 1;
    self->next[j + 1] = size;
    if (size > best->size)
      *best = (Block){ i + 1 - size, j + 1 - size, size };
  }
}

static void
forget_runs (gsize *run, const GArray *places)
{
  for (guint p = 0; places != NULL && p < places->len; p++)
    run[g_array_index (places, gsize, p) + 1] = 0;
}

/* Popular characters start no block, but one that is found takes those beside it. */
static void
widen (const Matcher *self, const Part *part, Block *best)
{
  while (best->a > part->a_begin && best->b > part->b_begin
         && self->a[best->a - 1] == self->b[best->b - 1]) {
    best->a--;
    best->b--;
    best->size++;
  }
  while (best->a + best->size < part->a_end && best->b + best->size < part->b_end
         && self->a[best->a + best->size] == self->b[best->b + best->size])
    best->size++;
}

static Block
longest_block (Matcher *self, const Part *part)
{
  Block best = { part->a_begin, part->b_begin, 0 };
  const GArray *before = NULL;
  for (gsize i = part->a_begin; i < part->a_end; i++) {
    const GArray *places = g_hash_table_lookup (self->places, GUINT_TO_POINTER (self->a[i]));
    if (places != NULL)
      extend_runs (self, part, i, places, &best);
    forget_runs (self->run, before);
    gsize *spare = self->run;
    self->run = self->next;
    self->next = spare;
    before = places;
  }
  forget_runs (self->run, before);
  widen (self, part, &best);
  return best;
}

/* Characters in the blocks: the longest one, then those to its left and to its right. */
static gsize
count_matches (Matcher *self)
{
  gsize matches = 0;
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_append_vals (parts, &(Part){ 0, self->n, 0, self->m }, 1);
  while (parts->len > 0) {
    Part part = g_array_index (parts, Part, parts->len - 1);
    g_array_set_size (parts, parts->len - 1);
    Block block = longest_block (self, &part);
    if (block.size == 0)
      continue;
    matches += block.size;
    Part left = { part.a_begin, block.a, part.b_begin, block.b };
    Part right = { block.a + block.size, part.a_end, block.b + block.size, part.b_end };
    if (left.a_begin < left.a_end && left.b_begin < left.b_end)
      g_array_append_val (parts, left);
    if (right.a_begin < right.a_end && right.b_begin < right.b_end)
      g_array_append_val (parts, right);
  }
  return matches;
}

static double
ratio (const char *prediction, const char *answer)
{
  if (strcmp (prediction, answer) == 0)
    return 1;
  if (*prediction == '\0' || *answer == '\0')
    return 0;
  glong n, m;
  g_autofree gunichar *a = g_utf8_to_ucs4_fast (prediction, -1, &n);
  g_autofree gunichar *b = g_utf8_to_ucs4_fast (answer, -1, &m);
  Matcher self = { a, b, (gsize)n, (gsize)m, NULL, NULL, NULL };
  self.run = g_new0 (gsize, self.m + 1);
  self.next = g_new0 (gsize, self.m + 1);
  find_places (&self);
  double share = 2.0 * (double)count_matches (&self) / (double)(self.n + self.m);
  g_hash_table_unref (self.places);
  g_free (self.run);
  g_free (self.next);
  /* Whole per cent, halves to the even one: Python's round() and C's rint(). */
  return rint (100 * share) / 100;
}

static gboolean
is_code (const char *line)
{
  return strchr (line, '`') == NULL && strchr (line, '#') == NULL && strstr (line, "//") == NULL;
}

double
scope_longbench_code_similarity (const char *prediction, const char *answer)
{
  g_auto (GStrv) lines = g_strsplit (prediction + strspn (prediction, "\n"), "\n", -1);
  gsize l = 0;
  while (lines[l] != NULL && !is_code (lines[l]))
    l++;
  return ratio (lines[l] != NULL ? lines[l] : "", answer);
}
