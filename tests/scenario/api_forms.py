# SPDX-License-Identifier: MIT
"""Refusals that follow from the form of a request alone, made from the description itself: for every operation a request
that fits it, and every way to make that unfit. Also what any operation answers when the store cannot."""

import os

from api_rows import Row
from api_world import OCTETS, TUS, metadata
from formats import b64, id_text, new_id

# Refused everywhere but in members that leave controls out (D6).
CONTROL, STRIPPED = "A\u0007", {"text"}
PATH = {"slug": "kanzlei", "number": "12345678", "page": "0", "before": "2", "sequence": "1"}
UPLOADS = {
    "createUpload": {**TUS, "Upload-Length": "10", "Upload-Metadata": metadata("seal")},
    "patchUpload": {**OCTETS, "Upload-Offset": "0"},
    "headUpload": TUS, "deleteUpload": TUS,
}


# Members with a form that their schema cannot say.
FITTING = {"email": "niemand@kunde.example", "locale": "de"}


def example(description, schema):
    """The smallest value that fits a schema."""
    schema = description.resolve(schema)
    kind = schema["type"]
    if kind == "object":
        return {name: FITTING.get(name) or example(description, schema["properties"][name]) for name in schema["required"]}
    if kind == "array":
        return [example(description, schema["items"])] * schema["minItems"]
    if kind == "string":
        if "pattern" in schema:
            return id_text(new_id())
        return schema["enum"][0] if "enum" in schema else "A" * schema.get("minLength", 0)
    return {"integer": schema.get("minimum", 0), "boolean": True}[kind]


class Request:
    """A request that fits an operation, with random ids; each part can be replaced."""

    def __init__(self, description, operation):
        self.operation, self.method = operation, operation.method
        self.path = operation.path
        for name in operation.params:
            self.path = self.path.replace("{%s}" % name, PATH.get(name, id_text(new_id())))
        schema = operation.body_schema()
        self.body = None if schema is None else example(description, schema)
        if operation.method == "PATCH":
            self.body = b"x"
        self.headers = dict(UPLOADS.get(operation.id, {}))

    def ask(self, client, token, query="", **changes):
        body = changes.get("body", self.body)
        headers = {**self.headers, **changes.get("headers", {})}
        headers = {k: v for k, v in headers.items() if v is not None}
        return client.ask(self.method, self.path + query, body, token=token, headers=headers)


def any_token():
    """Well-formed, and nobody's."""
    return b64(os.urandom(32))


# --- bodies

def wrong_members(description, schema, good):
    """(problem, field, body) for every way in which a member can be wrong."""
    for name, member in schema["properties"].items():
        member = description.resolve(member)
        if name in schema["required"]:
            yield "syntax", name, {k: v for k, v in good.items() if k != name}
            yield "syntax", name, {**good, name: None}
        yield "syntax", name, {**good, name: {} if member["type"] != "object" else 7}
        for problem, value in wrong_values(member):
            if name in STRIPPED and value == CONTROL:
                continue
            yield problem, name, {**good, name: value}
    yield "syntax", "unheard_of", {**good, "unheard_of": 1}


def wrong_values(member):
    if member["type"] == "integer":
        yield "syntax", -1
        if member["maximum"] < (1 << 63) - 1:      # beyond that it is no JSON to the server
            yield "limit", member["maximum"] + 1
    elif member["type"] == "array":
        yield "limit", [member] * (member["maxItems"] + 1)
    elif "enum" in member or "pattern" in member:
        yield "syntax", "x"
        yield "syntax", ""
    elif member["type"] == "string":
        yield "limit", "A" * (member["maxLength"] + 4)
        if "contentEncoding" in member:
            yield "syntax", "A" * (member.get("minLength", 4) - 1) + "="
        else:
            yield "syntax", CONTROL


def body_rows(description, operation):
    schema = operation.body_schema()

    def malformed(w):
        request = Request(description, operation)
        for body in (b"{", b"[]", b"", b'{"a":1,"a":1}', b'{"a":"\xff"}'):
            yield request.ask(w.client, w.owner.token, body=body, headers={"Content-Type": "application/json"})

    def too_large(w):
        request = Request(description, operation)
        yield request.ask(w.client, w.owner.token, body=b"[" * 1000, headers={"Content-Type": "application/json"})
        yield request.ask(w.client, w.owner.token, body=None,
                          headers={"Content-Type": "application/json", "Content-Length": str(2 << 20)})

    def not_json(w):
        request = Request(description, operation)
        yield request.ask(w.client, w.owner.token, headers={"Content-Type": "text/plain"})
        yield request.ask(w.client, w.owner.token, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})

    def wrong(body):
        return lambda w: [Request(description, operation).ask(w.client, w.owner.token, body=body)]

    yield Row(operation.id, "syntax", malformed)
    yield Row(operation.id, "limit", too_large)
    yield Row(operation.id, "unsupported", not_json)
    for problem, field, body in wrong_members(description, schema, example(description, schema)):
        yield Row(operation.id, problem, wrong(body), field)


