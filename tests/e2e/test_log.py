"""What the log says, in which shape, and where it goes."""
import json
import re
import signal
import socket

import pytest

from lib.deadline import Deadline, wait_until
from lib.fake_backend import close
from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front, users_file

# As a tool looks for who guesses passwords: that the login failed, at whose hands, and
# the address, in this order. Debian's fail2ban finds the same lines.
GUESSER = re.compile(
    r"imap-login: (?:Info: )?(?:Disconnected|Aborted login)[^(]* "
    r"\((?:auth failed, \d+ attempts in \d+ secs|proxy dest auth failed|"
    r"tried to use disallowed \w+ auth)\):"
    r"(?: user=<(?P<user>[^>]*)>,)?(?: method=\w+,)? rip=(?P<rip>[^,\s]+),"
    r"[^>]*, session=<\S+>$")


@pytest.fixture
def front(make_usher, scene):
    """usher with a log for people, that knows jane."""
    def make(backend=None, start=True, log=None, **config):
        usher = make_front(make_usher, scene, backend or scene.fake(FakeImap()),
                           start=False, log={"format": "dovecot", "level": "info",
                                             **(log or {})}, **config)
        usher.configure(auth=[users_file(usher, "jane:{PLAIN}secret::::::\n")])
        return usher.start() if start else usher
    return make


# ---- as Dovecot's ---------------------------------------------------------------------

def leave(client):
    client.close()


def log_in_and_leave(client):
    assert client.login("jane", "secret").status == "OK"
    client.close()


def log_in_as_another(client):
    assert client.login("dest", "secret").status == "OK"
    client.close()


def log_in_and_out(client):
    assert client.authenticate_plain("jane", "secret").status == "OK"
    client.logout()


def guess_twice(client):
    client.login("jane", "wrong")
    client.login("jane", "wronger")
    client.close()


def guess_a_name(client):
    client.login("nobody@example.com", "wrong")
    client.close()


def be_refused_by_the_backend(client):
    client.login("refused", "secret")
    client.close()


def talk_nonsense(client):
    client.send(b"a\r\nb\r\nc\r\n")
    client.read_to_end()


SCENES = [leave, log_in_and_leave, log_in_as_another, log_in_and_out, guess_twice,
          guess_a_name, be_refused_by_the_backend, talk_nonsense]

# usher says more than Dovecot, and some things in its own way.
ONLY_USHER = r"imap-login: Info: Login: |imap-login: Info: Login failed: |proxy to a "
ONLY_DOVECOT = r"ID sent: |Login failed: \["
NOISE = [
    (r"^\S+ \S+ ", ""), (r", backend=\w+", ""), (r", tls=TLSv1\.\d", ""),
    (r"user=<>, ", ""), (r"session=<[^>]*>", "session=<X>"), (r"lip=[0-9.]+", "lip=X"),
    (r"\d+\.\d+ secs", "N secs"), (r"in \d+ secs", "in N secs"), (r"\d+s idle", "Ns idle"),
    (r"in=\d+, out=\d+", "in=N, out=N"),
]


def lines_of(part, leave_out):
    lines = [line for line in part.log.find(r"imap-login: ")
             if not re.search(leave_out, line)]
    for pattern, words in NOISE:
        lines = [re.sub(pattern, words, line) for line in lines]
    return lines


@pytest.mark.parametrize("listener", ["imap", "imaps"])
def test_the_lines_of_a_dovecot_proxy(scene, make_usher, listener):
    """The same clients come to both; the lines must be the same, but for numbers."""
    backend = scene.dovecot()
    proxy = scene.dovecot(start=False, users=(), trusted=LOOPBACK, more=(
        "login_log_format_elements = "
        "user=<%u> method=%m rip=%r lip=%l mpid=%e %c session=<%{session}>\n"))
    to = {"proxy": "y", "host": backend.host, "port": backend.ports["imap"]}
    proxy.add_user("jane", "secret", **to)
    proxy.add_user("dest", "secret", **to, destuser="jane")
    proxy.add_user("refused", "secret", **to)
    proxy.start()
    usher = make_front(make_usher, scene, backend, login_trusted_networks=LOOPBACK,
                       log={"format": "dovecot", "level": "info"}, auth=[
                           {"driver": "passwd-file", "path": str(proxy.folder / "users")}])
    before = len(lines_of(proxy, ONLY_DOVECOT))     # who looked whether it had begun
    for play in SCENES:
        for part in (proxy, usher):
            with scene.imap(part, listener) as client:
                play(client)
    count = before + len(SCENES) + 3        # a relay has two lines
    wait_until(lambda: len(lines_of(proxy, ONLY_DOVECOT)) == count, 10.0, "Dovecot's lines")
    expected = lines_of(proxy, ONLY_DOVECOT)[before:]
    wait_until(lambda: len(lines_of(usher, ONLY_USHER)) >= len(expected), 10.0,
               "usher's lines")
    assert lines_of(usher, ONLY_USHER) == expected


