/* What the parts of the tokenizer share. A text goes through stages, each of which changes or cuts
 * the pieces of the one before it: added tokens as they stand, normalisers, added tokens in
 * normalised text, pre-tokenizers, and at last byte pair encoding of each piece. */
#pragma once

#include "model/bpe.h"
#include "model/tokenizer.h"

G_BEGIN_DECLS

/* The bytes of the original that one byte of a stage's text stands for: none where it was put in.
 */
typedef struct {
  guint32 begin, end;
} ScopeOrigin;

/* The text at one stage, and where its bytes came from. */
typedef struct {
  const char *text;
  gsize length;
  ScopeOrigin *origins; /* (length), ascending; NULL: each byte stands for itself */
  char *owned;          /* TEXT where a stage made it */
  GArray *pieces;       /* (element-type ScopePiece), ascending */
  gsize limit;          /* of LENGTH: no stage may blow the text up further */
} ScopePassage;

/* A part of the passage. ID is that of an added token, or one of: */
enum {
  SCOPE_PIECE_TEXT = -1, /* still to be encoded */
  SCOPE_PIECE_BYTE = -2, /* one byte that is no UTF-8: every stage leaves it alone */
};
typedef struct {
  gsize begin, end;
  gint32 id;
} ScopePiece;

#define SCOPE_TEXT_MAX ((gsize)G_MAXINT32)

/* LENGTH <= SCOPE_TEXT_MAX. Borrows TEXT. */
ScopePassage *scope_passage_new (const char *text, gsize length);
void scope_passage_free (ScopePassage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePassage, scope_passage_free)

/* The original bytes of [BEGIN, END): an empty span, where it would have begun, if there are none.
 */
ScopeSpan scope_passage_origin (const ScopePassage *self, gsize begin, gsize end);
/* Appends a piece unless it is empty. */
void scope_pieces_add (GArray *pieces, gsize begin, gsize end, gint32 id);
/* Pieces (taken) instead of the passage's own. */
void scope_passage_take_pieces (ScopePassage *self, GArray *pieces);

/* TRUE if PIECE goes on after bytes that are no UTF-8: nothing is put between. */
gboolean scope_passage_continues (const ScopePassage *self, const ScopePiece *piece);

/* The first place from BEGIN on, or the last before END, where [BEGIN, END) has no space. */
gsize scope_skip_space (const char *text, gsize begin, gsize end);
gsize scope_skip_space_back (const char *text, gsize begin, gsize end);

/* Makes the text of a new stage. */
typedef struct {
  const ScopePassage *from;
  GByteArray *text;
  GArray *origins; /* (element-type ScopeOrigin) */
  gboolean full;   /* the limit was reached: nothing is appended any more */
} ScopeRewrite;

/* Appends bytes [BEGIN, END) of the old text. */
void scope_rewrite_keep (ScopeRewrite *self, gsize begin, gsize end);
/* Appends LENGTH bytes of UTF-8 that stand for bytes [BEGIN, END) of the old text. */
void scope_rewrite_put (ScopeRewrite *self, const char *text, gsize length, gsize begin, gsize end);

/* What becomes of the character C: the number of characters in OUT, which may be none. */
typedef guint (*ScopeMapCharacter) (gunichar c, gconstpointer data, gunichar out[4]);
void scope_rewrite_map (ScopeRewrite *self, const ScopePiece *piece, ScopeMapCharacter map,
                        gconstpointer data);

/* Appends what becomes of one piece of text. */
typedef gboolean (*ScopeRewritePiece) (ScopeRewrite *out, const ScopePiece *piece,
                                       gconstpointer data, GError **error);
gboolean scope_passage_rewrite (ScopePassage *self, ScopeRewritePiece piece, gconstpointer data,
                                GError **error);

