#include "ui/token-blocks.h"

#include <math.h>
#include <string.h>

/* A block is full at the next end of a line, and beyond the second size at the next word. */
#define FULL_BYTES 700
#define MOST_BYTES 2400

typedef struct {
  gsize begin, end; /* tokens */
  gsize bytes, lines;
  double height;
  gboolean measured;
} Block;

struct _ScopeTokenBlocks {
  ScopeTokens *tokens;
  GArray *blocks;  /* Block */
  double *top;     /* (blocks + 1) */
  gsize top_valid; /* of which so many are up to date */
  gsize estimates; /* blocks before this one are measured */
};

static Block *
block_at (const ScopeTokenBlocks *self, gsize k)
{
  return &g_array_index (self->blocks, Block, k);
}

/* --- what a token shows -------------------------------------------------------------------------
 */

static gboolean
is_line_end (gunichar c)
{
  return c == '\n' || c == 0x2028 || c == 0x2029;
}

static void
append_character (GString *out, gunichar c)
{
  if (is_line_end (c))
    g_string_append (out, "⏎\n");
  else if (c == '\t')
    g_string_append (out, "⇥");
  else if (c < 0x20)
    g_string_append_unichar (out, 0x2400 + c);
  else if (c >= 0x7f && c < 0xa0)
    g_string_append_printf (out, "<U+%04X>", c);
  else
    g_string_append_unichar (out, c);
}

/* The character at AT, if it is one; bytes of it may belong to the tokens that follow. */
static gboolean
read_character (const char *at, const char *text_end, gunichar *out)
{
  *out = *at == '\0' ? 0 : g_utf8_get_char_validated (at, text_end - at);
  return *out != (gunichar)-1 && *out != (gunichar)-2;
}

/* Whether the bytes at AT continue a character that begins before it: shown there, not here. */
static gboolean
continues_character (const char *text, const char *at, const char *text_end)
{
  const char *begin = at;
  gunichar c;
  for (guint back = 0; back < 3 && begin > text && ((guchar)*begin & 0xc0) == 0x80; back++)
    begin--;
  return begin < at && read_character (begin, text_end, &c)
         && begin + g_utf8_skip[(guchar)*begin] > at;
}

static void
append_bytes (GString *out, const ScopeTokens *tokens, ScopeSpan span)
{
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  const char *at = text + span.begin, *end = text + span.end;
  gunichar c;
  while (at < end && continues_character (text, at, text + length))
    at++;
  while (at < end) {
    if (read_character (at, text + length, &c)) {
      append_character (out, c);
      at += *at == '\0' ? 1 : g_utf8_skip[(guchar)*at];
    } else {
      g_string_append_printf (out, "<0x%02X>", (guchar)*at++);
    }
  }
}

static void
append_token (GString *out, const ScopeTokens *tokens, gsize token)
{
  ScopeSpan span = scope_tokens_span (tokens, token);
  gsize before = out->len;
  if (span.begin == span.end) {
    g_autofree char *name = scope_tokens_display (tokens, token);
    g_string_append (out, name);
    if (name[0] == '#') /* ids alone have no spaces where a line could be broken */
      g_string_append_c (out, ' ');
    return;
  }
  append_bytes (out, tokens, span);
  if (out->len == before)
    g_string_append (out, SCOPE_TOKEN_PART);
}

char *
scope_token_blocks_text (const ScopeTokenBlocks *self, gsize k, gsize **starts)
{
  const Block *block = block_at (self, k);
  GString *out = g_string_new (NULL);
  *starts = g_new (gsize, block->end - block->begin + 1);
  for (gsize t = block->begin; t < block->end; t++) {
    (*starts)[t - block->begin] = out->len;
    append_token (out, self->tokens, t);
  }
  /* The break that ends the block is the next block. */
  if (out->len > 0 && out->str[out->len - 1] == '\n')
    g_string_truncate (out, out->len - 1);
  (*starts)[block->end - block->begin] = out->len;
  return g_string_free (out, FALSE);
}

/* --- cutting ------------------------------------------------------------------------------------
 */

/* What a token adds to its block; the bytes of one without any are those of its name, about. */
static gsize
count_token (Block *block, const char *text, ScopeSpan span)
{
  gsize lines = 0;
  for (gsize i = span.begin; i < span.end; i++)
    lines += text[i] == '\n';
  block->bytes += span.end > span.begin ? span.end - span.begin : 5;
  block->lines += lines;
  return lines;
}

