/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "conf/load.h"

#include <fcntl.h>
#include <unistd.h>

static void
defaults_stand_where_nothing_is_given(void **state)
{
	(void)state;
	struct conf *c = load_good("");
	assert_string_equal(c->service_name, "Provision");
	assert_string_equal(c->mail_from, "no-reply@provision.example.org");
	assert_int_equal(c->default_locale, CONF_LOCALE_DE);
	assert_string_equal(c->state_dir, "/var/lib/provision");
	assert_null(c->key_mirror_dir);
	assert_null(c->admin_group);
	assert_string_equal(c->control_socket, "/run/provision/control.sock");
	assert_int_equal(c->listen.n, 2);
	assert_int_equal(c->listen.at[0].port, 443);
	assert_int_equal(c->metrics_listen.n, 0);
	assert_int_equal(c->web_processes, 0);
	assert_string_equal(c->relay_host, "127.0.0.1");
	assert_string_equal(c->relay_name, "127.0.0.1");
	assert_int_equal(c->relay_port, 25);
	assert_int_equal(c->relay_security, CONF_SECURITY_PLAIN);
	assert_null(c->relay_user);
	assert_string_equal(c->ca_file, "/etc/ssl/certs/ca-certificates.crt");
	assert_int_equal(c->package_max_bytes, 16ULL << 30);
	assert_int_equal(c->package_expiry_days, 365);
	assert_int_equal(c->history_days, 365);
	assert_int_equal(c->disk_reserve_bytes, 1ULL << 30);
	assert_int_equal(c->store_cache_bytes, 16ULL << 20);
	assert_int_equal(c->session_idle_s, 43200);
	assert_int_equal(c->session_max_s, 604800);
	assert_int_equal(c->log_level, LOG_INFO);
	assert_int_equal(c->roles_dir[0], '/');
	conf_free(&c);
	assert_null(c);
	conf_free(&c);
}

static void
users_are_named_only_for_root(void **state)
{
	(void)state;
	struct conf *c = load_good("user_web = www\n");
	assert_string_equal(c->user_web, "www");
	if (geteuid() == 0) {
		assert_string_equal(c->user_store, "provision-store");
		assert_string_equal(c->user_courier, "provision-courier");
	} else {
		assert_null(c->user_store);
		assert_null(c->user_courier);
	}
	conf_free(&c);
}

static void
every_kind_of_value_is_read(void **state)
{
	(void)state;
	static const uint8_t IPV4[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 };
	static const uint8_t IPV6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 };
	struct conf *c = load_good("# a comment, with \"quotes\n"
	    "service_name = 'Pr\xc3\xbc" "fung # & \"Steuer\"'   # another\n"
	    "listen = { \"192.0.2.1:8443\",\n  [2001:db8::7]:443, # in a list\n  127.0.0.1:1 }\n"
	    "metrics_listen = \"[::1]:9464\"\n"
	    "package_max_bytes = 3MiB\ndisk_reserve_bytes = 16777216\nstore_cache_bytes = '2GiB'\n"
	    "web_processes = 64\nlog_level = debug\ndefault_locale = \"en\"\n"
	    "relay_host = mail.example.org\nrelay_security = starttls\nrelay_port = 587\n"
	    "relay_user = \"u ser\"\nrelay_password_file = /etc/x\n"
	    "user_store = a_b-c\n");
	assert_string_equal(c->service_name, "Pr\xc3\xbc" "fung # & \"Steuer\"");
	assert_int_equal(c->listen.n, 3);
	assert_memory_equal(c->listen.at[0].ip, IPV4, 16);
	assert_int_equal(c->listen.at[0].port, 8443);
	assert_memory_equal(c->listen.at[1].ip, IPV6, 16);
	assert_int_equal(c->metrics_listen.n, 1);
	assert_int_equal(c->package_max_bytes, 3 << 20);
	assert_int_equal(c->disk_reserve_bytes, 16777216);
	assert_int_equal(c->store_cache_bytes, 2LL << 30);
	assert_int_equal(c->web_processes, 64);
	assert_int_equal(c->log_level, LOG_DEBUG);
	assert_int_equal(c->default_locale, CONF_LOCALE_EN);
	assert_int_equal(c->relay_security, CONF_SECURITY_STARTTLS);
	assert_int_equal(c->relay_port, 587);
	assert_string_equal(c->relay_name, "mail.example.org");
	assert_string_equal(c->relay_user, "u ser");
	assert_string_equal(c->user_store, "a_b-c");
	conf_free(&c);
}

