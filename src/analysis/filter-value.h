/* A parameter's value as it stands in a SPEC. Not for other rooms. Its owner clears it; any
 * thread, one at a time. */
#pragma once

#include "analysis/filter.h"

G_BEGIN_DECLS

typedef struct {
  char *text;    /* as given; NULL: not given */
  double number; /* REAL and WHOLE */
  GArray *list;  /* of double; REALS and WHOLES */
} ScopeFilterValue;

/* FALSE if TEXT is not what PARAMETER asks for. */
gboolean scope_filter_value_read (ScopeFilterValue *self, const ScopeFilterParameter *parameter,
                                  const char *text);
void scope_filter_value_clear (ScopeFilterValue *self);
/* "a share from 0 to 1"; caller frees. */
char *scope_filter_value_expected (const ScopeFilterParameter *parameter);

G_END_DECLS
