/* Any bytes as the state of a sweep: refused with a reason in one line, or what it holds is finite
 * and what is added to it can be found again. Bytes that begin with "+" stand behind the sweep's
 * own first line, which no fuzzer would guess. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "analysis/sweep-state.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define IDENTITY "{\"schema\":\"mambascope-sweep\",\"version\":1,\"model\":\"m\",\"score\":3}"

/* Two texts, two lengths, two filters. */
static ScopeWindows *
windows (void)
{
  static const gsize lengths[] = { 12, 30 };
  static const gint32 ids[60];
  static const ScopeSpan spans[60];
  ScopeTokens *text = scope_tokens_new ("", 0, ids, spans, 60);
  ScopeFilter *filters[]
      = { scope_filter_parse ("off", NULL), scope_filter_parse ("longmamba", NULL) };
  ScopeTokens *const texts[] = { text, text };
  const char *const names[] = { "a", "b" };
  const ScopePerplexitySettings settings = { lengths, 2, filters, 2, 3, 4, SCOPE_PROTOCOL_PAPER };
  ScopeWindows *made = scope_windows_new (texts, names, 2, &settings, NULL);
  scope_tokens_unref (text);
  scope_filter_unref (filters[0]);
  scope_filter_unref (filters[1]);
  return made;
}

static void
check_results (ScopeSweepState *state, ScopeWindows *of)
{
  gsize found = 0;
  for (gsize job = 0; job < scope_windows_count (of); job++)
    for (gsize f = 0; f < 2; f++) {
      gboolean acted;
      const double *nll = scope_sweep_state_get (state, job, f, &acted);
      found += nll != NULL;
      for (gsize t = 0; nll != NULL && t < scope_windows_get (of, job)->scored; t++)
        if (!isfinite (nll[t]))
          fault ("a number that is not finite");
    }
  if (found != scope_sweep_state_count (state))
    fault ("counted otherwise than found");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static ScopeWindows *of;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  gsize whole = G_MAXSIZE;
  if (of == NULL)
    of = windows ();
  if (size > 0 && data[0] == '+') {
    g_string_append (text, IDENTITY "\n");
    data++;
    size--;
  }
  g_string_append_len (text, (const char *)data, (gssize)size);
  g_autoptr (ScopeSweepState) state = NULL;
  state = scope_sweep_state_parse (text->str, text->len, "input", IDENTITY, of, &whole, &error);
  if ((state == NULL) != (error != NULL))
    fault ("neither a state nor a message");
  if (error != NULL && strchr (error->message, '\n') != NULL)
    fault ("no message of one line");
  if (state == NULL)
    return 0;
  if (whole > text->len || (whole > 0 && text->str[whole - 1] != '\n'))
    fault ("a line that is not whole");
  check_results (state, of);
  return 0;
}
