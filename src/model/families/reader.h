/* ScopeReader: the members of one object of a config.json, read by tables.
 *
 * Reading goes on after a failure and does nothing more: only the first is reported, and one look
 * at OK at the end suffices. A message is one line with the file, the member's path, what was
 * expected and what was found. Used inside one call, by one thread.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "model/config.h"

G_BEGIN_DECLS

/* Above every published size; products of two of them cannot overflow. */
#define SCOPE_READER_MAX_SIZE (1 << 24)

typedef struct {
  JsonObject *object; /* borrowed */
  const char *name;   /* the file */
  const char *path;   /* of OBJECT: "$" */
  gboolean ok;
  GError **error;
} ScopeReader;

typedef enum { SCOPE_FIELD_SIZE, SCOPE_FIELD_REAL, SCOPE_FIELD_BOOLEAN } ScopeFieldKind;

/* A member and its place in ScopeConfig. FALLBACK stands for an absent or null member; a size whose
 * fallback is 0 must be there. */
typedef struct {
  const char *member;
  ScopeFieldKind kind;
  gsize place;
  double fallback;
} ScopeField;

#define SCOPE_SIZE(member, field, fallback)                                                        \
  {                                                                                                \
    member, SCOPE_FIELD_SIZE, G_STRUCT_OFFSET (ScopeConfig, field), fallback                       \
  }
#define SCOPE_REAL(member, field, fallback)                                                        \
  {                                                                                                \
    member, SCOPE_FIELD_REAL, G_STRUCT_OFFSET (ScopeConfig, field), fallback                       \
  }
#define SCOPE_BOOLEAN(member, field, fallback)                                                     \
  {                                                                                                \
    member, SCOPE_FIELD_BOOLEAN, G_STRUCT_OFFSET (ScopeConfig, field), fallback                    \
  }

void scope_reader_fields (ScopeReader *self, const ScopeField *fields, gsize count,
                          ScopeConfig *out);

gsize scope_reader_size (ScopeReader *self, const char *member, gsize fallback);
double scope_reader_real (ScopeReader *self, const char *member, double fallback);
gboolean scope_reader_boolean (ScopeReader *self, const char *member, gboolean fallback);
/* Borrowed from the object. FALLBACK NULL: NULL if it is absent. */
const char *scope_reader_string (ScopeReader *self, const char *member, const char *fallback);
/* The member, or NULL if it is absent or null. */
JsonNode *scope_reader_node (ScopeReader *self, const char *member);
/* The member as an object, with a path of its own; FALSE if it is absent, null or no object, which
 * is a failure. PATH must outlive *OUT. */
gboolean scope_reader_open (ScopeReader *self, const char *member, const char *path,
                            ScopeReader *out);

/* "NAME: PATH.MEMBER: " and the text. */
void scope_reader_fail (ScopeReader *self, ScopeModelError code, const char *member,
                        const char *format, ...) G_GNUC_PRINTF (4, 5);
/* A member that, if it is there, must say what we compute. */
void scope_reader_only_boolean (ScopeReader *self, const char *member, gboolean fallback,
                                gboolean supported);
void scope_reader_only_size (ScopeReader *self, const char *member, gsize expected);

/* Fields that several dialects have. */
/* "auto" or absent: ceil (d_model / 16). */
void scope_reader_rank (ScopeReader *self, const char *member, ScopeConfig *out);
/* A list of two ascending numbers. */
void scope_reader_limits (ScopeReader *self, const char *member, ScopeConfig *out);
/* floor (expand * d_model). */
gsize scope_reader_expanded (ScopeReader *self, const char *member, gsize d_model);
/* SILU, or a failure; names of SILU and, if GELU, of that. */
ScopeActivation scope_reader_activation (ScopeReader *self, const char *member,
                                         const char *fallback, gboolean gelu);
/* channels * lanes = d_inner, groups divides channels; MEMBERs are for messages. */
void scope_reader_check_heads (ScopeReader *self, const ScopeConfig *config, const char *heads,
                               const char *groups);

G_END_DECLS
