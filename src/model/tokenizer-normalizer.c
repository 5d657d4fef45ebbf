/* Normalisers: how a text is changed before it is cut. Each sees the pieces between added tokens
 * one by one. */
#include <stdlib.h>
#include <string.h>

#include "model/tokenizer-private.h"
#include "model/unicode.h"

/* A character that neither moves past nor joins what stands before it: text may be normalised
 * separately on its two sides. What counts is what it begins with when taken apart: half-width and
 * compatible letters turn into marks and vowels. Below U+0300 all are such. */
static gboolean
begins_segment (gunichar c, GNormalizeMode form)
{
  if (c < 0x300 || scope_unichar_stands_alone (c))
    return TRUE;
  gboolean compatible = form == G_NORMALIZE_ALL || form == G_NORMALIZE_ALL_COMPOSE;
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  g_unichar_fully_decompose (c, compatible, parts, G_N_ELEMENTS (parts));
  return !g_unichar_ismark (parts[0]) && g_unichar_combining_class (parts[0]) == 0
         && !(parts[0] >= 0x1160 && parts[0] <= 0x11ff);
}

static const char *
segment_end (const char *at, const char *end, GNormalizeMode form)
{
  gunichar first = g_utf8_get_char (at);
  gboolean alone = first == 0 || scope_unichar_stands_alone (first);
  do
    at = g_utf8_next_char (at);
  while (!alone && at < end && !begins_segment (g_utf8_get_char (at), form));
  return at;
}

typedef struct {
  gunichar c;
  int class;
  guint index;
} Part;

static int
compare_parts (gconstpointer a, gconstpointer b)
{
  const Part *left = a, *right = b;
  if (left->class != right->class)
    return left->class < right->class ? -1 : 1;
  return left->index < right->index ? -1 : left->index > right->index;
}

/* GLib sorts marks by exchanging neighbours: a heap of them would take for ever. Taken apart and in
 * order it finds nothing to exchange. */
static char *
order_marks (const char *text, gsize length, GNormalizeMode form)
{
  gboolean compatible = form == G_NORMALIZE_ALL || form == G_NORMALIZE_ALL_COMPOSE;
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  guint sorted = 0;
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at)) {
    gunichar c[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize count = g_unichar_fully_decompose (g_utf8_get_char (at), compatible, c, G_N_ELEMENTS (c));
    for (gsize i = 0; i < count; i++) {
      Part part = { c[i], g_unichar_combining_class (c[i]), parts->len };
      g_array_append_val (parts, part);
    }
  }
  Part *all = (Part *)(void *)parts->data;
  GString *out = g_string_sized_new (length);
  for (guint i = 0; i <= parts->len; i++) {
    if (i < parts->len && all[i].class != 0)
      continue;
    qsort (all + sorted, i - sorted, sizeof *all, compare_parts);
    sorted = i + 1;
  }
  for (guint i = 0; i < parts->len; i++)
    g_string_append_unichar (out, all[i].c);
  return g_string_free (out, FALSE);
}

#define MANY_MARKS 128 /* bytes */

static char *
normal_form (const char *text, gsize length, GNormalizeMode form)
{
  if (length <= MANY_MARKS)
    return g_utf8_normalize (text, (gssize)length, form);
  g_autofree char *ordered = order_marks (text, length, form);
  return g_utf8_normalize (ordered, -1, form);
}

/* Below it no character has another form. */
static gunichar
first_changed (GNormalizeMode form)
{
  switch (form) {
  case G_NORMALIZE_DEFAULT_COMPOSE:
    return 0x300;
  case G_NORMALIZE_DEFAULT:
    return 0xc0;
  default:
    return 0xa0;
  }
}

static gboolean
rewrite_form (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  const ScopeNormalizer *self = data;
  const char *text = out->from->text, *end = text + piece->end, *stop;
  gunichar least = first_changed (self->form);
  for (const char *at = text + piece->begin; at < end; at = stop) {
    stop = segment_end (at, end, self->form);
    gsize length = (gsize)(stop - at), begin = (gsize)(at - text);
    gunichar first = g_utf8_get_char (at);
    gboolean single = stop == g_utf8_next_char (at);
    if (single && (first < least || scope_unichar_stands_alone (first))) {
      scope_rewrite_keep (out, begin, begin + length);
      continue;
    }
    g_autofree char *normal = normal_form (at, length, self->form);
    gsize changed = strlen (normal);
    if (changed == length && memcmp (normal, at, length) == 0)
      scope_rewrite_keep (out, begin, begin + length);
    else
      scope_rewrite_put (out, normal, changed, begin, begin + length);
  }
  return TRUE;
}

