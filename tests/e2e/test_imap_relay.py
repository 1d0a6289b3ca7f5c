"""After the login: octets both ways, as many as there are, in order, until one side
ends."""
import contextlib
import hashlib
import threading

import pytest

from lib.deadline import wait_until
from lib.fake_backend import hang, reset
from lib.fake_imap import FakeImap
from lib.front import make_front, users_file
from lib.process import private_memory
from lib.wire import TLS_RECORD

MB = 1000 * 1000
LINE = 1000
CLEARTEXT = {"login": {"allow_cleartext": True}}


def numbered(size):
    """So many octets in lines that all differ: what is lost, doubled or out of order
    shows."""
    filler = b"." * (LINE - 2 - 10)
    return b"".join(b"%09d " % i + filler + b"\r\n" for i in range(size // LINE))


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


@pytest.fixture
def front(make_usher, scene):
    """usher before a script that has the wire once the user is in; tls: on the way
    there."""
    def make(after_login=None, tls=False, **config):
        script = FakeImap(after_login=after_login, **config)
        fake = scene.fake(script)
        access = {}
        if tls:
            script.implicit = scene.pki.certificate(fake.host)
            access = {"tls": "implicit", "imaps": fake.port,
                      "ca_file": str(scene.pki.ca_file)}
        return make_front(make_usher, scene, fake, access=access, **CLEARTEXT), fake
    return make


# ---- much -----------------------------------------------------------------------------

WAYS = [(listener, user) for listener in ("imap", "imaps")
        for user in ("in-the-clear", "in-tls")]


def echo(wire):
    while octets := wire.read_segment(timeout=None):
        wire.take(len(octets))
        wire.send(octets)


@pytest.fixture
def both_ways(make_usher, scene):
    """A Dovecot, and usher that goes there with TLS or without, as the user would have
    it."""
    dovecot = scene.dovecot(users={user: "secret" for _, user in WAYS},
                            more="mail_save_crlf = yes")
    usher = make_front(make_usher, scene, dovecot, start=False, **CLEARTEXT,
                       access={"ca_file": str(scene.pki.ca_file)})
    usher.configure(auth=[users_file(
        usher, "in-the-clear:{{PLAIN}}secret::::::host={0} port={1}\n"
               "in-tls:{{PLAIN}}secret::::::host={0} port={2} ssl=yes\n".format(
                   dovecot.host, dovecot.ports["imap"], dovecot.ports["imaps"]))])
    return usher.start(), dovecot


def test_200_megabytes_down(scene, both_ways):
    usher, dovecot = both_ways
    message = numbered(200 * MB)
    expected = sha256(message)
    for user in ("in-the-clear", "in-tls"):
        dovecot.place(user, message)
    for listener, user in WAYS:
        client = scene.imap(usher, listener)
        assert client.login(user, "secret").status == "OK"
        client.ok(b"EXAMINE INBOX")
        tag = client.begin(b"FETCH 1 BODY.PEEK[]")
        client.expect(rb"\* 1 FETCH \(BODY\[\] \{%d\}" % len(message))
        assert client.read_digest(len(message)) == expected, (listener, user)
        assert client.reply(tag)[0] == "OK"
        client.logout()


def test_50_megabytes_up(scene, both_ways):
    usher, dovecot = both_ways
    message = numbered(50 * MB)
    for listener, user in WAYS:
        client = scene.imap(usher, listener)
        assert client.login(user, "secret").status == "OK"
        tag = client.begin(b"APPEND INBOX {%d+}" % len(message))
        client.send(message + b"\r\n")
        assert client.reply(tag)[0] == "OK"
        stored = dovecot.files(user)[-1]
        assert sha256(stored.read_bytes()) == sha256(message), (listener, user)
        stored.unlink()
        client.logout()


@pytest.mark.parametrize("listener", ["imap", "imaps"])
@pytest.mark.parametrize("tls", [False, True])
def test_to_and_fro(scene, front, listener, tls):
    """Both ways are busy at once; in TLS each may have to wait for the other."""
    usher, _ = front(echo, tls)
    client = scene.imap(usher, listener)
    client.login("jane", "secret")
    window = 200 * LINE
    octets = numbered(10 * MB)
    for i in range(0, len(octets), window):
        client.send(octets[i:i + window])
        if i > 0:
            assert client.read_digest(window) == sha256(octets[i - window:i])
    assert client.read_exactly(window) == octets[-window:]


# ---- around the login -----------------------------------------------------------------

def test_commands_pipelined_behind_the_login(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, **CLEARTEXT)
    client = scene.imap(usher)
    client.send(b"a LOGIN jane secret\r\nb SELECT INBOX\r\nc NOOP\r\n")
    assert [client.reply(tag)[0] for tag in (b"a", b"b", b"c")] == ["OK"] * 3


def test_a_megabyte_pipelined_behind_the_login(scene, front):
    """More than usher holds: it waits in the socket until the backend can have it."""
    much = numbered(MB)
    go_on = threading.Event()

    def log_in_late(wire):
        go_on.wait()
        wire.send(b"L OK in\r\n")
        wire.send(b"* %b\r\n" % wire.read_digest(len(much)).encode())

    usher, fake = front(at={"LOGIN": log_in_late})
    client = scene.imap(usher)
    sender = threading.Thread(target=client.send,
                              args=(b"a LOGIN jane secret\r\n" + much,))
    sender.start()
    fake.connection()
    go_on.set()
    assert client.reply(b"a")[0] == "OK"
    assert client.read_line() == b"* " + sha256(much).encode()
    sender.join()


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("size", [LINE, 8 * LINE, MB])
def test_what_the_backend_says_behind_its_ok(scene, front, size, tls):
    more = numbered(size)
    usher, _ = front(at={"LOGIN": b"%t OK in\r\n" + more}, tls=tls)
    client = scene.imap(usher)
    assert client.login("jane", "secret")[0] == "OK"
    assert client.read_digest(len(more)) == sha256(more)


# ---- a day in the life of a phone --------------------------------------------------------

def test_idle(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot)
    client = scene.imap(usher, "imaps")
    client.login("jane", "secret")
    client.ok(b"SELECT INBOX")
    tag = client.begin(b"IDLE")
    client.expect(rb"\+ idling")
    dovecot.deliver("jane", "Subject: hello\n\nworld\n")
    client.expect(rb"\* 1 EXISTS", timeout=30)
    client.send_line(b"DONE")
    assert client.reply(tag)[0] == "OK"


# ---- the end, from either side -------------------------------------------------------------

def answer_late(wire):
    """Reads all there is to read, and answers when nothing more can come."""
    said = wire.read_to_end()
    wire.send(b"* you said %d octets\r\n" % len(said))


@pytest.mark.parametrize("listener", ["imap", "imaps"])
def test_a_client_that_only_listens_still_gets_its_answers(scene, front, listener):
    usher, fake = front(answer_late)
    client = scene.imap(usher, listener)
    before = len(client.octets())
    client.login("jane", "secret")
    client.send(b"x" * 100)
    client.half_close()
    assert client.read_to_end() == b"* you said 100 octets\r\n"
    assert client.ended == "closed"
    ended = usher.wait_for_log("proxy.ended")
    assert ended["side"] == "client"
    assert ended["out"] == len(client.octets()) - before
    assert ended["in"] == len(fake.connection().wire.octets())


def say_bye(wire):
    wire.send(b"* BYE enough\r\n")
    wire.half_close()
    wire.wait_called_off()


@pytest.mark.parametrize("listener", ["imap", "imaps"])
def test_a_backend_that_will_say_no_more(scene, front, listener):
    usher, fake = front(say_bye)
    client = scene.imap(usher, listener)
    client.login("jane", "secret")
    assert client.read_to_end() == b"* BYE enough\r\n"
    assert client.ended == "closed"
    assert usher.wait_for_log("proxy.ended")["side"] == "server"


def test_who_broke_off(scene, front):
    usher, fake = front(reset)
    client = scene.imap(usher)
    client.login("jane", "secret")
    client.read_to_end()
    ended = usher.wait_for_log("proxy.ended")
    assert (ended["side"], ended["why"]) == ("server", "Connection reset by peer")

    usher, fake = front(hang)
    client = scene.imap(usher)
    client.login("jane", "secret")
    client.reset()
    fake.connection().wait_done()
    ended = usher.wait_for_log("proxy.ended")
    assert (ended["side"], ended["why"]) == ("client", "Connection reset by peer")


@pytest.mark.parametrize("listener, tls", [("imap", False), ("imaps", True)])
def test_the_last_words_of_a_backend_that_is_still_being_talked_to(scene, front,
                                                                   listener, tls):
    """As one that is stopped in the middle of an APPEND: that nobody reads what we send
    is no reason not to read what was sent."""
    go_on, gone = threading.Event(), threading.Event()

    def hang_up(wire):
        go_on.wait()
        wire.send(b"* BYE no more\r\n")
        wire.close()        # with octets unread: a reset
        gone.set()

    usher, fake = front(hang_up, tls)
    client = scene.imap(usher, listener)
    client.login("jane", "secret")
    client.send(b"one\r\n")
    usher.wait_for_log("proxy.started")
    with usher.frozen("worker"):
        client.send(b"two\r\n")
        go_on.set()
        gone.wait()
    assert client.read_to_end() == b"* BYE no more\r\n"
    ended = usher.wait_for_log("proxy.ended")
    assert (ended["side"], ended["why"]) == ("server", "Connection reset by peer")


@pytest.mark.parametrize("listener, tls", [("imap", False), ("imaps", True)])
def test_the_last_words_of_a_client_that_does_not_listen(scene, front, listener, tls):
    go_on, gone = threading.Event(), threading.Event()
    heard = []

    def chat(wire):
        go_on.wait()
        wire.send(b"* 1 EXISTS\r\n")
        gone.set()
        heard.append(wire.read_to_end())

    usher, fake = front(chat, tls)
    client = scene.imap(usher, listener)
    client.login("jane", "secret")
    with usher.frozen("worker"):
        go_on.set()
        gone.wait()
        client.send(b"b EXPUNGE\r\n")
        client.reset()
    fake.connection().wait_done()
    assert heard == [b"b EXPUNGE\r\n"]
    assert usher.wait_for_log("proxy.ended")["side"] == "client"


# ---- who does not read -----------------------------------------------------------------------

DEAF = 6                    # sessions, so that what each of them holds shows
MUCH = numbered(16 * MB)    # to each; the kernel takes some of it


class Progress:
    """Octets that have been sent, in all; and a start for those who send."""

    def __init__(self):
        self.sent = 0
        self.begun = threading.Event()

    def pour(self, wire):
        wire.patience = 60
        self.begun.wait()
        for i in range(0, len(MUCH), TLS_RECORD):
            wire.send(MUCH[i:i + TLS_RECORD])
            self.sent += TLS_RECORD
        wire.half_close()

    def wait_stuck(self):
        """Until nothing moves for half a second: no more can be seen of who waits."""
        while True:
            before = self.sent
            try:
                wait_until(lambda: self.sent != before, 0.5, "")
            except AssertionError:
                return


def memory_of(usher):
    return sum(private_memory(p.pid) for p in usher.children("worker"))


def assert_it_waits(usher, progress):
    """Who sends has to wait; and usher has kept a chunk for each, and no more."""
    before = memory_of(usher)
    progress.begun.set()
    progress.wait_stuck()
    assert 0 < progress.sent < DEAF * len(MUCH)
    if not usher.sanitized():
        assert memory_of(usher) - before < DEAF * 128 * 1024 + MB


@pytest.mark.parametrize("listener, tls", [("imap", False), ("imaps", True)])
def test_clients_that_do_not_read(scene, front, listener, tls):
    progress = Progress()
    usher, fake = front(progress.pour, tls)
    clients = [scene.imap(usher, listener) for _ in range(DEAF)]
    for client in clients:
        client.login("jane", "secret")
    assert_it_waits(usher, progress)
    for client in clients:
        assert client.read_digest(len(MUCH)) == sha256(MUCH)
        assert client.read_to_end() == b""


@pytest.mark.parametrize("listener, tls", [("imap", False), ("imaps", True)])
def test_backends_that_do_not_read(scene, front, listener, tls):
    progress = Progress()
    awake = threading.Event()
    heard = []

    def oversleep(wire):
        awake.wait()
        heard.append((wire.read_digest(len(MUCH)), wire.read_to_end()))

    usher, fake = front(oversleep, tls)
    clients = [scene.imap(usher, listener) for _ in range(DEAF)]
    for client in clients:
        client.login("jane", "secret")
    senders = [threading.Thread(target=progress.pour, args=(c,)) for c in clients]
    for sender in senders:
        sender.start()
    assert_it_waits(usher, progress)
    awake.set()
    for sender in senders:
        sender.join()
    wait_until(lambda: len(heard) == DEAF, 30, "the backends to have read it all")
    assert heard == [(sha256(MUCH), b"")] * DEAF


# ---- who only stays ----------------------------------------------------------------------------

STAY = 300
WARM = 50


@pytest.mark.parametrize("listener, tls, most", [
    ("imap", False, 4 * 1024), ("imaps", False, 16 * 1024), ("imaps", True, 48 * 1024)])
def test_idle_sessions_hold_no_buffers(scene, front, listener, tls, most):
    """Ten thousand phones are to fit: what a session costs while nothing moves, the
    login's memory gone, and half a megabyte each that went through."""
    usher, fake = front(echo, tls)

    def stay():
        client = scene.imap(usher, listener)
        client.login("jane", "secret")
        client.send(b"x" * 100_000)
        assert len(client.read_exactly(100_000)) == 100_000
    for _ in range(WARM):
        stay()
    before = memory_of(usher)
    for _ in range(STAY):
        stay()
    if not usher.sanitized():
        assert memory_of(usher) - before < STAY * most
