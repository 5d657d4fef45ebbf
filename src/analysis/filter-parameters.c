/* The parameters that several methods take. */
#include "analysis/filter-private.h"

const ScopeFilterParameter scope_parameter_theta = {
  .name = "theta",
  .kind = SCOPE_FILTER_REAL,
  .unit = "decay",
  .low = 0,
  .high = 1,
  .above = TRUE,
  .summary
  = "channels that decay to more than this over the training length are global and are filtered "
    "(default: the table's, else 1e-30 for Mamba, 0.05 for Mamba-2)",
};

const ScopeFilterParameter scope_parameter_top = {
  .name = "top",
  .kind = SCOPE_FILTER_REAL,
  .unit = "share",
  .low = 0,
  .high = 1,
  .summary = "share of the largest Δ that are clamped where the target is measured (default: the "
             "table's, else 0.2 for Mamba, 0.05 for Mamba-2)",
};

const ScopeFilterParameter scope_parameter_table = {
  .name = "table",
  .kind = SCOPE_FILTER_FILE,
  .summary = "table that calibrate wrote (default: longmamba.json of the model's folder, else one "
             "measured on the text's own beginning)",
};

const ScopeFilterParameter scope_parameter_gate = {
  .name = "gate",
  .kind = SCOPE_FILTER_WHOLE,
  .unit = "tokens",
  .low = 0,
  .high = G_MAXINT32,
  .summary
  = "inputs of so many tokens or fewer are not filtered (default: the training length; the "
    "release has 2999 or 3000)",
};

const ScopeFilterParameter scope_parameter_reduce = {
  .name = "reduce",
  .kind = SCOPE_FILTER_CHOICE,
  .choices = "max|mean",
  .summary = "how the table's windows were reduced; another table is not taken (default: as it is)",
};

const ScopeFilterParameter scope_parameter_lookup = {
  .name = "lookup",
  .kind = SCOPE_FILTER_CHOICE,
  .fallback = "nearest",
  .choices = "nearest|down",
  .summary = "which length of the table stands for the input's: the nearest, as released, or the "
             "longest that is not longer",
};

const ScopeFilterParameter scope_parameter_b = {
  .name = "b",
  .kind = SCOPE_FILTER_REAL,
  .unit = "factor",
  .low = 0,
  .high = 1000,
  .above = TRUE,
  .fallback = "1",
  .summary = "times the table's number: threshold, share or target",
};

const ScopeFilterParameter scope_parameter_k = {
  .name = "k",
  .kind = SCOPE_FILTER_WHOLE,
  .unit = "tokens",
  .low = 1,
  .high = G_MAXINT32,
  .fallback = "2000",
  .summary = "how many tokens are kept",
};

const ScopeFilterParameter scope_parameter_scale = {
  .name = "scale",
  .kind = SCOPE_FILTER_REALS,
  .unit = "factor",
  .low = 0,
  .high = 1000,
  .above = TRUE,
  .summary = "one number for all layers, or one for each with slashes between (default: L / S, the "
             "training length over the input's)",
};

const ScopeFilterParameter scope_parameter_file = {
  .name = "file",
  .kind = SCOPE_FILTER_FILE,
  .summary = "a JSON list of one number for each layer, instead of scale",
};
