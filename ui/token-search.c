#include "ui/token-search.h"

#include <string.h>

struct _ScopeTokenSearch {
  GObject parent;
  ScopeTokens *tokens;
  char *pattern;
  GCancellable *running; /* NULL: nothing is being looked for */
  GArray *matches;       /* ScopeTokenMatch */
  char *error;
};

G_DEFINE_FINAL_TYPE (ScopeTokenSearch, scope_token_search, G_TYPE_OBJECT)

static guint changed_signal;

typedef struct {
  ScopeTokens *tokens;
  char *pattern;
} Job;

static void
job_free (gpointer data)
{
  Job *self = data;
  scope_tokens_unref (self->tokens);
  g_free (self->pattern);
  g_free (self);
}

/* --- on the task's thread -----------------------------------------------------------------------
 */

static gboolean
has_upper_case (const char *pattern)
{
  for (const char *p = pattern; *p != '\0'; p = g_utf8_next_char (p)) {
    if (*p == '\\' && p[1] != '\0')
      p++; /* "\S" is no letter */
    else if (g_unichar_isupper (g_utf8_get_char (p)))
      return TRUE;
  }
  return FALSE;
}

/* The token that holds the byte. */
static gsize
token_of_byte (ScopeTokens *tokens, gsize byte)
{
  gsize low = 0, high = scope_tokens_count (tokens);
  while (low + 1 < high) {
    gsize middle = (low + high) / 2;
    if (scope_tokens_span (tokens, middle).begin <= byte)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void
add_match (GArray *out, ScopeTokens *tokens, int begin, int end)
{
  if (end <= begin)
    return;
  ScopeTokenMatch match
      = { token_of_byte (tokens, (gsize)begin), token_of_byte (tokens, (gsize)end - 1) + 1 };
  g_array_append_val (out, match);
}

static GArray *
find_all (const Job *job, GCancellable *cancellable, GError **error)
{
  gsize length;
  const char *text = scope_tokens_text (job->tokens, &length);
  GRegexCompileFlags flags = G_REGEX_OPTIMIZE | G_REGEX_MULTILINE;
  g_autoptr (GMatchInfo) info = NULL;
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (ScopeTokenMatch));
  if (!g_utf8_validate_len (text, length, NULL))
    flags |= G_REGEX_RAW;
  if (!has_upper_case (job->pattern))
    flags |= G_REGEX_CASELESS;
  g_autoptr (GRegex) regex = g_regex_new (job->pattern, flags, 0, error);
  if (regex == NULL)
    return NULL;
  g_regex_match_full (regex, text, (gssize)length, 0, 0, &info, error);
  while (g_match_info_matches (info)) {
    int begin, end;
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !g_match_info_fetch_pos (info, 0, &begin, &end))
      return NULL;
    add_match (out, job->tokens, begin, end);
    g_match_info_next (info, *error == NULL ? error : NULL);
  }
  return *error == NULL ? g_steal_pointer (&out) : NULL;
}

static void
search_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GArray *out = find_all (data, cancellable, &error);
  if (out != NULL)
    g_task_return_pointer (task, out, (GDestroyNotify)g_array_unref);
  else
    g_task_return_error (task, error);
}

/* --- on main ------------------------------------------------------------------------------------
 */

static void
answer (ScopeTokenSearch *self, GArray *matches, const char *error)
{
  g_clear_object (&self->running);
  g_clear_pointer (&self->matches, g_array_unref);
  g_free (self->error);
  self->matches = matches;
  self->error = g_strdup (error);
  g_signal_emit (self, changed_signal, 0);
}

/* GLib repeats the pattern, which stands beside it: its reason comes last. */
static const char *
reason_of (const GError *error)
{
  const char *colon = strrchr (error->message, ':');
  gboolean repeats = error->domain == G_REGEX_ERROR && colon != NULL && colon[1] == ' ';
  return repeats ? colon + 2 : error->message;
}

static void
found_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  ScopeTokenSearch *self = SCOPE_TOKEN_SEARCH (object);
  g_autoptr (GError) error = NULL;
  GArray *matches = g_task_propagate_pointer (G_TASK (result), &error);
  if (g_task_get_cancellable (G_TASK (result)) == self->running)
    answer (self, matches, error != NULL ? reason_of (error) : NULL);
  else if (matches != NULL)
    g_array_unref (matches);
}

static void
look (ScopeTokenSearch *self)
{
  if (self->running != NULL)
    g_cancellable_cancel (self->running);
  g_clear_object (&self->running);
  if (self->tokens == NULL || self->pattern == NULL || *self->pattern == '\0') {
    answer (self, NULL, NULL);
    return;
  }
  Job *job = g_new (Job, 1);
  *job = (Job){ scope_tokens_ref (self->tokens), g_strdup (self->pattern) };
  self->running = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (self, self->running, found_cb, NULL);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, search_thread);
}

void
scope_token_search_set_tokens (ScopeTokenSearch *self, ScopeTokens *tokens)
{
  g_return_if_fail (SCOPE_IS_TOKEN_SEARCH (self));
  if (tokens != NULL)
    scope_tokens_ref (tokens);
  g_clear_pointer (&self->tokens, scope_tokens_unref);
  self->tokens = tokens;
  look (self);
}

void
scope_token_search_set_pattern (ScopeTokenSearch *self, const char *pattern)
{
  g_return_if_fail (SCOPE_IS_TOKEN_SEARCH (self));
  g_free (self->pattern);
  self->pattern = g_strdup (pattern);
  look (self);
}

gboolean
scope_token_search_is_busy (ScopeTokenSearch *self)
{
  g_return_val_if_fail (SCOPE_IS_TOKEN_SEARCH (self), FALSE);
  return self->running != NULL;
}

const char *
scope_token_search_get_error (ScopeTokenSearch *self)
{
  g_return_val_if_fail (SCOPE_IS_TOKEN_SEARCH (self), NULL);
  return self->error;
}

const ScopeTokenMatch *
scope_token_search_get_matches (ScopeTokenSearch *self, gsize *count)
{
  g_return_val_if_fail (SCOPE_IS_TOKEN_SEARCH (self), NULL);
  *count = self->matches != NULL ? self->matches->len : 0;
  return self->matches != NULL ? (const ScopeTokenMatch *)(void *)self->matches->data : NULL;
}

static void
scope_token_search_dispose (GObject *object)
{
  ScopeTokenSearch *self = SCOPE_TOKEN_SEARCH (object);
  if (self->running != NULL)
    g_cancellable_cancel (self->running);
  g_clear_object (&self->running);
  g_clear_pointer (&self->tokens, scope_tokens_unref);
  g_clear_pointer (&self->matches, g_array_unref);
  g_clear_pointer (&self->pattern, g_free);
  g_clear_pointer (&self->error, g_free);
  G_OBJECT_CLASS (scope_token_search_parent_class)->dispose (object);
}

static void
scope_token_search_class_init (ScopeTokenSearchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_token_search_dispose;
  changed_signal = g_signal_new ("changed", SCOPE_TYPE_TOKEN_SEARCH, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_token_search_init (ScopeTokenSearch *self)
{
}

ScopeTokenSearch *
scope_token_search_new (void)
{
  return g_object_new (SCOPE_TYPE_TOKEN_SEARCH, NULL);
}
