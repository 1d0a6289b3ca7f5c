"""Processes that die, and the end of all of them: one fault, one small wound."""
import contextlib
import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from lib.deadline import PATIENCE, wait_until
from lib.fake_backend import hang
from lib.fake_imap import FakeImap
from lib.front import make_front, users_file
from lib.wire import PeerSilent, connect

CLEARTEXT = {"allow_cleartext": True}


@pytest.fixture
def front(make_usher, scene):
    """Two workers before a backend that takes anybody. by: "file" has passwords checked
    in the auth processes, else the workers need none."""
    def make(by=None, after_login=None, start=True, **config):
        fake = scene.fake(FakeImap(after_login=after_login))
        usher = make_front(make_usher, scene, fake, start=False, login=CLEARTEXT, **config)
        if by == "file":
            usher.configure(auth=[users_file(usher, "jane:{PLAIN}secret::::::\n")])
        return usher.start() if start else usher
    return make


def log_in(scene, usher, listener="imap"):
    client = scene.imap(usher, listener)
    assert client.login("jane", "secret").status == "OK"
    return client


def session_of(usher, client):
    """What usherctl says of a client's session."""
    sessions = json.loads(usher.ctl("--json", "who"))["sessions"]
    ours = "%s:%d" % client.local
    return next(s for s in sessions if s["client"] == ours)


def log_in_at_both(scene, usher):
    """Sessions at each of the two workers: {pid: [client, ...]}."""
    wait_until(lambda: len(usher.children("worker")) == 2, 10.0, "two workers")
    workers = {worker.pid: [] for worker in usher.children("worker")}
    while not all(len(clients) >= 3 for clients in workers.values()):
        client = log_in(scene, usher)
        workers[session_of(usher, client)["pid"]].append(client)
    return workers


def wait_for_another(usher, role, pid):
    return wait_until(lambda: [p for p in usher.children(role) if p.pid != pid], 10.0,
                      f"another {role}")


# ---- who they are ----------------------------------------------------------------------

def test_what_ps_calls_them(front):
    usher = front()
    if usher.config["process"].get("sandbox", True):        # valgrind has its own names
        for role in ("worker", "auth", "director"):
            for process in usher.children(role):
                name = Path(f"/proc/{process.pid}/comm").read_text()
                assert name == f"usher-{role}\n"
                assert process.arguments.startswith(f"usher: {role} ")


def test_a_program_that_is_replaced_while_it_runs(scene, front):
    """By an upgrade of the package, say: until a restart, all are of one version."""
    build = scene.run.folder / scene.run.new_name("build")
    build.mkdir()
    usher = front(start=False)
    program = build / "usher"
    shutil.copy(usher.build / "usher", program)
    usher.run_as(program)
    usher.start()
    usher.expected_events.add("child.died")
    program.unlink()
    program.write_text("#!/bin/false\n")
    program.chmod(0o755)
    pid = usher.kill("worker")
    wait_for_another(usher, "worker", pid)
    usher.reload()
    log_in_at_both(scene, usher)


# ---- a worker -------------------------------------------------------------------------

def test_a_worker_that_crashes(scene, front):
    """Its own sessions are gone; those of the other notice nothing, nor do new ones."""
    usher = front()
    usher.expected_events.add("child.died")
    workers = log_in_at_both(scene, usher)
    # A sanitizer has its own ideas of SIGSEGV.
    number = signal.SIGKILL if usher.sanitized() else signal.SIGSEGV
    victim = usher.kill("worker", number)
    died = usher.wait_for_log("child.died", process=victim)
    assert (died["role"], died["how"], died["status"]) == (
        "worker", signal.strsignal(number), number)

    for client in workers.pop(victim):
        assert client.read_to_end() == b""
    (others,) = workers.values()
    for client in others:
        client.ok(b"NOOP")
    for _ in range(10):
        log_in(scene, usher).ok(b"NOOP")
    assert len(json.loads(usher.ctl("--json", "who"))["sessions"]) == len(others) + 10
    log_in_at_both(scene, usher)