static guint
map_lower (gunichar c, gconstpointer data, gunichar out[4])
{
  return scope_unichar_lower (c, out);
}

static gboolean
rewrite_lower (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  scope_rewrite_map (out, piece, map_lower, data);
  return TRUE;
}

static guint
map_mark (gunichar c, gconstpointer data, gunichar out[4])
{
  out[0] = c;
  return scope_unichar_is_mark (c) ? 0 : 1;
}

static gboolean
rewrite_marks (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  scope_rewrite_map (out, piece, map_mark, data);
  return TRUE;
}

static gboolean
rewrite_strip (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  const ScopeNormalizer *self = data;
  const char *text = out->from->text;
  gsize begin = piece->begin, end = piece->end;
  if (self->left)
    begin = scope_skip_space (text, begin, end);
  if (self->right)
    end = scope_skip_space_back (text, begin, end);
  scope_rewrite_keep (out, begin, end);
  return TRUE;
}

static gboolean
rewrite_replace (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  const ScopeNormalizer *self = data;
  gsize length = strlen (self->content);
  g_autoptr (GArray) stretches = g_array_new (FALSE, FALSE, sizeof (ScopeStretch));
  if (!scope_pattern_find (self->pattern, out->from->text, piece->begin, piece->end, stretches,
                           error))
    return FALSE;
  for (guint i = 0; i < stretches->len; i++) {
    const ScopeStretch *stretch = &g_array_index (stretches, ScopeStretch, i);
    if (stretch->matched)
      scope_rewrite_put (out, self->content, length, stretch->begin, stretch->end);
    else
      scope_rewrite_keep (out, stretch->begin, stretch->end);
  }
  return TRUE;
}

static gboolean
rewrite_prepend (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  const ScopeNormalizer *self = data;
  if (!scope_passage_continues (out->from, piece))
    scope_rewrite_put (out, self->content, strlen (self->content), piece->begin, piece->begin);
  scope_rewrite_keep (out, piece->begin, piece->end);
  return TRUE;
}

/* A character below LEAST begins with a byte below its own first one. */
static gboolean
is_below (const ScopePassage *passage, gunichar least)
{
  guchar bound = least == 0x300 ? 0xcc : least == 0xc0 ? 0xc3 : 0xc2;
  for (gsize i = 0; i < passage->length; i++)
    if ((guchar)passage->text[i] >= bound)
      return FALSE;
  return TRUE;
}

gboolean
scope_normalizer_apply (const ScopeNormalizer *self, ScopePassage *passage, GError **error)
{
  static const ScopeRewritePiece functions[] = {
    [SCOPE_NORMALIZER_FORM] = rewrite_form,       [SCOPE_NORMALIZER_LOWERCASE] = rewrite_lower,
    [SCOPE_NORMALIZER_STRIP] = rewrite_strip,     [SCOPE_NORMALIZER_STRIP_ACCENTS] = rewrite_marks,
    [SCOPE_NORMALIZER_REPLACE] = rewrite_replace, [SCOPE_NORMALIZER_PREPEND] = rewrite_prepend,
  };
  if (self->kind == SCOPE_NORMALIZER_FORM && is_below (passage, first_changed (self->form)))
    return TRUE;
  return scope_passage_rewrite (passage, functions[self->kind], self, error);
}

char *
scope_normalize (const GArray *normalizers, const char *text, GError **error)
{
  g_autoptr (ScopePassage) passage = scope_passage_new (text, strlen (text));
  for (guint i = 0; i < normalizers->len; i++)
    if (!scope_normalizer_apply (&g_array_index (normalizers, ScopeNormalizer, i), passage, error))
      return NULL;
  return g_strndup (passage->text, passage->length);
}
