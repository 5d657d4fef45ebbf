/* The files of a figure, on the engine's thread. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "export/data.h"
#include "export/latex.h"
#include "session/preview-private.h"
#include "session/session-private.h"

typedef enum { PART_FIGURE, PART_DATA, PART_LATEX, PART_CAPTION, PART_RECIPE, N_PARTS } Part;

typedef struct {
  ScopeFigure *figure;
  ScopeFileFormat format;
  double dpi;
  GBytes *bytes; /* of the figure, if they are made already */
  char *json;
  char *paths[N_PARTS]; /* NULL: not wanted */
} WriteInput;

static void
write_input_free (gpointer data)
{
  WriteInput *in = data;

  scope_figure_unref (in->figure);
  g_clear_pointer (&in->bytes, g_bytes_unref);
  g_free (in->json);
  for (guint k = 0; k < N_PARTS; k++)
    g_free (in->paths[k]);
  g_free (in);
}

/* The path of PART: PATH, or PATH with another ending. */
static char *
part_path (const ScopePreviewFiles *files, Part part)
{
  static const char *const endings[N_PARTS] = { NULL, "-data", ".tex", ".txt", ".json" };
  const gboolean wanted[N_PARTS]
      = { TRUE, files->data, files->latex, files->caption, files->recipe };
  g_autofree char *name = g_path_get_basename (files->path);
  g_autofree char *folder = g_path_get_dirname (files->path);
  char *dot = strrchr (name, '.');

  if (!wanted[part])
    return NULL;
  if (part == PART_FIGURE)
    return g_strdup (files->path);
  if (dot != NULL && dot > name)
    *dot = '\0';
  g_autofree char *file = g_strconcat (name, endings[part], NULL);
  return g_build_filename (folder, file, NULL);
}

GStrv
scope_preview_list_files (ScopePreview *self, const ScopePreviewFiles *files)
{
  g_return_val_if_fail (SCOPE_IS_PREVIEW (self) && files->path != NULL, NULL);
  GPtrArray *paths = g_ptr_array_new ();

  for (guint k = 0; k < N_PARTS; k++) {
    char *path = part_path (files, k);
    if (path != NULL)
      g_ptr_array_add (paths, path);
  }
  g_ptr_array_add (paths, NULL);
  return (GStrv)g_ptr_array_free (paths, FALSE);
}

/* --- on the engine's thread ---------------------------------------------------------------------
 */

static gboolean
write_figure (const WriteInput *in, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = in->bytes != NULL ? g_bytes_ref (in->bytes) : NULL;

  if (in->format == SCOPE_FILE_DATA)
    return scope_figure_write_data (in->figure, path, error);
  if (bytes == NULL)
    bytes = scope_figure_encode (in->figure, scope_file_ending (in->format), in->dpi, error);
  if (bytes == NULL) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  return scope_file_write (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

static gboolean
write_text (const char *path, const char *text, GError **error)
{
  g_autofree char *lines = g_strconcat (text, g_str_has_suffix (text, "\n") ? "" : "\n", NULL);

  return scope_file_write (path, lines, strlen (lines), error);
}

static gboolean
write_part (const WriteInput *in, Part part, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *name = g_path_get_basename (in->paths[PART_FIGURE]);

  switch (part) {
  case PART_FIGURE:
    return write_figure (in, path, error);
  case PART_DATA:
    return scope_figure_write_data (in->figure, path, error);
  case PART_LATEX:
    text = scope_figure_latex (in->figure, name);
    break;
  case PART_CAPTION:
    text = scope_figure_caption (in->figure);
    break;
  default:
    text = g_strdup (in->json);
  }
  return write_text (path, text, error);
}

static gpointer
work_write (gpointer input, ScopeProgress *progress, GError **error)
{
  const WriteInput *in = input;

  for (guint k = 0; k < N_PARTS; k++) {
    const char *path = in->paths[k];
    if (path == NULL)
      continue;
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *what = g_strdup_printf ("writing %s", name);
    if (!scope_progress_check (progress, (double)k / N_PARTS, what, error)
        || !write_part (in, k, path, error))
      return NULL;
  }
  return g_strdup (in->paths[PART_FIGURE]);
}

/* --- on the main thread -------------------------------------------------------------------------
 */

void
scope_preview_end_write (ScopePreview *self, const GError *error)
{
  ScopePreviewDone done = self->done;

  self->done = NULL;
  if (done != NULL)
    done (self, error, self->done_data);
}

static void
on_written (gpointer result, const GError *error, gpointer owner)
{
  g_free (result);
  scope_preview_end_write (owner, error);
}

void
scope_preview_write (ScopePreview *self, const ScopePreviewFiles *files, ScopePreviewDone done,
                     gpointer data)
{
  g_return_if_fail (SCOPE_IS_PREVIEW (self) && self->ready && done != NULL);
  g_autoptr (GError) newer
      = g_error_new_literal (SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "A newer export came first");
  WriteInput *in = g_new0 (WriteInput, 1);

  scope_preview_end_write (self, newer);
  self->done = done;
  self->done_data = data;
  in->figure = scope_figure_ref (self->figure);
  in->format = self->format;
  in->dpi = scope_recipe_dpi (self->recipe);
  if (self->format < SCOPE_N_PICTURES && self->bytes[self->format] != NULL)
    in->bytes = g_bytes_ref (self->bytes[self->format]);
  in->json = scope_recipe_to_json (self->recipe);
  for (guint k = 0; k < N_PARTS; k++)
    in->paths[k] = part_path (files, k);
  scope_engine_post (self->session->engine, SCOPE_REQUEST_EXPORT, work_write, in, write_input_free,
                     g_free, on_written, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}
