/* ScopeTokenBlocks: a tokenised text cut into blocks that are laid out one by one, so that a novel
 * opens at once: what each token shows, and where each block lies while most heights are estimates.
 *
 * A block ends where a line of the text ends, or after a sentence or a word where a line is very
 * long. Heights are pixels, spacing included. Main thread only; no widget.
 */
#pragma once

#include "model/tokens.h"

G_BEGIN_DECLS

typedef struct _ScopeTokenBlocks ScopeTokenBlocks;

/* Keeps a reference to TOKENS. */
ScopeTokenBlocks *scope_token_blocks_new (ScopeTokens *tokens) G_GNUC_WARN_UNUSED_RESULT;
void scope_token_blocks_free (ScopeTokenBlocks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTokenBlocks, scope_token_blocks_free)

gsize scope_token_blocks_count (const ScopeTokenBlocks *self);
/* Tokens [*BEGIN, *END) of block K. */
void scope_token_blocks_range (const ScopeTokenBlocks *self, gsize k, gsize *begin, gsize *end);
gsize scope_token_blocks_of_token (const ScopeTokenBlocks *self, gsize token);

/* What block K shows: valid UTF-8; *STARTS (tokens of the block + 1) are the bytes where each token
 * begins in it. Every token shows something: a character that several tokens share stands at the
 * first of them, and those that would be left with nothing show SCOPE_TOKEN_PART; a line's end is a
 * "⏎" and a break; tokens without bytes show their name. Caller frees both. */
#define SCOPE_TOKEN_PART "◦"
char *scope_token_blocks_text (const ScopeTokenBlocks *self, gsize k,
                               gsize **starts) G_GNUC_WARN_UNUSED_RESULT;

/* Forgets all measured heights: from now on a line is LINE high and has room for CHARACTERS. */
void scope_token_blocks_estimate (ScopeTokenBlocks *self, double line, double characters);
void scope_token_blocks_set_height (ScopeTokenBlocks *self, gsize k, double height);
gboolean scope_token_blocks_is_measured (const ScopeTokenBlocks *self, gsize k);
/* The first block that is still an estimate, G_MAXSIZE: none. */
gsize scope_token_blocks_next_estimate (ScopeTokenBlocks *self);
double scope_token_blocks_top (ScopeTokenBlocks *self, gsize k); /* K may be the count: the foot */
double scope_token_blocks_height (const ScopeTokenBlocks *self, gsize k);
gsize scope_token_blocks_at (ScopeTokenBlocks *self, double y); /* the nearest block */

G_END_DECLS