/* Good values, each alone. */
static const char *const GOOD[] = {
	"url = https://localhost\n", "url = \"https://127.0.0.1:8443\"\n", "url = \"https://[::1]:8443\"\n", "url = \"https://a-b.example.org\"\n",
	"mail_domain = localhost\n", "operator_mail = \"a.b+c@example.org\"\n", "operator_mail = \"o'brien@xn--bcher-kva.example\"\n",
	"relay_host = ::1\n", "relay_host = 127.255.0.9\n",
	"relay_fallback = \"127.0.0.2\"\n", "relay_fallback = \"127.0.0.2:2525 [::1] [::1]:25\"\n",
	"bounce_address = \"b.*@example.org\"\n", "bounce_address = \"bounces@example.org\"\n", "bounce_address = \"abcdefghijklmnopqr+*@example.org\"\n",
};

static const char *const BAD_URLS[] = {
	"http://a.org", "https://", "a.org", "https://a.org/", "https://a.org/x", "https://a.org?x", "https://u@a.org", "https://a.org:", "https://a.org:0",
	"https://a.org:65536", "https://A.org", "HTTPS://a.org", "https://[::1", "https://[::1]x", "https://[a.org]", "https://[127.0.0.1]", "https://[]",
	"https://::1", "https://a.org:1:2", "https://a_b.org", "https://a.org ", "https://1.2.3",
};

/* The required options, of which this line replaces one. */
static int
load_with(const char *replacement, struct conf_problem *problem)
{
	char text[1024] = "", required[] = LOAD_REQUIRED, *rest = required, *line;
	struct conf *conf;
	size_t name_len = strcspn(replacement, " ");
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, replacement, name_len) != 0)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\n", line);
	(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", replacement);
	int err = load_text(text, &conf, problem);
	conf_free(&conf);
	return err;
}

static void
unusual_but_good(void **state)
{
	(void)state;
	struct conf_problem problem;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
		if (load_with(GOOD[i], &problem) != 0)
			fail_msg("%s: %s", GOOD[i], problem.sentence);
}

static void
other_urls_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(BAD_URLS) / sizeof(BAD_URLS[0]); i++) {
		char line[128];
		struct conf_problem problem;
		(void)snprintf(line, sizeof(line), "url = \"%s\"\n", BAD_URLS[i]);
		if (load_with(line, &problem) != ERR_CONFIG)
			fail_msg("accepted: %s", BAD_URLS[i]);
		assert_string_equal(problem.option, "url");
	}
}

