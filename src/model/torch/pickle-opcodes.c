#include "model/torch/pickle-private.h"

#define MAX_MARKS 1000
#define MAX_NAME  200 /* of a global, with its module */

typedef struct {
  const char *name;
  gboolean (*read) (ScopePickle *self, GError **error); /* NULL: refused by its name */
} Opcode;

static gboolean
read_protocol (ScopePickle *self, GError **error)
{
  guint64 protocol;
  if (!scope_pickle_take_number (self, 1, &protocol, error))
    return FALSE;
  return (protocol >= 2 && protocol <= 5)
         || scope_pickle_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, error,
                               "pickle protocol %u is not supported; supported are 2 to 5",
                               (guint)protocol);
}

static gboolean
read_frame (ScopePickle *self, GError **error)
{
  return scope_pickle_take (self, 8, error) != NULL;
}

static gboolean
read_mark (ScopePickle *self, GError **error)
{
  if (self->marks->len >= MAX_MARKS)
    return scope_pickle_fail_format (self, "nested deeper than any checkpoint is", error);
  g_array_append_val (self->marks, self->stack->len);
  return TRUE;
}

static gboolean
read_stop (ScopePickle *self, GError **error)
{
  self->root = scope_pickle_pop (self, error);
  return self->root != NULL
         && ((self->marks->len == 0 && self->stack->len == 0)
             || scope_pickle_fail_format (self, "the pickle leaves values behind", error));
}

static gboolean
read_pop (ScopePickle *self, GError **error)
{
  return scope_pickle_pop (self, error) != NULL;
}

static gboolean
read_pop_mark (ScopePickle *self, GError **error)
{
  guint height = 0;
  if (!scope_pickle_pop_mark (self, &height, error))
    return FALSE;
  g_ptr_array_set_size (self->stack, (gint)height);
  return TRUE;
}

static gboolean
read_duplicate (ScopePickle *self, GError **error)
{
  ScopePickleValue *value = scope_pickle_top (self, error);
  if (value != NULL)
    g_ptr_array_add (self->stack, value);
  return value != NULL;
}

static gboolean
read_none (ScopePickle *self, GError **error)
{
  return scope_pickle_push (self, SCOPE_PICKLE_NONE, error) != NULL;
}

static gboolean
push_integer (ScopePickle *self, ScopePickleKind kind, gint64 integer, GError **error)
{
  ScopePickleValue *value = scope_pickle_push (self, kind, error);
  if (value != NULL)
    value->integer = integer;
  return value != NULL;
}

static gboolean
read_true (ScopePickle *self, GError **error)
{
  return push_integer (self, SCOPE_PICKLE_BOOLEAN, TRUE, error);
}

static gboolean
read_false (ScopePickle *self, GError **error)
{
  return push_integer (self, SCOPE_PICKLE_BOOLEAN, FALSE, error);
}

static gboolean
read_int4 (ScopePickle *self, GError **error)
{
  guint64 number;
  return scope_pickle_take_number (self, 4, &number, error)
         && push_integer (self, SCOPE_PICKLE_INTEGER, (gint32)number, error);
}

static gboolean
read_int1 (ScopePickle *self, GError **error)
{
  guint64 number;
  return scope_pickle_take_number (self, 1, &number, error)
         && push_integer (self, SCOPE_PICKLE_INTEGER, (gint64)number, error);
}

static gboolean
read_int2 (ScopePickle *self, GError **error)
{
  guint64 number;
  return scope_pickle_take_number (self, 2, &number, error)
         && push_integer (self, SCOPE_PICKLE_INTEGER, (gint64)number, error);
}

/* A number of as many bytes as a number of COUNTER bytes says. */
static gboolean
read_long (ScopePickle *self, guint counter, GError **error)
{
  guint64 size, bits = 0;
  if (!scope_pickle_take_number (self, counter, &size, error))
    return FALSE;
  const guint8 *bytes = scope_pickle_take (self, size, error);
  if (bytes == NULL)
    return FALSE;
  if (size <= 8) {
    for (guint i = 0; i < 8; i++) /* the sign fills the bytes that are not there */
      bits |= (guint64)(i < size                              ? bytes[i]
                        : size > 0 && bytes[size - 1] >= 0x80 ? 0xff
                                                              : 0)
              << (8 * i);
    return push_integer (self, SCOPE_PICKLE_INTEGER, (gint64)bits, error);
  }
  ScopePickleValue *value = scope_pickle_push (self, SCOPE_PICKLE_LONG, error);
  if (value == NULL)
    return FALSE;
  value->text = (const char *)bytes;
  value->length = (gsize)size;
  return TRUE;
}

