#include "base/json.h"

static void
put_member (JsonBuilder *builder, const char *member)
{
  if (member != NULL)
    json_builder_set_member_name (builder, member);
}

void
scope_json_put_string (JsonBuilder *builder, const char *member, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  put_member (builder, member);
  json_builder_add_string_value (builder, valid);
}

void
scope_json_put_integer (JsonBuilder *builder, const char *member, gint64 value)
{
  put_member (builder, member);
  json_builder_add_int_value (builder, value);
}

void
scope_json_put_path (JsonBuilder *builder, const char *member, const char *path)
{
  gboolean ids = path[0] == '@';
  g_autofree char *absolute = g_canonicalize_filename (ids ? path + 1 : path, NULL);
  g_autofree char *value = g_strconcat (ids ? "@" : "", absolute, NULL);
  scope_json_put_string (builder, member, value);
}
