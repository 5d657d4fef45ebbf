/* Pickles byte by byte: what is read, and everything that is refused without being executed. */
#include <string.h>

#include "base/error.h"
#include "model/torch/pickle.h"
#include "test-support.h"

/* Knows two globals. */
static int
find_global (const char *name)
{
  return strcmp (name, "a.B") == 0 ? 7 : strcmp (name, "c.D") == 0 ? 8 : -1;
}

#define BYTES(text) text, sizeof (text) - 1

static ScopePickle *
parse (const char *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  gsize used = 0;
  ScopePickle *pickle = scope_pickle_parse (bytes, length, "p", find_global, &used, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (used, ==, length);
  return pickle;
}

static gint64
integer (const ScopePickleValue *value)
{
  g_assert_cmpint (value->kind, ==, SCOPE_PICKLE_INTEGER);
  return value->integer;
}

static void
test_numbers (void)
{
  const struct {
    const char *bytes;
    gsize length;
    gint64 value;
  } cases[] = {
    { BYTES ("\x80\2K\xff."), 255 },
    { BYTES ("\x80\2M\x34\x12."), 0x1234 },
    { BYTES ("\x80\2J\xff\xff\xff\xff."), -1 },
    { BYTES ("\x80\2J\0\0\0\x80."), G_MININT32 },
    { BYTES ("\x80\2\x8a\0."), 0 },
    { BYTES ("\x80\2\x8a\1\x80."), -128 },
    { BYTES ("\x80\2\x8a\2\x80\0."), 128 },
    { BYTES ("\x80\5\x8a\x8\xff\xff\xff\xff\xff\xff\xff\x7f."), G_MAXINT64 },
    { BYTES ("\x80\2\x8b\3\0\0\0\1\0\1."), 65537 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (ScopePickle) pickle = parse (cases[i].bytes, cases[i].length);
    g_assert_cmpint (integer (scope_pickle_root (pickle)), ==, cases[i].value);
  }
  g_autoptr (ScopePickle) wide = parse (BYTES ("\x80\2\x8a\x9\1\2\3\4\5\6\7\x8\x9."));
  g_assert_cmpint (scope_pickle_root (wide)->kind, ==, SCOPE_PICKLE_LONG);
  g_assert_cmpmem (scope_pickle_root (wide)->text, scope_pickle_root (wide)->length,
                   "\1\2\3\4\5\6\7\x8\x9", 9);
}

/* {"k": (1, [2, None]), "o": a.B (True), "s": 0.0}; the object has an item and attributes. */
static void
test_values (void)
{
  g_autoptr (ScopePickle) pickle = parse (BYTES (
      "\x80\2}(X\1\0\0\0kK\1](K\2Ne\x86X\1\0\0\0oca\nB\n\x88\x85RK\5K\6s}bU\1sG\0\0\0\0\0\0\0\0"
      "u."));
  const ScopePickleValue *root = scope_pickle_root (pickle);
  g_assert_cmpint (root->kind, ==, SCOPE_PICKLE_DICT);
  g_assert_cmpuint (scope_pickle_count (root), ==, 6);
  g_assert_true (scope_pickle_is_text (scope_pickle_item (root, 0), "k"));
  const ScopePickleValue *tuple = scope_pickle_item (root, 1);
  g_assert_cmpint (tuple->kind, ==, SCOPE_PICKLE_TUPLE);
  g_assert_cmpint (integer (scope_pickle_item (tuple, 0)), ==, 1);
  const ScopePickleValue *list = scope_pickle_item (tuple, 1);
  g_assert_cmpint (list->kind, ==, SCOPE_PICKLE_LIST);
  g_assert_cmpint (scope_pickle_item (list, 1)->kind, ==, SCOPE_PICKLE_NONE);
  g_assert_null (scope_pickle_item (list, 2));
  const ScopePickleValue *object = scope_pickle_item (root, 3);
  g_assert_cmpint (object->kind, ==, SCOPE_PICKLE_CALL);
  g_assert_cmpint (object->callee->integer, ==, 7);
  g_assert_cmpint (scope_pickle_item (object->arguments, 0)->kind, ==, SCOPE_PICKLE_BOOLEAN);
  g_assert_cmpint (integer (scope_pickle_item (object, 1)), ==, 6);
  g_assert_cmpint (scope_pickle_item (root, 5)->kind, ==, SCOPE_PICKLE_OTHER);
}

/* Remembered values are the same values, also within themselves. */
static void
test_memo (void)
{
  g_autoptr (ScopePickle) pickle = parse (BYTES ("\x80\2]q\5(h\5r\0\1\0\0j\0\1\0\0e."));
  const ScopePickleValue *root = scope_pickle_root (pickle);
  g_assert_true (scope_pickle_item (root, 0) == root && scope_pickle_item (root, 1) == root);
  g_autoptr (ScopePickle) counted = parse (BYTES ("\x80\4]\x94K\1\x94\x86\x94""0h\1h\2\x86."));
  root = scope_pickle_root (counted);
  g_assert_cmpint (integer (scope_pickle_item (root, 0)), ==, 1);
  g_assert_cmpint (scope_pickle_item (root, 1)->kind, ==, SCOPE_PICKLE_TUPLE);
}

static void
test_refused (void)
{
  const struct {
    const char *bytes;
    gsize length;
    ScopeModelError code;
    const char *pattern;
  } cases[] = {
    { BYTES ("\x80\2cos\nsystem\nX\4\0\0\0true\x85R."), SCOPE_MODEL_ERROR_UNSUPPORTED,
      "p: byte 2: global os.system is not one that tensors need; nothing was executed" },
    { BYTES ("\x80\4\x8c\5posix\x8c\6system\x93\x8c\4true\x85R."), SCOPE_MODEL_ERROR_UNSUPPORTED,
      "p: byte 17: global posix.system is not one that *" },
    { BYTES ("\x80\2cbuiltins\neval\n."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*builtins.eval *" },
    { BYTES ("\x80\2ca\nB.__class__\n."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*a.B.__class__ *" },
    { BYTES ("\x80\2ca\nB\ncc\nD\n}b."), SCOPE_MODEL_ERROR_FORMAT, "*attributes of what has none" },
    { BYTES ("\x80\2ca\nB\n)\x81."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode NEWOBJ is not *" },
    { BYTES ("\x80\4ca\nB\n)}\x92."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode NEWOBJ_EX *" },
    { BYTES ("\x80\2(ia\nB\n."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*byte 3: opcode INST *" },
    { BYTES ("\x80\2(ca\nB\no."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode OBJ *" },
    { BYTES ("\x80\2\x82\1."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode EXT1 *" },
    { BYTES ("\x80\2\x83\1\0."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode EXT2 *" },
    { BYTES ("\x80\2\x84\1\0\0\0."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode EXT4 *" },
    { BYTES ("\x80\5\x97."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*opcode NEXT_BUFFER *" },
    { BYTES ("\x80\1."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*protocol 1 is not supported; *" },
    { BYTES ("\x80\6."), SCOPE_MODEL_ERROR_UNSUPPORTED, "*protocol 6 is not supported; *" },
    { BYTES ("(lp0\n."), SCOPE_MODEL_ERROR_FORMAT, "*expected a pickle of protocol 2 to 5" },
    { BYTES (""), SCOPE_MODEL_ERROR_FORMAT, "*expected a pickle of protocol 2 to 5" },
    { BYTES ("\x80\2\xff"), SCOPE_MODEL_ERROR_FORMAT, "p: byte 2: 0xff is no opcode" },
    { BYTES ("\x80\2K\1K\2R."), SCOPE_MODEL_ERROR_FORMAT, "*calls what cannot be called" },
    { BYTES ("\x80\2K\1)R."), SCOPE_MODEL_ERROR_FORMAT, "*calls what cannot be called" },
    { BYTES ("\x80\2ca\nB\n]R."), SCOPE_MODEL_ERROR_FORMAT, "*calls what cannot be called" },
    { BYTES ("\x80\2."), SCOPE_MODEL_ERROR_FORMAT, "*takes a value that it did not put down" },
    { BYTES ("\x80\2K\1(\x85."), SCOPE_MODEL_ERROR_FORMAT, "*takes a value that it did not *" },
    { BYTES ("\x80\2K\1(0."), SCOPE_MODEL_ERROR_FORMAT, "*takes a value that it did not *" },
    { BYTES ("\x80\2t."), SCOPE_MODEL_ERROR_FORMAT, "*takes a mark that it did not set" },
    { BYTES ("\x80\2K\1K\2."), SCOPE_MODEL_ERROR_FORMAT, "*leaves values behind" },
    { BYTES ("\x80\2(K\1."), SCOPE_MODEL_ERROR_FORMAT, "*leaves values behind" },
    { BYTES ("\x80\2h\1."), SCOPE_MODEL_ERROR_FORMAT, "*recalls a value that it did not *" },
    { BYTES ("\x80\2K\1K\2a."), SCOPE_MODEL_ERROR_FORMAT, "*puts items where they do not fit" },
    { BYTES ("\x80\2}(K\1u."), SCOPE_MODEL_ERROR_FORMAT, "*puts items where they do not fit" },
    { BYTES ("\x80\2a."), SCOPE_MODEL_ERROR_FORMAT, "*fills a value that it did not put down" },
    { BYTES ("\x80\2K\1s."), SCOPE_MODEL_ERROR_FORMAT, "*fills a value that it did not put down" },
    { BYTES ("\x80\2K\1Q."), SCOPE_MODEL_ERROR_FORMAT, "*not described by a tuple" },
    { BYTES ("\x80\4K\1K\2\x93."), SCOPE_MODEL_ERROR_FORMAT, "*name of a global is not a text" },
    { BYTES ("\x80\2X\1\0\0\0\xff."), SCOPE_MODEL_ERROR_FORMAT, "*not valid UTF-8" },
    { BYTES ("\x80\4\x8d\xff\xff\xff\xff\xff\xff\xff\xff."), SCOPE_MODEL_ERROR_FORMAT, "*cut off" },
    { BYTES ("\x80\2\x8b\xff\xff\xff\xff."), SCOPE_MODEL_ERROR_FORMAT, "*cut off" },
    { BYTES ("\x80\2ca"), SCOPE_MODEL_ERROR_FORMAT, "*cut off" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_autofree char *copy = g_memdup2 (cases[i].bytes, cases[i].length);
    g_assert_null (scope_pickle_parse (copy, cases[i].length, "p", find_global, NULL, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, (int)cases[i].code, cases[i].pattern);
  }
}

/* PIECE again and again after a protocol: it must be refused for a reason that matches PATTERN. */
static void
expect_bomb (const char *piece, gsize length, gsize times, const char *pattern)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  GError *error = NULL;
  g_byte_array_append (bytes, (const guint8 *)"\x80\4", 2);
  for (gsize i = 0; i < times; i++)
    g_byte_array_append (bytes, (const guint8 *)piece, (guint)length);
  g_assert_null (scope_pickle_parse (bytes->data, bytes->len, "p", find_global, NULL, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, pattern);
}

static void
test_bombs (void)
{
  g_autofree char *module = g_strnfill (300, 'm');
  g_autofree char *name = g_strconcat ("c", module, "\nx\n", NULL);
  expect_bomb (BYTES ("("), 2000, "*nested deeper than any checkpoint is");
  expect_bomb (BYTES ("N"), 2 << 20, "*more values than any checkpoint has");
  expect_bomb (BYTES (")\x94"), 2 << 20, "*more values than any checkpoint has");
  /* Each tuple holds the one before it twice: 2^n leaves, were they ever counted. */
  expect_bomb (BYTES (")2\x86"), 1000, "*cut off");
  expect_bomb (BYTES ("X\0\0\0\0"), 2 << 20, "*more values than any checkpoint has");
  expect_bomb (name, strlen (name), 1, "*longer than any that tensors need");
}

/* Whatever the opcode: if the parser does not know it, it names it, and it never reads beyond. */
static void
test_every_opcode (void)
{
  for (guint code = 0; code < 256; code++)
    for (gsize length = 3; length < 12; length++) {
      char bytes[12] = { (char)0x80, 2, (char)code, '(', 'K', 1, 0, 0, 0, 'a', '\n', '.' };
      g_autofree char *copy = g_memdup2 (bytes, length);
      g_autoptr (GError) error = NULL;
      g_autoptr (ScopePickle) pickle
          = scope_pickle_parse (copy, length, "p", find_global, NULL, &error);
      g_assert_true ((pickle == NULL) == (error != NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pickle/numbers", test_numbers);
  g_test_add_func ("/pickle/values", test_values);
  g_test_add_func ("/pickle/memo", test_memo);
  g_test_add_func ("/pickle/refused", test_refused);
  g_test_add_func ("/pickle/bombs", test_bombs);
  g_test_add_func ("/pickle/every-opcode", test_every_opcode);
  return g_test_run ();
}
