#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The HTTP API is what openapi.json says: every operation succeeds as described, every documented refusal can be
provoked and looks as documented, nothing else is ever answered, and no path answers that is not described."""

import os
import re
import signal
import threading
import time

from api_forms import Request, any_token, form_rows
from api_rows import ROWS, BUILDING, deleting, ending, invitation, finishing, mailed_code, MAC, new_address, new_keys, new_password, opened, profile, proof, recovery, resetting, withdrawing
from api_world import OCTETS, World
from formats import Keys, b64, id_text, new_id, unb64
from instance import Failure, Instance, expect, instance_program, main, run, wait_for
from openapi import BASE, METHODS, Client, events_of

# What any operation may answer but only few can be made to: proven where it can be, which must be somewhere.
RARE = {"busy", "io"}


# --- successes

def successes(w):
    """What making the world has not asked yet."""
    w.client.good("POST", "/login-parameters", {"email": "niemand@kunde.example"})
    session = w.client.good("POST", "/sessions", {"email": w.agent.address, "auth_key": b64(w.agent.auth_key)}).json()
    w.client.good("DELETE", "/sessions/current", token=session["session"])
    expect(w.customer.good("GET", "/account").json()["email"] == w.customer.address, "another account")
    version = w.customer.good("GET", "/account/pins").json()["version"]
    for _ in range(2):
        w.customer.good("PUT", "/account/pins", {"version": version + 1, "pins": b64(b"pins"),
                                                 "pages": [{"at": at, "page": b64(b"page %d" % at)} for at in (0, 1 << 31)]})
    pages = f"/account/pins/pages?version={version + 1}&at="
    expect("pin_page" not in w.customer.good("GET", "/account/pins").json(), "a page with the root of several")
    expect([p["at"] for p in w.customer.good("GET", pages + "0&count=16").json()["items"]] == [0, 1 << 31], "other pages")
    expect([unb64(p["page"]) for p in w.customer.good("GET", pages + "1").json()["items"]] == [b"page %d" % (1 << 31)], "another page")
    listed = [c["slug"] for c in w.stranger.good("GET", "/companies").json()["items"]]
    expect(listed == ["andere", "kanzlei"], "the directory has", listed)
    page = w.stranger.good("GET", "/companies?limit=1").json()
    expect(w.stranger.good("GET", "/companies?cursor=" + page["next"]).json()["items"][0]["slug"] == "kanzlei", "no second page")
    expect(w.stranger.good("GET", "/companies/kanzlei").json()["company"]["epochs"], "no epochs")
    w.customer.good("GET", "/companies/kanzlei?invitation=" + w.company.invite().split("/")[-1])
    roles = [m["role"] for m in w.owner.good("GET", "/companies/kanzlei/members").json()["items"]]
    expect(roles.count("owner") == 1, "members are", roles)
    expect(w.agent.good("GET", "/memberships").json()["items"][0]["role"] == "agent", "no agent")
    seen = w.agent.good("GET", "/companies/kanzlei/customers").body
    expect(w.customer.address.encode() not in seen, "the company sees the customer's address")
    expect(w.customer.good("GET", "/subscriptions").json()["items"][0]["state"] == "active", "no subscription")
    talks(w)
    expect(w.agent.good("GET", "/account/held").json()["items"][0]["kind"] == "usage", "nothing is held")
    seen = events_of(w.customer.good("GET", "/events?after=1").body)
    expect([e["kind"] for e in seen][:2] == ["subscription"] * 2, "the customer's events are", seen)
    opens(w)
    guards(w)
    asks(w)
    recovers(w)
    moves(w)
    w.client.good("GET", "/openapi.json")
    expect(w.client.ask("HEAD", "/server").status == 200, "GET does not answer HEAD")
    # a session's header field means nothing where no session is asked for
    w.client.good("GET", "/server", headers={"Authorization": "Basic YTpi"})


def talks(w):
    """A conversation: both sides write, read, and one takes a text back."""
    path = f"/subscriptions/{w.subscription}"
    for person, as_company, text in ((w.customer, False, "Guten Tag"), (w.agent, True, "Grüß Gott")):
        person.good("POST", path + "/messages", {"message": id_text(new_id()), "as_company": as_company, "text": text})
    newest, *_ = w.customer.good("GET", path + "/entries?limit=2").json()["items"]
    expect(newest["text"] == "Grüß Gott" and newest["last_name"] == "Öztürk" and newest["from_company"], "the customer sees", newest)
    query = f"?oldest_first=1&after=1&before={newest['sequence']}&from={newest['time'][:10]}T00:00:00.000Z&origin=1"
    own = w.customer.good("GET", path + "/entries" + query).json()["items"][0]
    expect(own["own"] and own["address"], "one's own is", own)
    expect(w.agent.good("PUT", path + "/read-state", {"sequence": 2}).json() == {"sequence": 2, "newest": newest["sequence"]}, "read")
    expect(w.agent.good("GET", path + "/read-state").json()["sequence"] == 2, "not read")
    w.agent.good("DELETE", path + f"/entries/{newest['sequence']}")
    taken = w.customer.good("GET", path + "/entries").json()["items"][0]
    expect(taken["deleted"] and "text" not in taken, "taken back, it is", taken)


def opens(w):
    """How an account is opened."""
    person = w.person("otto@oeffnet.example").register()
    _, method, path, action, fresh, body = new_password(w, person)
    body["proof"] = proof(person, action, *fresh)
    stale = w.client.good("POST", "/sessions", {"email": person.address, "auth_key": b64(person.auth_key)}).json()["session"]
    for _ in range(2):
        person.good(method, path, body)
    expect(w.client.ask("GET", "/account", token=stale).status == 401, "another session goes on")
    person.auth_key = fresh[0]
    w.client.good("POST", "/sessions", {"email": person.address, "auth_key": b64(person.auth_key)})
    rows = person.good("GET", "/sessions").json()["items"]
    expect([r["current"] for r in rows] == [True, False], "sessions are", rows)
    person.good("DELETE", "/sessions/" + rows[1]["session"])
    person.good("DELETE", "/sessions")
    person.good("POST", "/account/recovery-code", {"recovery_auth_key": b64(person.recovery_key)})


def guards(w):
    """The second factor, and passwords for programs."""
    person = w.person("gitte@zweifach.example").register().turn_on()
    expect(person.good("GET", "/account/totp").json()["backup_codes"] == 10, "other backup codes")
    login = {"email": person.address, "auth_key": b64(person.auth_key), "totp": person.backup.pop()}
    w.client.good("POST", "/sessions", login)
    body = {"proof": person.proof("backup-codes", totp=person.backup.pop())}
    person.backup = [c["code"] for c in person.good("POST", "/account/totp/backup-codes", body).json()["codes"]]
    body = {"name": "Mutt", "proof": person.proof("app-password", b"Mutt", totp=person.backup.pop())}
    made = person.good("POST", "/account/app-passwords", body).json()
    rows = person.good("GET", "/account/app-passwords").json()["items"]
    expect([(r["app_password"], r["name"]) for r in rows] == [(made["app_password"], "Mutt")], "app passwords are", rows)
    person.good("DELETE", "/account/app-passwords/" + made["app_password"])
    person.good("POST", "/account/totp/end", {"proof": person.proof("totp-end", totp=person.backup.pop())})
    expect(not person.good("GET", "/account/totp").json()["on"], "is on")


def asks(w):
    """The operator."""
    made = w.customer.good("POST", "/support-requests", {"text": "Wo ist mein Paket?"}).json()["request"]
    rows = w.customer.good("GET", "/support-requests").json()["items"]
    expect([r["request"] for r in rows] == [made] and "answered" not in rows[0], "support requests are", rows)
    run(instance_program("provisionctl"), "-c", w.instance.conf, "support", "answer", made, "Unterwegs.")
    shown = w.customer.good("GET", "/support-requests/" + made).json()
    expect((shown["text"], shown["answer"]) == ("Wo ist mein Paket?", "Unterwegs."), "shown", shown)
    w.customer.good("DELETE", "/support-requests/" + made)


def moves(w):
    person = w.person("mara@zieht-um.example").register()
    person.good("PUT", "/account/profile", profile(person, last_name="Anders", company_name="Anders GmbH"))
    expect(person.good("GET", "/account").json()["last_name"] == "Anders", "another name")
    choice = {"notices": "none", "quiet_start": 1320, "quiet_end": 420}
    person.good("PUT", "/account/notices", choice)
    expect(choice.items() <= person.good("GET", "/account").json().items(), "notices")
    _, method, path, action, fresh, body = new_address(w, person, "mara@anders.example")
    person.good(method, path, {**body, "proof": proof(person, action, *fresh)})
    expect(person.good("GET", "/account").json()["email"] == "mara@anders.example", "another address")
    old = w.client.ask("POST", "/sessions", {"email": person.address, "auth_key": b64(person.auth_key)})
    w.client.good("POST", "/sessions", {"email": "mara@anders.example", "auth_key": body["auth_key"]})
    expect(old.status == 401, "the old address is good")


def recovers(w):
    person = w.person("rolf@vergisst.example").register()
    keys = w.client.good("POST", "/recoveries", recovery(person)).json()
    expect(keys["statement"] == b64(person.keys.statement), "another statement")
    body = finishing(w, person, **opened(w, person))
    person.token = w.client.good("POST", "/recoveries/finish", body).json()["session"]
    person.good("GET", "/account")
    path, body = mailed_code(w, person)
    expect(w.client.good("POST", path + "/open", body).json() == {"account": person.id, "number": 1, "pins_version": 1}, "reset")
    keys = Keys(person.keys.account, number=2)
    session = w.client.good("POST", path + "/finish", {**body, **new_keys(w, keys)}).json()
    expect(person.ask("GET", "/account").status == 401, "an old session goes on")
    expect(w.client.ask("POST", path + "/open", body).status == 401, "a code was used twice")
    person.token = session["session"]
    expect(person.good("GET", "/account").json()["statement"] == b64(keys.statement), "other keys")


def ends(w):
    person = w.person("berta@kunde.example").register()
    subscription, _ = w.company.subscribe(person)
    person.good("POST", f"/subscriptions/{subscription}/end", ending(person, subscription))
    for request in (resetting, deleting):
        person, method, path, action, changes, body = request(w, person)
        person.good(method, path, {**body, "proof": person.proof(action, *changes)})


def companies(w):
    """A company of its own: roles and epochs change, a member goes, another leaves; personal invitations."""
    company = w.new_company().activate()
    company.add_agent(w.agent)
    code = company.keys.recovery_key()
    company.keys, epoch = company.keys.successor(recovery=code), company.keys
    body = company.renewal([(w.owner, "owner"), (w.agent, "owner")], keys=company.keys, **company.coded(code))
    w.owner.good("POST", company.path + "/renewal", body)
    expect(w.owner.good("GET", company.path + "/epochs/2").json()["epochs"] == [], "epochs that are listed came again")
    kept = w.owner.good("GET", company.path + "/recovery").json()
    expect(kept["recovery"] == body["recovery"] and kept["sealed_root"] == body["recovery_root"], "kept for the code", kept)
    expect(epoch.number + 1 == company.keys.number, "no new epoch")
    w.agent.good("POST", company.path + "/leave", company.signed(w.agent, "member-leave"))
    settings = {"listed": False, "forbids_text_mail": True, "notices": "none", "quiet_start": 1320, "quiet_end": 420}
    w.owner.good("PUT", company.path + "/settings", settings)
    expect(w.owner.good("GET", company.path + "/settings").json() == settings, "settings")
    path, body = company.invite_customer()
    expect(len(w.owner.good("GET", company.path + "/customer-invitations").json()["items"]) == 1, "no invitation")
    expect(w.stranger.good("POST", path + "/redemption", body).json()["state"] == "active", "not accepted")
    w.owner.good("DELETE", company.invite_customer()[0])


def uploads(w):
    for path in ("/packages/" + id_text(new_id()) + "/parts", "/uploads/" + id_text(new_id())):
        expect(w.client.good("OPTIONS", path).headers["tus-version"] == "1.0.0", "no tus")
    sent = w.sent().create()
    path = sent.begin("body", len(sent.parcel.body))
    half = len(sent.parcel.body) // 2
    w.customer.good("PATCH", path, sent.parcel.body[:half], headers={**OCTETS, "Upload-Offset": "0"})
    head = w.customer.good("HEAD", path, headers=OCTETS).headers
    expect(head["upload-offset"] == str(half) and head["upload-length"] == str(2 * half), "HEAD says", head)
    expect(sent.begin("body", 2 * half) == path, "the same upload has another id")
    w.customer.good("DELETE", path, headers=OCTETS)
    w.customer.good("DELETE", sent.path)
    taken_back = w.sent().create().complete()
    w.customer.good("POST", taken_back.path + "/withdraw", withdrawing(w.customer, taken_back))


def downloads(w):
    for part in ("manifest", "body"):
        path, data = f"{w.complete.path}/{part}", getattr(w.complete.parcel, part)
        whole = w.agent.good("GET", path)
        expect(whole.status == 200 and whole.body == data, part, "came out different")
        ranged = w.agent.good("GET", path, headers={"Range": "bytes=10-19", "If-Range": whole.headers["etag"]})
        expect(ranged.status == 206 and ranged.body == data[10:20], part, "came out different in part")
        expect(w.agent.good("GET", path, headers={"If-None-Match": whole.headers["etag"]}).status == 304, "not 304")
    seal = w.agent.good("GET", w.complete.path + "/seal")
    w.agent.good("GET", w.complete.path + "/seal", headers={"Range": "bytes=1-"})
    w.agent.good("GET", w.complete.path + "/seal", headers={"If-None-Match": seal.headers["etag"]})
    expect(w.agent.good("GET", w.complete.path + "/files/0").json()["files"] == w.complete.parcel.files(), "other files")
    expect(w.agent.good("GET", w.complete.path).json()["row"]["state"] == "waiting", "not waiting")
    for query, person in (("?company=kanzlei", w.agent), ("?outgoing=1", w.customer), ("?limit=1", w.customer)):
        person.good("GET", "/inbox" + query)


# --- refusals

def check_row(description, row, w):
    operation = description.operations.get(row.operation)
    expect(operation is not None, "a row is about", row.operation, "which is not described")
    statuses = {status for status, name in operation.refusals() if name == row.problem}
    where = f"{row.operation} {row.problem}"
    expect(statuses, "a row provokes", where, "which is not documented")
    count = 0
    for answer in row.function(w):
        count += 1
        nth = f"{where}, way {count}:"
        expect(answer.operation is operation, nth, "asked", answer.operation and answer.operation.id)
        is_it = answer.problem() in (row.problem, None if operation.method == "HEAD" else row.problem)
        expect(is_it and answer.status in statuses, nth, "answered", answer.status, answer.body[:300])
        expect(row.field is None or answer.field() == row.field, nth, "blames the field", answer.body[:300], "not", row.field)
        if answer.status == 401:
            expect(answer.headers.get("www-authenticate") == "Bearer", nth, "has no WWW-Authenticate")
    expect(count > 0, where, "asked nothing")


def problem_of(description, row, w):
    """What is wrong about a row, so that all can be told at once."""
    try:
        check_row(description, row, w)
    except Failure as problem:
        return str(problem)
    return None


def rows_of_damage(w):
    """A file of the spool is shorter than it was: an error of the server's, told as one."""
    def find(data):
        try:
            return [p for p in w.instance.spool_files() if p.read_bytes() == data]
        except FileNotFoundError:       # files move when their package is complete
            return None

    def shorten(data):
        with open(wait_for(5, "a part in the spool", lambda: find(data))[0], "r+b") as f:
            f.truncate(len(data) - 1)

    damaged = w.sent().create().complete()
    shorten(damaged.parcel.body)
    yield w.owner.ask("GET", damaged.path + "/body")
    damaged = w.sent().create().fill()
    shorten(damaged.parcel.manifest)
    yield w.customer.ask("POST", damaged.path + "/complete", {})
    damaged = w.sent().create()
    damaged.begin("body", len(damaged.parcel.body))
    piece = damaged.parcel.body[:100]
    w.customer.good("PATCH", damaged.uploads["body"], piece, headers={**OCTETS, "Upload-Offset": "0"})
    shorten(piece)
    yield BUILDING["headUpload"](w.customer, damaged)
    yield w.customer.ask("PATCH", damaged.uploads["body"], b"x", headers={**OCTETS, "Upload-Offset": "100"})


