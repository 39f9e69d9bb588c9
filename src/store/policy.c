/* SPDX-License-Identifier: MIT */
/*
 * The configured times and numbers as the handlers need them: milliseconds, bytes, never zero. Defaults are those of
 * conf/'s option table and count only where there is no configuration (tests).
 */
#include "store/policy.h"

#include <stddef.h>

#include "conf/conf.h"

static uint64_t
or_default(uint64_t value, uint64_t preset)
{
	return value != 0 ? value : preset;
}

static const struct conf *
conf_of(const struct store_settings *settings)
{
	static const struct conf none;
	return settings != NULL && settings->conf != NULL ? settings->conf : &none;
}

uint64_t
store_policy_package_max_bytes(const struct store_settings *settings)
{
	return or_default(conf_of(settings)->package_max_bytes, 16ULL << 30);
}

uint64_t
store_policy_quota_bytes(const struct store_settings *settings, bool is_company)
{
	const struct conf *conf = conf_of(settings);

	return is_company ? or_default(conf->quota_company_bytes, 1ULL << 40) : or_default(conf->quota_account_bytes, 64ULL << 30);
}

uint64_t
store_policy_quota_packages(const struct store_settings *settings, bool is_company)
{
	const struct conf *conf = conf_of(settings);

	return is_company ? or_default(conf->quota_company_packages, 20000) : or_default(conf->quota_account_packages, 1000);
}

const char *
store_policy_url(const struct store_settings *settings)
{
	const char *url = conf_of(settings)->url;
	return url != NULL ? url : "https://localhost";
}

const char *
store_policy_service_name(const struct store_settings *settings)
{
	const char *name = conf_of(settings)->service_name;
	return name != NULL ? name : "Provision";
}

const char *
store_policy_operator_mail(const struct store_settings *settings)
{
	const char *address = conf_of(settings)->operator_mail;
	return address != NULL ? address : "operator@localhost";
}

const char *
store_policy_locale(const struct store_settings *settings)
{
	return conf_of(settings)->default_locale == CONF_LOCALE_EN ? "en" : "de";
}

const char *
store_policy_mail_domain(const struct store_settings *settings)
{
	const char *domain = conf_of(settings)->mail_domain;
	return domain != NULL ? domain : "localhost";
}

const char *
store_policy_bounce_address(const struct store_settings *settings)
{
	const char *address = conf_of(settings)->bounce_address;
	return address != NULL ? address : "b.*@localhost";
}