static gboolean
read_long1 (ScopePickle *self, GError **error)
{
  return read_long (self, 1, error);
}

static gboolean
read_long4 (ScopePickle *self, GError **error)
{
  return read_long (self, 4, error);
}

static gboolean
read_float (ScopePickle *self, GError **error)
{
  return scope_pickle_take (self, 8, error) != NULL
         && scope_pickle_push (self, SCOPE_PICKLE_OTHER, error) != NULL;
}

/* As many bytes as a number of COUNTER bytes says, as text if they are. */
static gboolean
read_bytes (ScopePickle *self, guint counter, gboolean text, GError **error)
{
  guint64 size;
  if (!scope_pickle_take_number (self, counter, &size, error))
    return FALSE;
  const char *bytes = (const char *)scope_pickle_take (self, size, error);
  if (bytes == NULL)
    return FALSE;
  if (text && !g_utf8_validate_len (bytes, (gsize)size, NULL))
    return scope_pickle_fail_format (self, "a text is not valid UTF-8", error);
  ScopePickleValue *value
      = scope_pickle_push (self, text ? SCOPE_PICKLE_TEXT : SCOPE_PICKLE_OTHER, error);
  if (value == NULL)
    return FALSE;
  value->text = bytes;
  value->length = (gsize)size;
  return TRUE;
}

static gboolean
read_text1 (ScopePickle *self, GError **error)
{
  return read_bytes (self, 1, TRUE, error);
}

static gboolean
read_text4 (ScopePickle *self, GError **error)
{
  return read_bytes (self, 4, TRUE, error);
}

static gboolean
read_text8 (ScopePickle *self, GError **error)
{
  return read_bytes (self, 8, TRUE, error);
}

static gboolean
read_bytes1 (ScopePickle *self, GError **error)
{
  return read_bytes (self, 1, FALSE, error);
}

static gboolean
read_bytes4 (ScopePickle *self, GError **error)
{
  return read_bytes (self, 4, FALSE, error);
}

static gboolean
read_bytes8 (ScopePickle *self, GError **error)
{
  return read_bytes (self, 8, FALSE, error);
}

static gboolean
read_empty_tuple (ScopePickle *self, GError **error)
{
  return scope_pickle_push (self, SCOPE_PICKLE_TUPLE, error) != NULL;
}

static gboolean
read_empty_list (ScopePickle *self, GError **error)
{
  return scope_pickle_push (self, SCOPE_PICKLE_LIST, error) != NULL;
}

static gboolean
read_empty_dict (ScopePickle *self, GError **error)
{
  return scope_pickle_push (self, SCOPE_PICKLE_DICT, error) != NULL;
}

static gboolean
read_empty_set (ScopePickle *self, GError **error)
{
  return scope_pickle_push (self, SCOPE_PICKLE_OTHER, error) != NULL;
}

/* All above HEIGHT becomes one value. */
static gboolean
gather (ScopePickle *self, ScopePickleKind kind, guint height, GError **error)
{
  ScopePickleValue *value = scope_pickle_push (self, kind, error);
  if (value == NULL)
    return FALSE;
  g_ptr_array_set_size (self->stack, (gint)self->stack->len - 1);
  scope_pickle_move_items (self, height, value);
  g_ptr_array_add (self->stack, value);
  return TRUE;
}

static gboolean
read_tuple (ScopePickle *self, GError **error)
{
  guint height = 0;
  return scope_pickle_pop_mark (self, &height, error)
         && gather (self, SCOPE_PICKLE_TUPLE, height, error);
}

static gboolean
read_frozen_set (ScopePickle *self, GError **error)
{
  guint height = 0;
  return scope_pickle_pop_mark (self, &height, error)
         && gather (self, SCOPE_PICKLE_OTHER, height, error);
}

