#include "analysis/sweep-state.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"

/* Of a file that is read: a window of 100 tokens takes about 2 kB. */
#define STATE_LIMIT ((gsize)1 << 30)

typedef struct {
  double *nll; /* (scored); NULL: not known */
  gboolean acted;
} Result;

struct _ScopeSweepState {
  ScopeWindows *windows;
  gsize filters;
  GMutex lock;
  Result *results; /* (jobs, filters) */
  gsize count;     /* of them that are known */
  char *path;      /* NULL: nothing is written */
  int fd;
};

static ScopeSweepState *
state_new (ScopeWindows *windows)
{
  ScopeSweepState *self = g_new0 (ScopeSweepState, 1);
  self->windows = scope_windows_ref (windows);
  self->filters = scope_windows_settings (windows)->n_filters;
  self->results = g_new0 (Result, scope_windows_count (windows) * self->filters);
  self->fd = -1;
  g_mutex_init (&self->lock);
  return self;
}

void
scope_sweep_state_free (ScopeSweepState *self)
{
  for (gsize k = 0; k < scope_windows_count (self->windows) * self->filters; k++)
    g_free (self->results[k].nll);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->results);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  scope_windows_unref (self->windows);
  g_free (self);
}

static Result *
result_at (const ScopeSweepState *self, gsize job, gsize filter)
{
  return &self->results[job * self->filters + filter];
}

/* Takes NLL over. Of one that stands twice the first is kept: they are the same. */
static void
keep (ScopeSweepState *self, gsize job, gsize filter, double *nll, gboolean acted)
{
  Result *result = result_at (self, job, filter);
  if (result->nll != NULL) {
    g_free (nll);
    return;
  }
  *result = (Result){ nll, acted };
  self->count++;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static gboolean
fail (const char *name, GError **error, const char *what)
{
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s", name, what);
  return FALSE;
}

/* The window that a line names. */
static gboolean
read_place (ScopeSweepState *self, JsonObject *object, const char *name, gsize *job, gint64 *filter,
            GError **error)
{
  const ScopePerplexitySettings *settings = scope_windows_settings (self->windows);
  gint64 texts = (gint64)scope_windows_n_texts (self->windows), text = 0, length = 0, window = 0;
  gsize l = 0;
  if (!scope_json_get_int (object, "text", TRUE, 0, texts - 1, &text, name, "$", error)
      || !scope_json_get_int (object, "length", TRUE, 2, G_MAXINT64, &length, name, "$", error)
      || !scope_json_get_int (object, "window", TRUE, 0, G_MAXINT32, &window, name, "$", error)
      || !scope_json_get_int (object, "filter", TRUE, 0, (gint64)self->filters - 1, filter, name,
                              "$", error))
    return FALSE;
  while (l < settings->n_lengths && settings->lengths[l] != (gsize)length)
    l++;
  *job = scope_windows_find (self->windows, (gsize)text, l, (gsize)window);
  return *job != G_MAXSIZE || fail (name, error, "names a window that the sweep does not have");
}

static gboolean
is_number (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node)
         && (json_node_get_value_type (node) == G_TYPE_DOUBLE
             || json_node_get_value_type (node) == G_TYPE_INT64);
}

static double *
read_nll (JsonObject *object, gsize scored, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (object, "nll");
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gsize count = array != NULL ? json_array_get_length (array) : 0;
  if (array == NULL || count != scored) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s: $.nll: expected %" G_GSIZE_FORMAT " numbers, found %" G_GSIZE_FORMAT,
                     name, scored, count);
    return NULL;
  }
  g_autofree double *nll = g_new (double, scored);
  for (guint t = 0; t < scored; t++) {
    JsonNode *number = json_array_get_element (array, t);
    nll[t] = is_number (number) ? json_node_get_double (number) : NAN;
    if (!isfinite (nll[t])) {
      fail (name, error, "$.nll: expected finite numbers");
      return NULL;
    }
  }
  return g_steal_pointer (&nll);
}

static gboolean
read_line (ScopeSweepState *self, const char *line, gsize length, const char *name, GError **error)
{
  gsize job;
  gint64 filter = 0;
  gboolean acted = FALSE;
  g_autoptr (JsonNode) node = scope_json_parse (line, length, name, error);
  JsonObject *object = node != NULL ? scope_json_object (node, name, "$", error) : NULL;
  if (object == NULL || !read_place (self, object, name, &job, &filter, error)
      || !scope_json_get_boolean (object, "acted", TRUE, &acted, name, "$", error))
    return FALSE;
  double *nll = read_nll (object, scope_windows_get (self->windows, job)->scored, name, error);
  if (nll == NULL)
    return FALSE;
  keep (self, job, (gsize)filter, nll, acted);
  return TRUE;
}

/* The next whole line; NULL: there is none. */
static const char *
next_line (const char *data, gsize length, gsize *at, gsize *line_length)
{
  const char *begin = data + *at;
  const char *newline = *at < length ? memchr (begin, '\n', length - *at) : NULL;
  if (newline == NULL)
    return NULL;
  *line_length = (gsize)(newline - begin);
  *at += *line_length + 1;
  return begin;
}