# --- everything else

def header_rows(description, operation):
    """What tus asks for in header fields."""
    wrong = {
        "createUpload": [("syntax", "Upload-Length", {"Upload-Length": "x"}), ("syntax", "Upload-Length", {"Upload-Length": None}),
                         ("limit", "Upload-Length", {"Upload-Length": str((1 << 62) + 1)}),
                         ("syntax", "Upload-Metadata", {"Upload-Metadata": "part !"}),
                         ("syntax", "Upload-Metadata.part", {"Upload-Metadata": metadata("head")}),
                         ("syntax", "Upload-Metadata.part", {"Upload-Metadata": None})],
        "patchUpload": [("syntax", "Upload-Offset", {"Upload-Offset": "-1"}), ("syntax", "Upload-Offset", {"Upload-Offset": None}),
                        ("limit", None, {"Content-Length": str((1 << 62) + 1)})],
    }
    every = [("version", None, {"Tus-Resumable": None}), ("version", None, {"Tus-Resumable": "0.2.2"})]
    for problem, field, headers in wrong.get(operation.id, []) + every:
        def provoke(w, headers=headers):
            body = {"body": None} if "Content-Length" in headers else {}
            return [Request(description, operation).ask(w.client, w.owner.token, headers=headers, **body)]
        yield Row(operation.id, problem, provoke, field)


QUERIES = {
    "limit": [("syntax", "x"), ("syntax", "-1"), ("limit", "0"), ("limit", "101"), ("limit", "9" * 30)],
    "cursor": [("syntax", "!"), ("limit", "A" * 400), ("syntax", "%ff"), ("syntax", "%zz")],
    "outgoing": [("syntax", "x"), ("limit", "2")],
    "company": [("limit", "a" * 64), ("syntax", "%00")],
    "invitation": [("syntax", "short")],
}


def query_rows(description, operation):
    for name, values in QUERIES.items():
        if not operation.has_parameter("query", name):
            continue
        for problem, value in values + [("syntax", f"1&{name}=1")]:
            def provoke(w, query=f"?{name}={value}"):
                return [Request(description, operation).ask(w.client, w.owner.token, query)]
            # an escape that is none is refused before anybody asks for the parameter
            yield Row(operation.id, problem, provoke, None if "%zz" in value else name)


KEY = "Idempotency-Key"


def key_rows(description, operation):
    def used(w):
        key = {KEY: id_text(new_id())}
        w.owner.good("POST", "/account/addresses", {"email": "neu@kanzlei.example"}, headers=key)
        yield Request(description, operation).ask(w.client, w.owner.token, headers=key)

    yield Row(operation.id, "conflict", used, KEY)
    for value in ('""', "a b", "x" * 65):
        def wrong(w, value=value):
            return [Request(description, operation).ask(w.client, w.owner.token, headers={KEY: value})]
        yield Row(operation.id, "syntax", wrong, KEY)


def form_rows(description):
    """All of the above for all operations."""
    for operation in description.operations.values():
        def without_login(w, operation=operation):
            request = Request(description, operation)
            for token in (None, "!", "short", any_token()):
                yield request.ask(w.client, token)
            yield request.ask(w.client, None, headers={"Authorization": "Basic YTpi"})

        def from_elsewhere(w, operation=operation):
            request = Request(description, operation)
            cookie = {"Cookie": "__Host-provision-session=" + w.owner.token}
            yield request.ask(w.client, None, headers=dict(cookie, **{"Sec-Fetch-Site": "cross-site"}))
            yield request.ask(w.client, None, headers=dict(cookie, Origin="https://elsewhere.example"))

        def unexpected_body(w, operation=operation):
            yield Request(description, operation).ask(w.client, w.owner.token, body=b"x")

        if operation.needs_session:
            yield Row(operation.id, "login", without_login)
            yield Row(operation.id, "denied", from_elsewhere)
        if operation.body_schema() is not None:
            yield from body_rows(description, operation)
        elif operation.method != "PATCH":
            yield Row(operation.id, "syntax", unexpected_body)
        if operation.id in UPLOADS:
            yield from header_rows(description, operation)
        if operation.has_parameter("header", KEY):
            yield from key_rows(description, operation)
        yield from query_rows(description, operation)
