"""Backends that are away, hang, hang up or talk nonsense, at every step; and backends that
say no. What the client is told tells its user whose fault it is (Dovecot's words, section
4 of the notes on its proxy), and its connection stays."""
import time

import pytest

from lib.deadline import PATIENCE
from lib.fake_backend import close, dribble, garbage, hang, reset
from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front, users_file

DENIED = ("NO", b"[AUTHENTICATIONFAILED] Authentication failed.")
UNAVAILABLE = ("NO", b"[UNAVAILABLE] Account is temporarily unavailable.")
SERVERBUG = ("NO", b"[SERVERBUG] Account is temporarily unavailable.")

SHORT = "300ms"     # for what is to time out
LONG = "30s"        # for what is not


@pytest.fixture
def front(make_usher, scene):
    """usher before one backend that speaks IMAP and STARTTLS, and goes wrong somewhere."""
    def make(at=None, tls=True, trouble=True, access=None, **script):
        script = FakeImap(at=at, **script)
        fake = scene.fake(script)
        script.certificate = scene.pki.certificate(fake.host)
        script.capability += b" STARTTLS"
        usher = make_front(make_usher, scene, fake, login={"allow_cleartext": True},
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
    assert client.login("jane", "secret").status == "OK"


# ---- at every step ----------------------------------------------------------------------

STEPS = ["greeting", "CAPABILITY", "STARTTLS", "tls", "ID", "LOGIN"]

# As the log has them; ID and LOGIN go together.
STAGES = dict(zip(STEPS, ["banner", "capability", "starttls", "TLS", "login", "login"]))

FAILURES = {
    "closes": close,
    "resets": reset,
    "talks garbage": garbage,
    "says BYE": b"* BYE not now\r\n",
    "answers another command": b"x OK what?\r\n",
    "has a line without end": b"* OK " + b"x" * 100_000,
    "has half a line": lambda wire: (wire.send(b"* OK"), wire.close()),
}


@pytest.mark.parametrize("step", STEPS)
def test_it_hangs(scene, front, step):
    usher, fake, script = front({step: hang}, access={"login_timeout": SHORT})
    client = scene.imap(usher)
    before = time.monotonic()
    assert client.login("jane", "secret")[:2] == UNAVAILABLE
    assert 0.29 < time.monotonic() - before < 1.0 * PATIENCE
    failed = usher.wait_for_log("proxy.failed", user="jane")
    assert (failed["what"], failed["stage"]) == ("Login timed out", STAGES[step])
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
@pytest.mark.parametrize("step", STEPS)
def test_it_fails(scene, front, step, how):
    usher, fake, script = front({step: say(FAILURES[how])},
                                access={"login_timeout": LONG})
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == UNAVAILABLE
    failed = usher.wait_for_log("proxy.failed", user="jane")
    if (step, how) == ("greeting", "resets"):
        assert failed["stage"] == "connect"     # to the kernel, that is one thing
    else:
        assert failed["stage"] == STAGES[step]
    if how == "says BYE" and step != "tls":
        assert failed["what"] == "Disconnected by server: not now"
    assert len(fake.connections) == 1
    assert_well_again(client, script)


REFUSALS = [
    ("greeting", b"* NO not you\r\n", UNAVAILABLE),
    ("greeting", b"* BAD not you\r\n", UNAVAILABLE),
    ("greeting", b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n", UNAVAILABLE),
    ("greeting", b"220 smtp.example.com ESMTP\r\n", UNAVAILABLE),
    ("CAPABILITY", b"%t NO never\r\n", UNAVAILABLE),
    ("CAPABILITY", b"%t BAD never\r\n", UNAVAILABLE),
    ("CAPABILITY", b"* CAPABILITY IMAP2bis\r\n%t OK\r\n", UNAVAILABLE),
    ("STARTTLS", b"%t NO later\r\n", UNAVAILABLE),
    ("STARTTLS", b"%t BAD later\r\n", UNAVAILABLE),
    ("ID", b"%t NO [SERVERBUG] broken\r\n", SERVERBUG),
]


@pytest.mark.parametrize("step, words, told", REFUSALS)
def test_it_refuses(scene, front, step, words, told):
    usher, fake, script = front({step: words})
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == told
    usher.wait_for_log("proxy.failed", user="jane", stage=STAGES[step])
    assert_well_again(client, script)


@pytest.mark.parametrize("words", [b"%t NO what?\r\n", b"%t BAD what?\r\n",
                                   b"* ID NIL\r\n%t OK\r\n"])
def test_an_id_that_is_refused_costs_nobody_the_login(scene, front, words):
    usher, _, _ = front({"ID": words}, trouble=False)
    assert scene.imap(usher).login("jane", "secret").status == "OK"


def test_one_that_is_only_slow(scene, front):
    usher, _, _ = front({"greeting": dribble(b"* OK [CAPABILITY IMAP4rev1 ID] hello\r\n"),
                         "LOGIN": dribble(b"* OK [ALERT] wait\r\nL OK in\r\n")},
                        tls=False, trouble=False)
    reply = scene.imap(usher).login("jane", "secret")
    assert reply == ("OK", b"[CAPABILITY IMAP4rev1 ID] in", [b"* OK [ALERT] wait"])


def test_a_client_that_does_not_wait_for_the_end(scene, front):
    usher, fake, _ = front({"LOGIN": hang}, trouble=False, access={"login_timeout": LONG})
    client = scene.imap(usher)
    client.begin(b"LOGIN jane secret")
    fake.connection()
    client.close()
    usher.wait_for_log("session.ended", user="jane", why="Connection closed")
    fake.connection().wait_done()


# ---- what it says to the login ------------------------------------------------------------

TEXT = b"in the words of the backend"

ANSWERS = [
    (b"NO [AUTHENTICATIONFAILED] " + TEXT, DENIED),
    (b"NO [authenticationfailed] " + TEXT, DENIED),
    (b"NO " + TEXT, DENIED),
    (b"NO", DENIED),
    (b"BAD " + TEXT, DENIED),
    (b"BAD [CLIENTBUG] " + TEXT, DENIED),
    (b"NO [UNAVAILABLE] " + TEXT, ("NO", b"[UNAVAILABLE] " + TEXT)),
    (b"NO [SERVERBUG] " + TEXT, SERVERBUG),
    (b"NO [LIMIT] " + TEXT, ("NO", b"[LIMIT] " + TEXT)),
    (b"NO [INUSE] " + TEXT, ("NO", b"[INUSE] " + TEXT)),
    (b"NO [EXPIRED] " + TEXT, ("NO", b"[EXPIRED] " + TEXT)),
    (b"NO [PRIVACYREQUIRED] " + TEXT, ("NO", b"[PRIVACYREQUIRED] " + TEXT)),
    (b"NO [CONTACTADMIN] " + TEXT, ("NO", b"[CONTACTADMIN] " + TEXT)),
    (b"NO [AUTHORIZATIONFAILED] " + TEXT, ("NO", b"[AUTHORIZATIONFAILED] " + TEXT)),
    (b"NO [REFERRAL imap://jane@elsewhere/] " + TEXT,
     ("NO", b"[REFERRAL imap://jane@elsewhere/] " + TEXT)),
]
NOT_THE_USERS_FAULT = (b"[UNAVAILABLE]", b"[SERVERBUG]")


@pytest.mark.parametrize("answer, told", ANSWERS)
def test_it_says_no(scene, front, answer, told):
    usher, fake, script = front({"LOGIN": b"%t " + answer + b"\r\n"}, tls=False)
    client = scene.imap(usher)
    assert client.login("jane", "secret") == (*told, [])
    if told[1].startswith(NOT_THE_USERS_FAULT):
        assert usher.wait_for_log("proxy.failed")["stage"] == "login"
    else:
        usher.wait_for_log("proxy.refused", user="jane")
        assert usher.log_lines("proxy.failed") == []
    assert len(fake.connections) == 1
    assert_well_again(client, script)


def test_dovecots_proxy_says_the_same(scene, make_usher):
    """Of all answers but SERVERBUG, and codes in lower case: there, Dovecot 2.4 does."""
    script = FakeImap()
    fake = scene.fake(script)
    dovecot = scene.dovecot(users=(), trusted=LOOPBACK,
                            more="login_proxy_max_reconnects = 0")
    dovecot.add_user("jane", "secret", proxy=None, host=fake.host, port=fake.port)
    usher = make_front(make_usher, scene, fake, login={"max_attempts": 99},
                       login_trusted_networks=LOOPBACK)
    usher.expected_events.add("proxy.failed")
    clients = [scene.imap(part) for part in (dovecot, usher)]
    for answer, told in ANSWERS:
        if b"SERVERBUG" not in answer and b"[auth" not in answer:
            script.at = {"LOGIN": b"%t " + answer + b"\r\n"}
            replies = [client.login("jane", "secret")[:2] for client in clients]
            assert replies == [told, told], answer


# ---- and to SASL ----------------------------------------------------------------------------

# What a backend says to AUTHENTICATE PLAIN with all in it, and what the client hears.
TO_SASL = [
    (b"%t NO [AUTHENTICATIONFAILED] no\r\n", DENIED),
    (b"%t NO [UNAVAILABLE] later\r\n", ("NO", b"[UNAVAILABLE] later")),
    (b"%t NO [EXPIRED] change it\r\n", ("NO", b"[EXPIRED] change it")),
    (b"%t BAD what?\r\n", DENIED),
    (b"+ \r\n", UNAVAILABLE),               # more, when all has been said
    (b"+ b25lIG1vcmU=\r\n", UNAVAILABLE),
    (b"+ !no base64!\r\n", UNAVAILABLE),
    (close, UNAVAILABLE),
    (hang, UNAVAILABLE),
]


@pytest.mark.parametrize("answer, told", TO_SASL)
def test_it_says_no_to_sasl(scene, front, answer, told):
    usher, fake, script = front({"AUTHENTICATE": answer}, tls=False,
                                access={"login_timeout": SHORT})
    usher.configure(auth=[{"driver": "static", "fields": {"proxy_mech": "PLAIN"}}])
    usher.reload()
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == told
    assert_well_again(client, script)


# ---- again, and elsewhere -------------------------------------------------------------------

def test_one_that_comes_back(scene, front):
    """It is tried again a second later; the client only waits."""
    usher, fake, script = front({"greeting": close}, trouble=False,
                                access={"max_reconnects": 2})
    usher.expected_events.add("proxy.retry")
    client = scene.imap(usher)
    tag = client.begin(b"LOGIN jane secret")
    usher.wait_for_log("proxy.retry")
    script.at = {}
    assert client.reply(tag).status == "OK"
    assert usher.wait_for_log("proxy.started")["reconnects"] == 1
    assert len(fake.connections) == 2


def test_one_that_stays_away(scene, front):
    """Its own words are the last, too."""
    usher, fake, _ = front({"LOGIN": b"%t NO [UNAVAILABLE] in a minute\r\n"},
                           access={"max_reconnects": 1})
    usher.expected_events.add("proxy.retry")
    reply = scene.imap(usher).login("jane", "secret")
    assert reply[:2] == ("NO", b"[UNAVAILABLE] in a minute")
    assert usher.wait_for_log("proxy.failed")["reconnects"] == 1
    assert len(fake.connections) == 2


def test_no_second_try_without_time_for_it(scene, front):
    usher, fake, _ = front({"greeting": close},
                           access={"max_reconnects": 3, "login_timeout": "1s"})
    before = time.monotonic()
    assert scene.imap(usher).login("jane", "secret")[:2] == UNAVAILABLE
    assert time.monotonic() - before < 0.9 * PATIENCE
    assert len(fake.connections) == 1


@pytest.mark.parametrize("connect, what", [
    ("refuse", "connect failed: Connection refused"),
    ("hang", "connect failed: Connection timed out")])
def test_one_that_is_down(scene, make_usher, connect, what):
    usher = make_front(make_usher, scene, scene.fake(connect=connect),
                       access={"connect_timeout": SHORT}, login={"allow_cleartext": True})
    usher.expected_events.add("proxy.failed")
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == UNAVAILABLE
    failed = usher.wait_for_log("proxy.failed", user="jane")
    assert (failed["what"], failed["stage"]) == (what, "connect")
    client.ok(b"NOOP")


def two_hosts(usher, *parts):
    return users_file(usher, "jane:{{PLAIN}}secret::::::host={} hostips={} port={}\n".format(
        parts[0].host, ",".join(p.host for p in parts), parts[0].ports["imap"]))


@pytest.mark.parametrize("first", ["refuse", "hang", "hang up"])
def test_the_next_address_is_tried_at_once(scene, make_usher, first):
    away = (scene.fake(close) if first == "hang up" else scene.fake(connect=first))
    there = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, start=False, login={"allow_cleartext": True})
    usher.configure(auth=[two_hosts(usher, away, there)],
                    director={"backend_defaults": {"connect_timeout": SHORT}})
    usher.expected_events.add("proxy.retry")
    usher.start()
    before = time.monotonic()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert time.monotonic() - before < 0.9 * PATIENCE
    started = usher.wait_for_log("proxy.started")
    assert (started["to"], started["reconnects"]) == (f"{there.host}:{there.port}", 0)


def test_no_other_address_is_asked_about_a_password(scene, make_usher):
    backends = [scene.fake(FakeImap(at={"LOGIN": b"%t NO wrong\r\n"})) for _ in range(2)]
    usher = make_front(make_usher, scene, start=False, login={"allow_cleartext": True})
    usher.configure(auth=[two_hosts(usher, *backends)])
    usher.start()
    assert scene.imap(usher).login("jane", "secret")[:2] == DENIED
    assert [len(b.connections) for b in backends] == [1, 0]


def test_the_addresses_of_a_name(scene, make_usher):
    """A backend's name leads to both; the log tells which it was."""
    away, there = scene.fake(connect="refuse"), scene.fake(FakeImap())
    usher = make_front(make_usher, scene, start=False, login={"allow_cleartext": True})
    usher.give_hosts(f"{away.host} both.test\n{there.host} both.test\n")
    usher.configure(director={"backends": [
        {"name": "both", "host": "both.test", "imap": there.port}]})
    usher.expected_events.add("proxy.retry")
    usher.start()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    started = usher.wait_for_log("proxy.started", host="both.test", backend="both")
    assert started["to"] == f"{there.host}:{there.port}"


def test_a_name_that_has_no_address(scene, make_usher):
    usher = make_front(make_usher, scene, start=False, login={"allow_cleartext": True})
    usher.configure(director={"backends": [{"name": "lost", "host": "nowhere.onion"}]})
    usher.expected_events |= {"host.unknown", "route.failed"}
    usher.start()
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == UNAVAILABLE
    usher.wait_for_log("route.failed", user="jane")
    client.ok(b"NOOP")


# ---- what it lists ----------------------------------------------------------------------------

def test_no_starttls_no_password(scene, make_usher):
    fake = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, fake, login={"allow_cleartext": True},
                       access={"tls": "starttls", "ca_file": str(scene.pki.ca_file),
                               "max_reconnects": 3})
    usher.expected_events.add("proxy.failed")
    assert scene.imap(usher).login("jane", "secret")[:2] == SERVERBUG
    failed = usher.wait_for_log("proxy.failed")
    assert failed["what"] == "Aborting due to remote server: STARTTLS not supported"
    assert b"secret" not in fake.connection().wait_done().wire.octets()
    assert len(fake.connections) == 1


def test_logins_disabled(scene, make_usher):
    fake = scene.fake(FakeImap(capability="IMAP4rev1 LOGINDISABLED"))
    usher = make_front(make_usher, scene, fake, login={"allow_cleartext": True})
    usher.expected_events.add("proxy.failed")
    assert scene.imap(usher).login("jane", "secret")[:2] == SERVERBUG
    assert b"secret" not in fake.connection().wait_done().wire.octets()


def test_logins_disabled_only_without_tls(scene, front):
    usher, fake, script = front(
        trouble=False, capability="IMAP4rev1 LOGINDISABLED",
        at={"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n%t OK\r\n"})
    assert scene.imap(usher).login("jane", "secret").status == "OK"
