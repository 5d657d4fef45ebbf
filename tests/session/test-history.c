/* The history without a session: values as JSON, steps, and what becomes of them. */
#include "session/history.h"

#include <math.h>

#include "test-support.h"
#include "wait.h"

/* --- something with properties ------------------------------------------------------------------
 */

typedef enum { COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE } Colour;

static GType
colour_get_type (void)
{
  static GType type;
  static const GEnumValue values[] = { { COLOUR_RED, "COLOUR_RED", "red" },
                                       { COLOUR_GREEN, "COLOUR_GREEN", "green" },
                                       { COLOUR_BLUE, "COLOUR_BLUE", "blue" },
                                       { 0, NULL, NULL } };

  if (type == 0)
    type = g_enum_register_static ("TestColour", values);
  return type;
}

typedef enum { PROP_0, FLAG, NUMBER, COUNT, INDEX, REAL, NAME, COLOUR, N_PROPERTIES } Property;
static GParamSpec *properties[N_PROPERTIES];
static const char *const names[N_PROPERTIES]
    = { NULL, "flag", "number", "count", "index", "real", "name", "colour" };

#define TEST_TYPE_THING (test_thing_get_type ())
G_DECLARE_FINAL_TYPE (TestThing, test_thing, TEST, THING, GObject)
struct _TestThing {
  GObject parent_instance;
  GValue values[N_PROPERTIES];
};
G_DEFINE_FINAL_TYPE (TestThing, test_thing, G_TYPE_OBJECT)

static void
test_thing_get (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_copy (&TEST_THING (object)->values[id], value);
}

static void
test_thing_set (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  g_value_copy (value, &TEST_THING (object)->values[id]);
}

static void
test_thing_finalize (GObject *object)
{
  for (guint i = 1; i < N_PROPERTIES; i++)
    g_value_unset (&TEST_THING (object)->values[i]);
  G_OBJECT_CLASS (test_thing_parent_class)->finalize (object);
}

static void
test_thing_class_init (TestThingClass *class)
{
  GObjectClass *object = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object->get_property = test_thing_get;
  object->set_property = test_thing_set;
  object->finalize = test_thing_finalize;
  properties[FLAG] = g_param_spec_boolean ("flag", NULL, NULL, FALSE, flags);
  properties[NUMBER] = g_param_spec_int ("number", NULL, NULL, -5, 5, 0, flags);
  properties[COUNT] = g_param_spec_uint ("count", NULL, NULL, 0, 7, 0, flags);
  properties[INDEX] = g_param_spec_uint64 ("index", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[REAL]
      = g_param_spec_double ("real", NULL, NULL, -2.0, 2.0, 0.0, flags | G_PARAM_LAX_VALIDATION);
  properties[NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[COLOUR]
      = g_param_spec_enum ("colour", NULL, NULL, colour_get_type (), COLOUR_RED, flags);
  g_object_class_install_properties (object, N_PROPERTIES, properties);
}

static void
test_thing_init (TestThing *self)
{
  for (guint i = 1; i < N_PROPERTIES; i++) {
    g_value_init (&self->values[i], properties[i]->value_type);
    g_param_value_set_default (properties[i], &self->values[i]);
  }
}

/* --- fixture ------------------------------------------------------------------------------------
 */

typedef struct {
  TestThing *thing;
  ScopeHistory *history;
} Fixture;

static void
bind_all (ScopeHistory *history, TestThing *thing)
{
  for (guint i = 1; i < N_PROPERTIES; i++) {
    g_autofree char *name = g_strconcat ("thing.", names[i], NULL);
    scope_history_bind (history, G_OBJECT (thing), names[i], name, names[i]);
  }
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->thing = g_object_new (TEST_TYPE_THING, NULL);
  self->history = scope_history_new ();
  bind_all (self->history, self->thing);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->history != NULL)
    g_assert_finalize_object (self->history);
  if (self->thing != NULL)
    g_assert_finalize_object (self->thing);
}

static void
end_turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* A step of its own. */
static void
set_number (Fixture *self, int number)
{
  scope_history_break (self->history);
  g_object_set (self->thing, "number", number, NULL);
  end_turn ();
}

static int
get_number (Fixture *self)
{
  int number;

  g_object_get (self->thing, "number", &number, NULL);
  return number;
}

static void
assert_undo (Fixture *self, const char *label)
{
  g_autofree char *done = scope_history_undo (self->history);
  g_assert_cmpstr (done, ==, label);
}

static void
assert_redo (Fixture *self, const char *label)
{
  g_autofree char *done = scope_history_redo (self->history);
  g_assert_cmpstr (done, ==, label);
}

/* --- values -------------------------------------------------------------------------------------
 */

/* Values of every type go through text and come back as they were. */
static void
test_round_trip (Fixture *self, gconstpointer data)
{
  guint32 seed = scope_test_seed (41);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (guint trial = 0; trial < 50; trial++) {
    gboolean none = trial % 7 == 0;
    double real = none ? NAN : g_rand_double_range (random, -2.0, 2.0);
    guint64 index = none ? G_MAXUINT64 : g_rand_int (random);
    const char *name = none ? NULL : trial % 2 == 0 ? "Größe \"7\"\n\\" : "";
    g_object_set (self->thing, "flag", trial % 2, "number", (int)(trial % 11) - 5, "count",
                  trial % 8, "index", index, "real", real, "name", name, "colour", trial % 3, NULL);
    g_autoptr (JsonObject) saved = scope_history_save (self->history);
    g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), saved);
    g_autofree char *text = json_to_string (node, FALSE);
    g_autoptr (JsonNode) read = json_from_string (text, NULL);
    g_autoptr (TestThing) other = g_object_new (TEST_TYPE_THING, NULL);
    g_autoptr (ScopeHistory) history = scope_history_new ();
    bind_all (history, other);
    g_autoptr (GError) error = NULL;
    scope_history_restore (history, json_node_get_object (read), "f", "$", &error);
    g_assert_no_error (error);
    for (guint i = 1; i < N_PROPERTIES; i++) {
      const GValue *a = &self->thing->values[i], *b = &other->values[i];
      if (i == REAL && none)
        g_assert_true (isnan (g_value_get_double (b)));
      else
        g_assert_cmpint (g_param_values_cmp (properties[i], a, b), ==, 0);
    }
    g_assert_null (scope_history_undo_label (history)); /* restoring is no step */
  }
}

