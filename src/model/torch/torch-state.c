/* The state dict: which tensors there are, and where in which storage their numbers lie. Called
 * objects are matched by what they would call and on what; nothing is called. */
#include "model/torch/torch-private.h"

#include <string.h>

#include "base/checked.h"

/* Dictionaries around the state dict, at most. */
#define MAX_NESTING 4
/* A view that repeats its numbers may be larger than its storage, up to here. */
#define MAX_REPEATED ((gsize)1 << 24)

static const struct {
  const char *name;
  guint8 size;
  gint8 dtype; /* a ScopeDtype, or -1 */
} storage_types[] = {
  { "FloatStorage", 4, SCOPE_DTYPE_F32 },
  { "HalfStorage", 2, SCOPE_DTYPE_F16 },
  { "BFloat16Storage", 2, SCOPE_DTYPE_BF16 },
  { "DoubleStorage", 8, SCOPE_DTYPE_F64 },
  { "LongStorage", 8, -1 },
  { "IntStorage", 4, -1 },
  { "ShortStorage", 2, -1 },
  { "CharStorage", 1, -1 },
  { "ByteStorage", 1, -1 },
  { "BoolStorage", 1, -1 },
  { "ComplexFloatStorage", 8, -1 },
  { "ComplexDoubleStorage", 16, -1 },
  { "UntypedStorage", 1, -1 },
};

static const struct {
  const char *name;
  int global;
} globals[] = {
  { "collections.OrderedDict", SCOPE_TORCH_ORDERED_DICT },
  { "torch._utils._rebuild_tensor", SCOPE_TORCH_REBUILD_TENSOR },
  { "torch._utils._rebuild_tensor_v2", SCOPE_TORCH_REBUILD_TENSOR },
  { "torch._utils._rebuild_tensor_v3", SCOPE_TORCH_REBUILD_TYPED },
  { "torch._utils._rebuild_parameter", SCOPE_TORCH_REBUILD_PARAMETER },
  { "torch.Size", SCOPE_TORCH_HARMLESS },
  { "torch.device", SCOPE_TORCH_HARMLESS },
  { "torch.serialization._get_layout", SCOPE_TORCH_HARMLESS },
  { "torch.bfloat16", SCOPE_TORCH_HARMLESS },
  { "torch.bool", SCOPE_TORCH_HARMLESS },
  { "torch.float16", SCOPE_TORCH_HARMLESS },
  { "torch.float32", SCOPE_TORCH_HARMLESS },
  { "torch.float64", SCOPE_TORCH_HARMLESS },
  { "torch.float8_e4m3fn", SCOPE_TORCH_HARMLESS },
  { "torch.float8_e5m2", SCOPE_TORCH_HARMLESS },
  { "torch.int8", SCOPE_TORCH_HARMLESS },
  { "torch.int16", SCOPE_TORCH_HARMLESS },
  { "torch.int32", SCOPE_TORCH_HARMLESS },
  { "torch.int64", SCOPE_TORCH_HARMLESS },
  { "torch.uint8", SCOPE_TORCH_HARMLESS },
  { "torch.uint16", SCOPE_TORCH_HARMLESS },
  { "torch.uint32", SCOPE_TORCH_HARMLESS },
  { "torch.uint64", SCOPE_TORCH_HARMLESS },
};

int
scope_torch_find_global (const char *name)
{
  static const char *const homes[] = { "torch.", "torch.cuda.", "torch.storage." };
  for (gsize i = 0; i < G_N_ELEMENTS (globals); i++)
    if (strcmp (name, globals[i].name) == 0)
      return globals[i].global;
  for (gsize home = 0; home < G_N_ELEMENTS (homes); home++)
    for (gsize i = 0; i < G_N_ELEMENTS (storage_types); i++)
      if (g_str_has_prefix (name, homes[home])
          && strcmp (name + strlen (homes[home]), storage_types[i].name) == 0)
        return SCOPE_TORCH_STORAGE + (int)i;
  return -1;
}

gsize
scope_torch_element_size (gint64 global)
{
  return storage_types[global - SCOPE_TORCH_STORAGE].size;
}

int
scope_torch_dtype (gint64 global)
{
  return storage_types[global - SCOPE_TORCH_STORAGE].dtype;
}

