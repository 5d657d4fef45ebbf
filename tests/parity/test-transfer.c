/* Memory of the host to the backend and back: sizes about the pieces that large transfers are cut
 * into, addresses that are not aligned, and what was queued before and after. */
#include "parity.h"

static guint8 *
random_bytes (gsize count)
{
  guint8 *bytes = g_malloc (count + sizeof (guint32));
  for (gsize i = 0; i < count; i += sizeof (guint32)) {
    guint32 word = g_rand_int (parity.random);
    memcpy (bytes + i, &word, sizeof word);
  }
  return bytes;
}

static void
assert_status (int status, const char *message)
{
  if (status != SCOPE_STATUS_OK)
    g_error ("status %d: %s", status, message);
}

/* Up to an odd place, into a second buffer by the device, and down; then again after a clear that
 * is still queued when the transfer is asked for. */
static void
check_size (gsize bytes)
{
  char message[256] = "";
  ScopeBackend *self = parity.backend;
  const ScopeBackendOps *ops = self->ops;
  g_autofree guint8 *sent = random_bytes (bytes), *got = g_malloc0 (bytes + 2);
  g_autofree guint8 *zeros = g_malloc0 (bytes + 1);
  char *first = ops->alloc (self, bytes + 1, message, sizeof message);
  char *second = ops->alloc (self, bytes + 1, message, sizeof message);
  g_assert_true (first != NULL && second != NULL);
  assert_status (ops->clear (self, first, bytes + 1, message, sizeof message), message);
  assert_status (ops->upload (self, first + 1, sent, bytes, message, sizeof message), message);
  assert_status (ops->copy (self, second, first, bytes + 1, message, sizeof message), message);
  assert_status (ops->clear (self, first, bytes + 1, message, sizeof message), message);
  got[bytes + 1] = 77;
  assert_status (ops->download (self, got, second, bytes + 1, message, sizeof message), message);
  g_assert_cmpuint (got[0], ==, 0);
  g_assert_cmpuint (got[bytes + 1], ==, 77);
  g_assert_true (memcmp (got + 1, sent, bytes) == 0);
  assert_status (ops->download (self, got, first, bytes + 1, message, sizeof message), message);
  g_assert_true (memcmp (got, zeros, bytes + 1) == 0);
  ops->free (self, first);
  ops->free (self, second);
}

static void
test_transfer (void)
{
  const gsize sizes[] = { 1, 4097, (4 << 20) - 2, (4 << 20) - 1, 4 << 20, (21 << 20) + 13 };
  parity_begin (1);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_size (sizes[i]);
  parity_end ();
}

void
parity_add_transfer (void)
{
  g_test_add_func ("/transfer", test_transfer);
}
