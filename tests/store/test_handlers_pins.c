/* SPDX-License-Identifier: MIT */
/*
 * The pin store at the server: root and pages change together or not at all, one version after the other; only the owner reads
 * them; an account has at most so many pages.
 */
#include <string.h>

#include "store/desk.h"

#define PAGES_MAX 1024
#define HALF ((uint32_t)1 << 31)

static void
join(struct desk *d, struct person *p)
{
	desk_person_init(p, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, p);
}

/* Pages first, first + step and so on, all with these bytes. */
static int
put(struct desk *d, const struct person *p, uint64_t version, const char *root, uint32_t first, uint32_t step, size_t n,
    const char *bytes)
{
	Provision__PinsPut m = PROVISION__PINS_PUT__INIT;
	Provision__PinPage pages[4], *items[4];

	m.caller = desk_caller(d, p);
	m.version = version;
	m.pins = wire_str(root);
	for (size_t i = 0; i < n; i++) {
		provision__pin_page__init(&pages[i]);
		pages[i].at = first + (uint32_t)i * step;
		pages[i].page = wire_str(bytes);
		items[i] = &pages[i];
	}
	m.pages = items;
	m.n_pages = n;
	return desk_web(d, IPC_PINS_PUT, &m.base, NULL);
}

static Provision__PinsGetReply *
get(struct desk *d, const struct person *p)
{
	Provision__PinsGet m = PROVISION__PINS_GET__INIT;
	Provision__PinsGetReply *reply;

	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_PINS_GET, &m.base, &reply), 0);
	return reply;
}

static int
ask_pages(struct desk *d, const struct person *p, uint64_t version, uint32_t at, uint32_t count, Provision__PinPagesGetReply **reply_r)
{
	Provision__PinPagesGet m = PROVISION__PIN_PAGES_GET__INIT;

	m.caller = desk_caller(d, p);
	m.version = version;
	m.at = at;
	m.count = count;
	return desk_web(d, IPC_PIN_PAGES_GET, &m.base, reply_r);
}

static void
test_versions(void **state)
{
	struct desk *d = *state;
	Provision__PinsGetReply *pins;
	struct person anna;

	join(d, &anna);
	pins = get(d, &anna);
	assert_int_equal(pins->version, 1);
	assert_true(pins->pin_page.len > 0);
	assert_int_equal(put(d, &anna, 2, "second", 0, 0, 1, "new page"), 0);
	assert_int_equal(put(d, &anna, 2, "second", 0, 0, 1, "new page"), 0);      /* the answer was lost */
	assert_int_equal(put(d, &anna, 2, "other", 0, 0, 1, "refused"), ERR_CONFLICT);
	assert_int_equal(put(d, &anna, 4, "other", 0, 0, 1, "refused"), ERR_CONFLICT);
	assert_int_equal(put(d, &anna, 1, "other", 0, 0, 1, "refused"), ERR_CONFLICT);
	pins = get(d, &anna);
	assert_int_equal(pins->version, 2);
	assert_true(view_equal_str(wire_view(pins->pins), "second"));
	assert_true(view_equal_str(wire_view(pins->pin_page), "new page"));
	desk_person_deinit(&anna);
}

static void
test_pages(void **state)
{
	struct desk *d = *state;
	Provision__PinPagesGetReply *pages;
	struct person anna, otto;

	join(d, &anna);
	desk_person_init(&otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, &otto);
	assert_int_equal(put(d, &anna, 2, "second", 0, HALF / 2, 4, "quarter"), 0);
	assert_int_equal(put(d, &anna, 3, "third", HALF, 0, 1, "changed"), 0);
	/* with several there is none beside the root */
	assert_int_equal(get(d, &anna)->pin_page.len, 0);
	assert_int_equal(ask_pages(d, &anna, 2, 0, 1, NULL), ERR_CONFLICT);
	assert_int_equal(ask_pages(d, &anna, 4, 0, 1, NULL), ERR_CONFLICT);
	assert_int_equal(ask_pages(d, NULL, 3, 0, 1, NULL), ERR_LOGIN);
	assert_int_equal(ask_pages(d, &anna, 3, HALF, 0, &pages), 0);
	assert_int_equal(pages->n_items, 1);
	assert_int_equal(pages->items[0]->at, HALF);
	assert_true(view_equal_str(wire_view(pages->items[0]->page), "changed"));
	assert_int_equal(ask_pages(d, &anna, 3, 1, 16, &pages), 0);
	assert_int_equal(pages->n_items, 3);
	assert_int_equal(pages->items[0]->at, HALF / 2);
	assert_true(view_equal_str(wire_view(pages->items[0]->page), "quarter"));
	assert_int_equal(pages->items[2]->at, HALF + HALF / 2);
	assert_int_equal(ask_pages(d, &anna, 3, UINT32_MAX, 16, &pages), 0);
	assert_int_equal(pages->n_items, 0);
	/* another's are untouched */
	assert_int_equal(ask_pages(d, &otto, 1, 0, 16, &pages), 0);
	assert_int_equal(pages->n_items, 1);
	desk_person_deinit(&otto);
	desk_person_deinit(&anna);
}

static void
test_most_pages(void **state)
{
	struct desk *d = *state;
	Provision__PinPagesGetReply *pages;
	uint64_t version = 1;
	struct person anna;

	join(d, &anna);
	for (uint32_t at = 1; at < PAGES_MAX - 3; at += 4)
		assert_int_equal(put(d, &anna, ++version, "root", at, 1, 4, "page"), 0);
	/* 1021 there are: the last of four is one too many, and none of them is taken */
	assert_int_equal(desk_rows(d, STORE_TABLE_PIN_PAGE), PAGES_MAX - 3);
	assert_int_equal(put(d, &anna, version + 1, "root", PAGES_MAX - 3, 1, 4, "page"), ERR_FULL);
	assert_int_equal(desk_rows(d, STORE_TABLE_PIN_PAGE), PAGES_MAX - 3);
	assert_int_equal(get(d, &anna)->version, version);
	assert_int_equal(put(d, &anna, ++version, "root", PAGES_MAX - 3, 1, 3, "page"), 0);
	assert_int_equal(put(d, &anna, version + 1, "root", PAGES_MAX, 1, 1, "page"), ERR_FULL);
	/* what is there may change */
	assert_int_equal(put(d, &anna, ++version, "root", 4, 1, 4, "changed"), 0);
	assert_int_equal(ask_pages(d, &anna, version, 7, 1, &pages), 0);
	assert_true(view_equal_str(wire_view(pages->items[0]->page), "changed"));
	desk_person_deinit(&anna);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_pages, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_most_pages, desk_setup, desk_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
