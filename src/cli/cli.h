/* mambascope-cli: what its subcommands share.
 *
 * A subcommand is one file with one CliCommand. It reads its options, asks this header for the
 * opened model, the text and the run, writes its files, and prints its result in words or, with
 * --json, as one JSON document. Everything happens on the main thread; Ctrl-C cancels through
 * cli_progress(). Results go to stdout after everything has succeeded, errors to stderr in one
 * line.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "analysis/filter.h"
#include "compute/registry.h"

typedef struct _Cli Cli;

typedef struct {
  const char *name;
  const char *arguments;   /* for the usage line: "MODEL TEXT" */
  const char *summary;     /* for the list of subcommands */
  const char *description; /* paragraphs and an example, for --help */
  guint min_arguments, max_arguments;
  gboolean many_filters;       /* --filter may be given more than once */
  const char *const *filters;  /* where it is not given; NULL: off */
  const GOptionEntry *options; /* CLI_OPTION and CLI_FLAG; ends with a zero entry */
  gboolean (*run) (Cli *cli, GError **error);
} CliCommand;

/* An option with a value, the static char * VARIABLE: bytes that no locale changes. ARGUMENT is its
 * name in the help. */
#define CLI_OPTION(name, variable, words, argument)                                                \
  {                                                                                                \
    (name), 0, 0, G_OPTION_ARG_FILENAME, &(variable), (words), (argument)                          \
  }
/* The static gboolean VARIABLE. */
#define CLI_FLAG(name, variable, words)                                                            \
  {                                                                                                \
    (name), 0, 0, G_OPTION_ARG_NONE, &(variable), (words), NULL                                    \
  }
/* A command's result. */
#define CLI_OUT_CSV(variable)                                                                      \
  CLI_OPTION ("out", variable, "file to write (default: standard output)", "F.csv")

extern const CliCommand cli_attention, cli_bench, cli_calibrate, cli_channels, cli_decay,
    cli_devices, cli_figure, cli_filters, cli_generate, cli_info, cli_logits, cli_longbench,
    cli_perplexity, cli_recall, cli_rescue, cli_sensitivity, cli_tokenize, cli_trace;

#define CLI_ERROR (cli_error_quark ())
typedef enum {
  CLI_ERROR_USAGE,  /* exit 2 */
  CLI_ERROR_FAILED, /* exit 1, as every error of the libraries */
} CliError;
GQuark cli_error_quark (void);

struct _Cli {
  const CliCommand *command;
  char **arguments; /* what is neither an option nor the subcommand */
  guint n_arguments;

  /* Global options. */
  gboolean json;
  const char *backend_name;
  int device;
  ScopePrecision precision;
  gsize train_length; /* 0: not given */
  gsize memory;       /* bytes; 0: not given */
  GPtrArray *filters; /* ScopeFilter, at least one */

  /* Opened on demand by the functions below and closed at the end. */
  ScopeModel *model;
  ScopeTokens *tokens;
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeFilterContext *context;
  ScopePlan *plan;
  ScopeTrace *trace;
};

/* -- cli-options.c: option values. TEXT NULL (not given) leaves *OUT. Errors are CLI_ERROR_USAGE.
 * -- */

gboolean cli_size (const char *option, const char *text, gsize min, gsize max, gsize *out,
                   GError **error);
gboolean cli_double (const char *option, const char *text, double min, double max, double *out,
                     GError **error);
/* "1024,2048": at least one; caller frees *OUT. */
gboolean cli_sizes (const char *option, const char *text, gsize min, gsize **out, gsize *count,
                    GError **error);
/* "0,0.05": at least one, each in [MIN, MAX]; TEXT is not NULL; caller frees *OUT. */
gboolean cli_doubles (const char *option, const char *text, double min, double max, double **out,
                      gsize *count, GError **error);
/* "2GiB", "800MB", "1000000": at least one byte. */
gboolean cli_bytes (const char *option, const char *text, gsize *out, GError **error);
/* "A:B", "A:", ":B": half open, within LENGTH (beyond it is CLI_ERROR_FAILED). */
gboolean cli_range (const char *option, const char *text, gsize length, gsize *begin, gsize *end,
                    GError **error);
gboolean cli_require (const char *option, const char *text, GError **error);
gboolean cli_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3); /* FALSE */
gboolean cli_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);  /* FALSE */

/* -- cli-run.c: from arguments to a run. Each is done once; later calls return TRUE at once. -- */