static gboolean
read_small_tuple (ScopePickle *self, guint size, GError **error)
{
  if (self->stack->len - scope_pickle_floor (self) < size)
    return scope_pickle_fail_format (self, "the pickle takes a value that it did not put down",
                                     error);
  return gather (self, SCOPE_PICKLE_TUPLE, self->stack->len - size, error);
}

static gboolean
read_tuple1 (ScopePickle *self, GError **error)
{
  return read_small_tuple (self, 1, error);
}

static gboolean
read_tuple2 (ScopePickle *self, GError **error)
{
  return read_small_tuple (self, 2, error);
}

static gboolean
read_tuple3 (ScopePickle *self, GError **error)
{
  return read_small_tuple (self, 3, error);
}

/* Puts all above HEIGHT into the list, set, dictionary or called object right below. */
static gboolean
fill (ScopePickle *self, guint height, gboolean pairs, GError **error)
{
  if (height <= scope_pickle_floor (self))
    return scope_pickle_fail_format (self, "the pickle fills a value that it did not put down",
                                     error);
  ScopePickleValue *value = self->stack->pdata[height - 1];
  ScopePickleKind kind = value->kind;
  gboolean fits = pairs ? kind == SCOPE_PICKLE_DICT || kind == SCOPE_PICKLE_CALL
                        : kind == SCOPE_PICKLE_LIST || kind == SCOPE_PICKLE_OTHER;
  if (!fits || (pairs && (self->stack->len - height) % 2 != 0))
    return scope_pickle_fail_format (self, "the pickle puts items where they do not fit", error);
  scope_pickle_move_items (self, height, value);
  return TRUE;
}

static gboolean
read_append (ScopePickle *self, GError **error)
{
  return fill (self, MAX (self->stack->len, 1) - 1, FALSE, error);
}

static gboolean
read_appends (ScopePickle *self, GError **error)
{
  guint height = 0;
  return scope_pickle_pop_mark (self, &height, error) && fill (self, height, FALSE, error);
}

static gboolean
read_set_item (ScopePickle *self, GError **error)
{
  return fill (self, MAX (self->stack->len, 2) - 2, TRUE, error);
}

static gboolean
read_set_items (ScopePickle *self, GError **error)
{
  guint height = 0;
  return scope_pickle_pop_mark (self, &height, error) && fill (self, height, TRUE, error);
}

static gboolean
push_global (ScopePickle *self, const char *module, gsize module_length, const char *text,
             gsize length, GError **error)
{
  if (module_length + length > MAX_NAME)
    return scope_pickle_fail_format (
        self, "the name of a global is longer than any that tensors need", error);
  g_autofree char *name
      = g_strdup_printf ("%.*s.%.*s", (int)module_length, module, (int)length, text);
  int known = self->find_global (name);
  if (known < 0)
    return scope_pickle_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, error,
                              "global %s is not one that tensors need; nothing was executed", name);
  if (!push_integer (self, SCOPE_PICKLE_GLOBAL, known, error))
    return FALSE;
  ScopePickleValue *value = self->stack->pdata[self->stack->len - 1];
  value->text = text;
  value->length = length;
  return TRUE;
}

/* The rest of the line. */
static const char *
take_line (ScopePickle *self, gsize *length, GError **error)
{
  const char *line = (const char *)self->data + self->at;
  const char *end = memchr (line, '\n', self->length - self->at);
  if (end == NULL) {
    scope_pickle_fail_format (self, "the pickle is cut off", error);
    return NULL;
  }
  *length = (gsize)(end - line);
  self->at += *length + 1;
  return line;
}

static gboolean
read_global (ScopePickle *self, GError **error)
{
  gsize module_length = 0, length = 0;
  const char *module = take_line (self, &module_length, error);
  const char *name = module != NULL ? take_line (self, &length, error) : NULL;
  return name != NULL && push_global (self, module, module_length, name, length, error);
}

