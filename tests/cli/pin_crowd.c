/* SPDX-License-Identifier: MIT */
/*
 * For scenario/keys.py and for measuring: pin_crowd add COUNT adds made-up customers to the pin store of whoever is logged in with
 * PROVISION_HOME. All at once: page after page goes under roots that nobody may read before the last one. Never installed.
 */
#include "base/text.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "record/account.pb-c.h"

#define AT_ONCE 4
#define COUNT_MAX 300000

static int
add(struct cli_session *s, uint64_t count)
{
	struct trust_pin pin = { .kind = TRUST_PIN_CUSTOMER, .number = 1, .source = TRUST_PIN_DIRECTORY, .first_seen_ms = 1700000000000 };
	int err = cli_pins_all(s);
	for (uint64_t i = 0; i < count && err == 0; i++) {
		pin.principal = id_random();
		crypt_random(pin.fingerprint.bytes, sizeof(pin.fingerprint.bytes));
		crypt_random(pin.sign.bytes, sizeof(pin.sign.bytes));
		err = trust_pins_put(s->pins, &pin);
	}
	return err;
}

/* Copies: the next seal forgets them. */
static Provision__PinPage **
seal_pages(struct cli_session *s, size_t *count_r)
{
	struct arena *a = s->call->arena;
	struct buf root;
	buf_init(&root, TRUST_PINS_ROOT_BYTES_MAX);
	trust_pins_seal(s->pins, s->pins_version + 1, &root);
	buf_deinit(&root);
	*count_r = trust_pins_sealed_count(s->pins);
	Provision__PinPage **pages = arena_alloc(a, *count_r * sizeof(pages[0]));
	for (size_t i = 0; i < *count_r; i++) {
		pages[i] = arena_alloc(a, sizeof(*pages[i]));
		provision__pin_page__init(pages[i]);
		struct view page = trust_pins_sealed_at(s->pins, i, &pages[i]->at);
		pages[i]->page = cli_server_bytes(arena_dup(a, page));
	}
	return pages;
}

static int
store(struct cli_session *s)
{
	Provision__PinsPut m = PROVISION__PINS_PUT__INIT;
	struct buf root;
	size_t count;
	int err = 0;
	Provision__PinPage **pages = seal_pages(s, &count);
	buf_init(&root, TRUST_PINS_ROOT_BYTES_MAX);
	trust_pins_seal(s->pins, s->pins_version + (count + AT_ONCE - 1) / AT_ONCE, &root);
	m.pins = cli_server_bytes(buf_view(&root));
	m.version = s->pins_version;
	for (size_t i = 0; err == 0 && i < count; i += AT_ONCE) {
		m.version++;
		m.pages = pages + i;
		m.n_pages = count - i < AT_ONCE ? count - i : AT_ONCE;
		err = cli_session_ask(s, "putPins", &m.base, NULL);
	}
	buf_deinit(&root);
	return err;
}

static int
run(struct tool_call *c)
{
	struct cli_session s = { .call = c };
	uint64_t count;
	int err = crypt_init();
	c->context = &s;
	if (err == 0)
		err = cli_session_open(&s, true);
	if (err == 0)
		err = text_u64(view_str(c->arguments[0]), COUNT_MAX, &count);
	if (err == 0)
		err = add(&s, count);
	if (err == 0)
		err = store(&s);
	cli_session_close(&s);
	return err;
}

int
main(int argc, char **argv)
{
	static const struct tool_verb verb = { .words = "add", .arguments = "COUNT", .arguments_min = 1, .arguments_max = 1,
		.flags = CLI_VERBS_LOGIN, .help = "Adds made-up customers to the pin store.", .run = run };
	struct tool_program program = { .name = "pin_crowd", .about = "Fills a pin store.", .verbs = &verb, .verb_count = 1,
		.options = cli_verbs_options() };
	return tool_verb_main(&program, argc, argv);
}
