#include "session/history-private.h"

#include <math.h>

#include "base/error.h"
#include "base/json.h"

/* A longer value is cut in messages. */
#define SHOWN_MOST 60

static GParamSpec *
find_pspec (GObject *owner, const char *property)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (owner), property);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static JsonNode *
node_of_double (double value)
{
  return isfinite (value) ? json_node_init_double (json_node_alloc (), value)
                          : json_node_init_null (json_node_alloc ());
}

static JsonNode *
node_of_uint64 (guint64 value)
{
  return value <= G_MAXINT64 ? json_node_init_int (json_node_alloc (), (gint64)value)
                             : json_node_init_null (json_node_alloc ());
}

static JsonNode *
node_of_string (const char *value)
{
  return value != NULL ? json_node_init_string (json_node_alloc (), value)
                       : json_node_init_null (json_node_alloc ());
}

static const char *
enum_nick (const GValue *value)
{
  GEnumClass *class = g_type_class_peek (G_VALUE_TYPE (value));
  const GEnumValue *found
      = class != NULL ? g_enum_get_value (class, g_value_get_enum (value)) : NULL;

  return found != NULL ? found->value_nick : NULL;
}

JsonNode *
scope_history_get_property (GObject *owner, const char *property)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_object_get_property (owner, property, &value);
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (&value))) {
  case G_TYPE_BOOLEAN:
    return json_node_init_boolean (json_node_alloc (), g_value_get_boolean (&value));
  case G_TYPE_INT:
    return json_node_init_int (json_node_alloc (), g_value_get_int (&value));
  case G_TYPE_UINT:
    return json_node_init_int (json_node_alloc (), g_value_get_uint (&value));
  case G_TYPE_UINT64:
    return node_of_uint64 (g_value_get_uint64 (&value));
  case G_TYPE_DOUBLE:
    return node_of_double (g_value_get_double (&value));
  case G_TYPE_STRING:
    return node_of_string (g_value_get_string (&value));
  case G_TYPE_ENUM:
    return node_of_string (enum_nick (&value));
  default:
    g_return_val_if_reached (json_node_init_null (json_node_alloc ()));
  }
}

/* --- messages -----------------------------------------------------------------------------------
 */

static char *
describe (JsonNode *value)
{
  if (JSON_NODE_HOLDS_OBJECT (value))
    return g_strdup ("an object");
  if (JSON_NODE_HOLDS_ARRAY (value))
    return g_strdup ("a list");
  g_autofree char *text = scope_json_print (value, FALSE);
  if (g_utf8_strlen (text, -1) <= SHOWN_MOST)
    return g_steal_pointer (&text);
  g_autofree char *cut = g_utf8_substring (text, 0, SHOWN_MOST);
  return g_strconcat (cut, "…", NULL);
}

gboolean
scope_history_refuse (JsonNode *value, const char *expected, GError **error)
{
  g_autofree char *found = describe (value);

  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "expected %s, found %s",
                   expected, found);
  return FALSE;
}

static char *
expected_nicks (GType type)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (type);
  const GEnumClass *values = (const GEnumClass *)class;
  g_autoptr (GString) out = g_string_new ("one of");

  for (guint i = 0; i < values->n_values; i++)
    g_string_append_printf (out, "%s %s", i > 0 ? "," : "", values->values[i].value_nick);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
expected_by (GParamSpec *pspec)
{
  switch (G_TYPE_FUNDAMENTAL (pspec->value_type)) {
  case G_TYPE_BOOLEAN:
    return g_strdup ("true or false");
  case G_TYPE_INT:
    return g_strdup_printf ("a whole number from %d to %d", G_PARAM_SPEC_INT (pspec)->minimum,
                            G_PARAM_SPEC_INT (pspec)->maximum);
  case G_TYPE_UINT:
    return g_strdup_printf ("a whole number from %u to %u", G_PARAM_SPEC_UINT (pspec)->minimum,
                            G_PARAM_SPEC_UINT (pspec)->maximum);
  case G_TYPE_UINT64:
    return g_strdup ("a whole number from 0 up");
  case G_TYPE_DOUBLE:
    return g_strdup_printf ("a number from %g to %g", G_PARAM_SPEC_DOUBLE (pspec)->minimum,
                            G_PARAM_SPEC_DOUBLE (pspec)->maximum);
  case G_TYPE_ENUM:
    return expected_nicks (pspec->value_type);
  default:
    return g_strdup ("a string");
  }
}

