"""Backends that are away, hang, hang up or talk nonsense, at every step; and backends that
say no. What the client is told tells its user whose fault it is (Dovecot's words, section
4.3 of the notes on its proxy), and its connection stays."""
import time

import pytest

from lib.deadline import PATIENCE
from lib.fake_backend import close, dribble, garbage, hang, reset
from lib.fake_pop3 import FakePop3
from lib.front import LOOPBACK, make_front, users_file

DENIED = b"-ERR [AUTH] Authentication failed."
UNAVAILABLE = b"-ERR [SYS/TEMP] Account is temporarily unavailable."
MISCONFIGURED = b"-ERR Account is temporarily unavailable."

SHORT = "300ms"     # for what is to time out
LONG = "30s"        # for what is not

# A backend that is asked for everything, and one that takes XCLIENT.
STEPS = ["banner", "CAPA", "STLS", "tls", "USER", "PASS"]
STEPS_TRUSTING = ["XCLIENT"]
# As the log has them; PASS goes together with USER.
STAGES = {"banner": "banner", "CAPA": "capa", "STLS": "starttls", "tls": "TLS",
          "XCLIENT": "xclient", "USER": "login1", "PASS": "login2"}


@pytest.fixture
def front(make_usher, scene):
    """usher before one backend that speaks POP3 and STLS, and goes wrong somewhere."""
    def make(at=None, tls=True, trouble=True, access=None, login=None, **script):
        script = FakePop3(at=at, **script)
        fake = scene.fake(script, service="pop3")
        script.certificate = scene.pki.certificate(fake.host)
        usher = make_front(make_usher, scene, fake, listeners=["pop3"],
                           login={"allow_cleartext": True, **(login or {})},
                           access={"tls": "starttls" if tls else "off",
                                   "ca_file": str(scene.pki.ca_file), **(access or {})})
        if trouble:
            usher.expected_events.add("proxy.failed")
        return usher, fake, script
    return make


def assert_well_again(client, script):
    """Trouble with a backend is no reason to lose the client."""
    script.at = {}
    client.ok(b"NOOP")
    assert client.login("jane", "secret") == b"+OK Logged in."


# ---- at every step ----------------------------------------------------------------------

FAILURES = {
    "closes": close,
    "resets": reset,
    "talks garbage": garbage,
    "says what is no reply": b"* OK what?\r\n",
    "has half a line": lambda wire: (wire.send(b"+O"), wire.close()),
}


@pytest.mark.parametrize("step", STEPS + STEPS_TRUSTING)
def test_it_hangs(scene, front, step):
    usher, fake, script = front({step: hang}, access={"login_timeout": SHORT},
                                trusting=step in STEPS_TRUSTING)
    client = scene.pop3(usher)
    before = time.monotonic()
    assert client.login("jane", "secret") == UNAVAILABLE
    assert 0.29 < time.monotonic() - before < 1.0 * PATIENCE
    failed = usher.wait_for_log("proxy.failed", user="jane")
    assert failed["what"] == "Login timed out"
    assert failed["stage"] == STAGES[step]
    fake.connection().wait_done()       # it was hung up on
    assert_well_again(client, script)


def say(what):
    """A step that goes on to hang, or hangs up if that is what it is."""
    def run(wire):
        if callable(what):
            what(wire)
        else:
            wire.send(what)
            wire.read_to_end(timeout=None)
    return run


@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("step", STEPS + STEPS_TRUSTING)
def test_it_fails(scene, front, step, how):
    usher, fake, script = front({step: say(FAILURES[how])},
                                access={"login_timeout": LONG},
                                trusting=step in STEPS_TRUSTING)
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == UNAVAILABLE
    failed = usher.wait_for_log("proxy.failed", user="jane")
    # A connection that ends before it said anything may not be one yet, to the log.
    if (step, how) not in (("banner", "resets"), ("banner", "closes")):
        assert failed["stage"] == STAGES[step]
    assert len(fake.connections) == 1
    assert_well_again(client, script)


