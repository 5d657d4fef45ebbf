/* Presets: which panels to make is decided when the model and the text are known. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "export/recipe-private.h"

#define MAP_CHANNELS 5 /* as many as LongMamba's figure 1 has columns */

typedef struct {
  const char *name;
  void (*expand) (ScopeRecipe *self, const ScopeRecipeFacts *facts);
  double width_mm;
} Preset;

/* --- choosing --------------------------------------------------------------------------------- */

static gsize
count_global (const ScopeRecipeFacts *facts, gsize layer)
{
  gsize count = 0;
  for (gsize h = 0; h < facts->channels; h++)
    count += scope_matrix_get (facts->classes, layer, h) > facts->ln_theta;
  return count;
}

/* The layer whose rarer class is largest; the first of equals. */
static gsize
choose_layer (const ScopeRecipeFacts *facts)
{
  gsize best = 0, best_score = 0;
  for (gsize layer = 0; layer < facts->layers; layer++) {
    gsize global = count_global (facts, layer);
    gsize score = MIN (global, facts->channels - global);
    if (score > best_score) {
      best = layer;
      best_score = score;
    }
  }
  return best;
}

typedef struct {
  double ln_decay;
  gsize channel;
} Ranked;

static int
compare_ranked (const void *a, const void *b)
{
  const Ranked *left = a, *right = b;
  if (left->ln_decay != right->ln_decay)
    return left->ln_decay < right->ln_decay ? -1 : 1;
  return (left->channel > right->channel) - (left->channel < right->channel);
}

/* Fills OUT with evenly spaced ranks from most local to most global. A wanted CHANNEL replaces the
 * one nearest to it in rank. */
static gsize
choose_channels (const ScopeRecipeFacts *facts, gsize layer, gssize wanted, gsize *out)
{
  gsize n = facts->channels, count = MIN (n, MAP_CHANNELS), wanted_rank = 0;
  g_autofree Ranked *ranked = g_new (Ranked, n);
  for (gsize h = 0; h < n; h++)
    ranked[h] = (Ranked){ scope_matrix_get (facts->classes, layer, h), h };
  qsort (ranked, n, sizeof *ranked, compare_ranked);
  for (gsize r = 0; r < n; r++)
    if ((gssize)ranked[r].channel == wanted)
      wanted_rank = r;
  gsize nearest = n > 1 ? (wanted_rank * (count - 1) + (n - 1) / 2) / (n - 1) : 0;
  for (gsize k = 0; k < count; k++) {
    gsize rank = count > 1 ? (k * (n - 1) + (count - 1) / 2) / (count - 1) : 0;
    out[k] = ranked[wanted >= 0 && k == nearest ? wanted_rank : rank].channel;
  }
  return count;
}

static gboolean
is_off (const char *filter)
{
  return filter == NULL || strcmp (filter, "off") == 0;
}

/* --- presets ---------------------------------------------------------------------------------- */

static ScopeRecipePanel *
add_panel (ScopeRecipe *self, ScopeResultKind kind, gsize layer, gssize channel, const char *filter)
{
  ScopeRecipePanel *panel = scope_recipe_panel_new (kind);
  panel->layer = layer;
  panel->channel = channel;
  if (filter != NULL) {
    g_free (panel->filter);
    panel->filter = g_strdup (filter);
  }
  g_ptr_array_add (self->panels, panel);
  return panel;
}

static void
add_map_row (ScopeRecipe *self, const ScopeRecipeFacts *facts, gsize layer, const gsize *channels,
             gsize count, gsize tokens, const char *filter)
{
  for (gsize k = 0; k < count; k++) {
    ScopeRecipePanel *panel
        = add_panel (self, SCOPE_RESULT_MAP, layer, (gssize)channels[k], filter);
    gboolean global = scope_matrix_get (facts->classes, layer, channels[k]) > facts->ln_theta;
    panel->tokens = tokens;
    const char *note = !is_off (filter) ? "filtered" : global ? "global" : "local";
    panel->title = g_strdup_printf ("%s %" G_GSIZE_FORMAT ", %s", facts->noun, channels[k], note);
  }
}

/* A row at the training length, a row with the whole text, and with a filter a third row in which
 * it acts. */
static void
expand_maps (ScopeRecipe *self, const ScopeRecipeFacts *facts)
{
  const ScopeRecipePreset *preset = &self->preset;
  gsize layer = preset->layer >= 0 ? (gsize)preset->layer : choose_layer (facts);
  gsize channels[MAP_CHANNELS];
  gsize count = choose_channels (facts, layer, preset->channel, channels);
  self->columns = (guint)count;
  if (facts->tokens > facts->train_length)
    add_map_row (self, facts, layer, channels, count, facts->train_length, NULL);
  add_map_row (self, facts, layer, channels, count, 0, NULL);
  if (!is_off (preset->filter))
    add_map_row (self, facts, layer, channels, count, 0, preset->filter);
}

/* One panel, and with a filter a second one in which it acts. */
static void
expand_decay (ScopeRecipe *self, const ScopeRecipeFacts *facts)
{
  const ScopeRecipePreset *preset = &self->preset;
  gsize layer = preset->layer >= 0 ? (gsize)preset->layer : choose_layer (facts);
  self->columns = 1;
  add_panel (self, SCOPE_RESULT_CURVES, layer, preset->channel, NULL);
  if (is_off (preset->filter))
    return;
  ScopeRecipePanel *panel
      = add_panel (self, SCOPE_RESULT_CURVES, layer, preset->channel, preset->filter);
  panel->title = g_strdup_printf ("layer %" G_GSIZE_FORMAT ", filtered", layer);
}

static const Preset presets[] = {
  { "maps", expand_maps, SCOPE_WIDTH_TWO_COLUMNS },
  { "decay", expand_decay, SCOPE_WIDTH_ONE_COLUMN },
};

static const Preset *
find_preset (const char *name)
{
  for (gsize k = 0; k < G_N_ELEMENTS (presets); k++)
    if (strcmp (name, presets[k].name) == 0)
      return &presets[k];
  return NULL;
}

gboolean
scope_recipe_preset_known (const char *name)
{
  return find_preset (name) != NULL;
}

static gboolean
check_index (gssize index, gsize count, const char *what, GError **error)
{
  if (index < (gssize)count)
    return TRUE;
  scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                   "%s: expected 0 to %" G_GSIZE_FORMAT ", found %" G_GSSIZE_FORMAT, what,
                   count - 1, index);
  return FALSE;
}

gboolean
scope_recipe_expand (ScopeRecipe *self, const ScopeRecipeFacts *facts, GError **error)
{
  const Preset *preset = find_preset (self->preset.name);
  if (!check_index (self->preset.layer, facts->layers, "layer", error)
      || !check_index (self->preset.channel, facts->channels, facts->noun, error))
    return FALSE;
  preset->expand (self, facts);
  g_clear_pointer (&self->preset.name, g_free);
  return TRUE;
}

ScopeRecipe *
scope_recipe_preset (const char *preset, const char *model, const char *text, gssize layer,
                     gssize channel, const char *filter, GError **error)
{
  const Preset *found = find_preset (preset);
  if (found == NULL) {
    scope_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE,
                     "preset: expected maps or decay, found \"%s\"", preset);
    return NULL;
  }
  ScopeRecipe *self = scope_recipe_new ();
  self->model = g_strdup (model);
  self->text = g_strdup (text);
  self->style.width_mm = found->width_mm;
  self->style.share_range = TRUE;
  self->preset = (ScopeRecipePreset){ g_strdup (preset), MAX (layer, -1), MAX (channel, -1),
                                      g_strdup (filter) };
  return self;
}