static gboolean
ends_block (const Block *block, const char *text, ScopeSpan span, const char *next)
{
  gboolean line = span.end > span.begin && text[span.end - 1] == '\n';
  if (block->bytes < FULL_BYTES)
    return FALSE;
  if (line || block->bytes > 2 * MOST_BYTES)
    return TRUE;
  gboolean sentence = span.end > span.begin && strchr (".!?", text[span.end - 1]) != NULL;
  gboolean word = next == NULL || *next == ' ';
  return word && (block->bytes > MOST_BYTES || (sentence && block->bytes > MOST_BYTES * 3 / 4));
}

static void
cut (ScopeTokenBlocks *self)
{
  gsize count = scope_tokens_count (self->tokens), length;
  const char *text = scope_tokens_text (self->tokens, &length);
  Block block = { 0 };
  for (gsize t = 0; t < count; t++) {
    ScopeSpan span = scope_tokens_span (self->tokens, t);
    count_token (&block, text, span);
    const char *next = span.end > span.begin && span.end < length ? text + span.end : NULL;
    if (t + 1 < count && !ends_block (&block, text, span, next))
      continue;
    block.end = t + 1;
    g_array_append_val (self->blocks, block);
    block = (Block){ .begin = t + 1 };
  }
}

ScopeTokenBlocks *
scope_token_blocks_new (ScopeTokens *tokens)
{
  ScopeTokenBlocks *self = g_new0 (ScopeTokenBlocks, 1);
  self->tokens = scope_tokens_ref (tokens);
  self->blocks = g_array_new (FALSE, FALSE, sizeof (Block));
  cut (self);
  self->top = g_new0 (double, self->blocks->len + 1);
  scope_token_blocks_estimate (self, 20, 80);
  return self;
}

void
scope_token_blocks_free (ScopeTokenBlocks *self)
{
  g_array_unref (self->blocks);
  scope_tokens_unref (self->tokens);
  g_free (self->top);
  g_free (self);
}

gsize
scope_token_blocks_count (const ScopeTokenBlocks *self)
{
  return self->blocks->len;
}

void
scope_token_blocks_range (const ScopeTokenBlocks *self, gsize k, gsize *begin, gsize *end)
{
  *begin = block_at (self, k)->begin;
  *end = block_at (self, k)->end;
}

gsize
scope_token_blocks_of_token (const ScopeTokenBlocks *self, gsize token)
{
  gsize low = 0, high = self->blocks->len;
  while (low + 1 < high) {
    gsize middle = (low + high) / 2;
    if (block_at (self, middle)->begin <= token)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* --- heights ------------------------------------------------------------------------------------
 */

void
scope_token_blocks_estimate (ScopeTokenBlocks *self, double line, double characters)
{
  for (gsize k = 0; k < self->blocks->len; k++) {
    Block *block = block_at (self, k);
    double wrapped = (double)block->bytes / MAX (characters, 1);
    block->height = line * ceil (MAX (wrapped + 0.5 * (double)block->lines, 1));
    block->measured = FALSE;
  }
  self->top_valid = 1;
  self->estimates = 0;
}

void
scope_token_blocks_set_height (ScopeTokenBlocks *self, gsize k, double height)
{
  Block *block = block_at (self, k);
  if (height != block->height)
    self->top_valid = MIN (self->top_valid, k + 1);
  block->height = height;
  block->measured = TRUE;
}

gboolean
scope_token_blocks_is_measured (const ScopeTokenBlocks *self, gsize k)
{
  return block_at (self, k)->measured;
}

gsize
scope_token_blocks_next_estimate (ScopeTokenBlocks *self)
{
  while (self->estimates < self->blocks->len && block_at (self, self->estimates)->measured)
    self->estimates++;
  return self->estimates < self->blocks->len ? self->estimates : G_MAXSIZE;
}

double
scope_token_blocks_top (ScopeTokenBlocks *self, gsize k)
{
  for (; self->top_valid <= k; self->top_valid++)
    self->top[self->top_valid]
        = self->top[self->top_valid - 1] + block_at (self, self->top_valid - 1)->height;
  return self->top[k];
}

double
scope_token_blocks_height (const ScopeTokenBlocks *self, gsize k)
{
  return block_at (self, k)->height;
}

gsize
scope_token_blocks_at (ScopeTokenBlocks *self, double y)
{
  gsize low = 0, high = self->blocks->len;
  scope_token_blocks_top (self, high);
  while (low + 1 < high) {
    gsize middle = (low + high) / 2;
    if (self->top[middle] <= y)
      low = middle;
    else
      high = middle;
  }
  return low;
}
