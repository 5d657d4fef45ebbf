#include <string.h>

#include "analysis/filter-private.h"
#include "base/error.h"

/* Calibrations on a text's own beginning that are kept: the text that is open, and a few before. */
#define CALIBRATIONS 4

struct _ScopeFilterContext {
  ScopeSchedule *schedule;
  gsize train_length;  /* 0: not given */
  GHashTable *tables;  /* path -> ScopeTable that was read */
  GQueue calibrations; /* Calibration, newest first */
  GHashTable *kept;    /* text -> ScopeMatrix */
};

typedef struct {
  char *key;
  ScopeTable *table;
} Calibration;

static void
calibration_free (gpointer data)
{
  Calibration *self = data;
  g_free (self->key);
  scope_table_unref (self->table);
  g_free (self);
}

ScopeFilterContext *
scope_filter_context_new (ScopeSchedule *schedule, gsize train_length)
{
  ScopeFilterContext *self = g_new0 (ScopeFilterContext, 1);
  self->schedule = scope_schedule_ref (schedule);
  self->train_length = train_length;
  self->tables
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)scope_table_unref);
  self->kept
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)scope_matrix_unref);
  g_queue_init (&self->calibrations);
  return self;
}

void
scope_filter_context_free (ScopeFilterContext *self)
{
  g_queue_clear_full (&self->calibrations, calibration_free);
  g_hash_table_unref (self->tables);
  g_hash_table_unref (self->kept);
  scope_schedule_unref (self->schedule);
  g_free (self);
}

ScopeSchedule *
scope_filter_context_schedule (const ScopeFilterContext *self)
{
  return self->schedule;
}

const ScopeConfig *
scope_filter_context_config (const ScopeFilterContext *self)
{
  return scope_model_config (scope_schedule_model (self->schedule));
}

ScopeMatrix *
scope_filter_context_recall (ScopeFilterContext *self, const char *key)
{
  return g_hash_table_lookup (self->kept, key);
}

void
scope_filter_context_keep (ScopeFilterContext *self, const char *key, ScopeMatrix *matrix)
{
  if (g_hash_table_size (self->kept) >= CALIBRATIONS)
    g_hash_table_remove_all (self->kept);
  g_hash_table_insert (self->kept, g_strdup (key), scope_matrix_ref (matrix));
}

static ScopeTable *
read_table (ScopeFilterContext *self, const char *path, GError **error)
{
  ScopeTable *table = g_hash_table_lookup (self->tables, path);
  if (table != NULL)
    return table;
  table = scope_table_read (path, scope_schedule_model (self->schedule), error);
  if (table != NULL)
    g_hash_table_insert (self->tables, g_strdup (path), table);
  return table;
}

gboolean
scope_filter_context_table (ScopeFilterContext *self, const ScopeFilter *filter, ScopeTable **table,
                            GError **error)
{
  *table = NULL;
  if (scope_filter_gives (filter, "table")) {
    *table = read_table (self, scope_filter_text (filter, "table"), error);
    return *table != NULL;
  }
  const char *folder = scope_model_folder (scope_schedule_model (self->schedule));
  g_autofree char *path = g_build_filename (folder, "longmamba.json", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  *table = read_table (self, path, error);
  return *table != NULL;
}

gboolean
scope_filter_context_facts (ScopeFilterContext *self, const ScopeFilter *filter,
                            gsize *train_length, double *theta, GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (self);
  ScopeTable *table;
  if (!scope_filter_context_table (self, filter, &table, error))
    return FALSE;
  ScopeCalibration defaults;
  scope_calibration_defaults (config, &defaults);
  if (train_length != NULL)
    *train_length = self->train_length > 0 ? self->train_length
                    : table != NULL        ? scope_table_train_length (table)
                                           : scope_config_train_length (config);
  if (theta != NULL)
    *theta = scope_filter_real (filter, "theta",
                                table != NULL ? scope_table_theta (table) : defaults.theta);
  return TRUE;
}

/* What a calibration depends on. */
static char *
calibration_key (const gint32 *ids, gsize count, const ScopeCalibration *settings)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize window = MIN (count, settings->train_length);
  g_checksum_update (sum, (const guchar *)ids, (gssize)(window * sizeof (gint32)));
  return g_strdup_printf ("%s %" G_GSIZE_FORMAT " %.17g %.17g", g_checksum_get_string (sum),
                          settings->train_length, settings->top, settings->theta);
}

ScopeTable *
scope_filter_context_calibrate (ScopeFilterContext *self, const ScopeFilter *filter,
                                const gint32 *ids, gsize count, double top, ScopeProgress *progress,
                                GError **error)
{
  ScopeCalibration settings = { .top = top };
  /* θ is no part of a calibration: what the filter says of it must not make a new one. */
  if (!scope_filter_context_facts (self, filter, &settings.train_length, NULL, error)
      || !scope_filter_context_facts (self, NULL, NULL, &settings.theta, error))
    return NULL;
  g_autofree char *key = calibration_key (ids, count, &settings);
  for (GList *l = self->calibrations.head; l != NULL; l = l->next) {
    Calibration *known = l->data;
    if (strcmp (known->key, key) == 0)
      return scope_table_ref (known->table);
  }
  ScopeTable *table
      = scope_calibrate_first (self->schedule, ids, count, &settings, progress, error);
  if (table == NULL)
    return NULL;
  Calibration *made = g_new (Calibration, 1);
  *made = (Calibration){ g_steal_pointer (&key), scope_table_ref (table) };
  g_queue_push_head (&self->calibrations, made);
  if (self->calibrations.length > CALIBRATIONS)
    calibration_free (g_queue_pop_tail (&self->calibrations));
  return table;
}
