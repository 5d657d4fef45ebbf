/* LongBench's metrics, as its evaluation program computes them (Bai et al. 2023, "LongBench: A
 * Bilingual, Multitask Benchmark for Long Context Understanding"; repository THUDM/LongBench,
 * metrics.py and eval.py), oddities included: pure functions of valid UTF-8 strings, each from 0 to
 * 1. Any thread. What Python calls a character is a code point here; white space, lower case and
 * digits are Python's of Unicode.
 *
 * Time and memory grow with the product of the two lengths (ROUGE-L, code similarity): callers
 * bound the lengths (SCOPE_LONGBENCH_MAX_TEXT).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Multiset F1 of words: 2 P R / (P + R) with P, R the words in common (as often as they stand in
 * both) over the words of PREDICTION and of ANSWER; 0 where none is common, also of two texts
 * without words. Words are what is left in lower case without ASCII's punctuation and without the
 * articles a, an, the (whole runs of letters and digits), cut at white space. Symmetric. */
double scope_longbench_qa_f1 (const char *prediction, const char *answer);

/* The same for Chinese: without ASCII's and China's punctuation and white space, articles kept.
 * LongBench cuts words with jieba, which goes by a dictionary; here a word is A RUN OF ASCII
 * LETTERS AND DIGITS, OR ANY OTHER SINGLE CHARACTER. Its numbers are hence not those of LongBench:
 * they are called "chars" wherever they are shown. */
double scope_longbench_qa_f1_zh_chars (const char *prediction, const char *answer);

/* ROUGE-L's F as the package `rouge` has it by default, summary level and over different words:
 * sentences are cut at ".", words at white space (a sentence of white space has one word, the empty
 * one). U is the set of words on the longest common subsequences of each sentence of ANSWER with
 * each of PREDICTION (of several, the one that the trace from the ends finds that goes back in
 * ANSWER only where that is strictly longer). With R = |U| / |different words of ANSWER| and P =
 * |U| / |different words of PREDICTION|, F = 2 P R / (P + R + 1e-8): a text with itself has 1 -
 * 5e-9. 0 where a text has no sentence. Not quite symmetric. The package gives up on sentences of
 * about a thousand words, which LongBench counts as 0; here they have their score. */
double scope_longbench_rouge_l (const char *prediction, const char *answer);

/* The same of texts cut as scope_longbench_qa_f1_zh_chars() cuts them, punctuation kept. */
double scope_longbench_rouge_l_zh_chars (const char *prediction, const char *answer);

/* CLASSES (NULL at the end) that are part of PREDICTION are its matches; out of them go those that
 * are part of ANSWER but not all of it, one after another, whereby the one that follows a match
 * that went is not looked at, as in LongBench. 1 / matches if ANSWER is among those left, else
 * 0. */
double scope_longbench_classification (const char *prediction, const char *answer,
                                       const char *const *classes);

/* Of the numbers in PREDICTION (runs of digits), the share that reads as the one in ANSWER's first
 * "Paragraph N" ("段落N"); 0 without numbers. */
double scope_longbench_retrieval (const char *prediction, const char *answer);
double scope_longbench_retrieval_zh (const char *prediction, const char *answer);

/* The same share of numbers that read as ANSWER. */
double scope_longbench_count (const char *prediction, const char *answer);

/* fuzzywuzzy's ratio of ANSWER and PREDICTION's first line that holds none of "`", "#" and "//"
 * (the empty line, if each does; empty lines in front do not count), in whole per cent: 1 if they
 * are equal, else 0 if one is empty, else 2 M / (lengths' sum) with M the characters in difflib's
 * matching blocks: the longest common substring, then the same to its left and to its right;
 * where ANSWER has at least 200 characters, those that make up more than 1 % of it start no block.
 * (With the package python-Levenshtein beside it fuzzywuzzy would take another M; LongBench does
 * not ask for that package.) Not symmetric. */
double scope_longbench_code_similarity (const char *prediction, const char *answer);

/* The pieces below are for callers that check answers before anything is run. */

/* The digits behind the first "Paragraph " (or "段落" if CHINESE) that digits stand behind; NULL if
 * there is none. Caller frees. */
char *scope_longbench_paragraph (const char *answer, gboolean chinese) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