def test_a_worker_that_is_full(scene, front):
    """Further clients wait in the kernel's queue, and come in as others leave."""
    usher = front(process={"workers": 1, "max_sessions": 3})
    clients = [log_in(scene, usher) for _ in range(2)] + [scene.imap(usher)]
    waiting = scene.imap(usher, greeting=False)
    for client in clients:
        client.ok(b"NOOP")
    with pytest.raises(PeerSilent):
        waiting.read_segment(timeout=0.2)
    clients[0].logout()
    waiting.greeting()
    assert waiting.login("jane", "secret").status == "OK"


# ---- auth -----------------------------------------------------------------------------

def test_auth_dies_with_questions(scene, front):
    """They are put to the next one; nobody who is logging in notices."""
    usher = front("file")
    usher.expected_events.add("child.died")
    clients = [scene.imap(usher) for _ in range(10)]
    with usher.frozen("auth"):
        tags = [client.begin(b"LOGIN jane secret") for client in clients]
        usher.wait_for_logs("session.state", 10, to="lookup")
        usher.kill("auth")
    for client, tag in zip(clients, tags):
        assert client.reply(tag).status == "OK"


def test_auth_dies_of_a_question(scene, front):
    """One that has seen two of them die may be the reason: it is not put to a third."""
    usher = front("file", process={"auth_processes": 2})
    usher.expected_events.add("child.died")
    client, other = scene.imap(usher), log_in(scene, usher)
    first, second = (p.pid for p in usher.children("auth"))
    with usher.frozen("auth"):
        tag = client.begin(b"LOGIN jane secret")
        usher.wait_for_log("session.state", to="lookup", since=0)
        for pid in (first, second):
            os.kill(pid, signal.SIGKILL)
            usher.wait_for_log("child.died", process=pid)
        reply = client.reply(tag)
    assert reply.text.startswith(b"[UNAVAILABLE] Temporary authentication failure. [")
    other.ok(b"NOOP")
    assert client.login("jane", "secret").status == "OK"


def test_a_process_that_always_dies_is_given_time(scene, front):
    """Twice as long at each death: no machine is kept busy with starting processes."""
    usher = front("file")
    usher.expected_events.add("child.died")
    pid, pauses = None, []
    for _ in range(4):
        (auth,) = wait_for_another(usher, "auth", pid)
        pid = auth.pid
        os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        wait_for_another(usher, "auth", pid)
        pauses.append(time.monotonic() - killed)
    for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.8)):
        assert least * 0.99 < pause < least + 0.6 * PATIENCE, pauses
    log_in(scene, usher)


# ---- the director -----------------------------------------------------------------------

def test_a_director_that_crashes(scene, front):
    """No session notices; the next one knows of them all."""
    usher = front()
    usher.expected_events.add("child.died")
    clients = [log_in(scene, usher) for _ in range(8)]
    before = {s["session"] for s in json.loads(usher.ctl("--json", "who"))["sessions"]}
    assert len(before) == 8
    pid = usher.kill("director")
    usher.wait_for_log("child.died", process=pid, role="director")
    for client in clients:
        client.ok(b"NOOP")
    after = json.loads(usher.ctl("--json", "who"))["sessions"]
    assert {s["session"] for s in after} == before
    assert usher.ctl("kick", "jane") == "8 sessions kicked\n"
    log_in(scene, usher)
    assert json.loads(usher.ctl("--json", "status"))["sessions"] == 1


def test_logins_without_a_director(scene, front):
    usher = front("file")
    with usher.frozen("director"):
        clients = [log_in(scene, usher) for _ in range(4)]
        for client in clients:
            client.ok(b"NOOP")
    assert len(json.loads(usher.ctl("--json", "who"))["sessions"]) == 4


# ---- the supervisor ------------------------------------------------------------------------

def test_a_supervisor_that_crashes(scene, front):
    """Nobody would care for the others: they end, and clients come back to a new one."""
    usher = front("file")
    client = log_in(scene, usher)
    usher.signal(signal.SIGKILL)
    client.read_to_end()
    assert usher.stop() == -signal.SIGKILL      # and nothing is left
    log_in(scene, usher.start())