/* What follows the required options; the line and option that are blamed, and a part of the sentence. */
static const struct {
	const char *text;
	unsigned line;
	const char *option, *part;
} BAD[] = {
	/* the file's syntax */
	{ "\n\n# c\n# d\nnonsense = 1\n", 5, "", "no such option 'nonsense'" },
	{ "Log_level = info\n", 1, "", "no such option 'Log_level'" },
	{ "listen {\n}\n", 1, "", "listen" },
	{ "section {\n log_level = info\n}\n", 1, "", "no such option 'section'" },
	{ "include(\"/etc/passwd\")\n", 1, "", "no such option 'include'" },
	{ "log_level info\n", 1, "", "missing equal sign" },
	{ "# x\nservice_name = \"open\nlog_level = info\n", 2, "", "does not end on its line" },
	{ "service_name = 'it\\'s\n", 1, "", "does not end on its line" },
	{ "// comment\n", 1, "", "begins with #" },
	{ "\n /* comment */\n", 2, "", "begins with #" },
	{ "service_name = \"\xff\"\n", 1, "", "not UTF-8" },
	{ "listen = { \"127.0.0.1:1\"\n", 2, "", "premature end of file" },
	{ "log_level = {info}\n", 1, "", "unexpected token" },
	{ "log_level += info\n", 1, "", "non-list" },
	{ "log_level = info debug\n", 1, "", "debug" },
	/* twice */
	{ "log_level = info\n\nlog_level = debug\n", 3, "log_level", "line 7 already" },
	{ "listen = {127.0.0.1:1}\nlisten = {127.0.0.1:2}\n", 2, "listen", "line 7 already" },
	{ "listen = 127.0.0.1:1\nlisten = 127.0.0.1:2\n", 2, "listen", "line 7 already" },
	{ "listen = {127.0.0.1:1, 127.0.0.1:1}\n", 1, "listen", "is given twice" },
	{ "listen = {}\n", 0, "listen", "empty" },
	/* numbers */
	{ "web_processes = many\n", 1, "web_processes", "\"many\" is not a whole number from 0 to 64" },
	{ "web_processes = 65\n", 1, "web_processes", "from 0 to 64" },
	{ "web_processes = -1\n", 1, "web_processes", "whole number" },
	{ "web_processes = 010\n", 1, "web_processes", "whole number" },
	{ "web_processes = 0x10\n", 1, "web_processes", "whole number" },
	{ "web_processes = 1KiB\n", 1, "web_processes", "whole number" },
	{ "web_processes = ''\n", 1, "web_processes", "whole number" },
	{ "web_processes = 18446744073709551616\n", 1, "web_processes", "whole number" },
	{ "web_processes = 4294967296\n", 1, "web_processes", "whole number" },
	{ "relay_port = 0\n", 1, "relay_port", "from 1 to 65535" },
	{ "relay_port = 65536\n", 1, "relay_port", "from 1 to 65535" },
	{ "package_max_bytes = 17TiB\n", 1, "package_max_bytes", "from 1MiB to 16TiB" },
	{ "package_max_bytes = 18446744073709551615TiB\n", 1, "package_max_bytes", "16TiB" },
	{ "package_max_bytes = 16777216TiB\n", 1, "package_max_bytes", "16TiB" },
	{ "package_max_bytes = 16GB\n", 1, "package_max_bytes", "16TiB" },
	{ "package_max_bytes = MiB\n", 1, "package_max_bytes", "16TiB" },
	{ "package_max_bytes = 1023KiB\n", 1, "package_max_bytes", "1MiB" },
	{ "package_expiry_days = 29\n", 1, "package_expiry_days", "30 to 365" },
	{ "history_days = 366\n", 1, "history_days", "1 to 365" },
	/* words */
	{ "log_level = loud\n", 1, "log_level", "one of error, warning, notice, info, debug" },
	{ "default_locale = DE\n", 1, "default_locale", "one of de, en" },
	/* texts */
	{ "service_name = ''\n", 1, "service_name", "a text" },
	{ "service_name = ' x'\n", 1, "service_name", "a text" },
	{ "service_name = \"a\\nb\"\n", 1, "service_name", "\"a\\x0ab\" is not a text" },
	{ "service_name = \"\\x1b[2J\"\n", 1, "service_name", "\"\\x1b[2J\" is not" },
	{ "service_name = \"\\xff\"\n", 1, "service_name", "a text" },
	{ "service_name = 12345678901234567890123456789012345678901234567890123456789012345\n", 1, "service_name", "at most 64 bytes" },
	{ "state_dir = var/lib\n", 1, "state_dir", "an absolute path" },
	{ "state_dir = /\n", 1, "state_dir", "an absolute path" },
	{ "control_socket = /23456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678\n",
	    1, "control_socket", "at most 107 bytes" },
	{ "user_web = Root\n", 1, "user_web", "a user or group name" },
	{ "user_web = 0\n", 1, "user_web", "a user or group name" },
	{ "mail_from = nobody\n", 1, "mail_from", "a mail address" },
	{ "mail_from = \"a b@example.org\"\n", 1, "mail_from", "a mail address" },
	{ "mail_from = a..b@example.org\n", 1, "mail_from", "a mail address" },
	{ "mail_from = .a@example.org\n", 1, "mail_from", "a mail address" },
	{ "mail_from = a.@example.org\n", 1, "mail_from", "a mail address" },
	{ "mail_from = @example.org\n", 1, "mail_from", "a mail address" },
	{ "mail_from = a@b@example.org\n", 1, "mail_from", "a mail address" },
	{ "mail_from = \"a@example.org\\r\\nBcc: x\"\n", 1, "mail_from", "a mail address" },
	{ "relay_host = Mail.example.org\n", 1, "relay_host", "host name" },
	{ "relay_host = mail..org\n", 1, "relay_host", "host name" },
	{ "relay_host = mail.org.\n", 1, "relay_host", "host name" },
	{ "relay_host = -a.org\n", 1, "relay_host", "host name" },
	{ "relay_host = a-.org\n", 1, "relay_host", "host name" },
	{ "relay_host = 1.2.3\n", 1, "relay_host", "host name" },
	{ "relay_host = 127.0.0.1.\n", 1, "relay_host", "host name" },
	{ "relay_host = fe80::1%eth0\n", 1, "relay_host", "host name" },
	{ "relay_host = ::ffff:127.0.0.1\n", 1, "relay_host", "host name" },
	{ "relay_host = a234567890123456789012345678901234567890123456789012345678901234.org\n", 1, "relay_host", "host name" },
	{ "relay_fallback = \"127.0.0.2  127.0.0.3\"\n", 1, "relay_fallback", "divided by one blank" },
	{ "relay_fallback = \"127.0.0.2 \"\n", 1, "relay_fallback", "divided by one blank" },
	{ "relay_fallback = \"127.0.0.2:0\"\n", 1, "relay_fallback", "HOST:PORT" },
	{ "relay_fallback = \"::1\"\n", 1, "relay_fallback", "HOST:PORT" },
	{ "relay_fallback = \"127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.6 127.0.0.7 127.0.0.8\"\n", 1, "relay_fallback", "1 to 7" },
	{ "bounce_address = \"b.*.*@example.org\"\n", 1, "bounce_address", "at most one *" },
	{ "bounce_address = \"abcdefghijklmnopqrs+*@example.org\"\n", 1, "bounce_address", "at most 19" },
	{ "bounce_address = \"*\"\n", 1, "bounce_address", "" },
	/* addresses */
	{ "listen = 443\n", 1, "listen", "a numeric address and port" },
	{ "listen = localhost:443\n", 1, "listen", "a numeric address and port" },
	{ "listen = 127.0.0.1\n", 1, "listen", "a numeric address and port" },
	{ "listen = 127.0.0.1:0\n", 1, "listen", "a numeric address and port" },
	{ "listen = 127.0.0.1:65536\n", 1, "listen", "a numeric address and port" },
	{ "listen = 127.0.0.1:+1\n", 1, "listen", "a numeric address and port" },
	{ "listen = 127.1:443\n", 1, "listen", "a numeric address and port" },
	{ "listen = ::1:443\n", 1, "listen", "a numeric address and port" },
	{ "listen = [::1]443\n", 1, "listen", "a numeric address and port" },
	{ "listen = [::1\n", 1, "listen", "a numeric address and port" },
	{ "listen = [127.0.0.1]:443\n", 1, "listen", "a numeric address and port" },
	{ "listen = {\n127.0.0.1:1,\n# c\n0.0.0.0:x}\n", 4, "listen", "\"0.0.0.0:x\" is not" },
	{ "listen = {0.0.0.0:1,0.0.0.0:2,0.0.0.0:3,0.0.0.0:4,0.0.0.0:5,0.0.0.0:6,0.0.0.0:7,0.0.0.0:8,0.0.0.0:9,\n"
	  "0.0.0.0:10,0.0.0.0:11,0.0.0.0:12,0.0.0.0:13,0.0.0.0:14,0.0.0.0:15,0.0.0.0:16,0.0.0.0:17}\n", 2, "listen", "more than 16" },
	{ "metrics_listen = 0.0.0.0:9464\n", 1, "metrics_listen", "a loopback address" },
	{ "metrics_listen = [::2]:9464\n", 1, "metrics_listen", "a loopback address" },
	{ "metrics_listen = {127.0.0.1:1, 127.0.0.1:2}\n", 1, "metrics_listen", "more than 1" },
	/* between options */
	{ "\nrelay_host = mail.example.org\n", 0, "relay_security", "only when relay_host is a loopback" },
	{ "relay_host = mail.example.org\nrelay_security = plain\n", 2, "relay_security", "only when relay_host is a loopback" },
	{ "relay_host = localhost\n", 0, "relay_security", "only when relay_host is a loopback" },
	{ "relay_host = 128.0.0.1\n", 0, "relay_security", "only when relay_host is a loopback" },
	{ "relay_fallback = mail.example.org\n", 1, "relay_fallback", "only when each is a loopback" },
	{ "relay_user = x\n", 1, "relay_user", "needs relay_password_file" },
	{ "relay_password_file = /x\n", 1, "relay_password_file", "needs relay_user" },
	{ "session_max_s = 60\nsession_idle_s = 61\n", 2, "session_idle_s", "longer than session_max_s" },
	{ "key_mirror_dir = /var/lib/provision\n", 1, "key_mirror_dir", "state directory itself" },
};