/* Each type refuses what it cannot be, says where and what, and stays; the rest is set. */
static void
test_refused (Fixture *self, gconstpointer data)
{
  static const struct {
    const char *member, *value, *message;
  } cases[] = {
    { "flag", "1", "expected true or false, found 1" },
    { "flag", "\"true\"", "expected true or false, found \"true\"" },
    { "flag", "null", "expected true or false, found null" },
    { "number", "6", "expected a whole number from -5 to 5, found 6" },
    { "number", "-9223372036854775808",
      "expected a whole number from -5 to 5, found -9223372036854775808" },
    { "number", "1.5", "expected a whole number from -5 to 5, found 1.5" },
    { "count", "-1", "expected a whole number from 0 to 7, found -1" },
    { "count", "[1]", "expected a whole number from 0 to 7, found a list" },
    { "index", "-1", "expected a whole number from 0 up, found -1" },
    { "index", "{}", "expected a whole number from 0 up, found an object" },
    { "colour", "\"\"", "expected one of red, green, blue, found \"\"" },
    { "real", "2.5", "expected a number from -2 to 2, found 2.5" },
    { "real", "\"1\"", "expected a number from -2 to 2, found \"1\"" },
    { "name", "3", "expected a string, found 3" },
    { "colour", "\"purple\"", "expected one of red, green, blue, found \"purple\"" },
    { "colour", "1", "expected one of red, green, blue, found 1" },
    { "colour", "null", "expected one of red, green, blue, found null" },
  };

  g_autoptr (JsonObject) before = scope_history_save (self->history);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = g_strdup_printf ("{\"thing.%s\": %s}", cases[i].member, cases[i].value);
    g_autofree char *message
        = g_strdup_printf ("f.json: $.parameters.thing.%s: %s", cases[i].member, cases[i].message);
    g_autoptr (JsonNode) node = json_from_string (text, NULL);
    g_autoptr (GError) error = NULL;
    g_assert_false (scope_history_restore (self->history, json_node_get_object (node), "f.json",
                                           "$.parameters", &error));
    g_assert_cmpstr (error->message, ==, message);
    g_autoptr (JsonObject) after = scope_history_save (self->history);
    g_assert_true (json_object_equal (before, after));
  }
  g_autoptr (JsonNode) mixed = json_from_string ("{\"thing.flag\": 3, \"thing.number\": 4}", NULL);
  g_assert_false (
      scope_history_restore (self->history, json_node_get_object (mixed), "f", "$", NULL));
  g_assert_cmpint (get_number (self), ==, 4);
}