static gboolean
read_stack_global (ScopePickle *self, GError **error)
{
  const ScopePickleValue *name = scope_pickle_pop (self, error);
  const ScopePickleValue *module = name != NULL ? scope_pickle_pop (self, error) : NULL;
  if (module == NULL)
    return FALSE;
  if (name->kind != SCOPE_PICKLE_TEXT || module->kind != SCOPE_PICKLE_TEXT)
    return scope_pickle_fail_format (self, "the name of a global is not a text", error);
  return push_global (self, module->text, module->length, name->text, name->length, error);
}

static gboolean
read_call (ScopePickle *self, GError **error)
{
  const ScopePickleValue *arguments = scope_pickle_pop (self, error);
  const ScopePickleValue *callee = arguments != NULL ? scope_pickle_pop (self, error) : NULL;
  if (callee == NULL)
    return FALSE;
  if (callee->kind != SCOPE_PICKLE_GLOBAL || arguments->kind != SCOPE_PICKLE_TUPLE)
    return scope_pickle_fail_format (self, "the pickle calls what cannot be called", error);
  ScopePickleValue *value = scope_pickle_push (self, SCOPE_PICKLE_CALL, error);
  if (value == NULL)
    return FALSE;
  value->callee = callee;
  value->arguments = arguments;
  return TRUE;
}

/* Attributes of an object, such as the versions that a state dict carries: of no use here. */
static gboolean
read_build (ScopePickle *self, GError **error)
{
  if (scope_pickle_pop (self, error) == NULL)
    return FALSE;
  const ScopePickleValue *object = scope_pickle_top (self, error);
  return object != NULL
         && (object->kind == SCOPE_PICKLE_CALL
             || scope_pickle_fail_format (self, "the pickle sets attributes of what has none",
                                          error));
}

static gboolean
read_persistent (ScopePickle *self, GError **error)
{
  const ScopePickleValue *arguments = scope_pickle_pop (self, error);
  if (arguments == NULL)
    return FALSE;
  if (arguments->kind != SCOPE_PICKLE_TUPLE)
    return scope_pickle_fail_format (self, "a storage is not described by a tuple", error);
  ScopePickleValue *value = scope_pickle_push (self, SCOPE_PICKLE_PERSISTENT, error);
  if (value != NULL)
    value->arguments = arguments;
  return value != NULL;
}

static gboolean
put (ScopePickle *self, guint index, GError **error)
{
  ScopePickleValue *value = scope_pickle_top (self, error);
  if (value == NULL)
    return FALSE;
  g_hash_table_insert (self->memo, GUINT_TO_POINTER (index), value);
  return g_hash_table_size (self->memo) <= SCOPE_PICKLE_MAX_VALUES
         || scope_pickle_fail_format (self, "remembers more values than any checkpoint has", error);
}

static gboolean
read_put1 (ScopePickle *self, GError **error)
{
  guint64 index;
  return scope_pickle_take_number (self, 1, &index, error) && put (self, (guint)index, error);
}

static gboolean
read_put4 (ScopePickle *self, GError **error)
{
  guint64 index;
  return scope_pickle_take_number (self, 4, &index, error) && put (self, (guint)index, error);
}

static gboolean
read_memoize (ScopePickle *self, GError **error)
{
  return put (self, g_hash_table_size (self->memo), error);
}

static gboolean
get (ScopePickle *self, guint size, GError **error)
{
  guint64 index;
  if (!scope_pickle_take_number (self, size, &index, error))
    return FALSE;
  ScopePickleValue *value = g_hash_table_lookup (self->memo, GUINT_TO_POINTER ((guint)index));
  if (value == NULL)
    return scope_pickle_fail_format (self, "the pickle recalls a value that it did not remember",
                                     error);
  g_ptr_array_add (self->stack, value);
  return TRUE;
}

static gboolean
read_get1 (ScopePickle *self, GError **error)
{
  return get (self, 1, error);
}

static gboolean
read_get4 (ScopePickle *self, GError **error)
{
  return get (self, 4, error);
}

