/* What a filter SPEC may be, and what is said of one that may not. */
#include "analysis/filter.h"
#include "base/error.h"
#include "test-support.h"

static void
test_accepted (void)
{
  static const char *const specs[] = {
    "off",
    "longmamba",
    "longmamba:theta=1e-5",
    "longmamba:theta=1e-30,top=0.2,table=a=b:c/t.json,gate=3000",
    "longmamba:gate=0,top=0,theta=1",
    "longmamba-online",
    "longmamba-online:top=1,theta=0.05,gate=10",
    "longmamba:reduce=mean,lookup=down,drop=less,b=0.5",
    "longmamba-alpha:lookup=nearest,reduce=max",
    "longmamba-offline:b=2",
    "longmamba-bound:table=t.json",
    "longmamba-norm:top=0",
    "longmamba-channelwise-topk:k=1",
    "longmamba-all-topk:k=2000,theta=1e-5",
    "decimamba",
    "decimamba:beta=1,base=4000,layers=12,tail=1",
    "decimamba:layers=0/3/11,gate=0",
    "mambaextend:scale=0.5",
    "mambaextend:scale=0.5/1/0.25",
    "mambaextend:file=a/b.json",
    "mamba-modulation:form=power,scale=0.9",
    "upi:share=0,n=16,across=layer",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeFilter) filter = scope_filter_parse (specs[i], &error);
    g_assert_no_error (error);
    g_assert_cmpstr (scope_filter_spec (filter), ==, specs[i]);
    g_assert_cmpint (scope_filter_is_off (filter), ==, i == 0);
  }
  g_assert_true (scope_filter_is_off (NULL));
}

static void
test_refused (void)
{
  static const struct {
    const char *spec, *says;
  } cases[] = {
    { "", "off, longmamba, longmamba-online" },
    { "decimator:beta=0.5", "decimator: unknown method; the methods are off, longmamba," },
    { "decimamba:beta=0", "beta: expected a factor above 0 and at most 1, found \"0\"" },
    { "decimamba:base=0", "base: expected a whole number of tokens, at least 1" },
    { "decimamba:layers=", "layers: expected whole numbers with slashes between" },
    { "decimamba:layers=3/", "layers" },
    { "decimamba:layers=1.5", "layers" },
    { "decimamba:layers=-1", "layers" },
    { "decimamba:theta=1", "the parameters are beta, base, layers, tail, gate" },
    { "mambaextend:scale=0", "scale: expected numbers above 0 and at most 1000" },
    { "mambaextend:scale=1//2", "scale" },
    { "mambaextend:scale=1/inf", "scale" },
    { "mamba-modulation:form=sum", "form: expected scale or power, found \"sum\"" },
    { "longmamba:lookup=up", "lookup: expected nearest or down" },
    { "longmamba:b=0", "b: expected a factor above 0" },
    { "longmamba:theta= 1", "theta" },
    { "upi:share=1.1", "share: expected a share from 0 to 1" },
    { "longmamba-all-topk:k=0", "k: expected a whole number of tokens, at least 1" },
    { "LongMamba", "unknown method" },
    { "longmamba:thetta=1", "\"thetta\"; the parameters are theta, top, table, gate" },
    { "longmamba-online:table=x", "\"table\"; the parameters are theta, top, gate" },
    { "off:theta=1", "\"theta\"; it takes none" },
    { "longmamba:theta=0", "theta: expected a decay above 0 and at most 1, found \"0\"" },
    { "longmamba:theta=1.5", "theta" },
    { "longmamba:theta=nan", "theta" },
    { "longmamba:theta=1e-5x", "theta" },
    { "longmamba:theta=", "theta" },
    { "longmamba:theta", "theta" },
    { "longmamba:top=-0.1", "top: expected a share from 0 to 1" },
    { "longmamba:top=20", "top" },
    { "longmamba:gate=-1", "gate: expected a whole number of tokens" },
    { "longmamba:gate=1.5", "gate" },
    { "longmamba:gate=99999999999999999999", "gate" },
    { "longmamba:table=", "table: expected a file" },
    { "longmamba:theta=1,theta=1", "theta is given twice" },
    { "longmamba:theta=1,,top=0", "\"\"" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeFilter) filter = scope_filter_parse (cases[i].spec, &error);
    g_assert_null (filter);
    g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER);
    if (strstr (error->message, cases[i].says) == NULL)
      g_error ("%s: expected \"%s\", found \"%s\"", cases[i].spec, cases[i].says, error->message);
  }
}

/* What a form is made of: every description is whole, and its default is one that the parser takes.
 */
static void
test_described (void)
{
  g_assert_cmpstr (scope_filter_info (0)->name, ==, "off");
  for (gsize i = 0; i < scope_filter_count (); i++) {
    const ScopeFilterInfo *info = scope_filter_info (i);
    g_assert_cmpuint (strlen (info->summary), >, 0);
    for (gsize k = 0; k < info->n_parameters; k++) {
      const ScopeFilterParameter *parameter = info->parameters[k];
      g_assert_cmpuint (strlen (parameter->summary), >, 0);
      g_assert_true (parameter->kind == SCOPE_FILTER_FILE || parameter->kind == SCOPE_FILTER_CHOICE
                     || (parameter->unit != NULL && parameter->low < parameter->high));
      g_assert_true ((parameter->kind == SCOPE_FILTER_CHOICE) == (parameter->choices != NULL));
      if (parameter->fallback == NULL)
        continue;
      g_autoptr (GError) error = NULL;
      g_autofree char *spec
          = g_strdup_printf ("%s:%s=%s", info->name, parameter->name, parameter->fallback);
      g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, &error);
      g_assert_no_error (error);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/accepted", test_accepted);
  g_test_add_func ("/filter/refused", test_refused);
  g_test_add_func ("/filter/described", test_described);
  return g_test_run ();
}
