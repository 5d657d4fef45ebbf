/* Patterns of tokenizer.json, which are written for Oniguruma, in PCRE2's words. What the two read
 * differently is translated or refused: nothing is matched by another rule than the writer's. */
#include <string.h>

#include "base/error.h"
#include "model/tokenizer-private.h"
#include "model/unicode.h"

/* Oniguruma's \w: Alphabetic, M, Nd, Pc; and by an old habit, where it stands alone, the digits of
 * Latin-1. */
#define WORD  "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"
#define HABIT "\\xb2\\xb3\\xb9\\xbc-\\xbe"

struct _ScopePattern {
  GRegex *regex;
};

typedef struct {
  const char *start, *at;
  GString *out;
  guint depth, caseless; /* how many groups stand open; the one that ignores case, 0: none */
  GError **error;
} Translation;

static gboolean
refuse (Translation *self, const char *what, gsize length)
{
  g_autofree char *quoted = g_strndup (what, length);
  scope_set_error (self->error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED,
                   "\"%s\" is not supported in a pattern", quoted);
  return FALSE;
}

/* \p{L} is one of the general categories in both, other names are scripts, which PCRE2 takes in a
 * wider sense unless told. */
static gboolean
translate_property (Translation *self)
{
  static const char *const categories[]
      = { "C",  "Cc", "Cf", "Cn", "Co", "Cs", "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",
          "Mc", "Me", "Mn", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi",
          "Po", "Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs", NULL };
  const char *begin = self->at, *end = begin[2] == '{' ? strchr (begin, '}') : NULL;
  if (end == NULL)
    return refuse (self, begin, MIN (strlen (begin), 3));
  const char *name = begin[3] == '^' ? begin + 4 : begin + 3;
  g_autofree char *property = g_strndup (name, (gsize)(end - name));
  g_string_append_printf (self->out, "\\%c{%s%s%s}", begin[1], name[-1] == '^' ? "^" : "",
                          g_strv_contains (categories, property) ? "" : "sc:", property);
  self->at = end + 1;
  return TRUE;
}

/* \x41, \x{2581} and \u2581; two digits above 7F would be a byte, not a character. */
static gboolean
translate_code (Translation *self)
{
  const char *digits = self->at + 2;
  gboolean braced = self->at[1] == 'x' && *digits == '{';
  gsize count = 0, most = braced ? 6 : self->at[1] == 'u' ? 4 : 2;
  digits += braced;
  while (count < most && g_ascii_isxdigit (digits[count]))
    count++;
  gboolean whole = braced ? count > 0 && digits[count] == '}' : count == most;
  gboolean byte = self->at[1] == 'x' && !braced && digits[0] > '7';
  if (!whole || byte)
    return refuse (self, self->at, (gsize)(digits - self->at) + count);
  g_string_append_printf (self->out, "\\x{%.*s}", (int)count, digits);
  self->at = digits + count + braced;
  return TRUE;
}

/* The escapes that mean the same inside and outside of a class. */
static gboolean
translate_common_escape (Translation *self)
{
  char c = self->at[1];
  if (c == 'p' || c == 'P')
    return translate_property (self);
  if (c == 'x' || c == 'u')
    return translate_code (self);
  if (c == '\0' || (g_ascii_isalnum (c) && strchr ("sSdDtnrfae", c) == NULL))
    return refuse (self, self->at, c == '\0' ? 1 : 2);
  g_string_append_len (self->out, self->at, 2);
  self->at += 2;
  return TRUE;
}

static gboolean
translate_escape (Translation *self)
{
  char c = self->at[1];
  if (c == 'w' || c == 'W')
    g_string_append_printf (self->out, "[%s" WORD HABIT "]", c == 'W' ? "^" : "");
  else if (c == 'A' || c == 'z' || c == 'Z')
    g_string_append_len (self->out, self->at, 2);
  else
    return translate_common_escape (self);
  self->at += 2;
  return TRUE;
}

