/* PDF and SVG through Cairo. */
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#include "export/figure-private.h"
#include "export/living.h"

static cairo_status_t
append_bytes (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static gboolean
check_status (cairo_surface_t *surface, GError **error)
{
  cairo_status_t status = cairo_surface_status (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE, "drawing failed: %s",
               cairo_status_to_string (status));
  return FALSE;
}

/* White paper under the figure, so that it looks the same on a dark slide. SVG_TEXT may be NULL. */
static void
draw_page (cairo_surface_t *surface, ScopeFigure *figure, double width, double height,
           GString *svg_text)
{
  cairo_t *cr = cairo_create (surface);
  g_auto (ScopeCanvas) canvas = { 0 };
  scope_canvas_init_style (&canvas, cr, 1, TRUE, &figure->style);
  canvas.svg_text = svg_text;
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  scope_figure_paint (figure, &canvas);
  cairo_show_page (cr);
  cairo_destroy (cr);
}

/* --- PDF -------------------------------------------------------------------------------------- */

/* When the figure is made must not change its bytes: the date is SOURCE_DATE_EPOCH or the epoch. */
static char *
creation_date (void)
{
  const char *epoch = g_getenv ("SOURCE_DATE_EPOCH");
  gint64 seconds = 0;
  if (epoch == NULL
      || !g_ascii_string_to_signed (epoch, 10, 0, G_GINT64_CONSTANT (253402300799), &seconds, NULL))
    seconds = 0;
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);
  return g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ");
}

static void
append_keyword (const char *key, const char *value, gpointer data)
{
  g_autofree char *escaped = scope_living_escape (value);
  g_string_append_printf (data, "; mambascope:%s=%s", key, escaped);
}

static void
set_pdf_metadata (cairo_surface_t *surface, ScopeFigure *figure)
{
  g_autofree char *title = scope_figure_title (figure);
  g_autofree char *caption = scope_figure_caption (figure);
  g_autofree char *date = creation_date ();
  g_autoptr (GString) keywords = g_string_new ("state-space model, implicit attention");
  scope_figure_metadata (figure, append_keyword, keywords);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, title);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_SUBJECT, caption);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_KEYWORDS, keywords->str);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Mambascope " SCOPE_VERSION);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

GByteArray *
scope_figure_to_pdf (ScopeFigure *figure, double dpi, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  double width, height;
  scope_figure_size (figure, &width, &height);
  cairo_surface_t *surface
      = cairo_pdf_surface_create_for_stream (append_bytes, bytes, width, height);
  /* What publishers ask for; and later versions hide the metadata in compressed streams. */
  cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4);
  set_pdf_metadata (surface, figure);
  draw_page (surface, figure, width, height, NULL);
  cairo_surface_finish (surface);
  gboolean good = check_status (surface, error);
  cairo_surface_destroy (surface);
  return good ? g_steal_pointer (&bytes) : NULL;
}

/* --- SVG -------------------------------------------------------------------------------------- */

static void
append_element (const char *key, const char *value, gpointer data)
{
  g_autofree char *name = g_markup_escape_text (key, -1);
  g_autofree char *text = g_markup_escape_text (value, -1);
  g_string_append_printf (data, "<m:entry key=\"%s\">%s</m:entry>\n", name, text);
}

static void
append_svg_metadata (GString *out, ScopeFigure *figure)
{
  g_autofree char *title = scope_figure_title (figure);
  g_autofree char *caption = scope_figure_caption (figure);
  g_autofree char *title_xml = g_markup_escape_text (title, -1);
  g_autofree char *caption_xml = g_markup_escape_text (caption, -1);
  g_string_append_printf (out, "<title>%s</title>\n<desc>%s</desc>\n", title_xml, caption_xml);
  g_string_append (out, "<metadata>\n<m:figure xmlns:m=\"https://mambascope.org/ns/figure\" "
                        "program=\"Mambascope " SCOPE_VERSION "\">\n");
  scope_figure_metadata (figure, append_element, out);
  g_string_append (out, "</m:figure>\n</metadata>\n");
}

