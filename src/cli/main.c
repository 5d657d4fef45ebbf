#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "cli/cli.h"

static const CliCommand *const commands[] = {
  &cli_devices,    &cli_info,     &cli_tokenize,  &cli_logits,      &cli_trace,   &cli_attention,
  &cli_decay,      &cli_channels, &cli_calibrate, &cli_sensitivity, &cli_filters, &cli_generate,
  &cli_perplexity, &cli_recall,   &cli_rescue,    &cli_longbench,   &cli_figure,  &cli_bench,
};

static char *backend, *device, *precision, *threads, *train_length, *memory;
static char **filters, **rest;
static gboolean json, help, version;

/* Their words are hidden from no subcommand: the contract lets every one of them take all. */
static const GOptionEntry global_options[] = {
  CLI_OPTION ("backend", backend, "auto, cpu or cuda (default auto)", "NAME"),
  CLI_OPTION ("device", device, "which device of the backend (default 0)", "N"),
  CLI_OPTION ("precision", precision, "fp32, tf32, bf16 or reference (double; CPU) (default fp32)",
              "NAME"),
  CLI_OPTION ("threads", threads, "processor threads, 0 for all there are (default 0)", "N"),
  CLI_OPTION ("memory", memory,
              "memory of the device that a run may take, as 2GiB (default: what there is)", "SIZE"),
  { "filter", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &filters,
    "off, longmamba[:theta=X,top=C,...] or another of `filters` (default off)", "SPEC" },
  CLI_OPTION ("train-length", train_length,
              "training length in tokens (default: the table's, the config's, else 2000)", "L"),
  CLI_FLAG ("json", json, "print one JSON document instead of words"),
  { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "print this help", NULL },
  CLI_FLAG ("version", version, "print the version"),
  { NULL },
};

static const GOptionEntry rest_options[] = {
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, NULL },
  { NULL },
};

static void
print_options (const GOptionEntry *options)
{
  for (const GOptionEntry *o = options; o != NULL && o->long_name != NULL; o++) {
    g_autofree char *name
        = g_strdup_printf ("--%s%s%s", o->long_name, o->arg_description != NULL ? " " : "",
                           o->arg_description != NULL ? o->arg_description : "");
    printf ("  %-22s %s\n", name, o->description);
  }
}

static void
print_help (const CliCommand *command)
{
  if (command != NULL) {
    printf ("Usage: mambascope-cli %s %s [OPTIONS]\n\n%s.\n", command->name, command->arguments,
            command->summary);
    if (command->options != NULL)
      puts ("\nOptions:");
    print_options (command->options);
  } else {
    puts ("Usage: mambascope-cli SUBCOMMAND [ARGUMENTS] [OPTIONS]\n\n"
          "Looks into Mamba language models: their implicit attention, how far each channel\n"
          "remembers, and what LongMamba's token filtering changes.\n\n"
          "Subcommands (each takes --help):");
    for (gsize c = 0; c < G_N_ELEMENTS (commands); c++)
      printf ("  %-12s %s\n", commands[c]->name, commands[c]->summary);
  }
  puts ("\nGlobal options:");
  print_options (global_options);
  if (command != NULL)
    printf ("\n%s", command->description);
  else
    puts ("\nMODEL is a checkpoint folder, a weights file in one, or the id of a model in the "
          "Hugging\n"
          "Face cache. TEXT is a file, - for standard input, or @ids.json, a JSON list of token\n"
          "ids. Layers, channels and tokens count from 0; ranges A:B are half open.\n"
          "Options may stand anywhere. Exit status: 0 done, 1 failed, 2 wrong usage, 130 "
          "interrupted;\n"
          "an error is one line on standard error, and no partial file is left.");
}

/* The place of the subcommand in ARGV: the first word that is neither an option nor the value of a
 * global one; 0 if there is none. */
static int
find_command (int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-')
      return i;
    for (const GOptionEntry *o = global_options; o->long_name != NULL; o++)
      if (o->arg != G_OPTION_ARG_NONE && g_str_has_prefix (argv[i], "--")
          && strcmp (argv[i] + 2, o->long_name) == 0)
        i++;
    if (i >= argc)
      break;
  }
  return 0;
}

static const CliCommand *
command_of (const char *name)
{
  for (gsize c = 0; c < G_N_ELEMENTS (commands); c++)
    if (strcmp (commands[c]->name, name) == 0)
      return commands[c];
  return NULL;
}

static gboolean
parse_options (const CliCommand *command, int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) wrong = NULL;
  g_option_context_set_help_enabled (context, FALSE); /* ours exits by returning */
  if (command != NULL && command->options != NULL)
    g_option_context_add_main_entries (context, command->options, NULL);
  g_option_context_add_main_entries (context, global_options, NULL);
  g_option_context_add_main_entries (context, rest_options, NULL);
  if (g_option_context_parse (context, argc, argv, &wrong))
    return TRUE;
  return cli_usage (error, "%s", wrong->message);
}