# ---- the end -----------------------------------------------------------------------------------

BYE = b"* BYE Server shutting down.\r\n"


@contextlib.contextmanager
def ending(usher):
    """Seconds that the end took, in a list."""
    took = []
    before = time.monotonic()
    usher.signal(signal.SIGTERM)
    yield took
    assert usher.wait_end() == 0
    took.append(time.monotonic() - before)


def test_everybody_is_told(scene, front):
    """Who is not in yet at once; who is, when nothing is under way."""
    usher = front(process={"shutdown_timeout": "20s"})
    strangers = [scene.imap(usher), scene.imap(usher, "imaps")]
    shaking = scene.imap(usher, "imaps", greeting=False, tls=False)
    in_sasl = scene.imap(usher)
    in_sasl.begin(b"AUTHENTICATE PLAIN")
    in_sasl.expect(rb"\+ ")
    users = [log_in(scene, usher), log_in(scene, usher, "imaps")]
    with ending(usher) as took:
        for client in (*strangers, in_sasl, *users):
            assert client.read_to_end() == BYE
            assert client.ended == "closed"
        assert shaking.read_to_end() == b""
    assert took[0] < 5.0 * PATIENCE
    assert len(usher.log_lines("session.ended", why="Server shutting down")) == 4
    ended = usher.log_lines("proxy.ended", side="proxy")
    assert [e["why"] for e in ended] == ["Server shutting down"] * 2


def listens(usher):
    """Whether a connection is taken there, or let wait."""
    try:
        connect(usher.host, usher.ports["imap"]).close()
    except ConnectionRefusedError:
        return False
    return True


FETCH = b"* 1 FETCH (BODY[] {10}\r\n"


def test_nobody_gets_in_any_more(scene, front):
    """While a session goes on that is in the middle of something, new clients are sent
    away: another front end may have them."""
    go_on = threading.Event()

    def fetch(wire):
        wire.send(FETCH + b"12345")
        go_on.wait()
        wire.send(b"67890)\r\n")
        wire.read_to_end(timeout=None)

    usher = front(after_login=fetch, process={"shutdown_timeout": "20s"})
    client = log_in(scene, usher)
    client.read_exactly(len(FETCH) + 5)
    with ending(usher) as took:
        wait_until(lambda: not listens(usher), 5.0, "new clients to be refused")
        assert "jane" in usher.ctl("who")
        go_on.set()
        assert client.read_to_end() == b"67890)\r\n" + BYE
    assert took[0] < 8.0 * PATIENCE


def stuck(scene, front, timeout):
    """A client in the middle of a literal that never ends."""
    usher = front(after_login=lambda wire: (wire.send(FETCH + b"12345"), hang(wire)),
                  process={"shutdown_timeout": timeout})
    client = log_in(scene, usher)
    client.read_exactly(len(FETCH) + 5)
    return usher, client


def test_the_time_is_limited(scene, front):
    """Words of ours would be taken for the mail's: who is in the middle of one just sees
    the end."""
    usher, client = stuck(scene, front, "1s")
    with ending(usher) as took:
        assert client.read_to_end() == b""
    assert 0.9 < took[0] < 3.0 * PATIENCE


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_means_now(scene, front, second):
    usher, client = stuck(scene, front, "1h")
    with ending(usher) as took:
        usher.wait_for_log("child.done", role="worker")     # the other one
        usher.signal(second)
        client.read_to_end()
    assert took[0] < 2.0 * PATIENCE


def test_old_workers_say_goodbye_too(scene, front):
    """Those of before a reload, with the sessions they kept."""
    usher = front()
    old = log_in(scene, usher)
    usher.reload()
    new = log_in(scene, usher)
    with ending(usher) as took:
        assert [c.read_to_end() for c in (old, new)] == [BYE, BYE]
    assert took[0] < 5.0 * PATIENCE