static void
what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		char text[4096];
		struct conf *conf = (struct conf *)&text;
		struct conf_problem p;
		(void)snprintf(text, sizeof(text), "%s%s", LOAD_REQUIRED, BAD[i].text);
		if (load_text(text, &conf, &p) != ERR_CONFIG)
			fail_msg("accepted: %s", BAD[i].text);
		assert_null(conf);
		unsigned line = BAD[i].line == 0 ? 0 : BAD[i].line + LOAD_REQUIRED_LINES;
		if (p.line != line || strcmp(p.option, BAD[i].option) != 0 || strstr(p.sentence, BAD[i].part) == NULL)
			fail_msg("%s: line %u (not %u), option \"%s\": %s", BAD[i].text, p.line, line, p.option, p.sentence);
	}
}

static void
each_required_option_is_missed(void **state)
{
	(void)state;
	const char *const NAMES[] = { "url", "mail_domain", "operator_mail", "certificate_file" };
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		char text[] = LOAD_REQUIRED;
		struct conf *conf;
		struct conf_problem p;
		/* Made a comment. */
		*strstr(text, NAMES[i]) = '#';
		assert_int_equal(load_text(text, &conf, &p), ERR_CONFIG);
		assert_string_equal(p.option, NAMES[i]);
		assert_int_equal(p.line, 0);
		assert_non_null(strstr(p.sentence, "missing"));
	}
}

