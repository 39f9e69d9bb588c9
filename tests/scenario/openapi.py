# SPDX-License-Identifier: MIT
"""The server's own description held against what it answers: a client that checks every answer, and a validator
for that part of JSON Schema which the description uses (anything else in it is a failure)."""

import base64
import datetime
import http.client
import json
import re
import socket

from instance import expect
from wire import context_of

BASE = "/api/v1"
PROBLEM = "urn:provision:problem:"
EVENTS = "text/event-stream"
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


# --- schemas

def check_string(schema, value, where):
    expect(isinstance(value, str), where, "is no string:", value)
    expect(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 62), where, "has length", len(value))
    if "enum" in schema:
        expect(value in schema["enum"], where, "is", value, "and not of", schema["enum"])
    if "pattern" in schema:
        expect(re.search(schema["pattern"], value), where, "is", value)
    if "contentEncoding" in schema:
        expect(schema["contentEncoding"] == "base64url" and re.fullmatch(r"[A-Za-z0-9_-]*", value), where, "is no base64url")
        base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    if "format" in schema:
        expect(schema["format"] == "date-time" and value.endswith("Z"), where, "is no time:", value)
        datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")


def check_integer(schema, value, where):
    expect(isinstance(value, int) and not isinstance(value, bool), where, "is no integer:", value)
    expect(schema.get("minimum", value) <= value <= schema.get("maximum", value), where, "is", value)


def check_boolean(_schema, value, where):
    expect(isinstance(value, bool), where, "is no boolean:", value)


KNOWN = {
    "string": {"minLength", "maxLength", "enum", "pattern", "contentEncoding", "format"},
    "integer": {"minimum", "maximum"},
    "boolean": set(),
    "array": {"minItems", "maxItems", "items"},
    "object": {"required", "properties"},
}
SIMPLE = {"string": check_string, "integer": check_integer, "boolean": check_boolean}


class Operation:
    def __init__(self, method, path, item):
        self.method, self.path, self.item, self.id = method.upper(), path, item, item["operationId"]
        self.needs_session = "security" in item
        holes = re.sub(r"\\\{[a-z_]+\\\}", "([^/]+)", re.escape(path))
        self.pattern = re.compile(holes)
        self.params = re.findall(r"\{([a-z_]+)\}", path)

    def refusals(self):
        """All documented (status, problem name)."""
        found = set()
        for status, answer in self.item["responses"].items():
            if int(status) >= 400:
                names = answer["content"]["application/problem+json"]["schema"]["properties"]["type"]["enum"]
                found |= {(int(status), n.removeprefix(PROBLEM)) for n in names}
        return found

    def body_schema(self):
        content = self.item.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def has_parameter(self, where, name):
        return any(p["in"] == where and p["name"] == name for p in self.item["parameters"])


class Description:
    def __init__(self, document):
        self.document = document
        self.paths = document["paths"]
        self.operations = {}
        for path, item in self.paths.items():
            for method, operation in item.items():
                expect(method in METHODS, path, "has the method", method)
                expect(operation["operationId"] not in self.operations, operation["operationId"], "is there twice")
                self.operations[operation["operationId"]] = Operation(method, path, operation)

    def find(self, method, target):
        """The operation of a request, None if it is not described; literal paths go before those with holes."""
        path = target.split("?")[0].removeprefix(BASE)
        fitting = [o for o in self.operations.values() if o.pattern.fullmatch(path)]
        fitting.sort(key=lambda o: (len(o.params), o.method != method))
        for operation in fitting:
            if method in (operation.method, "HEAD" if operation.method == "GET" else None):
                return operation
        return None

    def resolve(self, schema):
        """Members of a schema with its $ref followed; members beside it narrow what it says."""
        if "$ref" not in schema:
            return schema
        named = self.document["components"]["schemas"][schema["$ref"].removeprefix("#/components/schemas/")]
        merged = dict(named)
        for name, narrower in schema.get("properties", {}).items():
            merged["properties"] = {**merged["properties"], name: {**merged["properties"][name], **narrower}}
        return merged

    def validate(self, schema, value, where):
        schema = self.resolve(schema)
        kind = schema.get("type")
        strange = set(schema) - KNOWN.get(kind, set()) - {"type", "description"}
        expect(kind in KNOWN and not strange, where, "has a schema that this test does not understand:", kind, strange)
        if kind in SIMPLE:
            SIMPLE[kind](schema, value, where)
        elif kind == "array":
            expect(isinstance(value, list), where, "is no array")
            expect(schema["minItems"] <= len(value) <= schema["maxItems"], where, "has", len(value), "items")
            for i, item in enumerate(value):
                self.validate(schema["items"], item, f"{where}[{i}]")
        else:
            expect(isinstance(value, dict), where, "is no object")
            missing, unknown = set(schema["required"]) - set(value), set(value) - set(schema["properties"])
            expect(not missing and not unknown, where, "lacks", missing, "and has undocumented", unknown)
            for name, member in value.items():
                self.validate(schema["properties"][name], member, f"{where}.{name}")


