/* A figure of any bytes says what it is or is refused with a reason; a recipe found in it is parsed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "export/living.h"
#include "export/recipe.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) said = scope_living_parse ((const char *)data, size, "input", &error);
  if (said == NULL) {
    if (error == NULL || strchr (error->message, '\n') != NULL)
      abort ();
    return 0;
  }
  const char *recipe = g_hash_table_lookup (said, "recipe");
  if (recipe == NULL || !g_utf8_validate (recipe, -1, NULL))
    abort ();
  g_autoptr (ScopeRecipe) parsed = scope_recipe_parse (recipe, strlen (recipe), "input", NULL);
  return 0;
}
