#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "test-support.h"

static void
test_accepts (void)
{
  const char *const texts[] = { "null",
                                " true ",
                                "[]",
                                "{}",
                                "[1,-0,0.5,1e3,-2.5E-1]",
                                "\"\\u0041\\ud83d\\ude80\\n\"",
                                "{\"a\":[{\"b\":null}],\"\":\"\"}",
                                "[NaN,Infinity,-Infinity]",
                                "\t\r\n[ 1 , 2 ]\n",
                                "123456789012345678901234567890" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (JsonNode) node = scope_json_parse (texts[i], strlen (texts[i]), "t", &error);
    g_assert_no_error (error);
    g_assert_nonnull (node);
  }
}

static void
test_refuses (void)
{
  const char *const texts[] = { "",
                                " ",
                                "{",
                                "[",
                                "[1,]",
                                "[,1]",
                                "{\"a\"}",
                                "{\"a\":}",
                                "{\"a\":1,}",
                                "{a:1}",
                                "{'a':1}",
                                "[1 2]",
                                "1 2",
                                "01",
                                "+1",
                                "1.",
                                ".5",
                                "1e",
                                "-",
                                "tru",
                                "nul",
                                "Infinit",
                                "\"a",
                                "\"\n\"",
                                "\"\\x\"",
                                "\"\\u12\"",
                                "\"\\u0000\"",
                                "\"\\ud800\"",
                                "\"\\ud800\\u0041\"",
                                "\"\\udc00\"",
                                "/**/1",
                                "// x\n1",
                                "{\"a\":1,\"a\":2}",
                                "\"\xff\"",
                                "[1}",
                                "{\"a\":1]",
                                "\"\\",
                                "[\"\xc3\"]" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    GError *error = NULL;
    g_autoptr (JsonNode) node = scope_json_parse (texts[i], strlen (texts[i]), "file.json", &error);
    if (node != NULL)
      g_error ("accepted: %s", texts[i]);
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                       "file.json: invalid JSON at byte *");
  }
}

/* A text that ends without a NUL: reading past it is an error of the sanitizer's. */
static void
test_every_prefix (void)
{
  const char text[] = "{\"a\":[1.5e2,true,\"\\u00e9\\ud83d\\ude80\"],\"b\":{\"c\":null}}";
  for (gsize length = 0; length < sizeof text - 1; length++) {
    g_autofree char *prefix = g_memdup2 (text, length);
    g_autoptr (GError) error = NULL;
    g_assert_null (scope_json_parse (prefix, length, "t", &error));
    g_assert_nonnull (error);
  }
}

static void
test_depth (void)
{
  for (guint depth = 63; depth <= 65; depth++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GError) error = NULL;
    for (guint i = 0; i < depth; i++)
      g_string_append_c (text, '[');
    for (guint i = 0; i < depth; i++)
      g_string_append_c (text, ']');
    g_autoptr (JsonNode) node = scope_json_parse (text->str, text->len, "t", &error);
    g_assert_true ((node != NULL) == (depth <= 64));
  }
}

static void
test_values (void)
{
  const char text[] = "{\"i\":-7,\"d\":2.5,\"b\":true,\"s\":\"x\\u00e9\\ud83d\\ude80\",\"n\":null,"
                      "\"inf\":Infinity}";
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = scope_json_parse (text, strlen (text), "t", &error);
  JsonObject *object = scope_json_object (node, "t", "$", &error);
  gint64 i = 0;
  double d = 0, infinite = 0;
  gboolean b = FALSE;
  const char *s = NULL;
  g_assert_true (scope_json_get_int (object, "i", TRUE, -10, 10, &i, "t", "$", &error));
  g_assert_true (scope_json_get_double (object, "d", TRUE, &d, "t", "$", &error));
  g_assert_true (scope_json_get_double (object, "inf", TRUE, &infinite, "t", "$", &error));
  g_assert_true (scope_json_get_boolean (object, "b", TRUE, &b, "t", "$", &error));
  g_assert_true (scope_json_get_string (object, "s", TRUE, &s, "t", "$", &error));
  g_assert_no_error (error);
  g_assert_cmpint (i, ==, -7);
  g_assert_cmpfloat (d, ==, 2.5);
  g_assert_true (isinf (infinite) && infinite > 0);
  g_assert_true (b);
  g_assert_cmpstr (s, ==, "x\xc3\xa9\xf0\x9f\x9a\x80");
  g_assert_true (scope_json_get_int (object, "n", FALSE, 0, 1, &i, "t", "$", &error));
  g_assert_true (scope_json_get_int (object, "absent", FALSE, 0, 1, &i, "t", "$", &error));
  g_assert_cmpint (i, ==, -7);
}

