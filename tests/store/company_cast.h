/* SPDX-License-Identifier: MIT */
/*
 * The people of the tests about companies: an owner, an agent, a customer, and somebody who has nothing to do with them.
 */
#ifndef TESTS_STORE_COMPANY_CAST_H
#define TESTS_STORE_COMPANY_CAST_H

#include "store/desk.h"

/* A company with an owner, an agent, a customer, and somebody who has nothing to do with it. */
struct cast {
	struct desk *d;
	struct person owner, agent, customer, stranger;
	struct firm firm;
};

static inline int
setup(void **state)
{
	struct cast *c = mem_alloc(sizeof(*c));

	c->d = desk_new();
	desk_person_init(&c->owner, "olga@kanzlei.example", "Olga", "Owner");
	desk_person_init(&c->agent, "axel@kanzlei.example", "Axel", "Agent");
	desk_person_init(&c->customer, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&c->stranger, "mallory@example.org", "Mallory", "Stranger");
	desk_person_join(c->d, &c->owner);
	desk_person_join(c->d, &c->agent);
	desk_person_join(c->d, &c->customer);
	desk_person_join(c->d, &c->stranger);
	*state = c;
	return 0;
}

/* The same, the company open and the agent a member. */
static inline int
setup_open(void **state)
{
	(void)setup(state);
	struct cast *c = *state;
	desk_firm_open(c->d, &c->firm, "kanzlei", "Kanzlei Müller", &c->owner);
	desk_member_add(c->d, &c->firm, &c->owner, &c->agent, PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT);
	return 0;
}

static inline int
teardown(void **state)
{
	struct cast *c = *state;

	if (c->firm.slug != NULL)
		desk_firm_deinit(&c->firm);
	desk_person_deinit(&c->owner);
	desk_person_deinit(&c->agent);
	desk_person_deinit(&c->customer);
	desk_person_deinit(&c->stranger);
	desk_free(&c->d);
	mem_free(&c);
	return 0;
}

#endif
