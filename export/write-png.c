/* PNG through libpng. libpng reports errors by longjmp: what owns memory is declared in the caller
 * of the function with the setjmp, and nothing there is freed automatically. */
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "export/figure-private.h"

#define MAX_PIXELS 32767 /* Cairo's images end here */

typedef struct {
  GByteArray *out;
  cairo_surface_t *surface;
  GArray *texts; /* png_text; strings owned by STRINGS */
  GPtrArray *strings;
  double dpi;
  char message[160];
} PngJob;

static void
job_clear (PngJob *job)
{
  cairo_surface_destroy (job->surface);
  g_clear_pointer (&job->texts, g_array_unref);
  g_clear_pointer (&job->strings, g_ptr_array_unref);
}

static void
on_error (png_structp png, png_const_charp message)
{
  PngJob *job = png_get_error_ptr (png);
  g_strlcpy (job->message, message, sizeof job->message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp png, png_const_charp message)
{
}

static void
on_write (png_structp png, png_bytep data, size_t length)
{
  PngJob *job = png_get_io_ptr (png);
  g_byte_array_append (job->out, data, (guint)length);
}

static void
on_flush (png_structp png)
{
}

/* tEXt is Latin-1: what is not ASCII goes into iTXt. Neither is compressed, so that a text editor
 * can find it. */
static void
add_text (PngJob *job, const char *key, const char *value)
{
  char *own_key = g_strndup (key, 79), *own_value = g_strdup (value);
  g_ptr_array_add (job->strings, own_key);
  g_ptr_array_add (job->strings, own_value);
  png_text text = { .key = own_key, .text = own_value };
  if (g_str_is_ascii (value)) {
    text.compression = PNG_TEXT_COMPRESSION_NONE;
    text.text_length = strlen (value);
  } else {
    text.compression = PNG_ITXT_COMPRESSION_NONE;
    text.itxt_length = strlen (value);
    text.lang = (char *)"en";
    text.lang_key = (char *)"";
  }
  g_array_append_val (job->texts, text);
}

static void
add_pair (const char *key, const char *value, gpointer data)
{
  g_autofree char *name = g_strconcat ("mambascope:", key, NULL);
  add_text (data, name, value);
}

static void
collect_texts (PngJob *job, ScopeFigure *figure)
{
  g_autofree char *title = scope_figure_title (figure);
  g_autofree char *caption = scope_figure_caption (figure);
  job->texts = g_array_new (FALSE, FALSE, sizeof (png_text));
  job->strings = g_ptr_array_new_with_free_func (g_free);
  add_text (job, "Title", title);
  add_text (job, "Software", "Mambascope " SCOPE_VERSION);
  add_text (job, "Description", caption);
  scope_figure_metadata (figure, add_pair, job);
}

/* RGB from Cairo's native-endian xRGB. */
static void
write_rows (png_structp png, cairo_surface_t *surface, guchar *row)
{
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);
  gsize stride = (gsize)cairo_image_surface_get_stride (surface);
  const unsigned char *data = cairo_image_surface_get_data (surface);
  for (gsize y = 0; y < (gsize)height; y++) {
    const guint32 *pixel = (const guint32 *)(data + y * stride);
    for (gsize x = 0; x < (gsize)width; x++) {
      row[3 * x] = (guchar)(pixel[x] >> 16);
      row[3 * x + 1] = (guchar)(pixel[x] >> 8);
      row[3 * x + 2] = (guchar)pixel[x];
    }
    png_write_row (png, row);
  }
}

static gboolean
encode (PngJob *job, png_structp png, png_infop info, guchar *row)
{
  if (setjmp (png_jmpbuf (png)) != 0)
    return FALSE;
  png_uint_32 width = (png_uint_32)cairo_image_surface_get_width (job->surface);
  png_uint_32 height = (png_uint_32)cairo_image_surface_get_height (job->surface);
  png_uint_32 density = (png_uint_32)(job->dpi / 0.0254 + 0.5);
  png_set_write_fn (png, job, on_write, on_flush);
  png_set_IHDR (png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  /* With the gamma and primaries that readers without sRGB need. */
  png_set_sRGB_gAMA_and_cHRM (png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  png_set_pHYs (png, info, density, density, PNG_RESOLUTION_METER);
  png_set_text (png, info, (png_textp)(void *)job->texts->data, (int)job->texts->len);
  png_write_info (png, info);
  write_rows (png, job->surface, row);
  png_write_end (png, info);
  return TRUE;
}

static gboolean
draw_surface (PngJob *job, ScopeFigure *figure, GError **error)
{
  double width, height, scale = job->dpi / 72;
  scope_figure_size (figure, &width, &height);
  double pixels_x = round (width * scale), pixels_y = round (height * scale);
  if (!(pixels_x >= 1 && pixels_y >= 1 && pixels_x <= MAX_PIXELS && pixels_y <= MAX_PIXELS)) {
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE,
                 "expected at most %d pixels a side, found %.0f x %.0f at %g dpi", MAX_PIXELS,
                 pixels_x, pixels_y, job->dpi);
    return FALSE;
  }
  job->surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int)pixels_x, (int)pixels_y);
  cairo_t *cr = cairo_create (job->surface);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, scale, scale);
  scope_figure_draw (figure, cr, scale, FALSE);
  cairo_status_t status = cairo_status (cr);
  cairo_destroy (cr);
  cairo_surface_flush (job->surface);
  if (status != CAIRO_STATUS_SUCCESS)
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE, "drawing failed: %s",
                 cairo_status_to_string (status));
  return status == CAIRO_STATUS_SUCCESS;
}

static gboolean
run_job (PngJob *job, GError **error)
{
  gboolean done = FALSE;
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, job, on_error, on_warning);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  guchar *row = g_malloc ((gsize)cairo_image_surface_get_width (job->surface) * 3);
  g_strlcpy (job->message, "out of memory", sizeof job->message);
  if (info != NULL)
    done = encode (job, png, info, row);
  png_destroy_write_struct (&png, &info);
  g_free (row);
  if (!done)
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE, "libpng: %s", job->message);
  return done;
}

GByteArray *
scope_figure_to_png (ScopeFigure *figure, double dpi, GError **error)
{
  PngJob job = { .dpi = dpi, .out = g_byte_array_new () };
  collect_texts (&job, figure);
  gboolean done = draw_surface (&job, figure, error) && run_job (&job, error);
  job_clear (&job);
  if (!done)
    g_clear_pointer (&job.out, g_byte_array_unref);
  return job.out;
}