static gboolean
get_size (const ScopePickleValue *value, gsize *out)
{
  if (value == NULL || value->kind != SCOPE_PICKLE_INTEGER || value->integer < 0)
    return FALSE;
  *out = (gsize)value->integer;
  return TRUE;
}

static gboolean
calls (const ScopePickleValue *value, int global)
{
  return value != NULL && value->kind == SCOPE_PICKLE_CALL && value->callee->integer == global;
}

static gboolean
is_dict (const ScopePickleValue *value)
{
  return value->kind == SCOPE_PICKLE_DICT || calls (value, SCOPE_TORCH_ORDERED_DICT);
}

static gboolean
is_tensor (const ScopePickleValue *value)
{
  return calls (value, SCOPE_TORCH_REBUILD_TENSOR) || calls (value, SCOPE_TORCH_REBUILD_TYPED)
         || calls (value, SCOPE_TORCH_REBUILD_PARAMETER);
}

static gboolean
is_key (const ScopePickleValue *value)
{
  return value != NULL && value->kind == SCOPE_PICKLE_TEXT && value->length > 0
         && memchr (value->text, '\0', value->length) == NULL;
}

/* The tuple ("storage", type, key, location, count, ...). Several may describe the same one. */
static gboolean
read_storage (ScopeTorchFile *self, const ScopePickleValue *tuple, GError **error)
{
  const ScopePickleValue *type = scope_pickle_item (tuple, 1), *key = scope_pickle_item (tuple, 2);
  gsize count, bytes;
  if (!scope_pickle_is_text (scope_pickle_item (tuple, 0), "storage") || !is_key (key)
      || type->kind != SCOPE_PICKLE_GLOBAL || type->integer < SCOPE_TORCH_STORAGE
      || !get_size (scope_pickle_item (tuple, 4), &count)
      || !scope_size_multiply (count, scope_torch_element_size (type->integer), &bytes))
    return scope_torch_fail (self, NULL, error, "a storage is not described as storages are");
  g_autofree char *name = g_strndup (key->text, key->length);
  ScopeTorchStorage *storage = g_hash_table_lookup (self->storages, name);
  if (storage != NULL)
    return (storage->global == type->integer && storage->count == count)
           || scope_torch_fail (self, NULL, error, "storage %s is described in two ways", name);
  storage = g_new0 (ScopeTorchStorage, 1);
  storage->key = g_steal_pointer (&name);
  storage->global = type->integer;
  storage->count = count;
  g_hash_table_insert (self->storages, storage->key, storage);
  return TRUE;
}

static gboolean
read_storages (ScopeTorchFile *self, const ScopePickle *pickle, GError **error)
{
  const ScopePickleValue *value;
  for (gsize i = 0; (value = scope_pickle_value (pickle, i)) != NULL; i++)
    if (value->kind == SCOPE_PICKLE_PERSISTENT && !read_storage (self, value->arguments, error))
      return FALSE;
  return TRUE;
}

static ScopeTorchStorage *
find_storage (const ScopeTorchFile *self, const ScopePickleValue *tuple)
{
  const ScopePickleValue *key = scope_pickle_item (tuple, 2);
  g_autofree char *name = g_strndup (key->text, key->length);
  return g_hash_table_lookup (self->storages, name);
}

/* The old format may name a part of a storage: (key, offset, count), or nothing. */
static gboolean
read_view (ScopeTorchFile *self, const ScopeTorchTensor *tensor, const ScopePickleValue *view,
           gsize *begin, gsize *count, GError **error)
{
  *begin = 0;
  *count = tensor->storage->count;
  if (view == NULL || view->kind == SCOPE_PICKLE_NONE)
    return TRUE;
  return (view->kind == SCOPE_PICKLE_TUPLE && get_size (scope_pickle_item (view, 1), begin)
          && get_size (scope_pickle_item (view, 2), count) && *begin <= tensor->storage->count
          && *count <= tensor->storage->count - *begin)
         || scope_torch_fail (self, tensor->name, error,
                              "its part of storage %s lies outside of it", tensor->storage->key);
}

