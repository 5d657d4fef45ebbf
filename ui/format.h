/* Numbers and words as the screen shows them. Main thread; every string is the caller's. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

char *scope_format_count (gsize value) G_GNUC_WARN_UNUSED_RESULT; /* "4096", "16 384" */
/* Four digits: "0.0312", "-3.217", "1.234×10⁻⁵". A true minus sign; "–" for NaN. */
char *scope_format_value (double value) G_GNUC_WARN_UNUSED_RESULT;
/* Three digits, for narrow places. */
char *scope_format_brief (double value) G_GNUC_WARN_UNUSED_RESULT;
/* θ spans many decades: "10⁻⁵" where it is a power of ten, else as a value. */
char *scope_format_theta (double theta) G_GNUC_WARN_UNUSED_RESULT;
char *scope_format_proof (double value) G_GNUC_WARN_UNUSED_RESULT;      /* "3×10⁻⁷" */
char *scope_format_percent (double share) G_GNUC_WARN_UNUSED_RESULT;    /* "31 %", "< 1 %" */
char *scope_format_perplexity (double value) G_GNUC_WARN_UNUSED_RESULT; /* "66.7", "25 831" */
char *scope_format_bytes (gsize bytes) G_GNUC_WARN_UNUSED_RESULT;       /* "28.1 MB" */

/* A token in quotes, "“ Holmes”", or "" if there is no such token. */
char *scope_format_token (ScopeTokens *tokens, gsize index) G_GNUC_WARN_UNUSED_RESULT;
/* A token's text as a label of its own: PIECE, or "␣" where nothing would be seen of it. */
const char *scope_format_piece (const char *piece);
/* The token with its neighbours as Pango markup, the token itself in bold. */
char *scope_format_context (ScopeTokens *tokens, gsize index) G_GNUC_WARN_UNUSED_RESULT;
/* What of the last CHARACTERS of the text begins with a whole word, in one line. */
char *scope_format_text_end (ScopeTokens *tokens, gsize characters) G_GNUC_WARN_UNUSED_RESULT;

/* "4096 tokens", "1 token". */
char *scope_format_tokens (gsize count) G_GNUC_WARN_UNUSED_RESULT;

/* As menus name them: "Logarithmic", "Viridis". Static. */
const char *scope_format_matrix (ScopeMatrixKind kind);
const char *scope_format_matrix_symbol (ScopeMatrixKind kind); /* "α": what a cell of it is */
const char *scope_format_norm (ScopeNormKind norm);
const char *scope_format_palette (ScopePalette palette);

/* What the switch puts on: "LongMamba". */
const char *scope_format_method (ScopeSession *session);

/* "head" or "channel": what the model calls one Δ. */
const char *scope_format_channel_noun (ScopeModel *model);
/* The same of the selected map: "attention head" where it is of shared attention. */
const char *scope_format_map_noun (ScopeSession *session);

G_END_DECLS
