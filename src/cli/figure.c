#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "export/recipe.h"

/* A recipe is a page of text; this leaves room for generated ones. */
#define RECIPE_LIMIT ((gsize)16 << 20)

static char *preset, *out, *layer_option, *channel_option, *width, *dpi, *palette, *norm;

static const GOptionEntry options[] = {
  { "preset", 0, 0, G_OPTION_ARG_FILENAME, &preset, "maps or decay, in place of a recipe", "NAME" },
  { "out", 0, 0, G_OPTION_ARG_FILENAME, &out, "file to write: .png, .pdf or .svg (required)", "F" },
  { "layer", 0, 0, G_OPTION_ARG_FILENAME, &layer_option,
    "layer of the preset, from 0 (default: that with most of both classes)", "I" },
  { "channel", 0, 0, G_OPTION_ARG_FILENAME, &channel_option,
    "channel of the preset, from 0 (default: a choice from local to global)", "D" },
  { "width-mm", 0, 0, G_OPTION_ARG_FILENAME, &width,
    "width in millimetres, 20 to 2000 (default 89, one column)", "W" },
  { "dpi", 0, 0, G_OPTION_ARG_FILENAME, &dpi, "pixels per inch of a .png, 30 to 2400 (default 600)",
    "N" },
  { "palette", 0, 0, G_OPTION_ARG_FILENAME, &palette,
    "viridis, cividis, magma, grey or balance (default viridis)", "NAME" },
  { "norm", 0, 0, G_OPTION_ARG_FILENAME, &norm, "linear, log or symlog (default log)", "NAME" },
  { NULL },
};

static const char *const presets[] = { "maps", "decay", "pipeline", "sweep", "atlas", "layers", "compare", NULL };

static gboolean
read_preset (Cli *cli, ScopeRecipe **recipe, GError **error)
{
  gsize layer = G_MAXSIZE, channel = G_MAXSIZE; /* -1 as a gssize: chosen */
  if (!g_strv_contains (presets, preset)) {
    g_autofree char *names = g_strjoinv (", ", (char **)presets);
    return cli_usage (error, "--preset: there are %s, found \"%s\"", names, preset);
  }
  if (cli->n_arguments != 2)
    return cli_usage (error, "figure: --preset %s takes MODEL TEXT", preset);
  if (!cli_size ("--layer", layer_option, 0, G_MAXINT32, &layer, error)
      || !cli_size ("--channel", channel_option, 0, G_MAXINT32, &channel, error))
    return FALSE;
  *recipe = scope_recipe_preset (preset, cli->arguments[0], cli->arguments[1], (gssize)layer,
                                 (gssize)channel, scope_filter_spec (cli_filter (cli)), error);
  return *recipe != NULL;
}

/* Leaves MODEL and TEXT, if there are, as the arguments. */
static gboolean
read_recipe (Cli *cli, ScopeRecipe **recipe, GError **error)
{
  if (cli->n_arguments == 2)
    return cli_usage (error, "figure: expected RECIPE.json, or --preset NAME with MODEL TEXT");
  if (layer_option != NULL || channel_option != NULL)
    return cli_usage (error, "figure: --layer and --channel are of --preset");
  if (!scope_filter_is_off (cli_filter (cli)))
    return cli_usage (error, "figure: a recipe names its own filters");
  const char *path = cli->arguments[0];
  gsize length;
  g_autofree char *text = scope_file_read (path, RECIPE_LIMIT, &length, error);
  if (text == NULL)
    return FALSE;
  cli->arguments++;
  cli->n_arguments--;
  *recipe = scope_recipe_parse (text, length, path, error);
  return *recipe != NULL;
}

static gboolean
change_style (ScopeRecipe *recipe, GError **error)
{
  ScopeStyle *style = scope_recipe_style (recipe);
  double resolution = 0;
  if (palette != NULL && !scope_palette_parse (palette, &style->palette))
    return cli_usage (error,
                      "--palette: expected viridis, cividis, magma, grey or balance, found \"%s\"",
                      palette);
  if (norm != NULL && !scope_norm_parse (norm, &style->norm))
    return cli_usage (error, "--norm: expected linear, log or symlog, found \"%s\"", norm);
  if (!cli_double ("--width-mm", width, 20, 2000, &style->width_mm, error)
      || !cli_double ("--dpi", dpi, 30, 2400, &resolution, error))
    return FALSE;
  if (dpi != NULL)
    scope_recipe_set_dpi (recipe, resolution);
  return TRUE;
}

static gboolean
check_ending (GError **error)
{
  g_autofree char *lower = g_ascii_strdown (out, -1);
  if (g_str_has_suffix (lower, ".png") || g_str_has_suffix (lower, ".pdf")
      || g_str_has_suffix (lower, ".svg"))
    return TRUE;
  return cli_usage (error, "--out %s: expected a name that ends in .png, .pdf or .svg", out);
}

static ScopeFigure *
draw (Cli *cli, ScopeRecipe *recipe, GError **error)
{
  if (cli->n_arguments == 2 && (!cli_read_text (cli, error) || !cli_open_schedule (cli, error)))
    return NULL;
  cli_progress_begin ();
  const ScopeRecipeInput input = {
    .backend = cli->backend_name,
    .precision = cli->precision,
    .schedule = cli->schedule,
    .tokens = cli->tokens,
    .model_name = cli->model != NULL ? scope_model_name (cli->model) : NULL,
    .text_name = cli->model != NULL ? cli->arguments[1] : NULL,
    .train_length = cli->train_length,
  };
  return scope_recipe_run (recipe, &input, cli_progress (), error);
}

static void
print_result (Cli *cli, ScopeFigure *figure)
{
  g_autofree char *caption = scope_figure_caption (figure);
  if (!cli->json) {
    puts (caption);
    return;
  }
  double width_pt, height_pt;
  scope_figure_size (figure, &width_pt, &height_pt);
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "out", out);
  cli_json_string (json, "caption", caption);
  cli_json_real (json, "width_mm", width_pt * 25.4 / 72);
  cli_json_real (json, "height_mm", height_pt * 25.4 / 72);
  cli_json_end (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  g_autoptr (ScopeRecipe) recipe = NULL;
  if (!cli_require ("--out", out, error) || !check_ending (error) || !cli_check_output (out, error)
      || !(preset != NULL ? read_preset : read_recipe) (cli, &recipe, error)
      || !change_style (recipe, error))
    return FALSE;
  g_autoptr (ScopeFigure) figure = draw (cli, recipe, error);
  if (figure == NULL || !scope_figure_write (figure, out, scope_recipe_dpi (recipe), error))
    return FALSE;
  print_result (cli, figure);
  return TRUE;
}

const CliCommand cli_figure = {
  .name = "figure",
  .arguments = "RECIPE.json | --preset NAME MODEL TEXT",
  .summary = "Draw a figure as PNG, PDF or SVG and print its caption",
  .description
  = "Presets: maps shows channels of one layer from local to global at the training length and "
    "over\n"
    "the whole text; decay shows the cumulative decay of a layer's channels. A recipe is JSON "
    "that\n"
    "names its model, text, style and panels; RECIPE.json MODEL TEXT lends it a model and a text.\n"
    "What makes the figure again is written into the file.\n\n"
    "Example:\n"
    "  mambascope-cli figure --preset maps samples/models/novel-mamba2-6m text.txt --out "
    "maps.pdf\n",
  .min_arguments = 1,
  .max_arguments = 3,
  .options = options,
  .run = run,
};
