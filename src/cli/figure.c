#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "export/data.h"
#include "export/latex.h"
#include "export/living.h"
#include "export/preflight.h"

/* A recipe is a page of text; this leaves room for generated ones. */
#define RECIPE_LIMIT ((gsize)16 << 20)

static char *preset, *out, *layer_option, *channel_option, *width, *dpi, *palette, *norm, *title,
    *epsilon, *caption_out, *data_out, *latex_out, *sort, *classes, *like, *first, *count;
static gboolean strict, mend, force, ascending;

static const GOptionEntry options[] = {
  CLI_OPTION ("preset", preset,
              "maps, pipeline, sweep, decay, atlas, layers or compare, in place of a recipe",
              "NAME"),
  CLI_OPTION ("out", out, "file to write: .png, .pdf or .svg (required)", "F"),
  CLI_OPTION ("layer", layer_option,
              "layer of the preset, from 0 (default: the one that tells most)", "I"),
  CLI_OPTION ("channel", channel_option,
              "channel of the preset, from 0 (default: a choice from local to global)", "D"),
  CLI_OPTION (
      "sort", sort,
      "order of an atlas: decay, field, half-life, kept, similarity, index (default: spread)",
      "NAME"),
  CLI_OPTION ("classes", classes, "channels of a sorted atlas: all, global or local (default all)",
              "NAME"),
  CLI_OPTION ("like", like, "layer and channel that --sort similarity compares with", "I,D"),
  CLI_OPTION ("first", first, "place in the order of a sorted atlas' first map (default 0)", "N"),
  CLI_OPTION ("count", count, "maps of a sorted atlas, at most 400 (default 48)", "N"),
  CLI_FLAG ("ascending", ascending, "a sorted atlas begins with the smallest"),
  CLI_OPTION ("title", title, "title above the figure", "WORDS"),
  CLI_OPTION ("width-mm", width,
              "width in millimetres, 20 to 2000 (default: 89, one column, or 183, two)", "W"),
  CLI_OPTION ("dpi", dpi, "pixels per inch of a .png, 30 to 2400 (default 600)", "N"),
  CLI_OPTION ("palette", palette, "viridis, cividis, magma, grey or balance (default viridis)",
              "NAME"),
  CLI_OPTION ("norm", norm, "linear, log, symlog, power or rank (default log)", "NAME"),
  CLI_OPTION ("epsilon", epsilon,
              "threshold of receptive fields, |α| > E, above 0 and at most 1 (default 1e-3)", "E"),
  CLI_OPTION ("caption", caption_out, "also write the caption to a file", "FILE"),
  CLI_OPTION ("data", data_out,
              "also write every panel's numbers: .npy, .csv and .tex for pgfplots", "DIR"),
  CLI_OPTION ("latex", latex_out,
              "also write a figure environment: includegraphics, caption, label", "FILE"),
  CLI_FLAG ("mend", mend, "mend what the preflight finds"),
  CLI_FLAG ("strict", strict, "fail if the preflight finds anything"),
  CLI_FLAG ("force", force, "make a figure again although its model or text has changed"),
  { NULL },
};

/* --- which recipe -------------------------------------------------------------------------------
 */

typedef struct {
  ScopeRecipe *recipe;
  GHashTable *said; /* by the figure that is made again; or NULL */
} Order;

