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
    { "decimamba:beta=0.5", "decimamba: unknown method; the methods are off, longmamba," },
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/accepted", test_accepted);
  g_test_add_func ("/filter/refused", test_refused);
  return g_test_run ();
}