/* Cairo numbers its elements through a counter of the whole process. Numbered anew in the order in
 * which they appear, they depend on the figure alone. */
static void
renumber (GString *out, const char *name, gsize length, GHashTable *ids)
{
  g_autofree char *id = g_strndup (name, length);
  gpointer number = g_hash_table_lookup (ids, id);
  if (number == NULL) {
    number = GUINT_TO_POINTER (g_hash_table_size (ids) + 1);
    g_hash_table_insert (ids, g_steal_pointer (&id), number);
  }
  g_string_append_printf (out, "c%u", GPOINTER_TO_UINT (number));
}

/* Copies SVG, replacing the names in id="NAME", url(#NAME) and href="#NAME". */
static void
append_renumbered (GString *out, const char *svg, const char *end)
{
  static const struct {
    const char *before;
    char after;
  } places[] = { { " id=\"", '"' }, { "url(#", ')' }, { "href=\"#", '"' } };
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (svg < end) {
    const char *name = NULL, *stop = NULL;
    for (gsize k = 0; k < G_N_ELEMENTS (places) && name == NULL; k++)
      if (strncmp (svg, places[k].before, strlen (places[k].before)) == 0) {
        name = svg + strlen (places[k].before);
        stop = memchr (name, places[k].after, (gsize)(end - name));
      }
    if (name == NULL || stop == NULL) {
      g_string_append_c (out, *svg++);
      continue;
    }
    g_string_append_len (out, svg, name - svg);
    renumber (out, name, (gsize)(stop - name), ids);
    svg = stop;
  }
}

/* Cairo's document with the metadata after its opening tag and the texts before its closing one. */
static GByteArray *
assemble_svg (ScopeFigure *figure, GByteArray *drawn, const GString *texts, GError **error)
{
  const char *svg = (const char *)drawn->data;
  const char *root = g_strstr_len (svg, (gssize)drawn->len, "<svg ");
  const char *body = root != NULL ? strchr (root, '>') : NULL;
  const char *end = g_strrstr_len (svg, (gssize)drawn->len, "</svg>");
  if (body == NULL || end == NULL || end <= body) {
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE,
                 "expected an svg element from Cairo %s", cairo_version_string ());
    return NULL;
  }
  GString *out = g_string_new_len (svg, body + 1 - svg);
  g_string_append_c (out, '\n');
  append_svg_metadata (out, figure);
  append_renumbered (out, body + 1, end);
  const char *font = figure->style.font != NULL ? figure->style.font : "DejaVu Sans";
  g_autofree char *family = g_markup_escape_text (font, -1);
  g_string_append_printf (out, "<g font-family=\"'%s', Arial, Helvetica, sans-serif\">\n", family);
  g_string_append_len (out, texts->str, (gssize)texts->len);
  g_string_append (out, "</g>\n</svg>\n");
  gsize length = out->len;
  return g_byte_array_new_take ((guint8 *)g_string_free (out, FALSE), length);
}

GByteArray *
scope_figure_to_svg (ScopeFigure *figure, double dpi, GError **error)
{
  g_autoptr (GByteArray) drawn = g_byte_array_new ();
  g_autoptr (GString) texts = g_string_new (NULL);
  double width, height;
  scope_figure_size (figure, &width, &height);
  cairo_surface_t *surface
      = cairo_svg_surface_create_for_stream (append_bytes, drawn, width, height);
  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PT);
  draw_page (surface, figure, width, height, texts);
  cairo_surface_finish (surface);
  gboolean good = check_status (surface, error);
  cairo_surface_destroy (surface);
  g_byte_array_append (drawn, (const guint8 *)"", 1); /* for the searches */
  return good ? assemble_svg (figure, drawn, texts, error) : NULL;
}