def test_a_whole_session(scene, front):
    fake = scene.fake(FakeImap())
    usher = front(fake)
    client = scene.imap(usher, "imaps")
    assert client.login("jane", "secret").status == "OK"
    client.send_line(b"b NOOP")
    client.reply(b"b")
    client.logout()
    session = r"session=<[\w/+]{16}>$"
    to = re.escape(f"{fake.host}:{fake.port}")
    ends = (f"user=<jane>, method=PLAIN, rip=127.0.0.1, lip={usher.host}, TLS")
    usher.log.wait_for(rf"imap-login: Info: Login: {ends}, tls=TLSv1.3, {session}")
    usher.log.wait_for(rf"imap-login: Info: proxy\(jane,{to}\): Started proxying to "
                       rf"<{fake.host}> \(0\.\d\d\d secs\): {ends}, backend=a, {session}")
    last = usher.log.wait_for(rf"imap-login: Info: proxy\(jane,{to}\): Disconnected by "
                              rf"server \(0s idle, in=\d+, out=\d+\): {ends}, backend=a, "
                              + session)
    moved = re.search(r"in=(\d+), out=(\d+)", last)
    assert int(moved[1]) == len(fake.connection().wire.octets())
    assert int(moved[2]) == len(client.octets()) - client.octets().index(b"a1 OK")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d imap-login: Info: ", last)


# ---- who guesses passwords ------------------------------------------------------------------

def guessers(lines):
    return [(m["user"], m["rip"]) for line in lines if (m := GUESSER.search(line))]


def test_who_guesses_is_found_and_nobody_else(scene, front):
    """Names are chosen by who guesses: none may put another address into the line."""
    fake = scene.fake(FakeImap(at={"LOGIN": b"%t NO wrong\r\n"}))
    usher = front(fake)
    guesser, other = scene.address(), scene.address()
    names = ["jane", "jane@example.com", "x>, rip=192.0.2.1, session=<",
             "x>, method=PLAIN, rip=192.0.2.1", "\u20ac", "(auth failed, 9 attempts)",
             "x\\x3e, rip=192.0.2.1", "rip=192.0.2.1,"]
    for name in names:
        with scene.imap(usher, "imaps", source=guesser) as client:
            client.login(name, "wrong")
    with scene.imap(usher, "imaps", source=guesser) as client:
        client.login("jane", "secret")          # the backend refuses
    with scene.imap(usher, source=guesser) as client:
        client.login("jane", "in the clear")
    with scene.imap(usher, "imaps", source=other) as client:
        client.ok(b"NOOP")
    count = len(names) + 3
    usher.log.wait_for_count("Disconnected: ", count)
    found = guessers(usher.log.lines())
    assert [rip for _, rip in found] == [guesser.ip] * (len(names) + 2)
    assert found[0][0] == "jane"
    assert "192.0.2.1" not in [rip for _, rip in found]


# ---- JSON -----------------------------------------------------------------------------------

def test_json(scene, front):
    """An object a line, whatever a name is made of, and numbers that are numbers."""
    usher = front(log={"format": "json"}, login={"allow_cleartext": True})
    name = "\"quoted\\\", {x: \u20ac}"
    client = scene.imap(usher)
    client.login(name, "wrong")
    client.send_line(b"b LOGIN \"\xff\xfe\" x")
    client.reply(b"b")
    assert client.login("jane", "secret").status == "OK"
    client.close()
    ended = usher.wait_for_log("proxy.ended")
    for line in usher.log.lines():
        fields = json.loads(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4}",
                            fields["time"])
        assert {"pid", "level", "event", "service"} <= set(fields)
    assert (ended["user"], ended["rip"], ended["backend"], ended["side"]) == (
        "jane", "127.0.0.1", "a", "client")
    assert ended["in"] > 0 and ended["out"] > 0 and ended["idle"] == 0