/* --- steps --------------------------------------------------------------------------------------
 */

static void
test_steps (Fixture *self, gconstpointer data)
{
  gboolean can;

  assert_undo (self, NULL);
  assert_redo (self, NULL);
  set_number (self, 1);
  set_number (self, 2);
  g_object_get (self->history, "can-undo", &can, NULL);
  g_assert_true (can);
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 1);
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 0);
  assert_undo (self, NULL);
  assert_redo (self, "number");
  g_assert_cmpint (get_number (self), ==, 1);
  set_number (self, 5); /* there is no way forward any more */
  assert_redo (self, NULL);
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 1);
}

/* What the turn has not ended yet is undone all the same. */
static void
test_at_once (Fixture *self, gconstpointer data)
{
  g_object_set (self->thing, "number", 3, NULL);
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 0);
  end_turn ();
  assert_undo (self, NULL);
}

/* One turn is one step, named after what was registered first. */
static void
test_turn (Fixture *self, gconstpointer data)
{
  g_object_set (self->thing, "name", "x", "count", 3, "flag", TRUE, NULL);
  end_turn ();
  assert_undo (self, "flag");
  guint count;
  g_autofree char *name = NULL;
  g_object_get (self->thing, "count", &count, "name", &name, NULL);
  g_assert_cmpuint (count, ==, 0);
  g_assert_null (name);
  assert_undo (self, NULL);
}

/* A drag is one step, from its beginning to its end; one that comes back is none. */
static void
test_merge (Fixture *self, gconstpointer data)
{
  for (int i = 1; i <= 5; i++) {
    g_object_set (self->thing, "number", i, NULL);
    end_turn ();
  }
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 0);
  assert_undo (self, NULL);
  assert_redo (self, "number");
  g_assert_cmpint (get_number (self), ==, 5);
  assert_undo (self, "number");
  for (int i = 0; i < 2; i++) {
    g_object_set (self->thing, "flag", i == 0, NULL);
    end_turn ();
  }
  assert_undo (self, NULL);
  /* Another parameter in between ends it. */
  g_object_set (self->thing, "number", 1, NULL);
  end_turn ();
  g_object_set (self->thing, "count", 1, NULL);
  end_turn ();
  g_object_set (self->thing, "number", 2, NULL);
  end_turn ();
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 1);
}

static void
test_slow (Fixture *self, gconstpointer data)
{
  g_object_set (self->thing, "number", 1, NULL);
  end_turn ();
  g_usleep ((SCOPE_HISTORY_MERGE_MS + 50) * 1000);
  g_object_set (self->thing, "number", 2, NULL);
  end_turn ();
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 1);
}

static void
test_limit (Fixture *self, gconstpointer data)
{
  guint steps = 0;

  for (guint i = 0; i < SCOPE_HISTORY_STEPS + 20; i++)
    set_number (self, (int)(i % 10) - 5);
  for (char *done; (done = scope_history_undo (self->history)) != NULL; steps++)
    g_free (done);
  g_assert_cmpuint (steps, ==, SCOPE_HISTORY_STEPS);
}

/* A request failed: its parameter is back, and the step that asked for it is gone. */
static void
test_retract (Fixture *self, gconstpointer data)
{
  set_number (self, 1);
  set_number (self, 2);
  g_object_set (self->thing, "number", 1, NULL);
  scope_history_retract (self->history);
  end_turn ();
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 0);
  g_assert_null (scope_history_undo_label (self->history));
}

static void
test_forget (Fixture *self, gconstpointer data)
{
  set_number (self, 1);
  set_number (self, 2);
  assert_undo (self, "number");
  g_object_set (self->thing, "number", 4, NULL);
  scope_history_forget (self->history);
  end_turn ();
  assert_undo (self, NULL);
  assert_redo (self, NULL);
  g_assert_cmpint (get_number (self), ==, 4);
  set_number (self, 5);
  assert_undo (self, "number");
  g_assert_cmpint (get_number (self), ==, 4);
}

