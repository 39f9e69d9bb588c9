/* SPDX-License-Identifier: MIT */
/*
 * Asks zxcvbn and puts its answer into a sentence about the weakest part. Must not keep the password. Called where one
 * is chosen.
 */
#include "cli/strength.h"

#include <string.h>
#include <zxcvbn.h>

#include "base/fatal.h"

static const struct {
	ZxcTypeMatch_t type;
	const char *reason;
} reasons[] = {
	{ USER_MATCH, "it is made of your name or address" },
	{ USER_LEET_MATCH, "it is made of your name or address" },
	{ DICTIONARY_MATCH, "it is made of common words or well-known passwords" },
	{ DICT_LEET_MATCH, "it is made of common words with letters replaced, which is tried first" },
	{ REPEATS_MATCH, "it repeats the same characters" },
	{ SEQUENCE_MATCH, "it is a sequence such as abc or 123" },
	{ SPATIAL_MATCH, "its keys lie beside each other on the keyboard" },
	{ DATE_MATCH, "it is made of a date" },
	{ YEAR_MATCH, "it is made of a year" },
};

/* The reason for the longest part that is no random run of characters. */
static const char *
reason_of(const ZxcMatch_t *info)
{
	const char *reason = "it is too short";
	int longest = 1;
	for (; info != NULL; info = info->Next)
		for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
			if (((unsigned)info->Type & ~(unsigned)MULTIPLE_MATCH) == (unsigned)reasons[i].type && info->Length > longest) {
				reason = reasons[i].reason;
				longest = info->Length;
			}
	return reason;
}

const char *
cli_strength_judge(const struct secret *password, const char *const *words, size_t n)
{
	const char *dictionary[CLI_STRENGTH_WORDS_MAX + 1] = { NULL };
	size_t len = secret_len(password);
	ZxcMatch_t *info = NULL;
	require(n <= CLI_STRENGTH_WORDS_MAX);
	if (len == 0)
		return "it is empty";
	if (memchr(secret_view(password).data, 0, len) != NULL)
		return "it holds a NUL character";
	for (size_t i = 0; i < n; i++)
		dictionary[i] = words[i];
	struct secret *text = secret_new(len + 1);
	memcpy(secret_bytes(text), secret_view(password).data, len);
	double bits = ZxcvbnMatch((const char *)secret_view(text).data, dictionary, &info);
	const char *reason = bits >= CLI_STRENGTH_BITS ? NULL : reason_of(info);
	ZxcvbnFreeInfo(info);
	secret_free(&text);
	return reason;
}