# ---- syslog -----------------------------------------------------------------------------------

class Syslog:
    """What listens at /dev/log."""

    def __init__(self, path):
        self.path = path
        self.heard = []
        self.open()

    def open(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(self.path))
        self.path.chmod(0o777)

    def close(self):
        self.sock.close()
        self.path.unlink()

    def wait_for(self, regex, seconds=20.0):
        deadline = Deadline(seconds)
        while True:
            self.sock.settimeout(max(0.001, deadline.left()))
            try:
                self.heard.append(self.sock.recv(65536).decode())
            except TimeoutError:
                raise AssertionError(f"no {regex!r} in {self.heard}") from None
            if re.search(regex, self.heard[-1]):
                return self.heard[-1]


@pytest.fixture
def with_syslog(front):
    made = []

    def make(**log):
        usher = front(start=False, login={"allow_cleartext": True})
        syslog = Syslog(usher.folder / "syslog")
        made.append(syslog)
        usher.configure(log={"target": "syslog", "syslog_socket": str(syslog.path),
                             **log})
        del usher.config["log"]["path"]
        usher.start()
        syslog.wait_for("usher is ready")
        return usher, syslog
    yield make
    for syslog in made:
        syslog.close()


def test_syslog(scene, with_syslog):
    usher, syslog = with_syslog(ident="dovecot", facility="local3")
    scene.imap(usher).login("jane", "secret")
    line = syslog.wait_for("Started proxying")
    pid = r"(\d+)"
    date = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    # local3 is 19 (RFC 3164 section 4.1.1), info is 6.
    match = re.match(rf"<{19 * 8 + 6}>{date} dovecot\[{pid}\]: imap-login: "
                     r"proxy\(jane,[0-9.:]+\): Started proxying to ", line)
    assert match, line
    assert int(match[1]) in [p.pid for p in usher.children("worker")]
    assert not line.endswith("\n")


def test_a_syslog_that_is_restarted(scene, with_syslog):
    """Mail does not wait for it; it gets lines again once it is back."""
    usher, syslog = with_syslog()
    syslog.close()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    syslog.open()

    def heard():
        assert scene.imap(usher).login("jane", "secret").status == "OK"
        try:
            return syslog.wait_for("Started proxying", seconds=0.1)
        except AssertionError:
            return None
    wait_until(heard, 10.0, "lines to come again")


# ---- a file -------------------------------------------------------------------------------------

def test_a_file_that_is_rotated(scene, front):
    """After the signal everybody writes to the new one; and no line is lost."""
    usher = front(log={"format": "json"}, login={"allow_cleartext": True})
    workers = {p.pid for p in usher.children("worker")}
    path = usher.log.path
    old = [path.with_name(f"log.{i}") for i in range(3)]
    logins = 0
    for name in old:
        path.rename(name)
        usher.signal(signal.SIGUSR1)
        wait_until(path.exists, 5.0, "a new file")
        seen = set()
        while not workers <= seen:
            assert scene.imap(usher).login("jane", "secret").status == "OK"
            logins += 1
            seen = {line["pid"] for line in usher.log_lines("session.login")}
    usher.stop()
    lines = [json.loads(line) for p in (*old, path)
             for line in p.read_text().splitlines()]
    assert len([x for x in lines if x["event"] == "proxy.started"]) == logins
    assert lines[-1]["event"] == "supervisor.done"


def test_standard_error(scene, front):
    """As a service manager or a container wants it."""
    usher = front(start=False, login={"allow_cleartext": True})
    del usher.config["log"]["path"]
    usher.configure(log={"target": "stderr"})
    usher.start()
    scene.imap(usher).login("jane", "secret")
    wait_until(lambda: any("Started proxying" in text for _, text in usher.evidence()), 5.0,
               "the line among what it wrote")


# ---- trouble ---------------------------------------------------------------------------------------

def test_trouble_with_a_backend(scene, front):
    """Which backend, where it is, what it did, how far one was."""
    usher = front(scene.fake(close), login={"allow_cleartext": True})
    client = scene.imap(usher)
    client.login("jane", "secret")
    line = usher.log.wait_for("Error: ")
    assert re.search(r"imap-login: Error: proxy to a \([0-9.]+:10143\): Disconnected by "
                     r"server: Connection closed \(state=banner, after 0\.\d\d\d secs, "
                     r"0 reconnects\): user=<jane>, method=PLAIN, rip=127\.0\.0\.1, ", line)
