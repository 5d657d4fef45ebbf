/* Where a model that a user names lies on this machine: a path, or the id of a model that the
 * Hugging Face tools have put into their cache. Nothing is ever downloaded.
 *
 * The cache is the first of these that holds the model:
 *   $HF_HUB_CACHE
 *   $HF_HOME/hub
 *   $XDG_CACHE_HOME/huggingface/hub
 *   ~/.cache/huggingface/hub
 * In it the model "org/name" is the folder models--org--name; of its snapshots the one is taken
 * that refs/main names, or else the newest that has a config.json.
 *
 * Reads folders and the environment; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* MODEL is a folder with a config.json, a models--org--name folder, a weights file, or an id such
 * as "state-spaces/mamba-130m-hf"; what exists as a path is not taken for an id. The result is a
 * folder or a weights file. SCOPE_ERROR_FILE says where was looked, and which command fetches the
 * model. */
char *scope_hub_locate (const char *model, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What to call the model in FOLDER: the folder's last part, also of "models/x/" and "."; "name" for
 * a snapshot of "org/name". */
char *scope_hub_model_name (const char *folder) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
