/* CSV writer (RFC 4180 quoting, "\n" ends, numbers in the C locale with %.9g). Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ScopeCsv ScopeCsv;

/* COLUMNS is the header line, "a,b,c". */
ScopeCsv *scope_csv_new (const char *columns) G_GNUC_WARN_UNUSED_RESULT;
void scope_csv_free (ScopeCsv *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeCsv, scope_csv_free)
void scope_csv_text (ScopeCsv *self, const char *value);
void scope_csv_number (ScopeCsv *self, double value); /* "inf", "-inf", "nan" spelled so */
void scope_csv_integer (ScopeCsv *self, guint64 value);
void scope_csv_end_row (ScopeCsv *self);
const char *scope_csv_data (const ScopeCsv *self);
gboolean scope_csv_write (const ScopeCsv *self, const char *path, GError **error);

G_END_DECLS
