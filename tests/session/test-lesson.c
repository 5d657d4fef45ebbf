/* The lesson from step to step: it drives the session, and what it tells is what the command line
 * says of the same text. */
#include "session/lesson.h"

#include <math.h>
#include <string.h>

#include "loud.h"
#include "test-support.h"
#include "wait.h"

/* The command line's numbers are float32 and decimal text. */
#define NEAR(value) (1e-4 * fabs (value) + 1e-6)

typedef struct {
  ScopeSession *session;
  ScopeLesson *lesson;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->session = scope_session_new ();
  self->lesson = scope_lesson_new (self->session);
  g_signal_connect (self->session, "failed", G_CALLBACK (scope_test_fail), NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->lesson);
  g_assert_finalize_object (self->session);
}

static void
go (Fixture *self, ScopeLessonStep step)
{
  scope_lesson_go (self->lesson, step);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_cmpint (scope_lesson_get_step (self->lesson), ==, step);
}

/* What "mambascope-cli COMMAND model text ARGUMENTS" prints. Caller frees. */
static char *
ask (const char *command, const char *arguments)
{
  g_autofree char *model = scope_lesson_model_path ();
  g_autofree char *text = scope_lesson_text_path ();
  g_autofree char *line = g_strdup_printf ("'%s' %s '%s' '%s' %s", g_getenv ("SCOPE_TEST_CLI"),
                                           command, model, text, arguments);
  char *output = NULL;
  int status;

  g_assert_true (g_spawn_command_line_sync (line, &output, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  return output;
}

/* Column NAME of the row of LAYER and CHANNEL in the output of `channels`. */
static char *
channel_field (const char *csv, gsize layer, gsize channel, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);
  g_auto (GStrv) names = g_strsplit (lines[0], ",", -1);
  g_autofree char *begin
      = g_strdup_printf ("%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT ",", layer, channel);
  guint column = 0;

  while (g_strcmp0 (names[column], name) != 0)
    g_assert_nonnull (names[++column]);
  for (char **line = lines + 1; *line != NULL; line++)
    if (g_str_has_prefix (*line, begin)) {
      g_auto (GStrv) fields = g_strsplit (*line, ",", -1);
      return g_strdup (fields[column]);
    }
  g_assert_not_reached ();
}

static double
channel_number (const char *csv, const ScopeLessonNumbers *told, const char *name)
{
  g_autofree char *field = channel_field (csv, told->layer, told->channel, name);

  return g_ascii_strtod (field, NULL);
}

/* ln decay of the selected channel from the key's last token to the end, by `decay`. */
static double
ln_left (const ScopeLessonNumbers *told, const char *filter)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "decay.npy", NULL);
  g_autofree char *arguments = g_strdup_printf (
      "--layer %" G_GSIZE_FORMAT " --filter %s --out '%s'", told->layer, filter, path);
  g_autofree char *said = ask ("decay", arguments), *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  const char *numbers = data + 10 + (guint8)data[8] + 256 * (gsize)(guint8)data[9];
  float end, key;
  memcpy (&end, numbers + 4 * ((told->tokens - 1) * told->channels + told->channel), 4);
  memcpy (&key, numbers + 4 * ((told->key_end - 1) * told->channels + told->channel), 4);
  return (double)end - (double)key;
}

static void
check_side (const ScopeLessonNumbers *told, gboolean on)
{
  const char *filter = on ? "longmamba" : "off";
  const ScopeLessonMemory *memory = &told->memory[on];
  g_autofree char *generate = g_strdup_printf ("--tokens 12 --filter %s", filter);
  g_autofree char *channels
      = g_strdup_printf ("--layer %" G_GSIZE_FORMAT " --filter %s", told->layer, filter);
  g_autofree char *answer = ask ("generate", generate), *csv = ask ("channels", channels);

  g_assert_true (told->answer[on].known && memory->known);
  g_assert_cmpint (told->answer[on].right, ==, strstr (answer, told->key) != NULL);
  g_assert_cmpint (strstr (told->answer[on].text, told->key) != NULL, ==, told->answer[on].right);
  g_assert_cmpfloat_with_epsilon (memory->half_life, channel_number (csv, told, "half_life"),
                                  NEAR (memory->half_life));
  g_assert_cmpfloat_with_epsilon (memory->kept, channel_number (csv, told, "kept_fraction"),
                                  NEAR (memory->kept));
  g_assert_cmpuint (memory->field, ==, (gsize)channel_number (csv, told, "field_length"));
  /* The difference of two float32 sums as large as the whole decay. */
  double expected = ln_left (told, filter);
  g_assert_cmpfloat_with_epsilon (memory->ln_left, expected, 1e-5 * fabs (expected) + 1e-4);
}

