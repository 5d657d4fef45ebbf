/* A recipe of any bytes is refused with a reason, or its canonical JSON reads back as itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "export/recipe.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse ((const char *)data, size, "input", &error);
  if (recipe == NULL) {
    if (error == NULL || strchr (error->message, '\n') != NULL)
      abort ();
    return 0;
  }
  g_autofree char *json = scope_recipe_to_json (recipe);
  g_autoptr (ScopeRecipe) again = scope_recipe_parse (json, strlen (json), "canonical", &error);
  if (again == NULL)
    abort ();
  g_autofree char *second = scope_recipe_to_json (again);
  if (strcmp (json, second) != 0)
    abort ();
  return 0;
}
