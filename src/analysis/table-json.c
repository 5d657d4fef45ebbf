/* longmamba.json:
 *
 *   {"mambascope-table": 1, "model-hash": "...", "train_length": 256, "theta": 1e-05, "top": 0,
 *    "windows": 100, "reduction": "max", "lengths": [256, ...],
 *    "layers": [{"ln_decay": [per channel], "target": [per channel],
 *                "threshold": [[per channel] per length],
 *                "alpha": the same, may be missing}, ...]}
 *
 * Infinities are the strings "inf" and "-inf". */
#include <math.h>
#include <string.h>

#include "analysis/analysis-private.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#define TABLE_VERSION 1

/* A table of a 64-layer model of 5120 channels takes 0.2 GB. */
#define LARGEST_FILE ((gsize)1 << 30)

/* Short where nine digits do; always back to the same bits. */
static void
append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (isinf (value)) {
    g_string_append (out, value > 0 ? "\"inf\"" : "\"-inf\"");
    return;
  }
  g_ascii_formatd (text, sizeof text, "%.9g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_dtostr (text, sizeof text, value);
  g_string_append (out, text);
}

static void
append_row (GString *out, const ScopeMatrix *matrix, gsize row)
{
  g_string_append_c (out, '[');
  for (gsize h = 0; h < scope_matrix_columns (matrix); h++) {
    if (h > 0)
      g_string_append (out, ", ");
    append_number (out, scope_matrix_get (matrix, row, h));
  }
  g_string_append_c (out, ']');
}

static void
append_lengths (GString *out, const ScopeTable *table, const char *name,
                const ScopeMatrix *(*get) (const ScopeTable *, gsize), gsize layer)
{
  g_string_append_printf (out, ",\n     \"%s\": [", name);
  for (gsize s = 0; s < scope_table_n_lengths (table); s++) {
    if (s > 0)
      g_string_append (out, ",\n       ");
    append_row (out, get (table, s), layer);
  }
  g_string_append_c (out, ']');
}

static void
append_layer (GString *out, const ScopeTable *table, gsize layer)
{
  g_string_append (out, "    {\"ln_decay\": ");
  append_row (out, scope_table_ln_decay (table), layer);
  g_string_append (out, ",\n     \"target\": ");
  append_row (out, scope_table_target (table), layer);
  append_lengths (out, table, "threshold", scope_table_threshold, layer);
  if (scope_table_alpha (table, 0) != NULL)
    append_lengths (out, table, "alpha", scope_table_alpha, layer);
  g_string_append_c (out, '}');
}

static void
append_head (GString *out, const ScopeTable *table)
{
  g_string_append_printf (out,
                          "{\n  \"mambascope-table\": %d,\n  \"model-hash\": \"%s\",\n"
                          "  \"train_length\": %" G_GSIZE_FORMAT ",\n  \"theta\": ",
                          TABLE_VERSION, scope_table_model_hash (table),
                          scope_table_train_length (table));
  append_number (out, scope_table_theta (table));
  g_string_append (out, ",\n  \"top\": ");
  append_number (out, scope_table_top (table));
  g_string_append_printf (
      out, ",\n  \"windows\": %" G_GSIZE_FORMAT ",\n  \"reduction\": \"%s\",\n  \"lengths\": [",
      scope_table_windows (table), scope_table_reduction (table));
  for (gsize s = 0; s < scope_table_n_lengths (table); s++)
    g_string_append_printf (out, "%s%" G_GSIZE_FORMAT, s > 0 ? ", " : "",
                            scope_table_length (table, s));
  g_string_append (out, "],\n  \"layers\": [\n");
}

gboolean
scope_table_write (const ScopeTable *self, const char *path, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gsize layers = scope_matrix_rows (scope_table_ln_decay (self));
  append_head (out, self);
  for (gsize layer = 0; layer < layers; layer++) {
    append_layer (out, self, layer);
    g_string_append (out, layer + 1 < layers ? ",\n" : "\n");
  }
  g_string_append (out, "  ]\n}\n");
  return scope_file_write (path, out->str, out->len, error);
}

/* What reading fills, row by row. */
typedef struct {
  const char *path;
  ScopeModel *model;
  gint64 train_length, windows;
  double theta, top;
  const char *reduction; /* borrowed from the JSON */
  GArray *lengths;       /* gsize */
  gboolean has_alpha;
  ScopeTableNumbers numbers;
} Reader;

