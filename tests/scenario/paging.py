#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every list of the description is paged: page by page it gives what it gives at once; a cursor that this list did not give to
this person is refused, naming it. The command line reads all pages."""

import os

from api_world import World
from formats import b64, id_text, new_id, unb64
from instance import Instance, expect, main
from openapi import Client

MANY = 105      # more than a page has


# What is looked through in steps may end with an empty page.
SPARSE = ("listHeld",)


def lists(w):
    """operationId: (who asks, path), each with more than one row."""
    return {
        "listCompanies": (w.stranger, "/companies"),
        "listSessions": (w.agent, "/sessions"),
        "listMembers": (w.owner, w.company.path + "/members"),
        "listMemberships": (w.owner, "/memberships"),
        "listCustomers": (w.agent, w.company.path + "/customers"),
        "listSubscriptions": (w.customer, "/subscriptions"),
        "listCustomerInvitations": (w.owner, w.company.path + "/customer-invitations"),
        "listHeld": (w.owner, "/account/held"),
        "listInbox": (w.owner, "/inbox?company=kanzlei"),
        "listHistory": (w.agent, f"/subscriptions/{w.subscription}/entries"),
    }


def fill(w):
    w.owned = w.new_company().activate()
    for company in (w.owned, w.other):
        company.subscribe(w.customer)
    w.company.subscribe(w.stranger)
    w.company.subscribe(w.person("nina@kunde.example").register())
    for _ in range(2):
        w.client.good("POST", "/sessions", {"email": w.agent.address, "auth_key": b64(w.agent.auth_key)})
        w.company.invite()
    for _ in range(3):
        say = {"message": id_text(new_id()), "as_company": False, "text": "Guten Tag"}
        w.customer.good("POST", f"/subscriptions/{w.subscription}/messages", say)
        w.company.invite_customer()
        w.owned.invite_customer()
        w.sent().create().complete()


def page(person, path, **query):
    words = "&".join(f"{k}={v}" for k, v in query.items())
    return person.ask("GET", path + ("&" if "?" in path else "?") + words)


def walk(person, path, limit):
    """All items in pages of limit, and the cursors between."""
    items, cursors, query = [], [], {}
    while len(cursors) < 50:
        answer = page(person, path, limit=limit, **query)
        expect(answer.status == 200, path, query, "answered", answer.status, answer.body)
        got = answer.json()
        expect(len(got["items"]) <= limit, path, "gave", len(got["items"]), "instead of", limit)
        items += got["items"]
        if "next" not in got:
            return items, cursors
        cursors.append(got["next"])
        query = {"cursor": got["next"]}
    raise AssertionError("pages without end")


def refused(person, path, cursor):
    answer = page(person, path, limit=1, cursor=cursor)
    expect((answer.status, answer.problem(), answer.field()) == (400, "syntax", "cursor"), path, cursor, answer.status, answer.body)


def check_lists(w):
    description = w.client.description
    known = lists(w)
    for operation in description.operations.values():
        answer = operation.item["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema")
        items = answer and description.resolve(answer)["properties"].get("items")
        # one that never has more than a page needs none
        has_items = items is not None and items["maxItems"] > 20
        expect(has_items == operation.has_parameter("query", "cursor") == operation.has_parameter("query", "limit")
               == (operation.id in known), operation.id, "is a list that is not paged, or not tested")
    cursors = {}
    for name, (person, path) in known.items():
        whole, none = walk(person, path, 50)
        expect(len(whole) > 1 and not none, name, "has", len(whole), "rows")
        for limit in (1, 2):
            single, given = walk(person, path, limit)
            expect(single == whole, name, "page by page is", single, "and at once", whole)
            wanted = (len(whole) - 1) // limit
            expect(len(given) == wanted or (name in SPARSE and len(given) > wanted), name, "gave", len(given), "cursors")
            cursors.setdefault(name, given and given[0])
    return cursors


def check_cursors(w, cursors):
    known = lists(w)
    for name, (person, path) in known.items():
        own = unb64(cursors[name])
        for other, cursor in cursors.items():
            if other != name:
                refused(person, path, cursor)
        for cursor in (own[:-1], own[1:], own + b"\0", own[:1], bytes([own[0] ^ 1]) + own[1:], os.urandom(len(own)), os.urandom(16)):
            refused(person, path, b64(cursor))
        expect(page(person, path, cursor=cursors[name]).status == 200, name, "does not take its own cursor")
        expect(page(person, path, cursor="").json() == page(person, path).json(), name, "does not begin at the beginning")
        for limit, problem in (("0", "limit"), ("101", "limit"), ("-1", "syntax"), ("1.5", "syntax"), ("", "syntax")):
            answer = page(person, path, limit=limit)
            expect(answer.status == 400 and answer.problem() == problem and answer.field() == "limit", name, "limit", limit, answer.status, answer.body)
    # the same list of somebody else, of another company, of the other direction
    w.client.good("POST", "/sessions", {"email": w.owner.address, "auth_key": b64(w.owner.auth_key)})
    for person, path, name in ((w.owner, "/companies", "listCompanies"), (w.owner, "/sessions", "listSessions"),
                               (w.owner, w.owned.path + "/customer-invitations", "listCustomerInvitations"),
                               (w.owner, w.owned.path + "/customers", "listCustomers"),
                               (w.owner, "/inbox?company=kanzlei&outgoing=1", "listInbox"), (w.customer, "/inbox?outgoing=1", "listInbox"),
                               (w.agent, f"/subscriptions/{w.subscription}/entries?oldest_first=1", "listHistory")):
        refused(person, path, cursors[name])
    # of the company's people alike
    expect(page(w.owner, w.company.path + "/customers", cursor=cursors["listCustomers"]).status == 200, "another member's page")


def check_command_line(i):
    owner = i.person("olga@viel.example", "Olga", "Viel").register()
    i.company("viel", owner)
    for n in range(MANY):
        owner.cli("invite", "--reference", f"R{n}")
    found = {row["reference"] for row in owner.cli("invite", "list")}
    expect(found == {f"R{n}" for n in range(MANY)}, "the command line saw", len(found), "of", MANY)


def test():
    with Instance("paging") as instance:
        world = World(instance, Client(instance))
        fill(world)
        check_cursors(world, check_lists(world))
        check_command_line(instance)


main(test)
