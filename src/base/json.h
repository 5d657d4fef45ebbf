/* Strict JSON on top of json-glib: wrong types and missing members are errors that name the file
 * and the path of the member ("config.json: $.hidden_size: expected a whole number, found a
 * string"). Any thread. Errors are SCOPE_MODEL_ERROR_FORMAT. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Parses LENGTH bytes by RFC 8259, and the bare NaN and Infinity of Python's writer. Refused:
 * invalid UTF-8, a member that stands twice in one object, nesting deeper than 64. NAME is for
 * messages. */
JsonNode *scope_json_parse (const char *data, gsize length, const char *name,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One line, or PRETTY with a line a member, members in their order, numbers in the fewest digits
 * that read back the same; NaN and infinities, which JSON has none of, as null. Caller frees. */
char *scope_json_print (JsonNode *node, gboolean pretty) G_GNUC_WARN_UNUSED_RESULT;
/* For a builder: a member of the object that is open, or where MEMBER is NULL an element of the
 * list that is. Bytes of VALUE that are not UTF-8 become U+FFFD. */
void scope_json_put_string (JsonBuilder *builder, const char *member, const char *value);
void scope_json_put_integer (JsonBuilder *builder, const char *member, gint64 value);
/* PATH made absolute, so that it is found from any folder; "@" before it, as before a text of ids,
 * stays. */
void scope_json_put_path (JsonBuilder *builder, const char *member, const char *path);

/* For what a reader finds wrong with PATH.MEMBER, or PATH itself where MEMBER is NULL: "NAME:
 * PATH.MEMBER: ...". FALSE. */
gboolean scope_json_fail (const char *name, const char *path, const char *member, GError **error,
                          const char *format, ...) G_GNUC_PRINTF (5, 6);

/* The root or a member as an object. */
JsonObject *scope_json_object (JsonNode *node, const char *name, const char *path, GError **error);

/* Members of OBJECT. A member that is absent or null leaves *OUT (the default) and is no error,
 * unless REQUIRED. PATH is OBJECT's own ("$"). */
gboolean scope_json_get_int (JsonObject *object, const char *member, gboolean required, gint64 min,
                             gint64 max, gint64 *out, const char *name, const char *path,
                             GError **error);
gboolean scope_json_get_double (JsonObject *object, const char *member, gboolean required,
                                double *out, const char *name, const char *path, GError **error);
gboolean scope_json_get_boolean (JsonObject *object, const char *member, gboolean required,
                                 gboolean *out, const char *name, const char *path, GError **error);
/* *OUT is borrowed from OBJECT. */
gboolean scope_json_get_string (JsonObject *object, const char *member, gboolean required,
                                const char **out, const char *name, const char *path,
                                GError **error);
/* A list of strings that need not be there. *OUT is the caller's. */
gboolean scope_json_get_strings (JsonObject *object, const char *member, char ***out,
                                 const char *name, const char *path, GError **error);

G_END_DECLS
