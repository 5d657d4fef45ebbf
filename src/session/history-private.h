/* GObject properties as JSON: the history's and its tests' own. */
#pragma once

#include "session/history.h"

G_BEGIN_DECLS

/* The value of PROPERTY. */
JsonNode *scope_history_get_property (GObject *owner, const char *property);
/* Refused: another type of value, or one out of the property's range. */
gboolean scope_history_set_property (GObject *owner, const char *property, JsonNode *value,
                                     GError **error);

G_END_DECLS