static void
reader_clear (Reader *self)
{
  g_clear_pointer (&self->lengths, g_array_unref);
  scope_table_numbers_clear (&self->numbers);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const Reader *self, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "%s: %s", self->path,
                   message);
  return FALSE;
}

/* The member as a list of COUNT (0: any) elements. */
static JsonArray *
get_list (const Reader *self, JsonNode *node, gsize count, const char *where, GError **error)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node)) {
    refuse (self, error, "%s: expected a list", where);
    return NULL;
  }
  JsonArray *list = json_node_get_array (node);
  if (count > 0 && json_array_get_length (list) != count) {
    refuse (self, error, "%s: expected %" G_GSIZE_FORMAT " entries, found %u", where, count,
            json_array_get_length (list));
    return NULL;
  }
  return list;
}

static gboolean
get_number (JsonNode *node, double *out)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  GType type = json_node_get_value_type (node);
  const char *text = type == G_TYPE_STRING ? json_node_get_string (node) : NULL;
  if (text != NULL && (strcmp (text, "inf") == 0 || strcmp (text, "-inf") == 0))
    *out = text[0] == '-' ? -INFINITY : INFINITY;
  else if (type == G_TYPE_DOUBLE || type == G_TYPE_INT64)
    *out = json_node_get_double (node);
  else
    return FALSE;
  return !isnan (*out);
}

/* One value per channel into ROW; SIGN is that of every value (0 may be either's). */
static gboolean
read_row (const Reader *self, JsonNode *node, int sign, ScopeMatrix *out, gsize row,
          const char *where, GError **error)
{
  gsize channels = scope_matrix_columns (out);
  JsonArray *list = get_list (self, node, channels, where, error);
  if (list == NULL)
    return FALSE;
  for (guint h = 0; h < channels; h++) {
    double value;
    if (!get_number (json_array_get_element (list, h), &value) || value * sign < 0)
      return refuse (self, error, "%s[%u]: expected a number %s or the string \"%sinf\"", where, h,
                     sign > 0 ? "from 0 on" : "up to 0", sign > 0 ? "" : "-");
    scope_matrix_set (out, row, h, value);
  }
  return TRUE;
}

/* A row for each length. */
static gboolean
read_grid (const Reader *self, JsonObject *layer, const char *name, const char *where,
           GPtrArray *out, gsize index, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s.%s", where, name);
  JsonArray *rows
      = get_list (self, json_object_get_member (layer, name), self->lengths->len, path, error);
  for (guint s = 0; rows != NULL && s < self->lengths->len; s++) {
    g_autofree char *row = g_strdup_printf ("%s[%u]", path, s);
    if (!read_row (self, json_array_get_element (rows, s), 1, out->pdata[s], index, row, error))
      return FALSE;
  }
  return rows != NULL;
}

static gboolean
read_layer (Reader *self, JsonNode *node, gsize layer, GError **error)
{
  g_autofree char *where = g_strdup_printf ("$.layers[%" G_GSIZE_FORMAT "]", layer);
  JsonObject *object = scope_json_object (node, self->path, where, error);
  if (object == NULL)
    return FALSE;
  g_autofree char *decay = g_strconcat (where, ".ln_decay", NULL);
  g_autofree char *target = g_strconcat (where, ".target", NULL);
  if (!read_row (self, json_object_get_member (object, "ln_decay"), -1, self->numbers.ln_decay,
                 layer, decay, error)
      || !read_row (self, json_object_get_member (object, "target"), 1, self->numbers.target, layer,
                    target, error))
    return FALSE;
  /* Tables were written without alpha once: all layers have it, or it is not read. */
  if (layer == 0)
    self->has_alpha = json_object_has_member (object, "alpha");
  return read_grid (self, object, "threshold", where, self->numbers.threshold, layer, error)
         && (!self->has_alpha
             || read_grid (self, object, "alpha", where, self->numbers.alpha, layer, error));
}

