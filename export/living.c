#include "export/living.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "export/figure.h"

#define FILE_LIMIT ((gsize)1 << 30)
#define PREFIX     "mambascope:"

gboolean
scope_living_is_figure (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  return g_str_has_suffix (lower, ".png") || g_str_has_suffix (lower, ".pdf")
         || g_str_has_suffix (lower, ".svg");
}

/* Only valid UTF-8 is taken, and what was said first. */
static void
take_pair (GHashTable *pairs, const char *key, gssize key_length, const char *value,
           gsize value_length)
{
  g_autofree char *name = key_length < 0 ? g_strdup (key) : g_strndup (key, (gsize)key_length);
  if (!g_utf8_validate (name, -1, NULL) || !g_utf8_validate (value, (gssize)value_length, NULL)
      || g_hash_table_contains (pairs, name))
    return;
  g_hash_table_insert (pairs, g_steal_pointer (&name), g_strndup (value, value_length));
}

/* --- PNG: tEXt and uncompressed iTXt chunks --------------------------------------------------- */

static guint32
big_endian (const guint8 *data)
{
  return (guint32)data[0] << 24 | (guint32)data[1] << 16 | (guint32)data[2] << 8 | data[3];
}

/* After the key: a flag (0: not compressed) and a method, the language and the translated key, each
 * ended by a NUL. */
static const char *
skip_itxt_head (const char *data, const char *end)
{
  if (end - data < 2 || data[0] != 0)
    return NULL;
  data += 2;
  for (int k = 0; k < 2 && data != NULL; k++) {
    data = memchr (data, 0, (gsize)(end - data));
    data = data != NULL ? data + 1 : NULL;
  }
  return data;
}

static void
take_chunk (GHashTable *pairs, const char *type, const char *data, gsize length)
{
  const char *end = data + length, *key_end = memchr (data, 0, length);
  gsize prefix = strlen (PREFIX);
  gboolean international = memcmp (type, "iTXt", 4) == 0;
  if ((!international && memcmp (type, "tEXt", 4) != 0) || key_end == NULL
      || (gsize)(key_end - data) <= prefix || memcmp (data, PREFIX, prefix) != 0)
    return;
  const char *value = key_end + 1;
  if (international)
    value = skip_itxt_head (value, end);
  if (value != NULL)
    take_pair (pairs, data + prefix, key_end - data - (gssize)prefix, value, (gsize)(end - value));
}

static void
parse_png (GHashTable *pairs, const char *data, gsize length)
{
  for (gsize at = 8; at <= length && length - at >= 12;) {
    gsize size = big_endian ((const guint8 *)data + at);
    if (size > length - at - 12)
      return;
    take_chunk (pairs, data + at + 4, data + at + 8, size);
    at += size + 12;
  }
}

/* --- SVG: <m:entry key="…"> in the metadata --------------------------------------------------- */

typedef struct {
  GHashTable *pairs;
  char *key; /* of the entry being read; or NULL */
  GString *value;
} SvgReader;

static void
on_start (GMarkupParseContext *context, const char *element, const char **names,
          const char **values, gpointer data, GError **error)
{
  SvgReader *reader = data;
  g_clear_pointer (&reader->key, g_free);
  if (strcmp (element, "m:entry") != 0)
    return;
  for (gsize k = 0; names[k] != NULL; k++)
    if (strcmp (names[k], "key") == 0) { /* GMarkup lets an attribute come twice */
      g_free (reader->key);
      reader->key = g_strdup (values[k]);
    }
  g_string_truncate (reader->value, 0);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data,
         GError **error)
{
  SvgReader *reader = data;
  if (reader->key != NULL)
    g_string_append_len (reader->value, text, (gssize)length);
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  SvgReader *reader = data;
  if (reader->key != NULL)
    take_pair (reader->pairs, reader->key, -1, reader->value->str, reader->value->len);
  g_clear_pointer (&reader->key, g_free);
}

/* What was read before an error counts: the metadata comes first. */
static void
parse_svg (GHashTable *pairs, const char *data, gsize length)
{
  static const GMarkupParser parser
      = { .start_element = on_start, .end_element = on_end, .text = on_text };
  SvgReader reader = { pairs, NULL, g_string_new (NULL) };
  const char *close = g_strstr_len (data, (gssize)length, "</metadata>");
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &reader, NULL);
  g_autoptr (GError) error = NULL;
  gsize head = close != NULL ? (gsize)(close - data) : length;
  if (!g_markup_parse_context_parse (context, data, (gssize)head, &error))
    g_debug ("SVG metadata: %s", error->message);
  g_string_free (reader.value, TRUE);
  g_free (reader.key);
}

/* --- PDF: the keywords of the information dictionary ------------------------------------------ */

char *
scope_living_escape (const char *value)
{
  GString *out = g_string_new (NULL);
  for (const char *p = value; *p != '\0'; p++)
    if (*p == '%' || *p == ';')
      g_string_append_printf (out, "%%%02X", (guint)*p);
    else
      g_string_append_c (out, *p);
  return g_string_free (out, FALSE);
}

