/* ScopeSparkLines: two small curves over one another, before (dashed) and after. For a look at a
 * shape; the numbers stand beside it. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_SPARK_LINES (scope_spark_lines_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSparkLines, scope_spark_lines, SCOPE, SPARK_LINES, GtkWidget)

/* Copies COUNT values each; NaN leaves a gap. SPOKEN says what there is to see. */
void scope_spark_lines_set (ScopeSparkLines *self, const double *before, const double *after,
                            guint count, const char *spoken);

G_END_DECLS
