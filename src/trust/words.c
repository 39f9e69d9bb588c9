/* SPDX-License-Identifier: MIT */
/*
 * Spelling 32 bytes as 24 words and back. Knows nothing of whose fingerprint it is. Called by tools.
 */
#include "trust/words.h"

#include <stdint.h>
#include <string.h>

#include "base/fatal.h"
#include "crypt/digest.h"
#include "trust/wordlist.h"

#define BITS 11
#define WORD_MAX 8

/* The fingerprint and the first byte of its SHA-256. */
static void
with_check(const struct hash *fingerprint, uint8_t out[sizeof(fingerprint->bytes) + 1])
{
	uint8_t sum[CRYPT_DIGEST_BYTES];
	memcpy(out, fingerprint->bytes, sizeof(fingerprint->bytes));
	crypt_digest_sha256(crypt_hash_view(fingerprint), sum);
	out[sizeof(fingerprint->bytes)] = sum[0];
}

struct trust_words
trust_words_of(const struct hash *fingerprint)
{
	uint8_t bytes[sizeof(fingerprint->bytes) + 1];
	struct trust_words w = { .s = "" };
	size_t at = 0;
	with_check(fingerprint, bytes);
	for (unsigned i = 0; i < TRUST_WORDS_COUNT; i++) {
		unsigned number = 0;
		for (unsigned bit = i * BITS; bit < (i + 1) * BITS; bit++)
			number = number << 1 | ((unsigned)bytes[bit / 8] >> (7 - bit % 8) & 1U);
		const char *word = trust_wordlist_word(number);
		size_t n = strlen(word);
		require(at + n + 1 < sizeof(w.s));
		if (i > 0)
			w.s[at++] = ' ';
		memcpy(w.s + at, word, n + 1);
		at += n;
	}
	return w;
}

/* The place of a word in the list; ERR_SYNTAX: it is not there. */
static int
find_word(struct view word, unsigned *number_r)
{
	char low[WORD_MAX + 1];
	if (word.len > WORD_MAX)
		return ERR_SYNTAX;
	for (size_t i = 0; i < word.len; i++)
		low[i] = (char)(word.data[i] >= 'A' && word.data[i] <= 'Z' ? word.data[i] + 32 : word.data[i]);
	low[word.len] = '\0';
	for (unsigned i = 0; i < TRUST_WORDLIST_COUNT; i++)
		if (strcmp(low, trust_wordlist_word(i)) == 0) {
			*number_r = i;
			return 0;
		}
	return ERR_SYNTAX;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

/* The next word of *rest; empty at the end. */
static struct view
take_word(struct view *rest)
{
	size_t n = 0;
	while (rest->len > 0 && is_space(rest->data[0]))
		*rest = view_slice(*rest, 1, SIZE_MAX);
	while (n < rest->len && !is_space(rest->data[n]))
		n++;
	struct view word = view_slice(*rest, 0, n);
	*rest = view_slice(*rest, n, SIZE_MAX);
	return word;
}

int
trust_words_parse(struct view typed, struct hash *fingerprint_r)
{
	uint8_t bytes[sizeof(fingerprint_r->bytes) + 1] = { 0 }, expected[sizeof(bytes)];
	struct hash h;
	for (unsigned i = 0; i < TRUST_WORDS_COUNT; i++) {
		unsigned number;
		int err = find_word(take_word(&typed), &number);
		if (err != 0)
			return err;
		for (unsigned k = 0; k < BITS; k++) {
			unsigned bit = i * BITS + k;
			bytes[bit / 8] |= (uint8_t)((number >> (BITS - 1 - k) & 1U) << (7 - bit % 8));
		}
	}
	memcpy(h.bytes, bytes, sizeof(h.bytes));
	with_check(&h, expected);
	if (take_word(&typed).len != 0 || memcmp(bytes, expected, sizeof(bytes)) != 0)
		return ERR_SYNTAX;
	*fingerprint_r = h;
	return 0;
}