# --- answers

class Answer:
    def __init__(self, operation, status, headers, body):
        self.operation, self.status, self.headers, self.body = operation, status, headers, body

    def json(self):
        return json.loads(self.body)

    def problem(self):
        """Name of the problem, None for a success or an answer without a body."""
        if self.status < 400 or not self.body:
            return None
        return self.json()["type"].removeprefix(PROBLEM)

    def field(self):
        return self.json().get("field")


def events_of(body):
    """The data of the events with which a stream began."""
    return [json.loads(line.removeprefix(b"data: ")) for line in body.split(b"\n") if line.startswith(b"data: ")]


def check_answer(description, operation, method, answer):
    """Fails unless the operation documents this status with this content."""
    where = f"{operation.id} {answer.status}"
    documented = operation.item["responses"].get(str(answer.status))
    expect(documented is not None, where, "is not documented:", answer.body[:300])
    if method == "HEAD" or answer.status in (204, 304):
        expect(not answer.body, where, "has a body")
        return
    content = documented.get("content")
    if content is None:
        expect(not answer.body, where, "has an undocumented body", answer.body[:100])
        return
    kind = answer.headers.get("content-type", "").split(";")[0]
    expect(kind in content, where, "has the content type", kind, "instead of", list(content))
    if kind == EVENTS:
        for event in events_of(answer.body):
            description.validate(content[kind]["schema"]["x-data"], event, where)
    elif "schema" in content[kind]:
        description.validate(content[kind]["schema"], answer.json(), where)
    if answer.status >= 400:
        expect(answer.json()["status"] == answer.status, where, "says that its status is", answer.json()["status"])


class Client:
    """Asks over one connection and checks every answer; what came is in seen: (operation, status, problem)."""

    def __init__(self, instance, description=None, source=None):
        """source: the address on loopback to ask from."""
        self.instance, self.seen, self.source = instance, set(), source and (source, 0)
        self.context = context_of(instance)
        self.connection = None
        self.description = description
        if description is None:
            status, _, body = self.exchange("GET", BASE + "/openapi.json")
            expect(status == 200, "openapi.json answered", status)
            self.description = Description(json.loads(body))

    def exchange(self, method, target, body=None, headers=None):
        """One unchecked exchange: (status, header fields in lower case, body)."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", self.instance.port, context=self.context, timeout=50,
                                                          source_address=self.source)
        try:
            if self.connection.sock is None:
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)   # head and body go one by one
            self.connection.request(method, target, body=body, headers=headers or {})
            answer = self.connection.getresponse()
            fields = {k.lower(): v for k, v in answer.getheaders()}
            if fields.get("content-type") == EVENTS and method != "HEAD":
                begun = answer.read1(1 << 20)       # it has no end
                self.close()
                return answer.status, fields, begun
            return answer.status, fields, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None, token=None, headers=None):
        """path is without the base; body: bytes, or what becomes JSON."""
        fields = dict(headers or {})
        if token is not None:
            fields["Authorization"] = "Bearer " + token
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json")
        operation = self.description.find(method, path)
        answer = Answer(operation, *self.exchange(method, BASE + path, body, fields))
        if operation is not None and answer.status != 405:
            check_answer(self.description, operation, method, answer)
            self.seen.add((operation.id, answer.status, answer.problem()))
        return answer

    def good(self, *words, **options):
        """As ask(), but must succeed."""
        answer = self.ask(*words, **options)
        expect(answer.status < 400, words[:2], "answered", answer.status, answer.body[:500])
        return answer