static gboolean
read_shape (ScopeTorchFile *self, ScopeTorchTensor *tensor, const ScopePickleValue *shape,
            const ScopePickleValue *strides, GError **error)
{
  ScopeWeight *weight = &tensor->weight;
  if (shape == NULL || strides == NULL || shape->kind != SCOPE_PICKLE_TUPLE
      || strides->kind != SCOPE_PICKLE_TUPLE
      || scope_pickle_count (shape) != scope_pickle_count (strides))
    return scope_torch_fail (self, tensor->name, error,
                             "expected a shape and as many strides as it has dimensions");
  weight->rank = (guint)scope_pickle_count (shape);
  weight->count = 1;
  if (weight->rank > SCOPE_MAX_RANK) {
    tensor->refusal = g_strdup_printf ("%u dimensions are more than we read", weight->rank);
    return TRUE;
  }
  for (guint i = 0; i < weight->rank; i++)
    if (!get_size (scope_pickle_item (shape, i), &weight->shape[i])
        || !get_size (scope_pickle_item (strides, i), &tensor->strides[i]))
      return scope_torch_fail (self, tensor->name, error,
                               "its shape and strides are not whole numbers >= 0");
  for (guint i = 0; i < weight->rank; i++)
    if (!scope_size_multiply (weight->count, weight->shape[i], &weight->count))
      return scope_torch_fail (self, tensor->name, error, "the product of its shape overflows");
  return TRUE;
}

/* The tensor's last element must lie among the COUNT elements from BEGIN on. */
static gboolean
check_reach (ScopeTorchFile *self, ScopeTorchTensor *tensor, gsize begin, gsize count,
             GError **error)
{
  const ScopeWeight *weight = &tensor->weight;
  gsize last = tensor->offset, step;
  gboolean fits = weight->count == 0 || tensor->offset < count;
  for (guint i = 0; fits && weight->count > 0 && i < weight->rank; i++)
    fits = scope_size_multiply (weight->shape[i] - 1, tensor->strides[i], &step)
           && scope_size_add (last, step, &last) && last < count;
  if (!fits)
    return scope_torch_fail (self, tensor->name, error,
                             "it reaches beyond the %" G_GSIZE_FORMAT " elements of storage %s",
                             count, tensor->storage->key);
  if (weight->count > MAX (tensor->storage->count, MAX_REPEATED))
    return scope_torch_fail (self, tensor->name, error,
                             "its %" G_GSIZE_FORMAT " elements repeat those of storage %s",
                             weight->count, tensor->storage->key);
  return weight->count == 0 || scope_size_add (tensor->offset, begin, &tensor->offset);
}

/* The arguments (storage, offset, shape, strides, requires_grad, hooks[, metadata]). */
static gboolean
read_rebuilt (ScopeTorchFile *self, ScopeTorchTensor *tensor, const ScopePickleValue *arguments,
              GError **error)
{
  const ScopePickleValue *storage = scope_pickle_item (arguments, 0);
  const ScopePickleValue *metadata = scope_pickle_item (arguments, 6);
  gsize begin, count;
  if (storage == NULL || storage->kind != SCOPE_PICKLE_PERSISTENT
      || !get_size (scope_pickle_item (arguments, 1), &tensor->offset))
    return scope_torch_fail (self, tensor->name, error, "expected a storage and an offset");
  tensor->storage = find_storage (self, storage->arguments);
  if (!read_shape (self, tensor, scope_pickle_item (arguments, 2), scope_pickle_item (arguments, 3),
                   error))
    return FALSE;
  int dtype = scope_torch_dtype (tensor->storage->global);
  if (dtype < 0 && tensor->refusal == NULL)
    tensor->refusal = g_strdup_printf (
        "dtype %s is not supported; supported are FloatStorage, HalfStorage, BFloat16Storage and"
        " DoubleStorage",
        storage_types[tensor->storage->global - SCOPE_TORCH_STORAGE].name);
  if (metadata != NULL && scope_pickle_count (metadata) > 0 && tensor->refusal == NULL)
    tensor->refusal = g_strdup ("a negated or conjugated view is not supported");
  if (tensor->refusal != NULL)
    return TRUE;
  tensor->weight.dtype = (ScopeDtype)dtype;
  return read_view (self, tensor, scope_pickle_item (storage->arguments, 5), &begin, &count, error)
         && check_reach (self, tensor, begin, count, error);
}