gboolean cli_open_model (Cli *cli, GError **error); /* arguments[0] */
gboolean cli_read_text (Cli *cli, GError **error);  /* arguments[1] */
/* Arguments from FIRST on; names are the arguments themselves. (element-type ScopeTokens) */
GPtrArray *cli_read_texts (Cli *cli, guint first, GError **error);
/* The device that the options ask for, within --memory; only once, and before any of the below. */
gboolean cli_open_backend (Cli *cli, GError **error);
gboolean cli_open_schedule (Cli *cli, GError **error);
/* The network on the text, with the filter. */
gboolean cli_run (Cli *cli, ScopeRunFlags flags, GError **error);
/* INDEX < COUNT; WHAT is "layer" or "channel". */
gboolean cli_check_index (const char *what, gsize index, gsize count, GError **error);
ScopeFilter *cli_filter (Cli *cli);  /* the only one */
ScopeReal cli_real (const Cli *cli); /* what .npy files hold */
/* Part K of N of the command's progress. */
ScopeProgress cli_part (double k, double n);
void cli_close (Cli *cli);

/* -- cli-workers.c: several devices at a time -- */

typedef struct {
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeFilterContext *context;
  char *name; /* "device 1 (CUDA: NVIDIA H200)" */
} CliWorker;
/* One for each of DEVICES, "0,1": indices of --backend's devices; one that comes twice has two
 * workers. (element-type CliWorker), to be freed before cli_close(). */
GPtrArray *cli_open_workers (Cli *cli, const char *devices, GError **error);

/* -- cli-output.c -- */

/* Refuses a path whose folder is not there or cannot be written to, before the work is done. */
gboolean cli_check_output (const char *path, GError **error);
/* Writes ROWS x COLUMNS to a .npy file in blocks that FUNC computes: never the whole in memory. */
typedef ScopeMatrix *(*CliRowsFunc) (Cli *cli, gsize begin, gsize end, gpointer data,
                                     GError **error);
gboolean cli_write_rows (Cli *cli, const char *path, gsize rows, gsize columns, CliRowsFunc func,
                         gpointer data, GError **error);

/* A JSON document that begins with what is common: command, model, text, filter, ... */
JsonBuilder *cli_json_begin (Cli *cli) G_GNUC_WARN_UNUSED_RESULT;
void cli_json_string (JsonBuilder *json, const char *member, const char *value); /* NULL: null */
void cli_json_int (JsonBuilder *json, const char *member, gsize value);
void cli_json_boolean (JsonBuilder *json, const char *member, gboolean value);
void cli_json_real (JsonBuilder *json, const char *member, double value); /* not finite: null */
void cli_json_shape (JsonBuilder *json, const char *member, gsize rows, gsize columns);
void cli_json_sizes (JsonBuilder *json, const char *member, const gsize *values, gsize count);
void cli_json_ids (JsonBuilder *json, const char *member, const gint32 *ids, gsize count);
void cli_json_end (JsonBuilder *json);                             /* prints it and frees it */
char *cli_json_text (JsonBuilder *json) G_GNUC_WARN_UNUSED_RESULT; /* likewise, as one line */

/* -- cli-sheet.c: rows of results, as CSV, as a table for people and as JSON -- */

typedef struct _CliSheet CliSheet;
CliSheet *cli_sheet_new (const char *columns) G_GNUC_WARN_UNUSED_RESULT; /* "a,b,c" */
void cli_sheet_free (CliSheet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliSheet, cli_sheet_free)
/* The next cell; a row is full when every column has one. */
void cli_sheet_text (CliSheet *self, const char *value);
void cli_sheet_int (CliSheet *self, gsize value);
void cli_sheet_real (CliSheet *self, double value);
gboolean cli_sheet_write (const CliSheet *self, const char *path, GError **error);
void cli_sheet_print_table (const CliSheet *self);
/* What a command prints: the table if the CSV was written to a file, else the CSV itself. */
void cli_sheet_print (const CliSheet *self, gboolean written);
/* An array of objects. */
void cli_json_sheet (JsonBuilder *json, const char *member, const CliSheet *sheet);
/* What the CSV holds: "out", its path (NULL: none was written), and "rows"; and the end. */
void cli_json_end_sheet (JsonBuilder *json, const char *out, const CliSheet *sheet);

/* -- info-memory.c: what runs of LENGTH tokens take on each device that can be used -- */

/* In words, or, if JSON is not NULL, as its next member. */
gboolean cli_show_memory (Cli *cli, gsize length, JsonBuilder *json, GError **error);

/* -- cli-progress.c -- */

/* Signals and the bar; at start. */
void cli_progress_init (void); /* and what is said of a warning */
ScopeProgress *cli_progress (void);
/* From now on a signal cancels through cli_progress() instead of ending the program at once: there
 * may be temporary files to remove. */
void cli_progress_begin (void);
void cli_progress_end (void);   /* takes the bar off the screen */
int cli_progress_signal (void); /* that interrupted us, or 0 */
