/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "conf/load.h"

#define ROLES_ALL (CONF_ROLE_PROVISIOND | CONF_ROLE_STORE | CONF_ROLE_WEB | CONF_ROLE_COURIER)

static struct conf *
decode_good(const struct buf *record)
{
	struct conf *conf;
	assert_int_equal(conf_decode(buf_view(record), &conf), 0);
	assert_non_null(conf);
	return conf;
}

static void
encode_good(unsigned role_mask, struct buf *out)
{
	struct conf *conf = load_good("listen = {192.0.2.1:8443, [2001:db8::1]:443}\nmetrics_listen = 127.0.0.1:9\nlog_level = notice\n"
	    "default_locale = en\nuser_web = www\nuser_store = st\nuser_courier = co\n");
	buf_init(out, CONF_RECORD_MAX);
	assert_int_equal(conf_encode(conf, role_mask, out), 0);
	conf_free(&conf);
}

static void
all_options_arrive_unchanged(void **state)
{
	(void)state;
	struct buf record, again;
	encode_good(CONF_ROLE_PROVISIOND, &record);
	struct conf *conf = decode_good(&record);
	assert_int_equal(conf->log_level, LOG_NOTICE);
	assert_int_equal(conf->default_locale, CONF_LOCALE_EN);
	assert_string_equal(conf->url, "https://provision.example.org");
	assert_int_equal(conf->relay_port, 25);
	assert_int_equal(conf->package_max_bytes, 16ULL << 30);
	assert_int_equal(conf->listen.n, 2);
	assert_int_equal(conf->listen.at[0].port, 8443);
	assert_int_equal(conf->listen.at[1].ip[0], 0x20);
	assert_null(conf->relay_user);
	buf_init(&again, CONF_RECORD_MAX);
	assert_int_equal(conf_encode(conf, CONF_ROLE_PROVISIOND, &again), 0);
	assert_true(view_equal(buf_view(&record), buf_view(&again)));
	conf_free(&conf);
	buf_deinit(&again);
	buf_deinit(&record);
}

/* Paths of keys, passwords and state, and the listeners' addresses: who has no use for them does not get them. */
static void
a_role_gets_only_what_it_may_see(void **state)
{
	(void)state;
	struct buf record;
	encode_good(CONF_ROLE_WEB, &record);
	struct conf *conf = decode_good(&record);
	assert_string_equal(conf->url, "https://provision.example.org");
	assert_string_equal(conf->user_web, "www");
	assert_int_equal(conf->session_idle_s, 43200);
	assert_null(conf->master_key_file);
	assert_null(conf->state_dir);
	assert_null(conf->private_key_file);
	assert_null(conf->relay_host);
	assert_null(conf->user_store);
	assert_int_equal(conf->listen.n, 0);
	conf_free(&conf);
	buf_deinit(&record);
	encode_good(CONF_ROLE_COURIER, &record);
	conf = decode_good(&record);
	assert_string_equal(conf->relay_host, "127.0.0.1");
	assert_null(conf->master_key_file);
	assert_null(conf->state_dir);
	assert_null(conf->private_key_file);
	assert_null(conf->relay_password_file);
	conf_free(&conf);
	buf_deinit(&record);
	encode_good(CONF_ROLE_STORE, &record);
	conf = decode_good(&record);
	assert_string_equal(conf->master_key_file, "/etc/provision/master.key");
	assert_null(conf->private_key_file);
	assert_null(conf->relay_host);
	conf_free(&conf);
	buf_deinit(&record);
}

static void
a_small_buffer_is_left_alone(void **state)
{
	(void)state;
	struct buf out;
	struct conf *conf = load_good("");
	buf_init(&out, 100);
	assert_int_equal(buf_append_str(&out, "x"), 0);
	assert_int_equal(conf_encode(conf, CONF_ROLE_WEB, &out), ERR_LIMIT);
	assert_true(view_equal_str(buf_view(&out), "x"));
	buf_deinit(&out);
	conf_free(&conf);
}

static void
every_shorter_or_longer_record_is_refused(void **state)
{
	(void)state;
	struct buf record;
	struct conf *conf;
	encode_good(CONF_ROLE_PROVISIOND, &record);
	for (size_t n = 0; n < record.len; n++) {
		/* In memory of exactly this size, so that reading beyond is seen. */
		uint8_t *copy = malloc(n + 1);
		assert_non_null(copy);
		memcpy(copy, record.data, n);
		int err = conf_decode(view_of(copy, n), &conf);
		assert_true(err == ERR_SYNTAX || err == ERR_VERSION);
		assert_null(conf);
		free(copy);
	}
	assert_int_equal(buf_append_u8(&record, 0), 0);
	assert_int_equal(conf_decode(buf_view(&record), &conf), ERR_SYNTAX);
	buf_deinit(&record);
}

/* Every byte in turn becomes every value: whatever is accepted is a good configuration again. */
static void
damaged_records_are_survived(void **state)
{
	(void)state;
	struct buf record, again;
	encode_good(CONF_ROLE_STORE, &record);
	buf_init(&again, CONF_RECORD_MAX);
	for (size_t i = 0; i < record.len; i++) {
		uint8_t was = record.data[i];
		for (unsigned flip = 1; flip < 256; flip += i < 64 ? 1 : 37) {
			struct conf *conf;
			record.data[i] = (uint8_t)(was ^ flip);
			int err = conf_decode(buf_view(&record), &conf);
			assert_true(err == 0 || err == ERR_SYNTAX || err == ERR_VERSION);
			assert_true((err == 0) == (conf != NULL));
			if (err == 0) {
				buf_clear(&again);
				assert_int_equal(conf_encode(conf, CONF_ROLE_STORE, &again), 0);
				assert_true(view_equal(buf_view(&record), buf_view(&again)));
			}
			conf_free(&conf);
		}
		record.data[i] = was;
	}
	buf_deinit(&again);
	buf_deinit(&record);
}

