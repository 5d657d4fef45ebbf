/* The parser behind scope_json_parse(): RFC 8259 to the letter, and the bare NaN, Infinity and
 * -Infinity that Python's writer emits. json-glib's own parser takes comments, repeated members and
 * unbounded nesting, and no infinities; its tree is what the rest of the program reads. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"

#define MAX_DEPTH 64

typedef struct {
  const char *name;
  const char *begin, *at, *end;
  guint depth;
  GString *text; /* the string being read */
  GError **error;
} Parser;

static JsonNode *parse_value (Parser *self);

static void
fail (Parser *self, const char *what)
{
  gsize line = 1;
  for (const char *c = self->begin; c < self->at; c++)
    line += *c == '\n';
  scope_set_error (self->error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                   "%s: invalid JSON at byte %" G_GSIZE_FORMAT " (line %" G_GSIZE_FORMAT "): %s",
                   self->name, (gsize)(self->at - self->begin), line, what);
}

static void
skip_space (Parser *self)
{
  while (self->at < self->end
         && (*self->at == ' ' || *self->at == '\t' || *self->at == '\n' || *self->at == '\r'))
    self->at++;
}

static gboolean
take (Parser *self, char c)
{
  skip_space (self);
  if (self->at == self->end || *self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean
take_word (Parser *self, const char *word)
{
  gsize length = strlen (word);
  if ((gsize)(self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return FALSE;
  self->at += length;
  return TRUE;
}

/* Four hexadecimal digits, or -1. */
static gint32
parse_unit (Parser *self)
{
  gint32 unit = 0;
  if (self->end - self->at < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int digit = g_ascii_xdigit_value (self->at[i]);
    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
  }
  self->at += 4;
  return unit;
}

/* After "\u". A pair of surrogates is one character; NUL cannot stand in a C string. */
static gboolean
parse_unicode (Parser *self)
{
  gint32 c = parse_unit (self);
  if (c >= 0xd800 && c < 0xdc00 && take_word (self, "\\u")) {
    gint32 low = parse_unit (self);
    c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : -1;
  }
  if (c <= 0 || (c >= 0xd800 && c < 0xe000)) {
    fail (self, "invalid \\u escape");
    return FALSE;
  }
  g_string_append_unichar (self->text, (gunichar)c);
  return TRUE;
}

static gboolean
parse_escape (Parser *self)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  char c = self->at < self->end ? *self->at : '\0';
  const char *found = c != '\0' ? strchr (from, c) : NULL;
  if (c == 'u') {
    self->at++;
    return parse_unicode (self);
  }
  if (found == NULL) {
    fail (self, "invalid escape in a string");
    return FALSE;
  }
  self->at++;
  g_string_append_c (self->text, to[found - from]);
  return TRUE;
}

/* After the opening quote; leaves the string in SELF->text. */
static gboolean
parse_string (Parser *self)
{
  g_string_truncate (self->text, 0);
  for (;;) {
    const char *begin = self->at;
    while (self->at < self->end && *self->at != '"' && *self->at != '\\'
           && (guchar)*self->at >= 0x20)
      self->at++;
    g_string_append_len (self->text, begin, self->at - begin);
    if (self->at == self->end || (guchar)*self->at < 0x20) {
      fail (self, "a string without its end");
      return FALSE;
    }
    if (*self->at++ == '"')
      return TRUE;
    if (!parse_escape (self))
      return FALSE;
  }
}

static gboolean
skip_digits (Parser *self)
{
  const char *begin = self->at;
  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  return self->at > begin;
}

static JsonNode *
parse_number (Parser *self)
{
  const char *begin = self->at;
  gboolean whole = TRUE, ok;
  if (*self->at == '-')
    self->at++;
  if (self->at < self->end && *self->at == '0') {
    self->at++;
    ok = TRUE;
  } else {
    ok = skip_digits (self);
  }
  if (ok && self->at < self->end && *self->at == '.') {
    whole = FALSE;
    self->at++;
    ok = skip_digits (self);
  }
  if (ok && self->at < self->end && (*self->at == 'e' || *self->at == 'E')) {
    whole = FALSE;
    self->at++;
    if (self->at < self->end && (*self->at == '-' || *self->at == '+'))
      self->at++;
    ok = skip_digits (self);
  }
  if (!ok) {
    fail (self, "expected a value");
    return NULL;
  }
  g_autofree char *text = g_strndup (begin, (gsize)(self->at - begin));
  JsonNode *node = json_node_alloc ();
  gint64 integer;
  if (whole && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    return json_node_init_int (node, integer);
  return json_node_init_double (node, g_ascii_strtod (text, NULL));
}

static JsonNode *
parse_array (Parser *self)
{
  g_autoptr (JsonArray) array = json_array_new ();
  if (!take (self, ']')) {
    do {
      JsonNode *element = parse_value (self);
      if (element == NULL)
        return NULL;
      json_array_add_element (array, element);
    } while (take (self, ','));
    if (!take (self, ']')) {
      fail (self, "expected , or ] in a list");
      return NULL;
    }
  }
  return json_node_init_array (json_node_alloc (), array);
}

static gboolean
parse_member (Parser *self, JsonObject *object)
{
  if (!take (self, '"')) {
    fail (self, "expected a member's name");
    return FALSE;
  }
  if (!parse_string (self))
    return FALSE;
  g_autofree char *member = g_strndup (self->text->str, self->text->len);
  if (json_object_has_member (object, member)) {
    g_autofree char *what = g_strdup_printf ("the member \"%s\" stands twice", member);
    fail (self, what);
    return FALSE;
  }
  if (!take (self, ':')) {
    fail (self, "expected : after a member's name");
    return FALSE;
  }
  JsonNode *value = parse_value (self);
  if (value == NULL)
    return FALSE;
  json_object_set_member (object, member, value);
  return TRUE;
}

static JsonNode *
parse_object (Parser *self)
{
  g_autoptr (JsonObject) object = json_object_new ();
  if (!take (self, '}')) {
    do {
      if (!parse_member (self, object))
        return NULL;
    } while (take (self, ','));
    if (!take (self, '}')) {
      fail (self, "expected , or } in an object");
      return NULL;
    }
  }
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
parse_word (Parser *self)
{
  if (take_word (self, "null"))
    return json_node_new (JSON_NODE_NULL);
  if (take_word (self, "true"))
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (take_word (self, "false"))
    return json_node_init_boolean (json_node_alloc (), FALSE);
  if (take_word (self, "NaN"))
    return json_node_init_double (json_node_alloc (), g_ascii_strtod ("nan", NULL));
  if (take_word (self, "Infinity"))
    return json_node_init_double (json_node_alloc (), g_ascii_strtod ("inf", NULL));
  if (take_word (self, "-Infinity"))
    return json_node_init_double (json_node_alloc (), g_ascii_strtod ("-inf", NULL));
  if (self->at < self->end && (*self->at == '-' || g_ascii_isdigit (*self->at)))
    return parse_number (self);
  fail (self, self->at == self->end ? "it ends too early" : "expected a value");
  return NULL;
}

static JsonNode *
parse_value (Parser *self)
{
  JsonNode *node = NULL;
  gboolean object = take (self, '{'), array = !object && take (self, '[');
  if (object || array) {
    if (self->depth == MAX_DEPTH) {
      fail (self, "nested too deeply");
      return NULL;
    }
    self->depth++;
    node = object ? parse_object (self) : parse_array (self);
    self->depth--;
    return node;
  }
  if (!take (self, '"'))
    return parse_word (self);
  if (parse_string (self))
    node = json_node_init_string (json_node_alloc (), self->text->str);
  return node;
}

JsonNode *
scope_json_parse (const char *data, gsize length, const char *name, GError **error)
{
  const char *bad;
  Parser parser = { name, data, data, data + length, 0, NULL, error };
  if (!g_utf8_validate_len (data, length, &bad)) {
    parser.at = bad;
    fail (&parser, "invalid UTF-8");
    return NULL;
  }
  g_autoptr (GString) text = g_string_new (NULL);
  parser.text = text;
  g_autoptr (JsonNode) root = parse_value (&parser);
  if (root == NULL)
    return NULL;
  skip_space (&parser);
  if (parser.at < parser.end) {
    fail (&parser, "something follows its end");
    return NULL;
  }
  return g_steal_pointer (&root);
}