/* --- writing ------------------------------------------------------------------------------------
 */

/* *OUT is a whole number that VALUE says, in whatever notation. */
static gboolean
as_integer (JsonNode *value, gint64 low, gint64 high, gint64 *out)
{
  if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_INT64)
    return FALSE;
  *out = json_node_get_int (value);
  return *out >= low && *out <= high;
}

static gboolean
as_double (JsonNode *value, double *out)
{
  GType type = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_value_type (value) : G_TYPE_INVALID;

  *out = JSON_NODE_HOLDS_NULL (value) ? NAN
         : type == G_TYPE_INT64       ? (double)json_node_get_int (value)
         : type == G_TYPE_DOUBLE      ? json_node_get_double (value)
                                      : 0.0;
  return JSON_NODE_HOLDS_NULL (value) || type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

static gboolean
as_enum (JsonNode *value, GValue *out)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (G_VALUE_TYPE (out));
  const char *nick = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_string (value) : NULL;
  const GEnumValue *found
      = nick != NULL ? g_enum_get_value_by_nick ((GEnumClass *)class, nick) : NULL;

  if (found != NULL)
    g_value_set_enum (out, found->value);
  return found != NULL;
}

static gboolean
as_string (JsonNode *value, GValue *out)
{
  gboolean string
      = JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING;

  if (string)
    g_value_set_string (out, json_node_get_string (value));
  return string || JSON_NODE_HOLDS_NULL (value);
}

static gboolean
as_number (JsonNode *value, GValue *out)
{
  gint64 integer = 0;
  double real = 0;

  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (out))) {
  case G_TYPE_INT:
    if (!as_integer (value, G_MININT, G_MAXINT, &integer))
      return FALSE;
    g_value_set_int (out, (int)integer);
    return TRUE;
  case G_TYPE_UINT:
    if (!as_integer (value, 0, G_MAXUINT, &integer))
      return FALSE;
    g_value_set_uint (out, (guint)integer);
    return TRUE;
  case G_TYPE_UINT64:
    if (!JSON_NODE_HOLDS_NULL (value) && !as_integer (value, 0, G_MAXINT64, &integer))
      return FALSE;
    g_value_set_uint64 (out, JSON_NODE_HOLDS_NULL (value) ? G_MAXUINT64 : (guint64)integer);
    return TRUE;
  default:
    if (!as_double (value, &real))
      return FALSE;
    g_value_set_double (out, real);
    return TRUE;
  }
}

static gboolean
convert (JsonNode *value, GValue *out)
{
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (out))) {
  case G_TYPE_BOOLEAN:
    if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_BOOLEAN)
      return FALSE;
    g_value_set_boolean (out, json_node_get_boolean (value));
    return TRUE;
  case G_TYPE_STRING:
    return as_string (value, out);
  case G_TYPE_ENUM:
    return as_enum (value, out);
  default:
    return as_number (value, out);
  }
}

gboolean
scope_history_set_property (GObject *owner, const char *property, JsonNode *value, GError **error)
{
  GParamSpec *pspec = find_pspec (owner, property);
  g_auto (GValue) converted = G_VALUE_INIT;

  g_value_init (&converted, pspec->value_type);
  /* NaN lies in no range, and stands for "none" where the property lets it. */
  gboolean missing = JSON_NODE_HOLDS_NULL (value) && G_IS_PARAM_SPEC_DOUBLE (pspec)
                     && (pspec->flags & G_PARAM_LAX_VALIDATION) != 0;
  if (!convert (value, &converted) || (!missing && g_param_value_validate (pspec, &converted))) {
    g_autofree char *expected = expected_by (pspec);
    return scope_history_refuse (value, expected, error);
  }
  g_object_set_property (owner, property, &converted);
  return TRUE;
}
