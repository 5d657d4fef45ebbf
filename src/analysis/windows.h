/* ScopeWindows: where a perplexity sweep looks: every window of every length in every text, each a
 * job that is done by itself.
 *
 * A window of LENGTH tokens runs from a fresh state, and its last SCORE predictions are scored (at
 * most LENGTH - 1). Which windows there are is the protocol's:
 *
 *   strict  The windows of all lengths end at the same places, spread evenly from the longest
 *           length to the text's end: every length scores the same tokens, with more or less before
 *           them (lengths up to SCORE score the last of these).
 *   paper   Windows per document, as the paper's evaluation has them (arXiv 2504.16053, figure 3):
 *           each length by itself, beginning at the document's first token and then in equal steps.
 *           Other tokens are scored at each length, and longer windows lie closer together.
 *
 * In both, windows lie so far apart that no length scores a token twice. Immutable, reference
 * counted; any thread.
 */
#pragma once

#include "analysis/filter.h"

G_BEGIN_DECLS

typedef enum { SCOPE_PROTOCOL_STRICT, SCOPE_PROTOCOL_PAPER, SCOPE_N_PROTOCOLS } ScopeProtocol;
extern const char *const scope_protocol_names[SCOPE_N_PROTOCOLS + 1]; /* NULL at the end */
gboolean scope_protocol_parse (const char *name, ScopeProtocol *out);
/* How many windows a text and length have at most, where nobody says: 8; the paper's, 10. */
gsize scope_protocol_windows (ScopeProtocol protocol);

typedef struct {
  const gsize *lengths;
  gsize n_lengths;
  ScopeFilter *const *filters;
  gsize n_filters;
  gsize score;   /* 100; at most length - 1 are scored */
  gsize windows; /* at most so many per text and length */
  ScopeProtocol protocol;
} ScopePerplexitySettings;

/* Where the windows of LENGTH end (one past the last token) in a text of TOKENS tokens, into ENDS,
 * which has room for WINDOWS; how many they are. LONGEST, of all lengths, is at most TOKENS; SCORE
 * and WINDOWS are at least 1. */
gsize scope_protocol_place (ScopeProtocol protocol, gsize tokens, gsize longest, gsize length,
                            gsize score, gsize windows, gsize *ends);

/* One job: a window, under every filter. */
typedef struct {
  gsize text;   /* index into the texts */
  gsize length; /* index into the lengths */
  gsize window; /* of this text and length */
  gsize windows;
  gsize tokens; /* of the window: the length itself */
  gsize end;    /* one past its last token, in the text */
  gsize scored; /* its last predictions that count */
  const gint32 *ids;
} ScopeTextWindow;

typedef struct _ScopeWindows ScopeWindows;

/* Copies SETTINGS; takes references to texts and filters. A text shorter than a length is an error
 * that names both. */
ScopeWindows *scope_windows_new (ScopeTokens *const *texts, const char *const *names, gsize n_texts,
                                 const ScopePerplexitySettings *settings,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeWindows *scope_windows_ref (ScopeWindows *self);
void scope_windows_unref (ScopeWindows *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeWindows, scope_windows_unref)

/* By text, then by length, then by place. */
gsize scope_windows_count (const ScopeWindows *self);
const ScopeTextWindow *scope_windows_get (const ScopeWindows *self, gsize job);
/* The job of that window; G_MAXSIZE: there is none. LENGTH is an index. */
gsize scope_windows_find (const ScopeWindows *self, gsize text, gsize length, gsize window);

const ScopePerplexitySettings *scope_windows_settings (const ScopeWindows *self);
gsize scope_windows_n_texts (const ScopeWindows *self);
ScopeTokens *scope_windows_text (const ScopeWindows *self, gsize text); /* borrowed */

G_END_DECLS