static gboolean
read_lengths (Reader *self, JsonNode *node, GError **error)
{
  JsonArray *list = get_list (self, node, 0, "$.lengths", error);
  if (list == NULL)
    return FALSE;
  self->lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  gint64 last = 0;
  for (guint s = 0; s < json_array_get_length (list); s++) {
    JsonNode *element = json_array_get_element (list, s);
    gboolean whole
        = JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_INT64;
    gint64 value = whole ? json_node_get_int (element) : 0;
    if (value <= last)
      return refuse (self, error, "$.lengths[%u]: expected a whole number above %" G_GINT64_FORMAT,
                     s, last);
    last = value;
    gsize length = (gsize)value;
    g_array_append_val (self->lengths, length);
  }
  return self->lengths->len > 0 || refuse (self, error, "$.lengths: expected at least one length");
}

static gboolean
check_model (const Reader *self, const char *hash, GError **error)
{
  const char *own = scope_model_hash (self->model);
  return strcmp (hash, own) == 0
         || refuse (self, error, "the table was made for model hash %s, this is %s (%s)", hash, own,
                    scope_model_name (self->model));
}

static gboolean
read_head (Reader *self, JsonObject *object, GError **error)
{
  gint64 version = 0;
  const char *hash = NULL;
  self->reduction = "max";
  if (!scope_json_get_int (object, "mambascope-table", TRUE, TABLE_VERSION, TABLE_VERSION, &version,
                           self->path, "$", error)
      || !scope_json_get_string (object, "model-hash", TRUE, &hash, self->path, "$", error)
      || !check_model (self, hash, error)
      || !scope_json_get_int (object, "train_length", TRUE, 1, G_MAXINT32, &self->train_length,
                              self->path, "$", error)
      || !scope_json_get_int (object, "windows", TRUE, 1, G_MAXINT32, &self->windows, self->path,
                              "$", error)
      || !scope_json_get_string (object, "reduction", FALSE, &self->reduction, self->path, "$",
                                 error)
      || !scope_json_get_double (object, "theta", TRUE, &self->theta, self->path, "$", error)
      || !scope_json_get_double (object, "top", TRUE, &self->top, self->path, "$", error))
    return FALSE;
  if (!(self->theta > 0 && self->theta <= 1))
    return refuse (self, error, "$.theta: expected above 0 and at most 1, found %g", self->theta);
  if (!(self->top >= 0 && self->top <= 1))
    return refuse (self, error, "$.top: expected 0 to 1, found %g", self->top);
  if (strcmp (self->reduction, "max") != 0 && strcmp (self->reduction, "mean") != 0)
    return refuse (self, error, "$.reduction: expected \"max\" or \"mean\", found \"%s\"",
                   self->reduction);
  return read_lengths (self, json_object_get_member (object, "lengths"), error);
}

static gboolean
read_layers (Reader *self, JsonObject *object, GError **error)
{
  const ScopeConfig *config = scope_model_config (self->model);
  gsize layers = config->n_layer;
  JsonArray *list
      = get_list (self, json_object_get_member (object, "layers"), layers, "$.layers", error);
  if (list == NULL)
    return FALSE;
  if (!scope_table_numbers_init (&self->numbers, config, self->lengths->len, error))
    return FALSE;
  for (guint layer = 0; layer < layers; layer++)
    if (!read_layer (self, json_array_get_element (list, layer), layer, error))
      return FALSE;
  return TRUE;
}

ScopeTable *
scope_table_read (const char *path, ScopeModel *model, GError **error)
{
  gsize length;
  g_autofree char *text = scope_file_read (path, LARGEST_FILE, &length, error);
  if (text == NULL)
    return NULL;
  g_autoptr (JsonNode) root = scope_json_parse (text, length, path, error);
  JsonObject *object = root != NULL ? scope_json_object (root, path, "$", error) : NULL;
  g_auto (Reader) reader = { .path = path, .model = model };
  if (object == NULL || !read_head (&reader, object, error)
      || !read_layers (&reader, object, error))
    return NULL;
  return scope_table_new (
      scope_model_hash (model), (gsize)reader.train_length, reader.theta, reader.top,
      (gsize)reader.windows, reader.reduction, (const gsize *)(void *)reader.lengths->data,
      reader.lengths->len, reader.numbers.ln_decay, reader.numbers.target,
      (ScopeMatrix *const *)reader.numbers.threshold->pdata,
      reader.has_alpha ? (ScopeMatrix *const *)reader.numbers.alpha->pdata : NULL);
}