static char *
unescape (const char *value, gsize length)
{
  GString *out = g_string_sized_new (length);
  for (gsize k = 0; k < length; k++)
    if (value[k] == '%' && k + 2 < length && g_ascii_isxdigit (value[k + 1])
        && g_ascii_isxdigit (value[k + 2])) {
      g_string_append_c (out, (char)(g_ascii_xdigit_value (value[k + 1]) << 4
                                     | g_ascii_xdigit_value (value[k + 2])));
      k += 2;
    } else
      g_string_append_c (out, value[k]);
  return g_string_free (out, FALSE);
}

/* "(…)": parentheses nest; a backslash quotes, begins an octal number, or stands for a control. */
static GByteArray *
literal_string (const char *p, const char *end)
{
  GByteArray *out = g_byte_array_new ();
  int depth = 1;
  for (; p < end; p++) {
    guint8 byte = (guint8)*p;
    if (*p == '\\' && p + 1 < end) {
      static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
      const char *control = strchr (from, *++p);
      byte = control != NULL && *p != '\0' ? (guint8)to[control - from] : (guint8)*p;
      if (*p >= '0' && *p <= '7') {
        guint value = 0;
        for (int k = 0; k < 3 && p < end && *p >= '0' && *p <= '7'; k++)
          value = value * 8 + (guint)(*p++ - '0');
        byte = (guint8)value;
        p--;
      }
    } else if (*p == '(')
      depth++;
    else if (*p == ')' && --depth == 0)
      return out;
    g_byte_array_append (out, &byte, 1);
  }
  g_byte_array_unref (out);
  return NULL;
}

/* "<FEFF…>" */
static GByteArray *
hex_string (const char *p, const char *end)
{
  GByteArray *out = g_byte_array_new ();
  int high = -1;
  for (; p < end && *p != '>'; p++) {
    int digit = g_ascii_xdigit_value (*p);
    if (digit < 0 && !g_ascii_isspace (*p))
      break;
    if (digit >= 0 && high >= 0) {
      guint8 byte = (guint8)(high << 4 | digit);
      g_byte_array_append (out, &byte, 1);
    }
    if (digit >= 0)
      high = high >= 0 ? -1 : digit;
  }
  if (p < end && *p == '>')
    return out;
  g_byte_array_unref (out);
  return NULL;
}

/* UTF-16 with its mark, else taken as it is. */
static char *
decode_string (const GByteArray *bytes)
{
  if (bytes->len < 2 || bytes->data[0] != 0xfe || bytes->data[1] != 0xff)
    return g_strndup ((const char *)bytes->data, bytes->len);
  return g_convert ((const char *)bytes->data + 2, (gssize)bytes->len - 2, "UTF-8", "UTF-16BE",
                    NULL, NULL, NULL);
}

static void
take_keywords (GHashTable *pairs, const char *keywords)
{
  g_auto (GStrv) parts = g_strsplit (keywords, "; " PREFIX, -1);
  for (gsize k = 1; parts[0] != NULL && parts[k] != NULL; k++) {
    const char *equals = strchr (parts[k], '=');
    if (equals == NULL)
      continue;
    g_autofree char *value = unescape (equals + 1, strlen (equals + 1));
    take_pair (pairs, parts[k], equals - parts[k], value, strlen (value));
  }
}

/* The last WORD of bytes that may hold NULs, or NULL. */
static const char *
find_last (const char *data, gsize length, const char *word)
{
  gsize size = strlen (word);
  for (gsize at = length >= size ? length - size + 1 : 0; at > 0; at--)
    if (memcmp (data + at - 1, word, size) == 0)
      return data + at - 1;
  return NULL;
}

/* The last ones: the information dictionary stands at the end. */
static void
parse_pdf (GHashTable *pairs, const char *data, gsize length)
{
  const char *end = data + length;
  const char *found = find_last (data, length, "/Keywords");
  const char *p = found != NULL ? found + strlen ("/Keywords") : end;
  while (p < end && g_ascii_isspace (*p))
    p++;
  GByteArray *bytes = p + 1 >= end ? NULL
                      : *p == '('  ? literal_string (p + 1, end)
                      : *p == '<'  ? hex_string (p + 1, end)
                                   : NULL;
  if (bytes == NULL)
    return;
  g_autofree char *keywords = decode_string (bytes);
  g_byte_array_unref (bytes);
  if (keywords != NULL)
    take_keywords (pairs, keywords);
}

/* --- the whole -------------------------------------------------------------------------------- */

GHashTable *
scope_living_parse (const char *data, gsize length, const char *name, GError **error)
{
  static const char png_magic[] = "\x89PNG\r\n\x1a\n";
  g_autoptr (GHashTable) pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (length >= 8 && memcmp (data, png_magic, 8) == 0)
    parse_png (pairs, data, length);
  else if (length >= 5 && memcmp (data, "%PDF-", 5) == 0)
    parse_pdf (pairs, data, length);
  else if (length >= 5 && memcmp (data, "<?xml", 5) == 0)
    parse_svg (pairs, data, length);
  if (g_hash_table_contains (pairs, "recipe"))
    return g_steal_pointer (&pairs);
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_LIVING,
                   "%s: expected a PNG, PDF or SVG with a recipe inside, as this program writes "
                   "them",
                   name);
  return NULL;
}

GHashTable *
scope_living_read (const char *path, GError **error)
{
  gsize length;
  g_autofree char *data = scope_file_read (path, FILE_LIMIT, &length, error);
  return data != NULL ? scope_living_parse (data, length, path, error) : NULL;
}
