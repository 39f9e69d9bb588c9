/* SPDX-License-Identifier: MIT */
/*
 * Judging what a person says about the own profile, at registration and later. Knows no records.
 */
#include "store/profile.h"

#include <stdbool.h>

static bool
is_time_zone(struct view v)
{
	static const struct view allowed = { (const uint8_t *)"+-_/", 4 };

	for (size_t i = 0; i < v.len; i++) {
		uint8_t b = v.data[i];
		bool is_word = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
		if (!is_word && view_find(allowed, b) == allowed.len)
			return false;
	}
	return true;
}

int
store_profile_check(struct store_call *c, struct view locale, struct view time_zone)
{
	if (!view_equal_str(locale, "de") && !view_equal_str(locale, "en"))
		return store_call_blame(c, "locale", ERR_SYNTAX);
	return is_time_zone(time_zone) ? 0 : store_call_blame(c, "time_zone", ERR_SYNTAX);
}