static gboolean
check_arguments (Cli *cli, GError **error)
{
  const CliCommand *command = cli->command;
  if (cli->n_arguments < command->min_arguments)
    return cli_usage (error, "%s: expected %s (see mambascope-cli %s --help)", command->name,
                      command->arguments, command->name);
  if (cli->n_arguments > command->max_arguments)
    return cli_usage (error, "%s: unexpected argument \"%s\"", command->name,
                      cli->arguments[command->max_arguments]);
  return TRUE;
}

static gboolean
read_filters (Cli *cli, GError **error)
{
  const char *const off[] = { "off", NULL };
  const char *const *otherwise = cli->command->filters != NULL ? cli->command->filters : off;
  const char *const *specs = filters != NULL ? (const char *const *)filters : otherwise;
  if (!cli->command->many_filters && g_strv_length ((char **)specs) > 1)
    return cli_usage (error, "%s: --filter is given more than once", cli->command->name);
  cli->filters = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_filter_unref);
  for (gsize i = 0; specs[i] != NULL; i++) {
    g_autoptr (GError) wrong = NULL;
    ScopeFilter *filter = scope_filter_parse (specs[i], &wrong);
    if (filter == NULL)
      return cli_usage (error, "--filter: %s", wrong->message);
    g_ptr_array_add (cli->filters, filter);
  }
  return TRUE;
}

static gboolean
read_globals (Cli *cli, GError **error)
{
  static const char *const backends[] = { "auto", "cpu", "cuda", NULL };
  gsize number = 0, count = 0;
  cli->json = json;
  cli->backend_name = backend != NULL ? backend : "auto";
  if (!g_strv_contains (backends, cli->backend_name))
    return cli_usage (error, "--backend: expected auto, cpu or cuda, found \"%s\"", backend);
  if (precision != NULL && !scope_precision_parse (precision, &cli->precision))
    return cli_usage (error, "--precision: expected fp32, tf32, bf16 or reference, found \"%s\"",
                      precision);
  if (!cli_size ("--device", device, 0, G_MAXINT, &number, error)
      || !cli_size ("--threads", threads, 0, 1024, &count, error)
      || !cli_size ("--train-length", train_length, 1, G_MAXINT32, &cli->train_length, error)
      || !cli_bytes ("--memory", memory, &cli->memory, error))
    return FALSE;
  cli->device = (int)number;
  scope_parallel_set_threads ((guint)count);
  return read_filters (cli, error);
}

static gboolean
run_command (Cli *cli, int *argc, char ***argv, GError **error)
{
  if (!parse_options (cli->command, argc, argv, error))
    return FALSE;
  if (help || version) {
    if (help)
      print_help (cli->command);
    else
      puts ("mambascope-cli " SCOPE_VERSION);
    return TRUE;
  }
  if (cli->command == NULL)
    return cli_usage (error, "missing subcommand (see mambascope-cli --help)");
  cli->arguments = rest;
  cli->n_arguments = rest != NULL ? g_strv_length (rest) : 0;
  return check_arguments (cli, error) && read_globals (cli, error)
         && cli->command->run (cli, error);
}

static gboolean
run_program (int argc, char **argv, GError **error)
{
  Cli cli = { NULL };
  int at = find_command (argc, argv);
  if (at > 0) {
    cli.command = command_of (argv[at]);
    if (cli.command == NULL)
      return cli_usage (error, "unknown subcommand \"%s\" (see mambascope-cli --help)", argv[at]);
    memmove (argv + at, argv + at + 1, (gsize)(argc - at) * sizeof *argv);
    argc--;
  }
  gboolean ok = run_command (&cli, &argc, &argv, error);
  cli_close (&cli);
  if (ok && (fflush (stdout) != 0 || ferror (stdout)))
    return cli_fail (error, "standard output: cannot write");
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  cli_progress_init ();
  gboolean ok = run_program (argc, argv, &error);
  cli_progress_end ();
  if (ok)
    return 0;
  if (scope_error_is_cancelled (error)) {
    fputs ("mambascope-cli: interrupted\n", stderr);
    return 128 + cli_progress_signal ();
  }
  /* A file name may hold anything; the line must stay one. */
  g_autofree char *line = g_strdelimit (g_utf8_make_valid (error->message, -1), "\r\n", ' ');
  fprintf (stderr, "mambascope-cli: %s\n", line);
  return g_error_matches (error, CLI_ERROR, CLI_ERROR_USAGE) ? 2 : 1;
}
