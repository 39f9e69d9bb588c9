/* SPDX-License-Identifier: MIT */
/*
 * What the tools ask of the same things: an e-mail address, a language of ours. The server checks again.
 */
#include "tool/check.h"

#include <stddef.h>

#include "base/text.h"
#include "mail/address.h"

const char *
tool_check_email(struct view value)
{
	struct mail_address a;
	return mail_address_parse(value, &a) == 0 ? NULL : "must be an e-mail address";
}

const char *
tool_check_number(struct view value)
{
	uint64_t number;
	return text_u64(value, UINT64_MAX, &number) == 0 ? NULL : "must be a whole number";
}

const char *
tool_check_locale(struct view value)
{
	return view_equal_str(value, "de") || view_equal_str(value, "en") ? NULL : "must be de or en";
}
