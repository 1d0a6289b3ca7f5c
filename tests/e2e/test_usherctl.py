"""The operator's command: who is there, who goes, and what it says when it cannot."""
import json
import re

import pytest

from lib.deadline import wait_until
from lib.fake_backend import hang
from lib.fake_imap import FakeImap
from lib.front import make_front, users_file
from lib.usher import backend_row

CLEARTEXT = {"allow_cleartext": True}
KICKED = b"* BYE Disconnected by the administrator.\r\n"


@pytest.fixture
def front(make_usher, scene):
    """Takes everybody."""
    def make(script=None, **config):
        return make_front(make_usher, scene, scene.fake(script or FakeImap()),
                          login=CLEARTEXT, **config)
    return make


def log_in(scene, usher, user="jane", listener="imap"):
    client = scene.imap(usher, listener)
    assert client.login(user, "secret").status == "OK"
    return client


def as_json(usher, *arguments):
    return json.loads(usher.ctl("--json", *arguments))


def table(text):
    """Rows as dicts: no cell of these has a blank in it."""
    head, *rows = [line.split() for line in text.splitlines()]
    return [dict(zip(head, row)) for row in rows]


def session_ids(usher):
    return {s["session"] for s in as_json(usher, "who")["sessions"]}


# ---- who ------------------------------------------------------------------------------

def test_who(scene, front):
    usher = front()
    clients = {"jane": log_in(scene, usher), "ann": log_in(scene, usher, "ann", "imaps")}
    rows = {row["USER"]: row for row in table(usher.ctl("who"))}
    assert set(rows) == set(clients)
    for user, client in clients.items():
        row = rows[user]
        assert row["CLIENT"] == "%s:%d" % client.local
        assert row["PROTOCOL"] == ("imap+tls" if user == "ann" else "imap")
        assert row["BACKEND"] == "a"
        assert re.fullmatch(r"\d+s", row["AGE"])
        logged = usher.wait_for_log("session.login", user=user)
        assert row["SESSION"] == logged["session"]


def test_who_in_json(scene, front):
    usher = front()
    client = log_in(scene, usher)
    client.send_line(b"b NOOP")
    client.reply(b"b")
    (session,) = as_json(usher, "who")["sessions"]
    assert set(session) == {"user", "protocol", "client", "backend", "session", "age_ms",
                            "in", "out", "tls", "pid"}
    assert session["out"] == len(client.octets()) - client.octets().index(b"a1 OK")
    assert session["pid"] in [p.pid for p in usher.children("worker")]
    client.logout()
    wait_until(lambda: as_json(usher, "who") == {"sessions": []}, 5.0, "it to be gone")


def test_who_of_one(scene, front):
    usher = front()
    for user in ("jane", "ann", "jane"):
        log_in(scene, usher, user)
    assert [row["USER"] for row in table(usher.ctl("who", "jane"))] == ["jane"] * 2
    assert usher.ctl("who", "nobody").split() == [
        "USER", "PROTOCOL", "CLIENT", "BACKEND", "AGE", "IN", "OUT", "SESSION"]


@pytest.mark.parametrize("name", ["j\u00e4ne@b\u00fccher.example", "a b", "\"quoted\\\"",
                                  "\u65e5\u672c", "tab\tstop", "esc\x1b[31mred"])
def test_awkward_names(scene, front, name):
    """What a name is made of neither breaks a table nor reaches a terminal raw."""
    usher = front()
    log_in(scene, usher, name)
    assert as_json(usher, "who")["sessions"][0]["user"] == name
    text = usher.ctl("who")
    assert len(text.splitlines()) == 2 and "\x1b" not in text
    assert usher.ctl("kick", name) == "1 sessions kicked\n"


def test_who_is_not_in_yet_is_not_there(scene, front):
    usher = front(FakeImap(at={"LOGIN": hang}))
    client = scene.imap(usher)
    client.begin(b"LOGIN jane secret")
    scene.imap(usher)
    usher.wait_for_log("session.state", to="backend")
    assert as_json(usher, "who") == {"sessions": []}


