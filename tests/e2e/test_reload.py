"""A new configuration while mail goes on: nobody is lost, nobody refused, and what cannot
be used changes nothing."""
import copy
import json
import signal
import threading

import pytest

from lib.deadline import wait_until
from lib.fake_imap import FakeImap
from lib.front import make_front, users_file
from lib.imapclient import ImapClient

CLEARTEXT = {"allow_cleartext": True}


@pytest.fixture
def front(make_usher, scene):
    def make(start=True, **config):
        fake = scene.fake(FakeImap())
        usher = make_front(make_usher, scene, fake, start=False, login=CLEARTEXT, **config)
        usher.configure(auth=[users_file(usher, "jane:{PLAIN}secret::::::\n")])
        return usher.start() if start else usher
    return make


def log_in(scene, usher, listener="imap"):
    client = scene.imap(usher, listener)
    assert client.login("jane", "secret").status == "OK"
    return client


def pids(usher, *roles):
    return {p.pid for role in roles for p in usher.children(role)}


def sessions(usher):
    return json.loads(usher.ctl("--json", "who"))["sessions"]


def by_usherctl(usher):
    usher.write_config()
    assert usher.ctl("reload") == "reloaded\n"


def by_signal(usher):
    since = usher.log.mark()
    usher.write_config()
    usher.signal(signal.SIGHUP)
    usher.wait_for_log("supervisor.reloaded", timeout=20, since=since)


WAYS = [by_usherctl, by_signal]


# ---- who stays --------------------------------------------------------------------------

@pytest.mark.parametrize("reload", WAYS)
def test_sessions_stay_and_new_ones_get_the_new(scene, front, reload):
    usher = front(process={"workers": 1})
    before = pids(usher, "worker", "auth")
    director = pids(usher, "director")
    old = [log_in(scene, usher, name) for name in ("imap", "imaps")]
    stranger = scene.imap(usher)
    usher.configure(login={"greeting": "new"})
    reload(usher)

    assert scene.imap(usher, greeting=False).greeting().endswith(b"] new")
    for client in old:
        client.ok(b"NOOP")
    assert stranger.login("jane", "secret").status == "OK"
    assert len(sessions(usher)) == 3
    assert pids(usher, "director") == director

    # The old processes stay as long as their sessions, and no longer.
    assert before & pids(usher, "worker")
    for client in (*old, stranger):
        client.close()
    wait_until(lambda: not before & pids(usher, "worker", "auth"), 10.0,
               "the old processes to end")
    done = usher.wait_for_logs("child.done", len(before))
    assert {e["process"] for e in done} == before


def test_a_login_that_a_reload_meets(scene, front):
    """Its questions are still answered by the auth process they were put to."""
    usher = front()
    client = scene.imap(usher)
    with usher.frozen("auth"):
        tag = client.begin(b"LOGIN jane secret")
        usher.wait_for_log("session.state", to="lookup")
        usher.reload()
    assert client.reply(tag).status == "OK"


def test_old_sessions_may_be_given_a_limit(scene, front):
    """For who would not have two configurations at work for days."""
    usher = front(process={"retire_timeout": "1s"})
    old = log_in(scene, usher)
    before = pids(usher, "worker")
    usher.reload()
    new = log_in(scene, usher)
    assert old.read_to_end() == b"* BYE Server shutting down.\r\n"
    wait_until(lambda: not before & pids(usher, "worker"), 10.0, "the old workers to end")
    new.ok(b"NOOP")


# ---- under load -----------------------------------------------------------------------------

class Load(threading.Thread):
    """Logs in and out, as often as there is time."""

    def __init__(self, usher):
        super().__init__()
        self.usher = usher
        self.done = threading.Event()
        self.logins = 0
        self.failure = None

    def run(self):
        try:
            while not self.done.is_set():
                self._visit()
                self.logins += 1
        except Exception as e:
            self.failure = e

    def _visit(self):
        with ImapClient.to(self.usher.host, self.usher.ports["imap"]) as client:
            client.greeting()
            assert client.login("jane", "secret").status == "OK"
            client.logout()


def test_under_load_nobody_is_lost_or_refused(scene, front):
    """More workers, fewer workers, the same: every connection is served."""
    usher = front()
    stay = [log_in(scene, usher) for _ in range(20)]
    loads = [Load(usher) for _ in range(4)]
    for load in loads:
        load.start()
    for workers in (3, 1, 2, 2):
        before = sum(load.logins for load in loads)
        usher.configure(process={"workers": workers})
        usher.reload()
        wait_until(lambda: sum(load.logins for load in loads) >= before + 20, 20.0,
                   "logins to go on")
    for load in loads:
        load.done.set()
        load.join()
    assert [load.failure for load in loads] == [None] * len(loads)
    for client in stay:
        client.ok(b"NOOP")
    assert len(sessions(usher)) == len(stay)


# ---- what changes ------------------------------------------------------------------------------

def refused(usher, name):
    try:
        ImapClient.to(usher.host, usher.ports[name]).close()
    except ConnectionRefusedError:
        return True
    return False