/* What a pattern looks for, written for Oniguruma as tokenizer.json has it. Immutable. */
typedef struct _ScopePattern ScopePattern;
/* An expression that PCRE2 would read otherwise, or not at all, is an error that says why. */
ScopePattern *scope_pattern_new (const char *expression, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopePattern *scope_pattern_new_literal (const char *text,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_pattern_free (ScopePattern *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopePattern, scope_pattern_free)

/* A stretch of a piece that was looked for, or one between two of these. */
typedef struct {
  gsize begin, end;
  gboolean matched;
} ScopeStretch;
/* Appends a stretch; one between matches that is empty is none. */
void scope_stretches_add (GArray *stretches, gsize begin, gsize end, gboolean matched);

/* Appends the stretches of [BEGIN, END), which the pattern sees as if it were the whole text. A
 * match may be empty, a stretch between matches is not. */
gboolean scope_pattern_find (const ScopePattern *self, const char *text, gsize begin, gsize end,
                             GArray *stretches, GError **error);

/* Normalisers. */
typedef enum {
  SCOPE_NORMALIZER_FORM, /* NFC, NFD, NFKC, NFKD */
  SCOPE_NORMALIZER_LOWERCASE,
  SCOPE_NORMALIZER_STRIP,
  SCOPE_NORMALIZER_STRIP_ACCENTS,
  SCOPE_NORMALIZER_REPLACE,
  SCOPE_NORMALIZER_PREPEND,
} ScopeNormalizerKind;

typedef struct {
  ScopeNormalizerKind kind;
  GNormalizeMode form;   /* FORM */
  gboolean left, right;  /* STRIP */
  ScopePattern *pattern; /* REPLACE */
  char *content;         /* REPLACE, PREPEND */
} ScopeNormalizer;

gboolean scope_normalizer_apply (const ScopeNormalizer *self, ScopePassage *passage,
                                 GError **error);
/* A text that stands alone, by all of NORMALIZERS (element-type ScopeNormalizer). */
char *scope_normalize (const GArray *normalizers, const char *text, GError **error);

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

/* Borrows TOKEN. */
void scope_added_set_add (ScopeAddedSet *self, ScopeAddedToken *token);
void scope_added_set_finish (ScopeAddedSet *self); /* before the first cut */
void scope_added_set_clear (ScopeAddedSet *self);
void scope_added_set_cut (const ScopeAddedSet *self, ScopePassage *passage);

/* Pre-tokenizers. */
typedef enum {
  SCOPE_CUT_BYTE_LEVEL,
  SCOPE_CUT_METASPACE,
  SCOPE_CUT_SPLIT,
  SCOPE_CUT_DIGITS,
  SCOPE_CUT_PUNCTUATION,
  SCOPE_CUT_WHITESPACE,      /* runs of word characters, runs of others, no space */
  SCOPE_CUT_WHITESPACE_SPLIT /* what stands between space */
} ScopeCutKind;

typedef enum {
  SCOPE_SPLIT_REMOVED,
  SCOPE_SPLIT_ISOLATED,
  SCOPE_SPLIT_MERGED_WITH_PREVIOUS,
  SCOPE_SPLIT_MERGED_WITH_NEXT,
  SCOPE_SPLIT_CONTIGUOUS,
} ScopeSplitBehaviour;

/* Where a blank is put before the text. */
typedef enum { SCOPE_PREFIX_NEVER, SCOPE_PREFIX_ALWAYS, SCOPE_PREFIX_FIRST } ScopePrefix;

typedef struct {
  ScopeCutKind kind;
  ScopeSplitBehaviour behaviour;
  gboolean invert;       /* SPLIT */
  ScopePattern *pattern; /* SPLIT; BYTE_LEVEL with use_regex */
  ScopePrefix prefix;    /* BYTE_LEVEL, METASPACE */
  char blank[7];         /* METASPACE: what stands for a blank */
  gboolean split;        /* METASPACE */
} ScopeCut;

gboolean scope_cut_apply (const ScopeCut *self, ScopePassage *passage, GError **error);

/* The alphabet of ByteLevel: each byte as one printable character. */
gunichar scope_alphabet_character (guint8 byte);
/* The bytes that TEXT of the alphabet stands for, or NULL if a character is not of it. */
guint8 *scope_alphabet_bytes (const char *text, gsize *length) G_GNUC_WARN_UNUSED_RESULT;

/* The decoder: what tokens stand for. */
typedef enum {
  SCOPE_DECODER_BYTE_LEVEL,
  SCOPE_DECODER_METASPACE,
  SCOPE_DECODER_REPLACE,
  SCOPE_DECODER_BYTE_FALLBACK,
  SCOPE_DECODER_STRIP,
} ScopeDecoderKind;

typedef struct {
  ScopeDecoderKind kind;
  ScopePattern *pattern; /* REPLACE */
  char *content;         /* REPLACE; METASPACE: what stands for a blank; STRIP: what is taken off */
  gboolean first;        /* METASPACE: the first token of a text loses its blanks */
  guint64 start, stop;   /* STRIP: how often at either end */
} ScopeDecoder;

/* The bytes of one token by all of DECODERS (element-type ScopeDecoder). FIRST: it begins a text.
 */
GByteArray *scope_decode_token (const GArray *decoders, const char *token, gboolean first,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes what STRIP (may be NULL) says off both ends of [*BEGIN, *END). */
void scope_decoder_strip (const ScopeDecoder *strip, const char *text, gsize *begin, gsize *end);

struct _ScopeTokenizer {
  ScopeBpe *bpe;
  GPtrArray *spelled;   /* (element-type GByteArray) by id: what it stands for; NULL: nothing */
  GPtrArray *added;     /* (element-type ScopeAddedToken) */
  ScopeAddedSet plain;  /* added tokens looked for in the text as it is */
  ScopeAddedSet normal; /* those looked for in normalised text */
  GArray *normalizers;  /* (element-type ScopeNormalizer) */
  GArray *cuts;         /* (element-type ScopeCut) */
  GArray *before;       /* (element-type gint32): put before a text's tokens */
  GArray *after;        /* (element-type gint32): put after them */
  GArray *decoders;     /* (element-type ScopeDecoder): of each token */
  ScopeDecoder *strip;  /* of a whole text; NULL */
  gboolean byte_level;  /* text is encoded in the alphabet */
};

G_END_DECLS