/* A tensor of a type so new that its storage does not say it: none of those that we read. */
static void
refuse_typed (ScopeTorchTensor *tensor, const ScopePickleValue *arguments)
{
  const ScopePickleValue *type = scope_pickle_item (arguments, 6);
  gboolean named = type != NULL && type->kind == SCOPE_PICKLE_GLOBAL;
  tensor->refusal = g_strdup_printf ("dtype %.*s is not supported", named ? (int)type->length : 1,
                                     named ? type->text : "?");
}

static void
tensor_free (gpointer data)
{
  ScopeTorchTensor *tensor = data;
  g_free (tensor->name);
  g_free (tensor->refusal);
  g_free (tensor->copy);
  g_free (tensor);
}

static gboolean
read_tensor (ScopeTorchFile *self, const ScopePickleValue *name, const ScopePickleValue *value,
             GError **error)
{
  ScopeTorchTensor *tensor = g_new0 (ScopeTorchTensor, 1);
  tensor->name = g_strndup (name->text, name->length);
  tensor->weight.name = tensor->name;
  g_ptr_array_add (self->tensors, tensor);
  if (!g_hash_table_insert (self->by_name, tensor->name, tensor))
    return scope_torch_fail (self, tensor->name, error, "it stands twice in the file");
  if (calls (value, SCOPE_TORCH_REBUILD_PARAMETER))
    value = scope_pickle_item (value->arguments, 0);
  if (calls (value, SCOPE_TORCH_REBUILD_TYPED))
    refuse_typed (tensor, value->arguments);
  else if (!calls (value, SCOPE_TORCH_REBUILD_TENSOR))
    return scope_torch_fail (self, tensor->name, error, "it is a parameter, but not of a tensor");
  else if (!read_rebuilt (self, tensor, value->arguments, error))
    return FALSE;
  if (tensor->refusal == NULL)
    g_ptr_array_add (self->readable, tensor);
  return TRUE;
}

static gboolean
holds_tensors (const ScopePickleValue *dict)
{
  for (gsize i = 1; i < scope_pickle_count (dict); i += 2)
    if (is_tensor (scope_pickle_item (dict, i)))
      return TRUE;
  return FALSE;
}

/* The dictionary KEY of DICT, or NULL. */
static const ScopePickleValue *
find_dict (const ScopePickleValue *dict, const char *key)
{
  for (gsize i = 0; i + 1 < scope_pickle_count (dict); i += 2)
    if (scope_pickle_is_text (scope_pickle_item (dict, i), key)
        && is_dict (scope_pickle_item (dict, i + 1)))
      return scope_pickle_item (dict, i + 1);
  return NULL;
}

static const ScopePickleValue *
find_state (const ScopePickleValue *root)
{
  for (guint depth = 0; depth < MAX_NESTING && is_dict (root); depth++) {
    if (holds_tensors (root))
      return root;
    const ScopePickleValue *inner = find_dict (root, "state_dict");
    if (inner == NULL)
      inner = find_dict (root, "model");
    if (inner == NULL)
      return NULL;
    root = inner;
  }
  return NULL;
}

gboolean
scope_torch_read_state (ScopeTorchFile *self, const ScopePickle *pickle, GError **error)
{
  if (!read_storages (self, pickle, error))
    return FALSE;
  static const ScopePickleValue nameless = { .kind = SCOPE_PICKLE_TEXT, .text = "" };
  const ScopePickleValue *root = scope_pickle_root (pickle), *state = find_state (root);
  g_ptr_array_set_free_func (self->tensors, tensor_free);
  if (is_tensor (root))
    return read_tensor (self, &nameless, root, error);
  if (state == NULL)
    return scope_torch_fail (self, NULL, error,
                             "it holds no state dict: expected a dictionary of tensors, at the root"
                             " or below \"state_dict\" or \"model\"");
  for (gsize i = 0; i + 1 < scope_pickle_count (state); i += 2) {
    const ScopePickleValue *name = scope_pickle_item (state, i);
    const ScopePickleValue *value = scope_pickle_item (state, i + 1);
    if (is_key (name) && is_tensor (value) && !read_tensor (self, name, value, error))
      return FALSE;
  }
  return TRUE;
}