/* All opcodes there are, by the names that Python gives them. */
static const Opcode opcodes[256] = {
  ['('] = { "MARK", read_mark },
  ['.'] = { "STOP", read_stop },
  ['0'] = { "POP", read_pop },
  ['1'] = { "POP_MARK", read_pop_mark },
  ['2'] = { "DUP", read_duplicate },
  ['F'] = { "FLOAT", NULL },
  ['I'] = { "INT", NULL },
  ['J'] = { "BININT", read_int4 },
  ['K'] = { "BININT1", read_int1 },
  ['L'] = { "LONG", NULL },
  ['M'] = { "BININT2", read_int2 },
  ['N'] = { "NONE", read_none },
  ['P'] = { "PERSID", NULL },
  ['Q'] = { "BINPERSID", read_persistent },
  ['R'] = { "REDUCE", read_call },
  ['S'] = { "STRING", NULL },
  ['T'] = { "BINSTRING", read_text4 },
  ['U'] = { "SHORT_BINSTRING", read_text1 },
  ['V'] = { "UNICODE", NULL },
  ['X'] = { "BINUNICODE", read_text4 },
  ['a'] = { "APPEND", read_append },
  ['b'] = { "BUILD", read_build },
  ['c'] = { "GLOBAL", read_global },
  ['d'] = { "DICT", NULL },
  ['}'] = { "EMPTY_DICT", read_empty_dict },
  ['e'] = { "APPENDS", read_appends },
  ['g'] = { "GET", NULL },
  ['h'] = { "BINGET", read_get1 },
  ['i'] = { "INST", NULL },
  ['j'] = { "LONG_BINGET", read_get4 },
  ['l'] = { "LIST", NULL },
  [']'] = { "EMPTY_LIST", read_empty_list },
  ['o'] = { "OBJ", NULL },
  ['p'] = { "PUT", NULL },
  ['q'] = { "BINPUT", read_put1 },
  ['r'] = { "LONG_BINPUT", read_put4 },
  ['s'] = { "SETITEM", read_set_item },
  ['t'] = { "TUPLE", read_tuple },
  [')'] = { "EMPTY_TUPLE", read_empty_tuple },
  ['u'] = { "SETITEMS", read_set_items },
  ['G'] = { "BINFLOAT", read_float },
  ['B'] = { "BINBYTES", read_bytes4 },
  ['C'] = { "SHORT_BINBYTES", read_bytes1 },
  [0x80] = { "PROTO", read_protocol },
  [0x81] = { "NEWOBJ", NULL },
  [0x82] = { "EXT1", NULL },
  [0x83] = { "EXT2", NULL },
  [0x84] = { "EXT4", NULL },
  [0x85] = { "TUPLE1", read_tuple1 },
  [0x86] = { "TUPLE2", read_tuple2 },
  [0x87] = { "TUPLE3", read_tuple3 },
  [0x88] = { "NEWTRUE", read_true },
  [0x89] = { "NEWFALSE", read_false },
  [0x8a] = { "LONG1", read_long1 },
  [0x8b] = { "LONG4", read_long4 },
  [0x8c] = { "SHORT_BINUNICODE", read_text1 },
  [0x8d] = { "BINUNICODE8", read_text8 },
  [0x8e] = { "BINBYTES8", read_bytes8 },
  [0x8f] = { "EMPTY_SET", read_empty_set },
  [0x90] = { "ADDITEMS", read_appends },
  [0x91] = { "FROZENSET", read_frozen_set },
  [0x92] = { "NEWOBJ_EX", NULL },
  [0x93] = { "STACK_GLOBAL", read_stack_global },
  [0x94] = { "MEMOIZE", read_memoize },
  [0x95] = { "FRAME", read_frame },
  [0x96] = { "BYTEARRAY8", NULL },
  [0x97] = { "NEXT_BUFFER", NULL },
  [0x98] = { "READONLY_BUFFER", NULL },
};

gboolean
scope_pickle_read_opcode (ScopePickle *self, GError **error)
{
  self->opcode = self->at;
  const guint8 *code = scope_pickle_take (self, 1, error);
  if (code == NULL)
    return FALSE;
  const Opcode *opcode = &opcodes[*code];
  if (opcode->name == NULL)
    return scope_pickle_fail (self, SCOPE_MODEL_ERROR_FORMAT, error, "0x%02x is no opcode", *code);
  if (opcode->read == NULL)
    return scope_pickle_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, error,
                              "opcode %s is not one that tensors need; nothing was executed",
                              opcode->name);
  return opcode->read (self, error);
}
