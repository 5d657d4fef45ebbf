#include "model/families/reader.h"

#include <math.h>
#include <string.h>

void
scope_reader_fail (ScopeReader *self, ScopeModelError code, const char *member, const char *format,
                   ...)
{
  if (!self->ok)
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (self->error, SCOPE_MODEL_ERROR, code, "%s: %s.%s: %s", self->name, self->path,
                   member, text);
  self->ok = FALSE;
}

gsize
scope_reader_size (ScopeReader *self, const char *member, gsize fallback)
{
  gint64 value = (gint64)fallback;
  if (self->ok)
    self->ok = scope_json_get_int (self->object, member, fallback == 0, 1, SCOPE_READER_MAX_SIZE,
                                   &value, self->name, self->path, self->error);
  return (gsize)value;
}

double
scope_reader_real (ScopeReader *self, const char *member, double fallback)
{
  if (self->ok)
    self->ok = scope_json_get_double (self->object, member, FALSE, &fallback, self->name,
                                      self->path, self->error);
  return fallback;
}

gboolean
scope_reader_boolean (ScopeReader *self, const char *member, gboolean fallback)
{
  if (self->ok)
    self->ok = scope_json_get_boolean (self->object, member, FALSE, &fallback, self->name,
                                       self->path, self->error);
  return fallback;
}

const char *
scope_reader_string (ScopeReader *self, const char *member, const char *fallback)
{
  if (self->ok)
    self->ok = scope_json_get_string (self->object, member, FALSE, &fallback, self->name,
                                      self->path, self->error);
  return fallback;
}

JsonNode *
scope_reader_node (ScopeReader *self, const char *member)
{
  JsonNode *node = json_object_get_member (self->object, member);
  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

gboolean
scope_reader_open (ScopeReader *self, const char *member, const char *path, ScopeReader *out)
{
  JsonNode *node = scope_reader_node (self, member);
  if (!self->ok || node == NULL)
    return FALSE;
  JsonObject *object = scope_json_object (node, self->name, path, self->error);
  self->ok = object != NULL;
  *out = (ScopeReader){ object, self->name, path, self->ok, self->error };
  return self->ok;
}

void
scope_reader_fields (ScopeReader *self, const ScopeField *fields, gsize count, ScopeConfig *out)
{
  for (gsize i = 0; i < count; i++) {
    const ScopeField *f = &fields[i];
    if (f->kind == SCOPE_FIELD_SIZE)
      G_STRUCT_MEMBER (gsize, out, f->place)
          = scope_reader_size (self, f->member, (gsize)f->fallback);
    else if (f->kind == SCOPE_FIELD_REAL)
      G_STRUCT_MEMBER (double, out, f->place) = scope_reader_real (self, f->member, f->fallback);
    else
      G_STRUCT_MEMBER (gboolean, out, f->place)
          = scope_reader_boolean (self, f->member, f->fallback != 0);
  }
}

void
scope_reader_only_boolean (ScopeReader *self, const char *member, gboolean fallback,
                           gboolean supported)
{
  if (scope_reader_boolean (self, member, fallback) != supported)
    scope_reader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, member,
                       "%s is not supported; supported is %s", supported ? "false" : "true",
                       supported ? "true" : "false");
}

void
scope_reader_only_size (ScopeReader *self, const char *member, gsize expected)
{
  gsize found = scope_reader_size (self, member, expected);
  if (found != expected)
    scope_reader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, member,
                       "expected %" G_GSIZE_FORMAT ", found %" G_GSIZE_FORMAT, expected, found);
}

void
scope_reader_rank (ScopeReader *self, const char *member, ScopeConfig *out)
{
  JsonNode *node = scope_reader_node (self, member);
  gboolean named = node != NULL && JSON_NODE_HOLDS_VALUE (node)
                   && json_node_get_value_type (node) == G_TYPE_STRING;
  out->dt_rank = (out->d_model + 15) / 16;
  if (!named)
    out->dt_rank = scope_reader_size (self, member, out->dt_rank);
  else if (strcmp (json_node_get_string (node), "auto") != 0)
    scope_reader_fail (self, SCOPE_MODEL_ERROR_FORMAT, member,
                       "expected a whole number or \"auto\", found \"%s\"",
                       json_node_get_string (node));
}

/* One bound: a number, or the object that stands for an infinity in files whose writer keeps to the
 * letter of JSON. NAN: neither. */
static double
read_limit (JsonNode *node, const char *name, const char *path)
{
  if (JSON_NODE_HOLDS_VALUE (node)
      && (json_node_get_value_type (node) == G_TYPE_DOUBLE
          || json_node_get_value_type (node) == G_TYPE_INT64))
    return json_node_get_double (node);
  const char *text = NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    scope_json_get_string (json_node_get_object (node), "__float__", FALSE, &text, name, path,
                           NULL);
  if (g_strcmp0 (text, "Infinity") == 0)
    return INFINITY;
  if (g_strcmp0 (text, "-Infinity") == 0)
    return -INFINITY;
  return NAN;
}

void
scope_reader_limits (ScopeReader *self, const char *member, ScopeConfig *out)
{
  JsonNode *node = scope_reader_node (self, member);
  if (node == NULL)
    return;
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (list != NULL && json_array_get_length (list) == 2) {
    out->delta_min = read_limit (json_array_get_element (list, 0), self->name, self->path);
    out->delta_max = read_limit (json_array_get_element (list, 1), self->name, self->path);
    if (out->delta_min <= out->delta_max)
      return;
  }
  scope_reader_fail (self, SCOPE_MODEL_ERROR_FORMAT, member,
                     "expected a list of two ascending numbers");
}

gsize
scope_reader_expanded (ScopeReader *self, const char *member, gsize d_model)
{
  double expand = scope_reader_real (self, member, 2.0);
  double d_inner = floor (expand * (double)d_model);
  if (d_inner >= 1 && d_inner <= SCOPE_READER_MAX_SIZE)
    return (gsize)d_inner;
  scope_reader_fail (self, SCOPE_MODEL_ERROR_FORMAT, member,
                     "%g times the model's width %" G_GSIZE_FORMAT " is no usable width", expand,
                     d_model);
  return 1;
}

ScopeActivation
scope_reader_activation (ScopeReader *self, const char *member, const char *fallback, gboolean gelu)
{
  const char *name = scope_reader_string (self, member, fallback);
  if (gelu && strcmp (name, "gelu") == 0)
    return SCOPE_ACTIVATION_GELU;
  if (strcmp (name, "silu") != 0 && strcmp (name, "swish") != 0)
    scope_reader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, member,
                       "\"%s\" is not supported; supported %s", name,
                       gelu ? "are \"gelu\" and \"silu\"" : "is \"silu\"");
  return SCOPE_ACTIVATION_SILU;
}

void
scope_reader_check_heads (ScopeReader *self, const ScopeConfig *config, const char *heads,
                          const char *groups)
{
  if (config->channels * config->lanes != config->d_inner)
    scope_reader_fail (self, SCOPE_MODEL_ERROR_FORMAT, heads,
                       "%" G_GSIZE_FORMAT " heads of %" G_GSIZE_FORMAT
                       " lanes do not make the inner width, expand times the model's: "
                       "%" G_GSIZE_FORMAT,
                       config->channels, config->lanes, config->d_inner);
  else if (config->channels % config->groups != 0)
    scope_reader_fail (self, SCOPE_MODEL_ERROR_FORMAT, groups,
                       "%" G_GSIZE_FORMAT " does not divide the %" G_GSIZE_FORMAT " heads",
                       config->groups, config->channels);
}
