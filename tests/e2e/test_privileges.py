"""What the processes may do, what they know, and what they tell the service manager."""
import base64
import contextlib
import hashlib
import os
import re
import signal
import socket
import stat
from pathlib import Path

import pytest

from lib.deadline import Deadline, wait_until
from lib.fake_imap import FakeImap
from lib.front import make_front, users_file

ROOT = os.getuid() == 0
ROLES = ("worker", "auth", "director")
CLEARTEXT = {"allow_cleartext": True}


def status_of(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


@pytest.fixture
def front(make_usher, scene):
    def make(**config):
        fake = scene.fake(FakeImap())
        usher = make_front(make_usher, scene, fake, start=False, login=CLEARTEXT, **config)
        # A password that nobody could read in the file.
        usher.configure(auth=[users_file(usher, f"jane:{HASHED}::::::\n")])
        return usher
    return make


# ---- what they may do ---------------------------------------------------------------

@pytest.mark.parametrize("role", ROLES)
def test_nobody_but_the_supervisor_is_root(front, role):
    usher = front().start()
    for process in usher.children(role):
        status = status_of(process.pid)
        uids, gids = status["Uid"].split(), status["Gid"].split()
        assert len(set(uids)) == len(set(gids)) == 1
        assert uids[0] != "0"
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        assert status["NoNewPrivs"] == "1"


def test_a_worker_may_only_do_what_it_needs(front):
    """By a filter of system calls; a sanitizer or valgrind needs more of them."""
    usher = front()
    if usher.config["process"].get("sandbox", True):
        for worker in usher.start().children("worker"):
            assert status_of(worker.pid)["Seccomp"] == "2"      # filter mode


def test_no_core_file_is_left_of_any(front):
    """To one that is not dumpable, /proc itself is root's."""
    usher = front().start()
    for role in ROLES:
        for process in usher.children(role):
            assert os.stat(f"/proc/{process.pid}/mem").st_uid == 0


def test_a_key_is_roots_to_read(scene, front):
    """The supervisor reads it, at the start and at a reload; no worker has it open."""
    usher = front()
    certificate = usher.config["tls"]["certificates"][0]
    key = usher.folder / "only-root.key"
    key.write_bytes(Path(certificate["key"]).read_bytes())
    key.chmod(0o400)
    usher.configure(tls={"certificates": [{**certificate, "key": str(key)}]})
    usher.start()
    scene.imap(usher, "imaps")
    usher.reload()
    scene.imap(usher, "imaps")
    if ROOT:
        for role in ROLES:
            for process in usher.children(role):
                for fd in Path(f"/proc/{process.pid}/fd").iterdir():
                    assert os.readlink(fd) != str(key)


def test_usherctls_socket_is_roots(front):
    usher = front().start()
    mode = os.stat(usher.config["admin"]["socket"]).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


def test_the_log_is_for_its_group_at_most(front):
    assert stat.S_IMODE(os.stat(front().start().log.path).st_mode) == 0o640


# ---- what they know -----------------------------------------------------------------------

PASSWORD = "eyJwYXNz-open-sesame-GUgdGhl"
WRONG = "wrong-rhubarb-rhubarb-wrong"
HASHED = "{SSHA256}" + base64.b64encode(
    hashlib.sha256(PASSWORD.encode() + b"salt").digest() + b"salt").decode()


def forms_of(secret):
    """As it is, and as it stands in the messages of SASL."""
    plain = f"\0jane\0{secret}".encode()
    return [secret.encode(), base64.b64encode(secret.encode()), base64.b64encode(plain)[8:-4]]


def log_in_every_way(scene, usher):
    """The clients that are in; those with a wrong password have left."""
    clients = []
    for listener in ("imap", "imaps"):
        for secret in (WRONG, PASSWORD):
            sasl = base64.b64encode(f"\0jane\0{secret}".encode())
            login = base64.b64encode(b"jane"), base64.b64encode(secret.encode())
            for command in (
                    b"a LOGIN jane " + secret.encode() + b"\r\n",
                    b"a LOGIN {4+}\r\njane {%d+}\r\n%b\r\n" % (len(secret), secret.encode()),
                    b"a AUTHENTICATE PLAIN " + sasl + b"\r\n",
                    b"a AUTHENTICATE PLAIN\r\n" + sasl + b"\r\n",
                    b"a AUTHENTICATE LOGIN\r\n%b\r\n%b\r\n" % login):
                client = scene.imap(usher, listener)
                client.send(command)
                reply = client.reply(b"a")
                assert (reply.status == "OK") == (secret == PASSWORD), command
                clients.append(client)
                if secret == WRONG:
                    clients.pop().logout()
    return clients


def test_no_password_is_in_the_log(scene, front):
    """Whatever went wrong with it, and at any level."""
    usher = front().start()
    log_in_every_way(scene, usher)
    client = scene.imap(usher)
    for line in (b"b LOGIN jane %b x", b'b LOGIN jane "%b', b"b LOGIN %b", b"b X %b",
                 b"b AUTHENTICATE PLAIN !%b", b"%b LOGIN jane jane"):
        client.send_line(line.replace(b"%b", PASSWORD.encode()))
        client.read_line()
        client = scene.imap(usher)
    usher.ctl("who")
    usher.stop()
    log = usher.log.path.read_bytes()
    for secret in (PASSWORD, WRONG):
        for form in forms_of(secret):
            assert form not in log


def memory_of(pid):
    """Every octet that a process could write."""
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if area:
                start, end = (int(x, 16) for x in area.groups())
                with contextlib.suppress(OSError):
                    memory.seek(start)
                    yield line, memory.read(end - start)


def where_passwords_are(usher):
    return [(role, where) for role in ROLES for p in usher.children(role)
            for where, octets in memory_of(p.pid)
            for secret in (PASSWORD, WRONG) for form in forms_of(secret)
            if form in octets]


def test_no_password_is_in_memory_once_a_user_is_in(scene, front):
    """Somebody who could read all of usher's memory would not find one."""
    usher = front().start()
    if not ROOT or usher.sanitized():
        return      # it cannot be looked at; what was freed is kept on purpose
    clients = log_in_every_way(scene, usher)
    typing = scene.imap(usher)
    typing.send(b"a LOGIN jane " + PASSWORD.encode())
    wait_until(lambda: where_passwords_are(usher), 5.0, "what must be there for now")
    typing.send(b"\r\n")
    assert typing.reply(b"a").status == "OK"
    # The client hears of it a moment before the login's memory is wiped.
    wait_until(lambda: not where_passwords_are(usher), 2.0, lambda: (
        f"passwords to be gone; they are in {where_passwords_are(usher)}"))
    for client in clients:
        client.ok(b"NOOP")


# ---- what the service manager hears ----------------------------------------------------------

class Notifications:
    """What systemd would hear."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(path))
        path.chmod(0o777)

    def next(self, seconds=20.0):
        self.sock.settimeout(Deadline(seconds).left())
        return self.sock.recv(4096).decode().splitlines()


@pytest.fixture
def notified(front):
    usher = front()
    heard = Notifications(usher.folder / "notify")
    usher.set_environment(NOTIFY_SOCKET=str(usher.folder / "notify"))
    yield usher, heard
    heard.sock.close()


def test_ready_reloading_stopping(notified):
    usher, heard = notified
    usher.start()
    assert heard.next() == ["READY=1"]
    for reload in (usher.reload, lambda: usher.signal(signal.SIGHUP)):
        reload()
        reloading = heard.next()
        assert reloading[0] == "RELOADING=1"
        assert re.fullmatch(r"MONOTONIC_USEC=\d+", reloading[1])
        assert heard.next() == ["READY=1"]
    assert usher.stop() == 0
    assert heard.next() == ["STOPPING=1"]


def test_a_reload_that_fails_is_over_too(notified):
    usher, heard = notified
    usher.expected_events.add("supervisor.reload-failed")
    usher.start()
    usher.write_config("listeners: [")
    heard.next()
    usher.signal(signal.SIGHUP)
    assert heard.next()[0] == "RELOADING=1"
    assert heard.next() == ["READY=1"]