def until_busy(operation, most, ask):
    for _ in range(most):
        answer = ask()
        if answer.problem() == "busy":
            return
    raise Failure(f"{operation} was asked {most} times without being told to wait")


def check_limiter(w):
    """A8: every kind of try is slowed. The last thing in this world: its owner is slowed then."""
    begun = f"/registrations/{id_text(new_id())}/verify"
    tries = [
        ("createSession", 12, "/sessions", {"email": w.stranger.address, "auth_key": b64(bytes(32))}),
        ("verifyRegistration", 12, begun, {"token": b64(bytes(32)), "code": "AAAA-AAAA"}),
        ("getLoginParameters", 250, "/login-parameters", {"email": w.stranger.address}),
        ("createRegistration", 120, "/registrations", w.person("x@kunde.example").registration(locale="fr")),
    ]
    for operation, most, path, body in tries:
        until_busy(operation, most, lambda path=path, body=body: w.client.ask("POST", path, body))
    until_busy("activateCompany", 12, lambda: w.owner.ask("POST", w.idle.path + "/activation", w.idle.activation(enrolment="x")))
    pins = w.owner.good("GET", "/account/pins").json()["version"]
    place, sent = w.other.invite() + "/join", w.sent_by_owner()
    changes = [
        ("PUT", "/account/pins", {"version": pins + 1, "pins": b64(b"x"), "pages": []}), ("GET", "/companies", None),
        ("POST", w.company.path + "/invitations", invitation()), ("POST", place, MAC),
        ("POST", f"{w.company.path}/customers/{w.number}/decision", {"accept": True}),
        ("POST", "/subscriptions", {"slug": "andere"}), ("POST", "/packages", sent.body()),
    ]
    for method, path, body in changes:
        until_busy("createNonce", 700, lambda: w.owner.ask("POST", "/nonces", {"action": "x"}))
        until_busy(path, 3, lambda method=method, path=path, body=body: w.owner.ask(method, path, body))