ScopeSweepState *
scope_sweep_state_parse (const char *data, gsize length, const char *name, const char *identity,
                         ScopeWindows *windows, gsize *whole, GError **error)
{
  g_autoptr (ScopeSweepState) self = state_new (windows);
  gsize at = 0, line_length = 0, number = 1;
  const char *line = next_line (data, length, &at, &line_length);
  /* A first line without its end is one that was cut short, or no state file at all. */
  if (line == NULL && strncmp (data, identity, MIN (length, strlen (identity))) != 0) {
    fail (name, error, "is not the state of a sweep");
    return NULL;
  }
  if (line != NULL && !scope_sweep_identity_check (line, line_length, name, identity, error))
    return NULL;
  while ((line = next_line (data, length, &at, &line_length)) != NULL) {
    g_autofree char *place = g_strdup_printf ("%s: line %" G_GSIZE_FORMAT, name, ++number);
    if (!read_line (self, line, line_length, place, error))
      return NULL;
  }
  *whole = at;
  return g_steal_pointer (&self);
}

/* --- writing ------------------------------------------------------------------------------------
 */

static gboolean
fail_file (const char *path, const char *what, GError **error)
{
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "%s: %s: %s", path, what,
                   g_strerror (errno));
  return FALSE;
}

static gboolean
write_line (ScopeSweepState *self, GString *line, GError **error)
{
  g_string_append_c (line, '\n');
  const char *at = line->str;
  gsize left = line->len;
  while (left > 0) {
    gssize put = write (self->fd, at, left);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return fail_file (self->path, "cannot write", error);
    at += put;
    left -= (gsize)put;
  }
  return fdatasync (self->fd) == 0 || fail_file (self->path, "cannot write", error);
}

/* Opened for us alone. */
static int
open_file (const char *path, GError **error)
{
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    fail_file (path, "cannot open", error);
    return -1;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (errno == EWOULDBLOCK)
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "%s: another sweep is writing it", path);
  else
    fail_file (path, "cannot lock", error);
  close (fd);
  return -1;
}

static char *
read_file (int fd, const char *path, gsize *length, GError **error)
{
  off_t size = lseek (fd, 0, SEEK_END);
  if (size < 0 || (gsize)size > STATE_LIMIT) {
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                     "%s: is no file, or larger than %" G_GSIZE_FORMAT " bytes", path, STATE_LIMIT);
    return NULL;
  }
  g_autofree char *data = g_malloc ((gsize)size + 1);
  gsize at = 0;
  while (at < (gsize)size) {
    gssize got = pread (fd, data + at, (gsize)size - at, (off_t)at);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      fail_file (path, "cannot read", error);
      return NULL;
    }
    if (got == 0)
      break;
    at += (gsize)got;
  }
  data[at] = '\0';
  *length = at;
  return g_steal_pointer (&data);
}

/* After what is whole in it; a new file begins with the identity. */
static gboolean
begin_writing (ScopeSweepState *self, gsize whole, const char *identity, GError **error)
{
  if (ftruncate (self->fd, (off_t)whole) != 0 || lseek (self->fd, 0, SEEK_END) < 0)
    return fail_file (self->path, "cannot write", error);
  if (whole > 0)
    return TRUE;
  g_autoptr (GString) line = g_string_new (identity);
  return write_line (self, line, error);
}

ScopeSweepState *
scope_sweep_state_open (const char *path, const char *identity, ScopeWindows *windows,
                        GError **error)
{
  gsize length = 0, whole = 0;
  int fd = open_file (path, error);
  g_autofree char *data = fd >= 0 ? read_file (fd, path, &length, error) : NULL;
  g_autoptr (ScopeSweepState) self
      = data != NULL
            ? scope_sweep_state_parse (data, length, path, identity, windows, &whole, error)
            : NULL;
  if (self == NULL) {
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  self->fd = fd;
  self->path = g_strdup (path);
  return begin_writing (self, whole, identity, error) ? g_steal_pointer (&self) : NULL;
}

static GString *
print_result (const ScopeSweepState *self, gsize job, gsize filter, const double *nll,
              gboolean acted)
{
  const ScopeTextWindow *window = scope_windows_get (self->windows, job);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (gsize t = 0; t < window->scored; t++)
    json_builder_add_double_value (builder, nll[t]);
  json_builder_end_array (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *numbers = scope_json_print (root, FALSE);
  GString *line = g_string_new (NULL);
  g_string_printf (
      line,
      "{\"text\":%" G_GSIZE_FORMAT ",\"length\":%" G_GSIZE_FORMAT ",\"window\":%" G_GSIZE_FORMAT
      ",\"filter\":%" G_GSIZE_FORMAT ",\"acted\":%s,\"nll\":%s}",
      window->text, window->tokens, window->window, filter, acted ? "true" : "false", numbers);
  return line;
}

/* --- what it holds ------------------------------------------------------------------------------
 */

gsize
scope_sweep_state_count (ScopeSweepState *self)
{
  g_mutex_lock (&self->lock);
  gsize count = self->count;
  g_mutex_unlock (&self->lock);
  return count;
}

const double *
scope_sweep_state_get (ScopeSweepState *self, gsize job, gsize filter, gboolean *acted)
{
  g_mutex_lock (&self->lock);
  Result result = *result_at (self, job, filter);
  g_mutex_unlock (&self->lock);
  *acted = result.acted;
  return result.nll;
}

gboolean
scope_sweep_state_put (ScopeSweepState *self, gsize job, gsize filter, const double *nll,
                       gboolean acted, GError **error)
{
  gsize scored = scope_windows_get (self->windows, job)->scored;
  gboolean known, ok = TRUE;
  if (scope_sweep_state_get (self, job, filter, &known) != NULL)
    return TRUE;
  g_autoptr (GString) line = print_result (self, job, filter, nll, acted);
  g_mutex_lock (&self->lock);
  if (self->fd >= 0)
    ok = write_line (self, line, error);
  if (ok)
    keep (self, job, filter, g_memdup2 (nll, scored * sizeof *nll), acted);
  g_mutex_unlock (&self->lock);
  return ok;
}