REFUSALS = [
    ("banner", b"-ERR not you\r\n", UNAVAILABLE),
    ("banner", b"* OK [CAPABILITY IMAP4rev1] hi\r\n", UNAVAILABLE),
    ("banner", b"220 smtp.example.com ESMTP\r\n", UNAVAILABLE),
    ("STLS", b"-ERR later\r\n", UNAVAILABLE),
    ("XCLIENT", b"-ERR Invalid parameters\r\n", MISCONFIGURED),
    ("CAPA", b"+OK\r\nTOP\r\nUSER\r\n.\r\n", MISCONFIGURED),       # no STLS
]


@pytest.mark.parametrize("step, words, told", REFUSALS)
def test_it_refuses(scene, front, step, words, told):
    usher, fake, script = front({step: words}, trusting=step in STEPS_TRUSTING)
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == told
    usher.wait_for_log("proxy.failed", user="jane", stage=STAGES[step])
    assert b"secret" not in fake.connection().wait_done().wire.octets()
    assert_well_again(client, script)


def test_one_that_knows_no_capa(scene, front):
    """STLS is tried all the same; the password waits until the name is taken."""
    usher, fake, _ = front(trouble=False, capa=None)
    assert scene.pop3(usher).login("jane", "secret") == b"+OK Logged in."
    assert [s.octets for s in fake.connection().wire.segments] == [
        b"CAPA\r\n", b"STLS\r\n", b"CAPA\r\n", b"USER jane\r\n", b"PASS secret\r\n"]


def test_one_that_is_only_slow(scene, front):
    usher, _, _ = front({"banner": dribble(b"+OK hello\r\n"),
                         "CAPA": dribble(b"+OK\r\nUSER\r\nPIPELINING\r\n.\r\n"),
                         "USER": dribble(b"+OK\r\n"),
                         "PASS": dribble(b"+OK Welcome.\r\n")}, tls=False, trouble=False)
    assert scene.pop3(usher).login("jane", "secret") == b"+OK Welcome."


def test_a_client_that_does_not_wait_for_the_end(scene, front):
    usher, fake, _ = front({"PASS": hang}, trouble=False, access={"login_timeout": LONG})
    client = scene.pop3(usher)
    client.send(b"USER jane\r\nPASS secret\r\n")
    fake.connection()
    client.close()
    usher.wait_for_log("session.ended", user="jane", why="Connection closed")
    fake.connection().wait_done()


# ---- what it says to the login ------------------------------------------------------------

TEXT = b"in the words of the backend"

ANSWERS = [
    (b"-ERR [AUTH] " + TEXT, DENIED),
    (b"-ERR " + TEXT, DENIED),
    (b"-ERR", DENIED),
    (b"-ERR [SYS/TEMP] " + TEXT, b"-ERR [SYS/TEMP] " + TEXT),
    (b"-ERR [SYS/PERM] " + TEXT, b"-ERR [SYS/PERM] " + TEXT),
    (b"-ERR [IN-USE] " + TEXT, b"-ERR [IN-USE] " + TEXT),
    (b"-ERR [LOGIN-DELAY] " + TEXT, b"-ERR [LOGIN-DELAY] " + TEXT),
    (b"-ERR [REFERRAL/jane@elsewhere:110] " + TEXT,
     b"-ERR [REFERRAL/jane@elsewhere:110] " + TEXT),
    (MISCONFIGURED, MISCONFIGURED),
]
NOT_THE_USERS_FAULT = (b"-ERR [SYS/TEMP]", MISCONFIGURED)


@pytest.mark.parametrize("step", ["USER", "PASS"])
@pytest.mark.parametrize("answer, told", ANSWERS)
def test_it_says_no(scene, front, answer, told, step):
    usher, fake, script = front({step: answer + b"\r\n"}, tls=False)
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == told
    if told.startswith(NOT_THE_USERS_FAULT):
        assert usher.wait_for_log("proxy.failed")["stage"] == STAGES[step]
    else:
        usher.wait_for_log("proxy.refused", user="jane")
        assert usher.log_lines("proxy.failed") == []
    assert len(fake.connections) == 1
    assert_well_again(client, script)