def test_listeners_come_and_go(scene, front):
    usher = front()
    client = log_in(scene, usher)
    usher.listen("inner", protocol="imap", tls="off", allow_cleartext=True)
    row = usher.config["listeners"].pop(0)
    usher.reload()
    assert refused(usher, "imap")
    log_in(scene, usher, "inner")
    client.ok(b"NOOP")

    usher.config["listeners"].insert(0, row)
    usher.reload()
    log_in(scene, usher)


def test_backends_come_and_go(scene, front):
    usher = front()
    client = log_in(scene, usher)
    other = scene.fake(FakeImap())
    usher.configure(director={"backends": [
        {"name": "b", "host": other.host, "imap": other.port}]})
    usher.reload()
    log_in(scene, usher)
    assert len(other.connections) == 1
    assert sorted(s["backend"] for s in sessions(usher)) == ["a", "b"]
    client.ok(b"NOOP")


def test_the_log_goes_elsewhere(scene, front):
    usher = front()
    client = log_in(scene, usher)
    new = usher.folder / "new-log"
    usher.configure(log={"path": str(new), "level": "info"})
    usher.reload()
    log_in(scene, usher)
    client.logout()         # of an old worker: it goes on as it began
    usher.wait_for_log("proxy.ended")
    wait_until(lambda: new.exists() and "proxy.started" in new.read_text(), 5.0,
               "the new log")
    assert "session.state" not in new.read_text()


# ---- what cannot be used -------------------------------------------------------------------------

def broken_yaml(usher):
    usher.write_config("listeners: [\n")
    return "usher.yaml:2:1: "


def misspelt_key(usher):
    usher.configure(processs={"workers": 3})
    usher.write_config()
    return "processs: there is no such key in usher.yaml; did you mean process?"


def missing_certificate(usher):
    usher.configure(tls={"certificates": [{"cert": "/nowhere.pem", "key": "/nowhere.key"}]})
    usher.write_config()
    return "cannot read /nowhere.pem: No such file or directory"


def mismatched_certificate(usher):
    rows = usher.config["tls"]["certificates"]
    rows.append({"cert": rows[0]["cert"], "key": str(usher.folder / "other.key")})
    usher.write_config()
    return "key values mismatch"


def missing_users(usher):
    usher.configure(auth=[{"driver": "passwd-file", "path": "/nowhere/users"}])
    usher.expected_events |= {"note.error", "child.died"}
    usher.write_config()
    return "a process of the new configuration ended as soon as it had begun"


BROKEN = [broken_yaml, misspelt_key, missing_certificate, mismatched_certificate,
          missing_users]


@pytest.mark.parametrize("break_it", BROKEN)
def test_what_cannot_be_used_changes_nothing(scene, front, break_it):
    usher = front()
    usher.expected_events.add("supervisor.reload-failed")
    other = scene.pki.certificate("other.example.com")
    (usher.folder / "other.key").write_bytes(other.key.read_bytes())
    client = log_in(scene, usher)
    processes = pids(usher, "worker", "auth", "director")
    good = copy.deepcopy(usher.config)

    words = break_it(usher)
    assert usher.ctl("reload", status=1) == ""
    assert words in usher.log_lines("supervisor.reload-failed")[0]["what"]
    usher.signal(signal.SIGHUP)
    usher.wait_for_logs("supervisor.reload-failed", 2, timeout=20)
    wait_until(lambda: pids(usher, "worker", "auth", "director") == processes, 5.0,
               "the same processes, and no others")
    client.ok(b"NOOP")
    log_in(scene, usher, "imaps")

    usher.config = good
    by_usherctl(usher)
    client.ok(b"NOOP")
    log_in(scene, usher)


def test_an_address_that_somebody_has(scene, front):
    usher = front()
    usher.expected_events.add("supervisor.reload-failed")
    other = scene.fake(FakeImap())
    usher.listen("taken", protocol="imap", tls="off")
    usher.config["listeners"][-1]["address"] = [f"{other.host}:{other.port}"]
    usher.write_config()
    usher.ctl("reload", status=1)
    assert "Address already in use" in usher.log_lines("supervisor.reload-failed")[0]["what"]
    log_in(scene, usher)


# ---- several at once ---------------------------------------------------------------------------

def test_two_operators(scene, front):
    """The second reload comes after the first, and each hears how it went."""
    usher = front()
    said = []
    operators = [threading.Thread(target=lambda: said.append(usher.ctl("reload")))
                 for _ in range(3)]
    for operator in operators:
        operator.start()
    for operator in operators:
        operator.join()
    assert said == ["reloaded\n"] * 3
    log_in(scene, usher)


def test_signals_while_it_begins(scene, front):
    """The last word counts, whenever it comes."""
    usher = front(start=False)
    usher.start()
    for greeting in ("one", "two", "three"):
        usher.configure(login={"greeting": greeting})
        usher.write_config()
        usher.signal(signal.SIGHUP)
    wait_until(lambda: scene.imap(usher, greeting=False).greeting().endswith(b"three"),
               20.0, "the last configuration")