def test_very_many(scene, front):
    """More than are asked for at once: each is there, and once."""
    usher = front(process={"workers": 1})
    clients = [log_in(scene, usher, f"u{i}") for i in range(1100)]
    sessions = as_json(usher, "who")["sessions"]
    assert sorted(s["user"] for s in sessions) == sorted(f"u{i}" for i in range(1100))
    assert len(usher.ctl("who").splitlines()) == 1 + len(clients)
    assert as_json(usher, "status")["users"] == len(clients)


# ---- kick -----------------------------------------------------------------------------

def test_kick_a_user(scene, front):
    """All of the user's sessions, wherever they are; nobody else's."""
    usher = front()
    janes = [log_in(scene, usher, "jane", name) for name in ("imap", "imaps") * 3]
    ann = log_in(scene, usher, "ann")
    assert usher.ctl("kick", "jane") == "6 sessions kicked\n"
    for client in janes:
        assert client.read_to_end() in (KICKED, b"")
    ended = usher.wait_for_logs("proxy.ended", 6, user="jane")
    assert {(e["side"], e["why"]) for e in ended} == {("proxy", "Kicked by admin")}
    ann.ok(b"NOOP")
    assert [s["user"] for s in as_json(usher, "who")["sessions"]] == ["ann"]
    assert as_json(usher, "kick", "jane") == {"kicked": 0}


def test_who_is_kicked_is_told(scene, front):
    """Once nothing has moved for a moment: words of ours belong between two answers."""
    usher = front()
    for listener in ("imap", "imaps"):
        client = log_in(scene, usher, "jane", listener)
        wait_until(lambda: as_json(usher, "who")["sessions"][0]["age_ms"] > 300, 5.0,
                   "some quiet")
        usher.ctl("kick", "jane")
        assert client.read_to_end() == KICKED
        assert client.ended == "closed"


def test_kick_a_session(scene, front):
    usher = front()
    first = log_in(scene, usher)
    (one,) = session_ids(usher)
    second = log_in(scene, usher)
    assert usher.ctl("kick", "--session", one) == "1 sessions kicked\n"
    first.read_to_end()
    second.ok(b"NOOP")
    assert one not in session_ids(usher)
    assert usher.ctl("kick", "--session", "no/such/session") == "0 sessions kicked\n"


def test_kick_who_is_logging_in(scene, front):
    """A user is not let in behind the operator's back."""
    script = FakeImap(at={"LOGIN": hang})
    usher = front(script)
    client = scene.imap(usher)
    client.begin(b"LOGIN jane secret")
    usher.wait_for_log("session.state", to="backend")
    assert usher.ctl("kick", "jane") == "1 sessions kicked\n"
    assert client.read_to_end() == KICKED
    usher.wait_for_log("session.ended", user="jane", why="Kicked by admin")


# ---- status -----------------------------------------------------------------------------

def test_status(scene, make_usher):
    backends = [scene.fake(FakeImap()) for _ in range(2)]
    usher = make_front(make_usher, scene, *backends, start=False, login=CLEARTEXT)
    usher.configure(
        director={"backends": [backend_row(name, backend, tag="ssd")
                               for name, backend in zip("ab", backends)]},
        auth=[users_file(usher, "jane:{PLAIN}secret::::::host=a\n"
                                "ann:{PLAIN}secret::::::host=b\n")])
    usher.start()
    client = scene.imap(usher)
    client.login("jane", "wrong")
    assert client.login("jane", "secret").status == "OK"
    for user in ("jane", "ann"):
        log_in(scene, usher, user)
    log_in(scene, usher).logout()
    wait_until(lambda: as_json(usher, "status")["sessions"] == 3, 5.0, "three to be left")

    status = as_json(usher, "status")
    assert (status["users"], status["sessions"]) == (2, 3)
    assert [(b["name"], b["host"], b["sessions"]) for b in status["backends"]] == [
        ("a", backends[0].host, 2), ("b", backends[1].host, 1)]
    workers = status["workers"]
    assert {w["pid"] for w in workers} == {p.pid for p in usher.children("worker")}
    assert sum(w["sessions"] for w in workers) == 3
    assert sum(w["accepted"] for w in workers) == 4
    assert sum(w["logins"]["ok"] for w in workers) == 4
    assert sum(w["logins"]["auth-failed"] for w in workers) == 1

    text = usher.ctl("status")
    version = usher.run_ctl("--version").stdout.split()[1]
    assert re.match(rf"usher {version}, up \d+s: 3 sessions of 2 users\n\n", text)
    _, first, second = text.split("\n\n")
    assert [(row["BACKEND"], row["SESSIONS"]) for row in table(first)] == [
        ("a", "2"), ("b", "1")]
    assert sum(int(row["LOGINS"]) for row in table(second)) == 4
    assert sum(int(row["FAILED"]) for row in table(second)) == 1


