#include "analysis/windows.h"

#include <string.h>

#include "base/error.h"

const char *const scope_protocol_names[SCOPE_N_PROTOCOLS + 1] = { "strict", "paper", NULL };

struct _ScopeWindows {
  gatomicrefcount references;
  ScopePerplexitySettings settings;
  gsize *lengths;
  GPtrArray *filters; /* ScopeFilter */
  GPtrArray *texts;   /* ScopeTokens */
  gsize *first;       /* (texts, lengths): the job of their first window */
  GArray *jobs;       /* ScopeTextWindow */
};

gboolean
scope_protocol_parse (const char *name, ScopeProtocol *out)
{
  for (gsize k = 0; k < SCOPE_N_PROTOCOLS; k++)
    if (strcmp (scope_protocol_names[k], name) == 0) {
      *out = (ScopeProtocol)k;
      return TRUE;
    }
  return FALSE;
}

gsize
scope_protocol_windows (ScopeProtocol protocol)
{
  return protocol == SCOPE_PROTOCOL_PAPER ? 10 : 8;
}

/* FROM at SHARE of the way over ROOM tokens. */
static gsize
along (gsize from, gsize room, gsize share, gsize whole)
{
  return from + (gsize)(whole > 0 ? (double)room * (double)share / (double)whole : 0);
}

gsize
scope_protocol_place (ScopeProtocol protocol, gsize tokens, gsize longest, gsize length,
                      gsize score, gsize windows, gsize *ends)
{
  gboolean paper = protocol == SCOPE_PROTOCOL_PAPER;
  gsize first = paper ? length : longest;
  gsize room = tokens - first;
  gsize count = MIN (windows, paper ? MAX (room / score, 1) : 1 + room / score);
  for (gsize w = 0; w < count; w++)
    ends[w] = along (first, room, w, paper ? count : count - 1);
  return count;
}

static gboolean
find_longest (ScopeTokens *const *texts, const char *const *names, gsize n_texts,
              const ScopePerplexitySettings *settings, gsize *longest, GError **error)
{
  *longest = 0;
  for (gsize l = 0; l < settings->n_lengths; l++) {
    if (settings->lengths[l] < 2) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "length %" G_GSIZE_FORMAT ": a window needs at least 2 tokens",
                   settings->lengths[l]);
      return FALSE;
    }
    *longest = MAX (*longest, settings->lengths[l]);
  }
  for (gsize t = 0; t < n_texts; t++)
    if (scope_tokens_count (texts[t]) < *longest) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "%s: has %" G_GSIZE_FORMAT " tokens, fewer than the length %" G_GSIZE_FORMAT,
                   names[t], scope_tokens_count (texts[t]), *longest);
      return FALSE;
    }
  return TRUE;
}

static void
add_windows (ScopeWindows *self, gsize text, gsize length, gsize longest)
{
  const ScopePerplexitySettings *settings = &self->settings;
  ScopeTokens *tokens = g_ptr_array_index (self->texts, text);
  g_autofree gsize *ends = g_new (gsize, settings->windows);
  ScopeTextWindow window = { .text = text, .length = length, .tokens = settings->lengths[length] };
  window.scored = MIN (settings->score, window.tokens - 1);
  window.windows = scope_protocol_place (settings->protocol, scope_tokens_count (tokens), longest,
                                         window.tokens, settings->score, settings->windows, ends);
  self->first[text * settings->n_lengths + length] = self->jobs->len;
  for (window.window = 0; window.window < window.windows; window.window++) {
    window.end = ends[window.window];
    window.ids = scope_tokens_ids (tokens) + window.end - window.tokens;
    g_array_append_val (self->jobs, window);
  }
}

static void
copy_settings (ScopeWindows *self, const ScopePerplexitySettings *settings)
{
  self->lengths = g_memdup2 (settings->lengths, settings->n_lengths * sizeof *self->lengths);
  self->filters = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_filter_unref);
  for (gsize f = 0; f < settings->n_filters; f++)
    g_ptr_array_add (self->filters, scope_filter_ref (settings->filters[f]));
  self->settings = *settings;
  self->settings.lengths = self->lengths;
  self->settings.filters = (ScopeFilter *const *)self->filters->pdata;
  self->settings.score = MAX (settings->score, 1);
  self->settings.windows = MAX (settings->windows, 1);
}

ScopeWindows *
scope_windows_new (ScopeTokens *const *texts, const char *const *names, gsize n_texts,
                   const ScopePerplexitySettings *settings, GError **error)
{
  gsize longest;
  if (!find_longest (texts, names, n_texts, settings, &longest, error))
    return NULL;
  ScopeWindows *self = g_new0 (ScopeWindows, 1);
  g_atomic_ref_count_init (&self->references);
  copy_settings (self, settings);
  self->texts = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_tokens_unref);
  self->jobs = g_array_new (FALSE, FALSE, sizeof (ScopeTextWindow));
  self->first = g_new (gsize, n_texts * settings->n_lengths);
  for (gsize t = 0; t < n_texts; t++) {
    g_ptr_array_add (self->texts, scope_tokens_ref (texts[t]));
    for (gsize l = 0; l < settings->n_lengths; l++)
      add_windows (self, t, l, longest);
  }
  return self;
}

ScopeWindows *
scope_windows_ref (ScopeWindows *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_windows_unref (ScopeWindows *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_ptr_array_unref (self->filters);
  g_ptr_array_unref (self->texts);
  g_array_unref (self->jobs);
  g_free (self->lengths);
  g_free (self->first);
  g_free (self);
}

gsize
scope_windows_count (const ScopeWindows *self)
{
  return self->jobs->len;
}

const ScopeTextWindow *
scope_windows_get (const ScopeWindows *self, gsize job)
{
  return &g_array_index (self->jobs, ScopeTextWindow, job);
}

gsize
scope_windows_find (const ScopeWindows *self, gsize text, gsize length, gsize window)
{
  if (text >= self->texts->len || length >= self->settings.n_lengths)
    return G_MAXSIZE;
  gsize first = self->first[text * self->settings.n_lengths + length];
  return window < scope_windows_get (self, first)->windows ? first + window : G_MAXSIZE;
}

const ScopePerplexitySettings *
scope_windows_settings (const ScopeWindows *self)
{
  return &self->settings;
}

gsize
scope_windows_n_texts (const ScopeWindows *self)
{
  return self->texts->len;
}

ScopeTokens *
scope_windows_text (const ScopeWindows *self, gsize text)
{
  return g_ptr_array_index (self->texts, text);
}
