/* ScopeMeter: a thin horizontal bar that shows a share from 0 to 1. The number itself always
 * stands beside it as text: the bar is decoration to assistive technology. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_METER (scope_meter_get_type ())
G_DECLARE_FINAL_TYPE (ScopeMeter, scope_meter, SCOPE, METER, GtkWidget)

GtkWidget *scope_meter_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Outside [0, 1] is clamped; NaN shows an empty bar. */
void scope_meter_set_share (ScopeMeter *self, double share);

G_END_DECLS
