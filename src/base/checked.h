/* Overflow-checked size arithmetic, for every size that comes from a file or a user. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* *OUT = A op B; FALSE (and *OUT untouched) on overflow. */
static inline gboolean
scope_size_multiply (gsize a, gsize b, gsize *out)
{
  gsize result;
  if (__builtin_mul_overflow (a, b, &result))
    return FALSE;
  *out = result;
  return TRUE;
}

static inline gboolean
scope_size_add (gsize a, gsize b, gsize *out)
{
  gsize result;
  if (__builtin_add_overflow (a, b, &result))
    return FALSE;
  *out = result;
  return TRUE;
}

G_END_DECLS