def test_dovecots_proxy_says_the_same(scene, make_usher):
    """But that it tells who exists, where usher has words of its own."""
    script = FakePop3()
    fake = scene.fake(script, service="pop3")
    dovecot = scene.dovecot(protocols=["pop3"], users=(), trusted=LOOPBACK,
                            more="login_proxy_max_reconnects = 0")
    dovecot.add_user("jane", "secret", proxy=None, host=fake.host, port=fake.port)
    usher = make_front(make_usher, scene, fake, login={"max_attempts": 99},
                       listeners=["pop3"], login_trusted_networks=LOOPBACK)
    usher.expected_events.add("proxy.failed")
    clients = [scene.pop3(part) for part in (dovecot, usher)]
    for answer, told in ANSWERS:
        if told != DENIED:
            script.at = {"PASS": answer + b"\r\n"}
            replies = [client.login("jane", "secret") for client in clients]
            assert replies == [told, told], answer


# ---- again, and elsewhere -------------------------------------------------------------------

def test_one_that_comes_back(scene, front):
    """It is tried again a second later; the client only waits."""
    usher, fake, script = front({"banner": close}, trouble=False,
                                access={"max_reconnects": 2})
    usher.expected_events.add("proxy.retry")
    client = scene.pop3(usher)
    client.send(b"USER jane\r\nPASS secret\r\n")
    client.expect(rb"\+OK")
    usher.wait_for_log("proxy.retry")
    script.at = {}
    assert client.read_line() == b"+OK Logged in."
    assert len(fake.connections) == 2


@pytest.mark.parametrize("connect", ["refuse", "hang"])
def test_one_that_is_down(scene, make_usher, connect):
    fake = scene.fake(connect=connect, service="pop3")
    usher = make_front(make_usher, scene, fake, listeners=["pop3"],
                       access={"connect_timeout": SHORT}, login={"allow_cleartext": True})
    usher.expected_events.add("proxy.failed")
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == UNAVAILABLE
    assert usher.wait_for_log("proxy.failed", user="jane")["stage"] == "connect"
    client.ok(b"NOOP")


def test_a_real_one_that_is_killed_and_comes_back(scene, make_usher):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK)
    usher = make_front(make_usher, scene, dovecot, listeners=["pop3"],
                       login={"allow_cleartext": True})
    usher.expected_events.add("proxy.failed")
    before = scene.pop3(usher)
    before.login("jane", "secret")
    dovecot.kill()
    assert before.read_to_end() == b""
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == UNAVAILABLE
    dovecot.start()
    assert client.login("jane", "secret") == b"+OK Logged in."


def test_a_mailbox_in_use_is_told_so(scene, make_usher):
    """By a real Dovecot, which waits ten seconds for the other session's lock."""
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK,
                            more="pop3_lock_session = yes")
    usher = make_front(make_usher, scene, dovecot, listeners=["pop3"],
                       login={"allow_cleartext": True})
    first, second = scene.pop3(usher), scene.pop3(usher)
    second.patience = 30.0
    assert first.login("jane", "secret") == b"+OK Logged in."
    assert second.login("jane", "secret") == (
        b"-ERR [IN-USE] Mailbox is locked by another POP3 session.")


# ---- lookups that know better -------------------------------------------------------------

def test_a_lookup_that_has_a_reason(scene, front):
    usher, fake, _ = front(trouble=False)
    usher.configure(auth=[users_file(
        usher, "jane:{PLAIN}secret::::::nologin=y reason=In\\tMay.\n"
               "joe:{PLAIN}secret::::::nologin=y host=192.0.2.7 port=1110\n")])
    usher.reload()
    client = scene.pop3(usher)
    assert client.login("jane", "secret").startswith(b"-ERR [AUTH] In")
    assert client.login("joe", "secret") == (
        b"-ERR [REFERRAL/joe@192.0.2.7:1110] Try this server instead.")
    assert fake.connections == []