static void
check_key (const ScopeLessonNumbers *told, ScopeTokens *tokens)
{
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  gsize begin = scope_tokens_span (tokens, told->key_begin).begin;
  gsize end = scope_tokens_span (tokens, told->key_end - 1).end;
  g_autofree char *between = g_strndup (text + begin, end - begin);

  g_assert_cmpstr (g_strstrip (between), ==, told->key);
  g_assert_cmpuint (told->key_end + told->asked, ==, scope_tokens_count (tokens));
}

/* Every number is there when its step says that it is, and is the command line's. */
static void
test_walk (Fixture *self, gconstpointer data)
{
  const ScopeLessonNumbers *told = scope_lesson_get_numbers (self->lesson);

  g_assert_false (told->open);
  g_assert_false (scope_lesson_is_ready (self->lesson));
  go (self, SCOPE_LESSON_READ);
  g_assert_true (told->open && scope_lesson_is_ready (self->lesson));
  check_key (told, scope_session_get_tokens (self->session));
  go (self, SCOPE_LESSON_TOLD);
  g_assert_cmpuint (scope_session_get_row (self->session), ==, told->tokens - 1);
  g_assert_cmpuint (scope_session_get_column (self->session), ==, told->key_begin);
  go (self, SCOPE_LESSON_FORGET);
  g_assert_true (told->answer[0].known && !told->answer[0].right && !told->answer[1].known);
  go (self, SCOPE_LESSON_DECAY);
  check_side (told, FALSE);
  go (self, SCOPE_LESSON_FILTER);
  g_assert_false (scope_lesson_is_ready (self->lesson)); /* the user's hand is wanted */
  scope_session_set_filter_on (self->session, TRUE);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_true (scope_lesson_is_ready (self->lesson));
  go (self, SCOPE_LESSON_RESCUE);
  g_assert_true (told->answer[1].right);
  check_side (told, TRUE);
  go (self, SCOPE_LESSON_DECAY); /* back again: as it was trained */
  g_assert_false (scope_session_get_filter_on (self->session));
  g_assert_true (told->answer[1].known);
}

/* Another channel is another memory; another text is no lesson; a step that is merely shown drives
 * nothing. */
static void
test_follow (Fixture *self, gconstpointer data)
{
  const ScopeLessonNumbers *told = scope_lesson_get_numbers (self->lesson);
  g_autofree char *letter
      = g_build_filename (scope_test_samples (), "texts", "the-letter.txt", NULL);

  g_object_set (self->lesson, "step", (guint)SCOPE_LESSON_RESCUE, NULL);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_null (scope_session_get_model (self->session));
  go (self, SCOPE_LESSON_DECAY);
  double before = told->memory[0].ln_left;
  gsize channel = (told->channel + 1) % told->channels;
  scope_session_set_channel (self->session, channel);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_cmpuint (told->channel, ==, channel);
  g_assert_true (told->memory[0].known);
  g_assert_cmpfloat (told->memory[0].ln_left, !=, before);
  scope_session_open_text (self->session, letter);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_false (told->open);
  g_assert_null (told->key);
  g_assert_false (scope_lesson_is_ready (self->lesson));
  go (self, SCOPE_LESSON_TOLD);
  g_assert_true (told->open);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/session-lesson/walk", Fixture, NULL, set_up, test_walk, tear_down);
  g_test_add ("/session-lesson/follow", Fixture, NULL, set_up, test_follow, tear_down);
  return g_test_run ();
}