/* Classes inside of a class are part of it in Oniguruma and brackets in PCRE2. */
static gboolean
translate_nested (Translation *self, guint *depth)
{
  const char *at = self->at;
  if (at[0] == ']') {
    if (--*depth > 0 && at[1] == '-')
      return refuse (self, at, 2);
  } else {
    if (strchr (":^]", at[1]) != NULL || at[-1] == '-')
      return refuse (self, at, 2);
    (*depth)++;
  }
  if (*depth == 0)
    g_string_append_c (self->out, ']');
  self->at++;
  return TRUE;
}

/* One character that stands for itself. Where case is ignored Oniguruma takes "ss" for "ß" and "fi"
 * for a ligature, and the other way round; PCRE2 knows no such pairs. */
static gboolean
translate_literal (Translation *self)
{
  static const char *const pairs[] = { "ss", "st", "ff", "fi", "fl" };
  const char *at = self->at;
  gsize length = (guchar)g_utf8_skip[(guchar)*at];
  if (self->caseless > 0 && length > 1)
    return refuse (self, at, length);
  for (gsize i = 0; self->caseless > 0 && i < G_N_ELEMENTS (pairs); i++)
    if (g_ascii_strncasecmp (at, pairs[i], 2) == 0)
      return refuse (self, at, 2);
  g_string_append_len (self->out, at, (gssize)length);
  self->at += length;
  return TRUE;
}

static gboolean
translate_class (Translation *self)
{
  guint depth = 1;
  gsize opening = self->at[1] == '^' ? 2 : 1;
  if (self->at[opening] == ']')
    opening++;
  g_string_append_len (self->out, self->at, (gssize)opening);
  self->at += opening;
  while (depth > 0) {
    char c = *self->at;
    gboolean ok = TRUE;
    if (c == '\0' || strncmp (self->at, "&&", 2) == 0)
      return refuse (self, c == '\0' ? "[" : "&&", c == '\0' ? 1 : 2);
    if (c == '[' || c == ']') {
      ok = translate_nested (self, &depth);
    } else if (c == '\\' && self->at[1] == 'w') {
      g_string_append (self->out, WORD);
      self->at += 2;
    } else if (c == '\\') {
      ok = translate_common_escape (self);
    } else {
      ok = translate_literal (self);
    }
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

/* Options in the middle reach further in one of the two than in the other. */
static gboolean
translate_group (Translation *self)
{
  static const char *const known[]
      = { "(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", "(?i:", "(?-i:" };
  gsize length = self->at[1] == '?' || self->at[1] == '*' ? 0 : 1;
  for (gsize i = 0; length == 0 && i < G_N_ELEMENTS (known); i++)
    if (g_str_has_prefix (self->at, known[i]))
      length = strlen (known[i]);
  if (self->at == self->start && g_str_has_prefix (self->at, "(?i)"))
    length = 4;
  if (length == 0)
    return refuse (self, self->at, MIN (strlen (self->at), 4));
  self->depth += self->at[length - 1] != ')';
  if (self->caseless == 0 && g_str_has_prefix (self->at, "(?i"))
    self->caseless = self->depth;
  g_string_append_len (self->out, self->at, (gssize)length);
  self->at += length;
  return TRUE;
}

static gboolean
translate_group_end (Translation *self)
{
  if (self->caseless == self->depth)
    self->caseless = 0;
  self->depth--;
  g_string_append_c (self->out, ')');
  self->at++;
  return self->depth > 0 || refuse (self, ")", 1);
}

/* {n}, {n,}, {n,m} and {,m}; with "+" behind it one repeats the repetition and the other never
 * gives back, and {n}? may be none at all. */
static gboolean
translate_braces (Translation *self)
{
  const char *at = self->at + 1, *low = at, *high = NULL;
  while (g_ascii_isdigit (*at))
    at++;
  gsize digits = (gsize)(at - low);
  if (*at == ',') {
    high = ++at;
    while (g_ascii_isdigit (*at))
      at++;
  }
  gsize length = (gsize)(at - self->at) + 1;
  if (*at != '}' || (digits == 0 && at == high) || length == 2) {
    g_string_append (self->out, "\\{");
    self->at++;
    return TRUE;
  }
  if (at[1] == '+' || (at[1] == '?' && high == NULL))
    return refuse (self, self->at, length + 1);
  g_string_append_printf (self->out, "{%s%.*s", digits == 0 ? "0" : "", (int)length - 1, low);
  self->at += length;
  return TRUE;
}

static gboolean
translate (Translation *self)
{
  gboolean ok = TRUE;
  while (ok && *self->at != '\0') {
    switch (*self->at) {
    case '\\':
      ok = translate_escape (self);
      break;
    case '[':
      ok = translate_class (self);
      break;
    case '(':
      ok = translate_group (self);
      break;
    case '{':
      ok = translate_braces (self);
      break;
    case ')':
      ok = translate_group_end (self);
      break;
    default:
      ok = translate_literal (self);
    }
  }
  return ok;
}

static ScopePattern *
compile (const char *expression, GError **error)
{
  g_autoptr (GError) reason = NULL;
  GRegex *regex = g_regex_new (
      expression, G_REGEX_OPTIMIZE | G_REGEX_MULTILINE | G_REGEX_NEWLINE_LF, 0, &reason);
  if (regex == NULL) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED, "%s",
                     reason->message);
    return NULL;
  }
  ScopePattern *self = g_new (ScopePattern, 1);
  self->regex = regex;
  return self;
}