# --- paths that are not described

def check_unknown_paths(client):
    description = client.description
    known = [o.pattern for o in description.operations.values()]
    candidates = {"", "/", "/x", "/Server", "/server/", "/server//", "//server", "/uploads", "/docs", "/../server", "/accounts",
                  "/users", "/admin", "/status", "/metrics", "/queue"}
    for operation in description.operations.values():
        path = Request(description, operation).path
        parts = path.split("/")
        candidates |= {path + "/", path + "/x", path.upper(), "/".join(parts[:-1]), "/".join(parts[:-1] + ["x!"]), "/x" + path}
    for path in sorted(candidates):
        if any(p.fullmatch(path) for p in known):
            continue
        status, headers, body = client.exchange("GET", BASE + path)
        is_dotted = "/.." in path       # refused as malformed before it is looked up
        expect(status == (400 if is_dotted else 404), "an undescribed path", path, "answered", status)
        expect(headers["content-type"] == "application/problem+json" and b"problem:" in body, path, "answered", body)
    for path in ("/api", "/api/v2/server", "/metrics", "/admin", "/favicon.ico", "/p", "/p/x", "/i", "/style.css/"):
        status = client.exchange("GET", path)[0]
        expect(status == 404, "an undescribed path", path, "answered", status)
    for path in ("/", "/v", "/style.css", "/health", "/p/" + id_text(new_id()), "/i/kanzlei"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            status, headers, _ = client.exchange(method, path)
            is_page = method == "GET"
            expect(status == (200 if is_page else 405) and "set-cookie" not in headers, method, path, "answered", status)


def check_other_methods(client):
    description = client.description
    for item in description.paths.values():
        operations = [description.operations[o["operationId"]] for o in item.values()]
        allowed = {o.method for o in operations}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        path = Request(description, operations[0]).path
        for method in METHODS:
            if method.upper() in allowed:
                continue
            status, headers, body = client.exchange(method.upper(), BASE + path, headers={"Authorization": "Bearer " + any_token()})
            expect(status == 405, method, path, "answered", status)
            expect(set(headers["allow"].split(", ")) == allowed, path, "allows", headers["allow"], "instead of", allowed)
            if method != "head":
                expect(b'"urn:provision:problem:unsupported"' in body, method, path, "answered", body)


# --- what is answered when the store cannot

def check_full(instance, description):
    """From the reload on, and as long as it lasts: less is free than is to be kept."""
    client = Client(instance, description)
    ask = Request(description, description.operations["createSubscription"])
    expect(ask.ask(client, any_token()).problem() == "login", "full before anything is")
    instance.write_configuration({**instance.values, "disk_reserve_bytes": "16TiB"})
    instance.daemon.send_signal(signal.SIGHUP)
    wait_for(10, "the disk to be full", lambda: ask.ask(client, any_token()).problem() == "full")
    for operation in description.operations.values():
        is_full = Request(description, operation).ask(client, any_token() if operation.needs_session else None).status == 507
        expect(is_full == ((507, "full") in operation.refusals()), operation.id, "was" if is_full else "was not", "refused on a full disk")
    instance.write_configuration({k: v for k, v in instance.values.items() if k != "disk_reserve_bytes"})
    instance.daemon.send_signal(signal.SIGHUP)
    wait_for(10, "room on the disk", lambda: ask.ask(client, any_token()).problem() == "login")
    return client.seen


def of_store(description):
    return [o for o in description.operations.values() if (503, "unavailable") in o.refusals()]


def check_unavailable(instance, description):
    client = Client(instance, description)
    instance.daemon.send_signal(signal.SIGSTOP)      # or the store is back before it is missed
    try:
        os.kill(instance.roles("store")[0], signal.SIGKILL)
        time.sleep(0.3)
        for operation in of_store(description):
            answer = Request(description, operation).ask(client, any_token() if operation.needs_session else None)
            expect(answer.status == 503, operation.id, "answered", answer.status, "without a store")
            expect(answer.headers.get("retry-after"), operation.id, "does not say when to try again")
    finally:
        instance.daemon.send_signal(signal.SIGCONT)
    wait_for(20, "the store to be back", lambda: client.ask("GET", "/server").status == 200)
    return client.seen


def check_timeout(instance, description):
    """All at once, as each waits for half a minute."""
    store, seen, wrong = instance.roles("store")[0], set(), []

    def ask(operation):
        client = Client(instance, description)
        try:
            answer = Request(description, operation).ask(client, any_token() if operation.needs_session else None)
            expect(answer.status == 504, operation.id, "answered", answer.status, "while the store hangs")
            seen.update(client.seen)
        except (Failure, OSError) as problem:
            wrong.append(f"{operation.id}: {problem}")

    instance.daemon.send_signal(signal.SIGSTOP)      # or it would end a store that does not answer
    os.kill(store, signal.SIGSTOP)
    try:
        threads = [threading.Thread(target=ask, args=(o,)) for o in of_store(description)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os.kill(store, signal.SIGCONT)
        instance.daemon.send_signal(signal.SIGCONT)
    expect(not wrong, *wrong)
    return seen


class Second(threading.Thread):
    """A second instance, meanwhile, whose store is ill-treated."""

    def __init__(self, description):
        super().__init__()
        self.description, self.seen, self.problem = description, set(), None

    def run(self):
        try:
            with Instance("api-ill") as instance:
                for check in (check_full, check_unavailable, check_timeout):
                    self.seen |= check(instance, self.description)
        except BaseException as problem:  # noqa: told by the main thread
            self.problem = problem

    def result(self):
        self.join()
        if self.problem is not None:
            raise self.problem
        return self.seen


# --- is everything there

def check_covered(description, rows, seen):
    named = {(r.operation, r.problem) for r in rows}
    for name, status, problem in seen:
        meant = [p for s, p in description.operations[name].refusals() if s == status]
        # an answer to HEAD has no body to name its problem
        named |= {(name, problem or meant[0])} if problem or len(meant) == 1 else set()
    proven = {problem for _, problem in named}
    missing = []
    for operation in description.operations.values():
        statuses = {status for name, status, _ in seen if name == operation.id}
        for status in operation.item["responses"]:
            if int(status) < 400 and int(status) not in statuses:
                missing.append(f"{operation.id} {status}")
        for status, problem in operation.refusals():
            is_proven = (operation.id, problem) in named and status in statuses
            if not is_proven and not (problem in RARE and problem in proven):
                missing.append(f"{operation.id} {status} {problem}")
    expect(not missing, "documented, and never seen:", ", ".join(sorted(missing)))


def test():
    with Instance("api") as instance:
        client = Client(instance)
        second = Second(client.description)
        second.start()
        w = World(instance, client)
        w.complete, w.received = w.sent().create().complete(), w.sent().create().complete().receive()
        w.sent_by_owner().create().complete()
        for check in (successes, companies, ends, uploads, downloads):
            check(w)
        rows = list(form_rows(client.description)) + ROWS
        wrong = [problem for problem in (problem_of(client.description, row, w) for row in rows) if problem]
        expect(not wrong, "\n".join(wrong))
        for answer in rows_of_damage(w):
            expect(answer.status == 500, "damage was answered with", answer.status, answer.body)
        check_unknown_paths(client)
        check_other_methods(client)
        check_limiter(w)
        check_covered(client.description, rows, client.seen | second.result())
        print(f"{len(client.description.operations)} operations, {len(rows)} rows, {len(client.seen)} kinds of answers")


main(test)