static void
order_clear (Order *order)
{
  g_clear_pointer (&order->recipe, scope_recipe_free);
  g_clear_pointer (&order->said, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Order, order_clear)

static gboolean
read_sort (ScopeRecipeAtlas *atlas, GError **error)
{
  for (atlas->sort = 0; atlas->sort < SCOPE_ATLAS_N_SORTS; atlas->sort++)
    if (strcmp (sort, scope_atlas_sort_names[atlas->sort]) == 0)
      return TRUE;
  return cli_usage (error,
                    "--sort: expected decay, field, half-life, kept, similarity or index, found "
                    "\"%s\"",
                    sort);
}

static gboolean
read_like (ScopeRecipeAtlas *atlas, GError **error)
{
  g_autofree gsize *place = NULL;
  gsize numbers = 0;
  if ((atlas->sort == SCOPE_ATLAS_BY_SIMILARITY) != (like != NULL))
    return cli_usage (error, "figure: --sort similarity and --like I,D go together");
  if (like == NULL)
    return TRUE;
  if (!cli_sizes ("--like", like, 0, &place, &numbers, error))
    return FALSE;
  if (numbers != 2)
    return cli_usage (error, "--like: expected a layer and a channel, I,D, found \"%s\"", like);
  memcpy (atlas->like, place, sizeof atlas->like);
  return TRUE;
}

/* An atlas in an order is a panel at once: nothing is left to be chosen. */
static gboolean
read_atlas (Cli *cli, Order *order, gsize layer, GError **error)
{
  ScopeRecipeAtlas atlas
      = { .classes = classes != NULL ? classes : "all", .descending = !ascending, .count = 48 };
  if (strcmp (preset, "atlas") != 0 || channel_option != NULL)
    return cli_usage (error, "figure: --sort is of --preset atlas, which has no --channel");
  if (!read_sort (&atlas, error) || !read_like (&atlas, error)
      || !cli_size ("--first", first, 0, G_MAXINT32, &atlas.first, error)
      || !cli_size ("--count", count, 1, 400, &atlas.count, error))
    return FALSE;
  if (!g_strv_contains ((const char *const[]){ "all", "global", "local", NULL }, atlas.classes))
    return cli_usage (error, "--classes: expected all, global or local, found \"%s\"", classes);
  order->recipe = scope_recipe_atlas (cli->arguments[0], cli->arguments[1], (gssize)layer, &atlas,
                                      scope_filter_spec (cli_filter (cli)), error);
  return order->recipe != NULL;
}

static gboolean
is_sorted (void)
{
  return sort != NULL || classes != NULL || like != NULL || first != NULL || count != NULL
         || ascending;
}

static gboolean
read_preset (Cli *cli, Order *order, GError **error)
{
  gsize layer = G_MAXSIZE, channel = G_MAXSIZE; /* -1 as a gssize: chosen */
  if (!scope_recipe_is_preset (preset)) {
    g_autofree char *names = scope_recipe_presets ();
    return cli_usage (error, "--preset: expected %s, found \"%s\"", names, preset);
  }
  if (cli->n_arguments != 2)
    return cli_usage (error, "figure: --preset %s takes MODEL TEXT", preset);
  if (!cli_size ("--layer", layer_option, 0, G_MAXINT32, &layer, error)
      || !cli_size ("--channel", channel_option, 0, G_MAXINT32, &channel, error))
    return FALSE;
  if (is_sorted () && sort == NULL)
    return cli_usage (error,
                      "figure: --classes, --like, --first, --count and --ascending need --sort");
  if (sort != NULL)
    return read_atlas (cli, order, layer, error);
  order->recipe
      = scope_recipe_preset (preset, cli->arguments[0], cli->arguments[1], (gssize)layer,
                             (gssize)channel, scope_filter_spec (cli_filter (cli)), error);
  return order->recipe != NULL;
}

/* The recipe inside a figure of ours. */
static gboolean
read_living (const char *path, Order *order, GError **error)
{
  order->said = scope_living_read (path, error);
  if (order->said == NULL)
    return FALSE;
  const char *json = g_hash_table_lookup (order->said, "recipe");
  order->recipe = scope_recipe_parse (json, strlen (json), path, error);
  return order->recipe != NULL;
}

static gboolean
read_file (const char *path, Order *order, GError **error)
{
  gsize length;
  if (scope_living_is_figure (path))
    return read_living (path, order, error);
  g_autofree char *text = scope_file_read (path, RECIPE_LIMIT, &length, error);
  order->recipe = text != NULL ? scope_recipe_parse (text, length, path, error) : NULL;
  return order->recipe != NULL;
}

/* Leaves MODEL and TEXT, if there are, as the arguments. */
static gboolean
read_recipe (Cli *cli, Order *order, GError **error)
{
  if (cli->n_arguments == 2)
    return cli_usage (error, "figure: expected RECIPE.json, or --preset NAME with MODEL TEXT");
  if (layer_option != NULL || channel_option != NULL || is_sorted ())
    return cli_usage (error, "figure: --layer, --channel and --sort are of --preset");
  if (!scope_filter_is_off (cli_filter (cli)))
    return cli_usage (error, "figure: a recipe names its own filters");
  const char *path = cli->arguments[0];
  cli->arguments++;
  cli->n_arguments--;
  return read_file (path, order, error);
}

static gboolean
change_style (ScopeRecipe *recipe, GError **error)
{
  ScopeStyle *style = scope_recipe_style (recipe);
  double resolution = 0, threshold = 0;
  if (palette != NULL && !scope_palette_parse (palette, &style->palette))
    return cli_usage (error,
                      "--palette: expected viridis, cividis, magma, grey or balance, found \"%s\"",
                      palette);
  if (norm != NULL && !scope_norm_parse (norm, &style->norm))
    return cli_usage (error, "--norm: expected linear, log, symlog, power or rank, found \"%s\"",
                      norm);
  if (!cli_double ("--width-mm", width, 20, 2000, &style->width_mm, error)
      || !cli_double ("--dpi", dpi, 30, 2400, &resolution, error)
      || !cli_double ("--epsilon", epsilon, SCOPE_RECIPE_LEAST_EPSILON, 1, &threshold, error))
    return FALSE;
  if (epsilon != NULL)
    scope_recipe_set_epsilon (recipe, threshold);
  if (dpi != NULL)
    scope_recipe_set_dpi (recipe, resolution);
  if (title != NULL && !g_utf8_validate (title, -1, NULL))
    return cli_usage (error, "--title: expected UTF-8");
  if (title != NULL)
    scope_recipe_set_title (recipe, *title != '\0' ? title : NULL);
  return TRUE;
}

/* --- drawing ------------------------------------------------------------------------------------
 */

static ScopeFigure *
draw (Cli *cli, Order *order, GError **error)
{
  if (cli->n_arguments == 2 && (!cli_read_text (cli, error) || !cli_open_schedule (cli, error)))
    return NULL;
  cli_progress_begin ();
  const ScopeRecipeInput input = {
    .backend = cli->backend_name,
    .memory = cli->memory,
    .precision = cli->precision,
    .schedule = cli->schedule,
    .tokens = cli->tokens,
    .model_name = cli->model != NULL ? scope_model_name (cli->model) : NULL,
    .text_name = cli->model != NULL ? cli->arguments[1] : NULL,
    .train_length = cli->train_length,
    .expected = force ? NULL : order->said,
  };
  ScopeFigure *figure = scope_recipe_run (order->recipe, &input, cli_progress (), error);
  if (figure == NULL && g_error_matches (*error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_CHANGED))
    g_prefix_error (error, "refused without --force: ");
  return figure;
}

static GPtrArray *
preflight (ScopeFigure *figure, const ScopeRecipe *recipe)
{
  gsize length = strlen (out);
  gboolean pixels = length > 4 && g_ascii_strcasecmp (out + length - 4, ".png") == 0;
  return scope_figure_preflight (figure, pixels ? scope_recipe_dpi (recipe) : 0);
}

/* Mending one flaw may show another (larger letters, narrower plots), but not for ever. */
static GPtrArray *
mend_figure (ScopeFigure **figure, ScopeRecipe *recipe)
{
  GPtrArray *flaws = preflight (*figure, recipe);
  for (int round = 0; mend && flaws->len > 0 && round < 4; round++) {
    for (guint k = 0; k < flaws->len; k++)
      scope_recipe_mend (recipe, g_ptr_array_index (flaws, k));
    ScopeFigure *mended = scope_recipe_redraw (recipe, *figure);
    scope_figure_unref (*figure);
    *figure = mended;
    g_ptr_array_unref (flaws);
    flaws = preflight (*figure, recipe);
  }
  return flaws;
}

/* "panel 2: 12 % of the values outside the range: …" */
static char *
flaw_words (const ScopeFlaw *flaw)
{
  if (flaw->panel < 0)
    return g_strdup (flaw->message);
  return g_strdup_printf ("panel %" G_GSSIZE_FORMAT ": %s", flaw->panel + 1, flaw->message);
}

static gboolean
check_strict (const GPtrArray *flaws, GError **error)
{
  if (!strict || flaws->len == 0)
    return TRUE;
  GString *all = g_string_new (NULL);
  for (guint k = 0; k < flaws->len; k++) {
    g_autofree char *words = flaw_words (g_ptr_array_index (flaws, k));
    g_string_append_printf (all, "%s%s", k > 0 ? "; " : "", words);
  }
  cli_fail (error, "preflight: %s; --mend would mend it", all->str);
  g_string_free (all, TRUE);
  return FALSE;
}

/* --- what is written and printed ----------------------------------------------------------------
 */

static gboolean
check_outputs (GError **error)
{
  if (!cli_require ("--out", out, error))
    return FALSE;
  if (!scope_living_is_figure (out))
    return cli_usage (error, "--out %s: expected a name that ends in .png, .pdf or .svg", out);
  return cli_check_output (out, error)
         && (caption_out == NULL || cli_check_output (caption_out, error))
         && (latex_out == NULL || cli_check_output (latex_out, error));
}

static gboolean
write_lines (const char *path, const char *text, GError **error)
{
  g_autofree char *line = g_strconcat (text, g_str_has_suffix (text, "\n") ? "" : "\n", NULL);
  return scope_file_write (path, line, strlen (line), error);
}

static gboolean
write_all (ScopeFigure *figure, const ScopeRecipe *recipe, const char *caption, GError **error)
{
  g_autofree char *name = g_path_get_basename (out);
  g_autofree char *latex = scope_figure_latex (figure, name);
  return scope_figure_write (figure, out, scope_recipe_dpi (recipe), error)
         && (caption_out == NULL || write_lines (caption_out, caption, error))
         && (latex_out == NULL || write_lines (latex_out, latex, error))
         && (data_out == NULL || scope_figure_write_data (figure, data_out, error));
}

static void
print_flaws (const GPtrArray *flaws)
{
  for (guint k = 0; k < flaws->len; k++) {
    const ScopeFlaw *flaw = g_ptr_array_index (flaws, k);
    g_autofree char *words = flaw_words (flaw);
    printf ("Preflight: %s (--mend: %s)\n", words, flaw->mend);
  }
}

static CliSheet *
flaw_sheet (const GPtrArray *flaws)
{
  CliSheet *sheet = cli_sheet_new ("flaw,found,limit,message,mend");
  for (guint k = 0; k < flaws->len; k++) {
    const ScopeFlaw *flaw = g_ptr_array_index (flaws, k);
    g_autofree char *words = flaw_words (flaw);
    cli_sheet_text (sheet, scope_flaw_name (flaw->kind));
    cli_sheet_real (sheet, flaw->found);
    cli_sheet_real (sheet, flaw->limit);
    cli_sheet_text (sheet, words);
    cli_sheet_text (sheet, flaw->mend);
  }
  return sheet;
}

/* What a figure made again may differ by: the program, or what it ran on. */
static void
print_differences (const Order *order, ScopeFigure *figure)
{
  static const char *const keys[] = { "program", "backend", "precision" };
  const ScopeProvenance *now = scope_figure_panel (figure, 0)->provenance;
  for (gsize k = 0; order->said != NULL && k < G_N_ELEMENTS (keys); k++) {
    const char *before = g_hash_table_lookup (order->said, keys[k]);
    const char *after = scope_provenance_get (now, keys[k]);
    if (before != NULL && g_strcmp0 (before, after) != 0)
      printf ("Made again with another %s: %s, then %s\n", keys[k], after != NULL ? after : "none",
              before);
  }
}

static void
print_result (Cli *cli, const Order *order, ScopeFigure *figure, const GPtrArray *flaws,
              const char *caption)
{
  if (!cli->json) {
    puts (caption);
    print_flaws (flaws);
    print_differences (order, figure);
    return;
  }
  double width_pt, height_pt;
  scope_figure_size (figure, &width_pt, &height_pt);
  g_autoptr (CliSheet) sheet = flaw_sheet (flaws);
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "out", out);
  cli_json_string (json, "caption", caption);
  cli_json_real (json, "width_mm", width_pt * 25.4 / 72);
  cli_json_real (json, "height_mm", height_pt * 25.4 / 72);
  cli_json_sheet (json, "preflight", sheet);
  cli_json_end (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  g_auto (Order) order = { 0 };
  if (!check_outputs (error) || !(preset != NULL ? read_preset : read_recipe) (cli, &order, error)
      || !change_style (order.recipe, error))
    return FALSE;
  g_autoptr (ScopeFigure) figure = draw (cli, &order, error);
  if (figure == NULL)
    return FALSE;
  g_autoptr (GPtrArray) flaws = mend_figure (&figure, order.recipe);
  g_autofree char *caption = scope_figure_caption (figure);
  if (!check_strict (flaws, error) || !write_all (figure, order.recipe, caption, error))
    return FALSE;
  print_result (cli, &order, figure, flaws, caption);
  return TRUE;
}

const CliCommand cli_figure = {
  .name = "figure",
  .arguments = "RECIPE.json | FIGURE | --preset NAME MODEL TEXT",
  .summary = "Draw a figure as PNG, PDF or SVG and print its caption",
  .description
  = "Presets: maps, channels of one layer from local to global at the training length and over "
    "the\n"
    "whole text; pipeline, one channel before and after a filter; sweep, perplexity against "
    "length;\n"
    "decay, cumulative decay of a layer's channels; atlas, 48 channels sorted by decay; layers, "
    "the\n"
    "share of global channels by layer; compare, before and after a filter in one square. A "
    "recipe\n"
    "is JSON that names its model, text, style and panels (docs/figures.md); RECIPE.json MODEL "
    "TEXT\n"
    "lends it a model and a text. A FIGURE that this program wrote (.png, .pdf, .svg) is made "
    "again,\n"
    "to the byte on the same machine; it is refused if its model or text has changed. The "
    "preflight\n"
    "looks for what a journal would send back.\n\n"
    "Example:\n"
    "  mambascope-cli figure --preset maps samples/models/novel-mamba2-6m text.txt --out maps.pdf\n"
    "  mambascope-cli figure maps.pdf --out again.pdf\n",
  .min_arguments = 1,
  .max_arguments = 3,
  .options = options,
  .run = run,
};
