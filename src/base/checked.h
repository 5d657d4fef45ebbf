/* Overflow-checked size arithmetic, for every size that comes from a file or a user. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* *OUT = A op B; FALSE (and *OUT untouched) on overflow. */
static inline gboolean
scope_size_multiply (gsize a, gsize b, gsize *out)
{
  return !__builtin_mul_overflow (a, b, out);
}

static inline gboolean
scope_size_add (gsize a, gsize b, gsize *out)
{
  return !__builtin_add_overflow (a, b, out);
}

G_END_DECLS