ScopePattern *
scope_pattern_new (const char *expression, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Translation translation = { expression, expression, out, 1, 0, error };
  return translate (&translation) ? compile (out->str, error) : NULL;
}

ScopePattern *
scope_pattern_new_literal (const char *text, GError **error)
{
  g_autofree char *escaped = g_regex_escape_string (text, -1);
  return compile (escaped, error);
}

void
scope_pattern_free (ScopePattern *self)
{
  g_regex_unref (self->regex);
  g_free (self);
}

/* The text as every version of PCRE2 knows it, or NULL if it is that already. U+0897 is the first
 * character that is not: nothing shorter than three bytes. */
static char *
settle (const char *text, gsize length)
{
  char *copy = NULL;
  for (gsize at = 0; at < length; at++) {
    if ((guchar)text[at] < 0xe0)
      continue;
    gunichar c = g_utf8_get_char (text + at), known = scope_unichar_settle (c);
    if (c == known)
      continue;
    if (copy == NULL)
      copy = g_memdup2 (text, length);
    g_unichar_to_utf8 (known, copy + at);
  }
  return copy;
}

static void
collect (GMatchInfo *info, gsize begin, gsize end, GArray *stretches, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gsize done = begin;
  int last = -1, from, to;
  while (failure == NULL && g_match_info_fetch_pos (info, 0, &from, &to)) {
    /* A match of nothing does not count right after another match. */
    if (from != to || from != last) {
      scope_stretches_add (stretches, done, begin + (gsize)from, FALSE);
      done = begin + (gsize)to;
      scope_stretches_add (stretches, begin + (gsize)from, done, TRUE);
      last = to;
    }
    if (!g_match_info_next (info, &failure))
      break;
  }
  scope_stretches_add (stretches, done, end, FALSE);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
}

gboolean
scope_pattern_find (const ScopePattern *self, const char *text, gsize begin, gsize end,
                    GArray *stretches, GError **error)
{
  g_autoptr (GMatchInfo) info = NULL;
  g_autoptr (GError) failure = NULL;
  g_autofree char *settled = settle (text + begin, end - begin);
  const char *subject = settled != NULL ? settled : text + begin;
  g_regex_match_full (self->regex, subject, (gssize)(end - begin), 0, 0, &info, &failure);
  if (failure == NULL)
    collect (info, begin, end, stretches, &failure);
  if (failure == NULL)
    return TRUE;
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                   "the tokenizer's pattern failed on the text: %s", failure->message);
  return FALSE;
}
