# SPDX-License-Identifier: MIT
"""A company with many customers, made cheaply: the owner has a command line, the customers register and redeem their invitations by
literal requests, several at once. Each has a reference of the company's own."""

import concurrent.futures
import os
import pathlib

import instance as harness
from api_world import Person
from formats import b64, id_text, new_id
from instance import expect
from openapi import Client

AT_ONCE = 4
AN_ADDRESS = 90           # registrations from one address before they are slowed


def token_of(person):
    return harness.run(pathlib.Path(os.environ["TOOLS"]) / "profile_secrets", "token", env=person.environment).decode().strip()


class World:
    """What an api_world.Person needs."""

    def __init__(self, instance, client, cost):
        self.instance, self.client, self.cost = instance, client, cost


class Clientele:
    def __init__(self, instance, count, slug="kanzlei"):
        self.instance, self.slug = instance, slug
        self.owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        instance.company(slug, self.owner)
        self.api = Client(instance)
        self.token = token_of(self.owner)
        server = self.api.good("GET", "/server").json()
        self.cost = {"memory_kib": server["memory_kib"], "passes": server["passes"]}
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            parts = pool.map(lambda n: self.some(range(n, count, AT_ONCE), f"127.0.{n + 1}."), range(AT_ONCE))
        by_reference = {reference: person for part in parts for reference, person in part}
        self.people = [by_reference[self.reference(n)] for n in range(count)]
        self.references = [self.reference(n) for n in range(count)]
        rows = {r["reference"]: r for r in self.owner.cli("customers")}
        self.numbers = [rows[r]["number"] for r in self.references]

    @staticmethod
    def reference(n):
        return f"M-{n:05}"

    def some(self, numbers, network):
        made, world = [], None
        for i, n in enumerate(numbers):
            if i % AN_ADDRESS == 0:
                world = World(self.instance, Client(self.instance, self.api.description, f"{network}{i // AN_ADDRESS + 1}"), self.cost)
            made.append((self.reference(n), self.one(world, n)))
        return made

    def one(self, world, n):
        person = Person(world, f"k{n}@kunde.example", "Kunde", f"Nummer {n}").register()
        body = {"invitation": id_text(new_id()), "token": b64(os.urandom(32)), "reference": self.reference(n)}
        path = f"/companies/{self.slug}/customer-invitations"
        world.client.good("POST", path, body, token=self.token)
        redeemed = person.good("POST", f"{path}/{body['invitation']}/redemption", {"token": body["token"]}).json()
        expect(redeemed["state"] == "active", "redeemed:", redeemed)
        person.subscription = redeemed["subscription"]
        return person

    def ask(self, n, path):
        """One customer asks, over another connection: the one before may have been cut."""
        person = self.people[n]
        person.world.client.close()
        return person.good("GET", path).json()["items"]

    def inbox(self, n):
        """The packages of one customer."""
        return [i["row"] for i in self.ask(n, "/inbox?limit=10")]

    def texts(self, n):
        """The texts one customer has got."""
        path = f"/subscriptions/{self.people[n].subscription}/entries?limit=50"
        return [e["text"] for e in self.ask(n, path) if e["kind"] == "text"]