/* What is not in the file comes from the folder of the credentials, if it is there, else from its usual place. */
static void
keys_come_from_the_credentials(void **state)
{
	(void)state;
	char text[] = LOAD_REQUIRED "relay_user = x\n";
	char folder[] = "/tmp/provision-conf-XXXXXX", path[64];
	const char *const NAMES[] = { "master-key", "certificate-key", "relay-password" };
	struct conf *conf;
	struct conf_problem p;
	*strstr(text, "master_key_file") = '#';
	*strstr(text, "private_key_file") = '#';
	assert_non_null(mkdtemp(folder));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	assert_int_equal(load_text(text, &conf, &p), ERR_CONFIG);
	assert_string_equal(p.option, "relay_user");
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
		int fd = creat(path, 0400);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	assert_int_equal(load_text(text, &conf, &p), 0);
	assert_string_equal(strrchr(conf->master_key_file, '/'), "/master-key");
	assert_string_equal(strrchr(conf->private_key_file, '/'), "/certificate-key");
	assert_string_equal(conf->relay_password_file, path);
	conf_free(&conf);
	/* what the file says counts */
	assert_int_equal(load_text(LOAD_REQUIRED, &conf, &p), ERR_CONFIG);
	assert_string_equal(p.option, "relay_password_file");
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
	*strstr(text, "relay_user") = '#';
	assert_int_equal(load_text(text, &conf, &p), 0);
	assert_string_equal(conf->master_key_file, "/etc/provision/master.key");
	assert_string_equal(conf->private_key_file, "/etc/provision/certificate.key");
	assert_null(conf->relay_password_file);
	conf_free(&conf);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void
files_that_cannot_be_read(void **state)
{
	(void)state;
	struct conf *conf;
	struct conf_problem p;
	assert_int_equal(conf_parse_file("/nonexistent/x\n.conf", &conf, &p), ERR_NOT_FOUND);
	assert_null(conf);
	assert_string_equal(p.file, "/nonexistent/x\\x0a.conf");
	assert_non_null(strstr(p.sentence, "No such file"));
	assert_int_equal(conf_parse_file("/tmp", &conf, &p), ERR_IO);
	assert_non_null(strstr(p.sentence, "cannot be read"));
	size_t size = 300 * 1024;
	char *large = malloc(size);
	assert_non_null(large);
	memset(large, ' ', size);
	assert_int_equal(load_bytes(large, size, &conf, &p), ERR_CONFIG);
	assert_non_null(strstr(p.sentence, "larger than"));
	free(large);
	assert_int_equal(load_bytes("url\0 = x\n", 9, &conf, &p), ERR_CONFIG);
	assert_int_equal(p.line, 1);
	assert_int_equal(load_text("", &conf, &p), ERR_CONFIG);
}

static void
problems_are_printed_in_one_line(void **state)
{
	(void)state;
	char *out = NULL;
	size_t size;
	struct conf_problem p = { .file = "/etc/x.conf", .line = 7, .option = "url", .sentence = "it is missing" };
	FILE *to = open_memstream(&out, &size);
	conf_problem_print(&p, to);
	p.line = 0;
	p.option[0] = '\0';
	conf_problem_print(&p, to);
	assert_int_equal(fclose(to), 0);
	assert_string_equal(out, "/etc/x.conf:7: url: it is missing\n/etc/x.conf: it is missing\n");
	free(out);
}

/* Whatever bytes: an answer, never a crash. Mutations of a good file with a fixed seed. */
static void
damaged_files_are_survived(void **state)
{
	(void)state;
	static const char PIECES[] = "\"'#{}=,\\\n\0\xff$/*+()[ x";
	uint32_t seed = 1;
	for (int i = 0; i < 3000; i++) {
		char text[] = LOAD_REQUIRED "listen = {\"127.0.0.1:1\", [::1]:2}\nlog_level = \"info\" # x\npackage_max_bytes = 3GiB\n";
		struct conf *conf;
		struct conf_problem p;
		for (int k = 0; k < 1 + i % 4; k++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % (sizeof(text) - 1)] = PIECES[(seed >> 24) % (sizeof(PIECES) - 1)];
		}
		int err = load_bytes(text, sizeof(text) - 1, &conf, &p);
		assert_true(err == 0 || (err == ERR_CONFIG && conf == NULL && p.sentence[0] != '\0'));
		conf_free(&conf);
	}
}

int
main(void)
{
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_stand_where_nothing_is_given),
		cmocka_unit_test(users_are_named_only_for_root),
		cmocka_unit_test(every_kind_of_value_is_read),
		cmocka_unit_test(unusual_but_good),
		cmocka_unit_test(other_urls_are_refused),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(each_required_option_is_missed),
		cmocka_unit_test(keys_come_from_the_credentials),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(problems_are_printed_in_one_line),
		cmocka_unit_test(damaged_files_are_survived),
	};
	return cmocka_run_group_tests_name("conf/parse", tests, NULL, NULL);
}
