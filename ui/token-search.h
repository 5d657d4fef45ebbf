/* ScopeTokenSearch: a regular expression (PCRE, as GRegex has it) looked for in the whole open
 * text, on a thread of its own. The newest pattern wins. Upper and lower case are the same unless
 * the pattern has an upper-case letter. A text that is not all UTF-8 is searched byte by byte.
 *
 * Main thread. Signal "changed": there is another answer.
 */
#pragma once

#include "model/tokens.h"
#include "ui/token-text.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_TOKEN_SEARCH (scope_token_search_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTokenSearch, scope_token_search, SCOPE, TOKEN_SEARCH, GObject)

ScopeTokenSearch *scope_token_search_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* TOKENS NULL: no text. Looks again. */
void scope_token_search_set_tokens (ScopeTokenSearch *self, ScopeTokens *tokens);
/* "" finds nothing. */
void scope_token_search_set_pattern (ScopeTokenSearch *self, const char *pattern);
gboolean scope_token_search_is_busy (ScopeTokenSearch *self);
/* What is wrong with the pattern, in a line; NULL: nothing is. */
const char *scope_token_search_get_error (ScopeTokenSearch *self);
/* The tokens that hold a match, in order. Borrowed until "changed". */
const ScopeTokenMatch *scope_token_search_get_matches (ScopeTokenSearch *self, gsize *count);

G_END_DECLS
