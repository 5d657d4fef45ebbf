/* What the parts of the tokenizer share. A text goes through stages, each of which cuts the pieces
 * of the one before it: added tokens as they stand, normalisation, added tokens in normalised text,
 * pre-tokenizers, and at last byte pair encoding of each piece. */
#pragma once

#include "model/bpe.h"
#include "model/tokenizer.h"

G_BEGIN_DECLS

/* The text at one stage, and where its bytes came from. */
typedef struct {
  const char *text;
  gsize length;
  gsize *origin;  /* (length + 1): the original offset of each byte, ascending; NULL: unchanged */
  char *owned;    /* TEXT where a stage made it */
  GArray *pieces; /* (element-type ScopePiece), ascending */
} ScopePassage;

/* A part of the passage; ID is that of an added token, or -1: still to be encoded. */
typedef struct {
  gsize begin, end;
  gint32 id;
} ScopePiece;

ScopePassage *scope_passage_new (const char *text, gsize length);
void scope_passage_free (ScopePassage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePassage, scope_passage_free)

gsize scope_passage_origin (const ScopePassage *self, gsize at);
/* Appends a piece unless it is empty and no token. */
void scope_pieces_add (GArray *pieces, gsize begin, gsize end, gint32 id);

/* Makes the text of a new stage. */
typedef struct {
  GByteArray *text;
  GArray *origin; /* (element-type gsize) */
} ScopeRewrite;
void scope_rewrite_begin (ScopeRewrite *self);
/* Appends LENGTH bytes that stand for the original's [BEGIN, END). */
void scope_rewrite_append (ScopeRewrite *self, const char *text, gsize length, gsize begin,
                           gsize end);
/* PASSAGE takes the new text; PIECES (taken) are its pieces; END is the original's length. */
void scope_rewrite_end (ScopeRewrite *self, ScopePassage *passage, GArray *pieces, gsize end);

/* Unicode's normalisation form C of all pieces that are no tokens. */
void scope_passage_compose (ScopePassage *self);
/* The same of a text that stands alone. */
char *scope_compose (const char *text, gsize length, gsize *out_length);

/* Added tokens. */
typedef struct {
  char *content; /* as the user sees it */
  char *pattern; /* as it is looked for: CONTENT, or its normal form */
  gint32 id;
  gboolean single_word, lstrip, rstrip;
} ScopeAddedToken;

typedef struct {
  GPtrArray *by_byte[256]; /* (element-type ScopeAddedToken) by first byte, longest first; NULL */
} ScopeAddedSet;

/* Borrows TOKEN, which takes the place of another of the same pattern. */
void scope_added_set_add (ScopeAddedSet *self, ScopeAddedToken *token);
void scope_added_set_finish (ScopeAddedSet *self); /* before the first cut */
void scope_added_set_clear (ScopeAddedSet *self);
void scope_added_set_cut (const ScopeAddedSet *self, ScopePassage *passage);

/* Pre-tokenizers. */
typedef enum { SCOPE_CUT_BYTE_LEVEL, SCOPE_CUT_DIGITS, SCOPE_CUT_SPLIT } ScopeCutKind;

typedef enum {
  SCOPE_SPLIT_REMOVED,
  SCOPE_SPLIT_ISOLATED,
  SCOPE_SPLIT_MERGED_WITH_PREVIOUS,
  SCOPE_SPLIT_MERGED_WITH_NEXT,
  SCOPE_SPLIT_CONTIGUOUS,
} ScopeSplitBehaviour;

typedef struct {
  ScopeCutKind kind;
  ScopeSplitBehaviour behaviour;
  gboolean add_prefix_space, use_regex; /* ByteLevel */
  gboolean invert;                      /* Split */
  GRegex *regex;                        /* Split */
} ScopeCut;

gboolean scope_cut_apply (const ScopeCut *self, ScopePassage *passage, GError **error);

/* One entry of the vocabulary: what its id stands for. LENGTH 0: nothing. */
typedef struct {
  guint8 *bytes;
  gsize length;
} ScopeTokenBytes;

struct _ScopeTokenizer {
  ScopeBpe *bpe;
  GArray *bytes;        /* (element-type ScopeTokenBytes) by id */
  GPtrArray *added;     /* (element-type ScopeAddedToken) */
  ScopeAddedSet plain;  /* added tokens looked for in the text as it is */
  ScopeAddedSet normal; /* those looked for in normalised text */
  gboolean compose;     /* normaliser NFC */
  GArray *cuts;         /* (element-type ScopeCut) */
};

G_END_DECLS