static void
test_lists (void)
{
  const char text[] = "{\"two\":[\"a\",\"\u00e9\"],\"none\":[],\"null\":null,\"one\":\"a\","
                      "\"mixed\":[\"a\",null]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = scope_json_parse (text, strlen (text), "t", &error);
  JsonObject *object = scope_json_object (node, "t", "$", &error);
  g_auto (GStrv) two = NULL;
  g_auto (GStrv) none = NULL;
  char **absent = NULL;
  g_assert_true (scope_json_get_strings (object, "two", &two, "t", "$", &error));
  g_assert_true (scope_json_get_strings (object, "none", &none, "t", "$", &error));
  g_assert_true (scope_json_get_strings (object, "null", &absent, "t", "$", &error));
  g_assert_true (scope_json_get_strings (object, "absent", &absent, "t", "$", &error));
  g_assert_no_error (error);
  g_assert_true (g_strv_equal ((const char *const *)two, (const char *[]){ "a", "\u00e9", NULL }));
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_null (absent);
  g_assert_false (scope_json_get_strings (object, "one", &absent, "t", "$.x", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "t: $.x.one: expected a list of strings, found a string");
  g_assert_false (scope_json_get_strings (object, "mixed", &absent, "t", "$", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "t: $.mixed: entry 1 is no string");
  g_assert_null (absent);
}

static void
expect (GError **error, const char *message)
{
  scope_test_expect (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, message);
}

static void
test_messages (void)
{
  const char text[] = "{\"s\":\"x\",\"i\":9,\"d\":2.5,\"o\":{},\"n\":null}";
  GError *error = NULL;
  g_autoptr (JsonNode) node = scope_json_parse (text, strlen (text), "t", &error);
  JsonObject *object = scope_json_object (node, "t", "$", &error);
  gint64 i;
  double d;
  gboolean b;
  const char *s;
  g_assert_false (scope_json_get_int (object, "s", TRUE, 0, 5, &i, "c.json", "$", &error));
  expect (&error, "c.json: $.s: expected a whole number, found a string");
  g_assert_false (scope_json_get_int (object, "d", TRUE, 0, 5, &i, "c.json", "$", &error));
  expect (&error, "c.json: $.d: expected a whole number, found a number");
  g_assert_false (scope_json_get_int (object, "i", TRUE, 0, 5, &i, "c.json", "$", &error));
  expect (&error, "c.json: $.i: expected 0 to 5, found 9");
  g_assert_false (scope_json_get_int (object, "n", TRUE, 0, 5, &i, "c.json", "$", &error));
  expect (&error, "c.json: $.n is missing");
  g_assert_false (scope_json_get_double (object, "o", FALSE, &d, "c.json", "$.a", &error));
  expect (&error, "c.json: $.a.o: expected a number, found an object");
  g_assert_false (scope_json_get_boolean (object, "i", FALSE, &b, "c.json", "$", &error));
  expect (&error, "c.json: $.i: expected true or false, found a number");
  g_assert_false (scope_json_get_string (object, "i", FALSE, &s, "c.json", "$", &error));
  expect (&error, "c.json: $.i: expected a string, found a number");
  g_assert_null (scope_json_object (json_object_get_member (object, "s"), "c.json", "$.s", &error));
  expect (&error, "c.json: $.s: expected an object, found a string");
}

/* What is printed reads back as what it was: random numbers of every size, the edges of the types,
 * and every character that a string may hold. */
static void
test_print (void)
{
  static const double edges[] = {
    0.0, -0.0, 1e-14, 1e300, 5e-324, G_MAXDOUBLE, 0.1, 1.0 / 3.0, 3.0, -1e22, 123456789012345678.0
  };
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (271));

  for (guint trial = 0; trial < 4000; trial++) {
    double real = trial < G_N_ELEMENTS (edges) ? edges[trial]
                                               : ldexp (g_rand_double_range (random, -1, 1),
                                                        g_rand_int_range (random, -1000, 1000));
    char bytes[] = { (char)g_rand_int_range (random, 1, 128), 'x', '\0' };
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, bytes);
    json_builder_begin_array (builder);
    json_builder_add_double_value (builder, real);
    json_builder_add_int_value (builder, trial % 2 == 0 ? G_MININT64 : G_MAXINT64);
    json_builder_add_string_value (builder, bytes);
    json_builder_add_boolean_value (builder, trial % 2 == 0);
    json_builder_add_null_value (builder);
    json_builder_end_array (builder);
    json_builder_set_member_name (builder, "z\xc3\xa9");
    json_builder_begin_object (builder);
    json_builder_end_object (builder);
    json_builder_end_object (builder);
    g_autoptr (JsonNode) node = json_builder_get_root (builder);
    g_autofree char *text = scope_json_print (node, trial % 3 == 0);
    g_autoptr (GError) error = NULL;
    g_autoptr (JsonNode) read = scope_json_parse (text, strlen (text), "printed", &error);
    g_assert_no_error (error);
    g_assert_true (json_node_equal (node, read));
  }
  g_autoptr (JsonNode) none = json_node_init_double (json_node_alloc (), NAN);
  g_autofree char *null = scope_json_print (none, FALSE);
  g_assert_cmpstr (null, ==, "null");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/accepts", test_accepts);
  g_test_add_func ("/json/refuses", test_refuses);
  g_test_add_func ("/json/every-prefix", test_every_prefix);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/values", test_values);
  g_test_add_func ("/json/lists", test_lists);
  g_test_add_func ("/json/messages", test_messages);
  g_test_add_func ("/json/print", test_print);
  return g_test_run ();
}
