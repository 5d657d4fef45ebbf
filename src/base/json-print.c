/* JSON from nodes. json-glib writes 1e-14 as "1e-14.0", which no reader takes. */
#include <math.h>
#include <string.h>

#include "base/json.h"

typedef struct {
  GString *out;
  gboolean pretty;
} Printer;

static void print_node (const Printer *self, JsonNode *node, guint depth);

static void
print_string (GString *out, const char *text)
{
  static const char letters[] = "\b\f\n\r\t", names[] = "bfnrt";

  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++) {
    const char *letter = strchr (letters, *p);
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if (letter != NULL)
      g_string_append_printf (out, "\\%c", names[letter - letters]);
    else if ((guchar)*p < 0x20 || *p == 0x7f)
      g_string_append_printf (out, "\\u%04x", (guint)*p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

/* The fewest digits that read back the same; one that looks whole says that it is none. */
static void
print_double (GString *out, double value)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value)) {
    g_string_append (out, "null");
    return;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (buffer, sizeof buffer, formats[i], value);
    if (g_ascii_strtod (buffer, NULL) == value)
      break;
  }
  g_string_append (out, buffer);
  if (strpbrk (buffer, ".e") == NULL)
    g_string_append (out, ".0");
}

static void
print_value (GString *out, JsonNode *node)
{
  switch (json_node_get_value_type (node)) {
  case G_TYPE_INT64:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
    break;
  case G_TYPE_BOOLEAN:
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
    break;
  case G_TYPE_DOUBLE:
    print_double (out, json_node_get_double (node));
    break;
  default:
    print_string (out, json_node_get_string (node));
  }
}

static void
print_break (const Printer *self, guint depth)
{
  if (!self->pretty)
    return;
  g_string_append_c (self->out, '\n');
  for (guint i = 0; i < depth; i++)
    g_string_append (self->out, "  ");
}

static void
print_object (const Printer *self, JsonObject *object, guint depth)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;
  gboolean first = TRUE;

  g_string_append_c (self->out, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &member, &value)) {
    if (!first)
      g_string_append_c (self->out, ',');
    first = FALSE;
    print_break (self, depth + 1);
    print_string (self->out, member);
    g_string_append (self->out, self->pretty ? ": " : ":");
    print_node (self, value, depth + 1);
  }
  if (!first)
    print_break (self, depth);
  g_string_append_c (self->out, '}');
}

/* A list stays on its line: what is long of a list is a list of numbers. */
static void
print_array (const Printer *self, JsonArray *array, guint depth)
{
  g_string_append_c (self->out, '[');
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (i > 0)
      g_string_append (self->out, self->pretty ? ", " : ",");
    print_node (self, json_array_get_element (array, i), depth + 1);
  }
  g_string_append_c (self->out, ']');
}

static void
print_node (const Printer *self, JsonNode *node, guint depth)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    print_object (self, json_node_get_object (node), depth);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    print_array (self, json_node_get_array (node), depth);
  else if (JSON_NODE_HOLDS_VALUE (node))
    print_value (self->out, node);
  else
    g_string_append (self->out, "null");
}

char *
scope_json_print (JsonNode *node, gboolean pretty)
{
  const Printer self = { g_string_new (NULL), pretty };

  print_node (&self, node, 0);
  return g_string_free (self.out, FALSE);
}