/* --- parameters that come and go ----------------------------------------------------------------
 */

static void
test_owner_gone (Fixture *self, gconstpointer data)
{
  set_number (self, 1);
  g_object_set (self->thing, "flag", TRUE, NULL); /* and the turn has not ended */
  g_assert_finalize_object (g_steal_pointer (&self->thing));
  g_autoptr (GPtrArray) left = scope_history_names (self->history);
  g_assert_cmpuint (left->len, ==, 0);
  end_turn ();
  g_autofree char *label = scope_history_undo (self->history);
  g_autoptr (JsonObject) saved = scope_history_save (self->history);
  g_assert_cmpuint (json_object_get_size (saved), ==, 0);
}

static void
test_history_gone (Fixture *self, gconstpointer data)
{
  g_object_set (self->thing, "flag", TRUE, NULL);
  g_assert_finalize_object (g_steal_pointer (&self->history));
  end_turn ();
  g_object_set (self->thing, "flag", FALSE, NULL);
}

/* A file spoke of it before it was registered. */
static void
test_late (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeHistory) history = scope_history_new ();
  g_autoptr (JsonNode) node
      = json_from_string ("{\"late.number\": 3, \"late.count\": 99, \"late.flag\": true}", NULL);

  g_assert_true (scope_history_restore (history, json_node_get_object (node), "f", "$", NULL));
  scope_history_bind (history, G_OBJECT (self->thing), "number", "late.number", "number");
  scope_history_bind (history, G_OBJECT (self->thing), "count", "late.count", "count");
  g_assert_cmpint (get_number (self), ==, 3);
  guint count;
  gboolean flag;
  g_object_get (self->thing, "count", &count, NULL);
  g_assert_cmpuint (count, ==, 0); /* 99 does not fit */
  g_assert_null (scope_history_undo_label (history));
  scope_history_forget (history);
  scope_history_bind (history, G_OBJECT (self->thing), "flag", "late.flag", "flag");
  g_object_get (self->thing, "flag", &flag, NULL);
  g_assert_false (flag);
}

/* --- a parameter that says itself when it was meant ---------------------------------------------
 */

static JsonNode *
get_pair (gpointer owner)
{
  int *pair = g_object_get_data (owner, "pair");
  JsonNode *node = json_node_alloc ();
  g_autoptr (JsonArray) array = json_array_new ();

  json_array_add_int_element (array, pair[0]);
  json_array_add_int_element (array, pair[1]);
  return json_node_init_array (node, array);
}

static gboolean
set_pair (gpointer owner, JsonNode *value, GError **error)
{
  int *pair = g_object_get_data (owner, "pair");

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return scope_history_refuse (value, "a pair", error);
  pair[0] = (int)json_array_get_int_element (json_node_get_array (value), 0);
  pair[1] = (int)json_array_get_int_element (json_node_get_array (value), 1);
  return TRUE;
}

static void
test_touch (Fixture *self, gconstpointer data)
{
  static const ScopeParameter parameter = { "thing.pair", "pair", NULL, get_pair, set_pair };
  int pair[2] = { 1, 2 };

  g_object_set_data (G_OBJECT (self->thing), "pair", pair);
  scope_history_add (self->history, G_OBJECT (self->thing), &parameter);
  pair[0] = 7; /* the pointer passes */
  set_number (self, 1);
  pair[1] = 9;
  scope_history_touch (self->history, "thing.pair");
  end_turn ();
  assert_undo (self, "pair");
  g_assert_cmpint (pair[0], ==, 1);
  g_assert_cmpint (pair[1], ==, 2);
  assert_undo (self, "number");
  assert_undo (self, NULL);
}

int
main (int argc, char *argv[])
{
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/history/round-trip", test_round_trip },
    { "/history/refused", test_refused },
    { "/history/steps", test_steps },
    { "/history/at-once", test_at_once },
    { "/history/turn", test_turn },
    { "/history/merge", test_merge },
    { "/history/slow", test_slow },
    { "/history/limit", test_limit },
    { "/history/retract", test_retract },
    { "/history/forget", test_forget },
    { "/history/owner-gone", test_owner_gone },
    { "/history/history-gone", test_history_gone },
    { "/history/late", test_late },
    { "/history/touch", test_touch },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