def test_octets_are_counted_once(scene, front):
    """Those of sessions that have ended, and of no other twice."""
    usher = front()
    clients = [log_in(scene, usher, "jane", name) for name in ("imap", "imaps")]
    for client in clients:
        client.ok(b"X " + b"x" * 10_000)
    sessions = as_json(usher, "who")["sessions"]
    expected = {way: sum(s[way] for s in sessions) for way in ("in", "out")}
    assert expected["in"] > 20_000
    for client in clients:
        client.close()
    wait_until(lambda: as_json(usher, "status")["sessions"] == 0, 5.0, "all to be gone")
    workers = as_json(usher, "status")["workers"]
    assert {way: sum(w[way] for w in workers) for way in ("in", "out")} == expected
    ended = usher.wait_for_logs("proxy.ended", 2)
    assert {way: sum(e[way] for e in ended) for way in ("in", "out")} == expected


# ---- reload -------------------------------------------------------------------------------

def test_reload(scene, front):
    usher = front()
    assert usher.ctl("reload") == "reloaded\n"
    assert as_json(usher, "reload") == {"reloaded": True}
    usher.expected_events.add("supervisor.reload-failed")
    usher.write_config("listeners: 7\nlogins: {}\n")
    done = usher.run_ctl("--socket", usher.config["admin"]["socket"], "reload")
    assert (done.returncode, done.stdout) == (1, "")
    where = f"{usher.folder}/usher.yaml"
    assert done.stderr.startswith(f"usherctl: {where}:1:12: listeners: ")
    assert f"\n{where}:2:1: logins: there is no such key" in done.stderr


# ---- when it cannot --------------------------------------------------------------------------

def test_nobody_is_there(front):
    usher = front()
    done = usher.run_ctl("--socket", str(usher.folder / "nowhere.sock"), "who")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Is usher running" in done.stderr
    usher.stop()
    assert usher.ctl("who", status=3) == ""


WRONG = [["no-such-command"], ["who", "jane", "ann"], ["kick"], ["kick", "--session"],
         ["kick", "--sessions", "x"], ["reload", "now"], ["status", "x"], ["--no-such-option"],
         []]


@pytest.mark.parametrize("arguments", WRONG)
def test_a_command_that_is_none(front, arguments):
    done = front().run_ctl(*arguments)
    assert done.returncode == 2
    assert "usage: usherctl" in done.stderr + done.stdout or "try" in done.stderr


def test_the_socket_by_the_configuration(scene, front):
    usher = front()
    log_in(scene, usher)
    done = usher.run_ctl("--config", str(usher.folder / "usher.yaml"), "who")
    assert done.returncode == 0 and "jane" in done.stdout
    usher.write_config("admin: { sock: x }\n")
    done = usher.run_ctl("--config", str(usher.folder / "usher.yaml"), "who")
    assert done.returncode == 2
    assert "usher.yaml:1:10: sock: there is no such key in admin; did you mean socket?" in (
        done.stderr)


def test_help(front):
    done = front().run_ctl("--help")
    assert done.returncode == 0 and done.stderr == ""
    for command in ("status", "who", "kick", "reload"):
        assert re.search(rf"^  {command} ", done.stdout, re.M)