/* Replaces the first run of these bytes in a good record by another of the same length, and decodes. */
static int
decode_with(unsigned role_mask, struct view from, struct view to)
{
	struct buf record;
	struct conf *conf;
	encode_good(role_mask, &record);
	size_t at = 0;
	while (at < record.len && !view_starts(view_slice(buf_view(&record), at, record.len), from))
		at++;
	assert_true(at < record.len);
	assert_int_equal(from.len, to.len);
	memcpy(record.data + at, to.data, to.len);
	int err = conf_decode(buf_view(&record), &conf);
	conf_free(&conf);
	buf_deinit(&record);
	return err;
}

static void
values_are_checked_as_in_the_file(void **state)
{
	(void)state;
	static const struct {
		struct view from, to;
		int err;
	} ROWS[] = {
		{ VIEW_LIT("https://provision"), VIEW_LIT("http:///provision"), ERR_SYNTAX },
		{ VIEW_LIT("operator@"), VIEW_LIT("operator\n"), ERR_SYNTAX },
		{ VIEW_LIT("/var/lib"), VIEW_LIT("xvar/lib"), ERR_SYNTAX },
		{ VIEW_LIT("/var/lib"), VIEW_LIT("/var\0lib"), ERR_SYNTAX },
		{ VIEW_LIT("notice"), VIEW_LIT("loud!!"), ERR_SYNTAX },
		{ VIEW_LIT("\0\0\0\0\0\0\0\x19"), VIEW_LIT("\0\0\0\0\0\x01\0\x19"), ERR_SYNTAX },
		{ VIEW_LIT("service_name"), VIEW_LIT("service_nome"), ERR_VERSION },
		{ VIEW_LIT("service_name\x01"), VIEW_LIT("service_name\0"), ERR_SYNTAX },
		{ VIEW_LIT("service_name\x01"), VIEW_LIT("service_name\x02"), ERR_SYNTAX },
		{ VIEW_LIT("listen\x02"), VIEW_LIT("listen\x11"), ERR_SYNTAX },
		{ VIEW_LIT("\xc0\0\x02\x01\x20\xfb"), VIEW_LIT("\xc0\0\x02\x01\0\0"), ERR_SYNTAX },
		{ VIEW_LIT("metrics_listen\x01\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f"), VIEW_LIT("metrics_listen\x01\0\0\0\0\0\0\0\0\0\0\xff\xff\x7e"), ERR_SYNTAX },
		{ VIEW_LIT("PVCF\x01"), VIEW_LIT("PVCF\x02"), ERR_VERSION },
		{ VIEW_LIT("PVCF\x01"), VIEW_LIT("PVCG\x01"), ERR_SYNTAX },
		{ VIEW_LIT("PVCF\x01\0\0\0\x01"), VIEW_LIT("PVCF\x01\0\0\0\0"), ERR_SYNTAX },
		{ VIEW_LIT("PVCF\x01\0\0\0\x01"), VIEW_LIT("PVCF\x01\0\0\0\x10"), ERR_SYNTAX },
		{ VIEW_LIT("PVCF\x01\0\0\0\x01"), VIEW_LIT("PVCF\x01\0\0\0\x04"), ERR_VERSION },
	};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		if (decode_with(CONF_ROLE_PROVISIOND, ROWS[i].from, ROWS[i].to) != ROWS[i].err)
			fail_msg("row %zu", i);
}

static void
the_largest_configuration_fits(void **state)
{
	(void)state;
	char text[64 * 1024] = "";
	const char *const PATHS[] = { "state_dir", "key_mirror_dir", "master_key_file", "certificate_file", "private_key_file", "ca_file",
		"roles_dir", "relay_password_file" };
	char path[1024];
	memset(path, 'p', sizeof(path) - 1);
	path[0] = '/';
	path[1023] = '\0';
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		path[1] = (char)('a' + i);
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s = %s\n", PATHS[i], path);
	}
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
	    "url = https://x\nmail_domain = x\noperator_mail = a@x\nrelay_user = x\nlisten = {");
	for (int i = 1; i <= CONF_LISTEN_MAX; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "0.0.0.0:%d,", i);
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "}\n");
	struct conf *conf, *back;
	struct conf_problem p;
	struct buf record;
	if (load_text(text, &conf, &p) != 0)
		fail_msg("line %u: %s: %s", p.line, p.option, p.sentence);
	buf_init(&record, CONF_RECORD_MAX);
	assert_int_equal(conf_encode(conf, ROLES_ALL, &record), 0);
	assert_int_equal(conf_decode(buf_view(&record), &back), 0);
	assert_int_equal(conf_diff_reloadable(conf, back, NULL, NULL), 0);
	buf_deinit(&record);
	conf_free(&conf);
	conf_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_options_arrive_unchanged),
		cmocka_unit_test(a_role_gets_only_what_it_may_see),
		cmocka_unit_test(a_small_buffer_is_left_alone),
		cmocka_unit_test(every_shorter_or_longer_record_is_refused),
		cmocka_unit_test(damaged_records_are_survived),
		cmocka_unit_test(values_are_checked_as_in_the_file),
		cmocka_unit_test(the_largest_configuration_fits),
	};
	return cmocka_run_group_tests_name("conf/record", tests, NULL, NULL);
}
