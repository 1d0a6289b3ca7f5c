"""Who is not let in, what they are told, and when."""
import time

import pytest

from lib.deadline import PATIENCE, wait_until
from lib.fake_backend import hang
from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front, users_file
from lib.wire import PeerSilent

DENIED = ("NO", b"[AUTHENTICATIONFAILED] Authentication failed.")
EXPOSED = (b"* BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, but "
           b"your client did it anyway. If anyone was listening, the password was "
           b"exposed.")
PRIVACY = ("NO", b"[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure "
                 b"(SSL/TLS) connections.")


@pytest.fixture
def front(make_usher, scene):
    """Knows jane, password secret; her backend takes anybody."""
    def make(*, start=True, **config):
        usher = make_front(make_usher, scene, scene.fake(FakeImap()), start=False,
                           **{"login": {"allow_cleartext": True}, **config})
        usher.configure(auth=[users_file(usher, "jane:{PLAIN}secret::::::\n")])
        return usher.start() if start else usher
    return make


# ---- without TLS ---------------------------------------------------------------------

def test_a_password_in_the_clear(scene, front):
    usher = front(login={})
    client = scene.imap(usher, greeting=False)
    greeting = client.greeting()
    assert b" STARTTLS LOGINDISABLED] usher ready." in greeting
    assert b"AUTH=" not in greeting
    reply = client.login("jane", "secret")
    assert (reply[:2], reply.untagged) == (PRIVACY, [EXPOSED])
    client.starttls(scene.pki.client_context())
    assert client.login("jane", "secret").status == "OK"


def test_tls_required_holds_for_trusted_networks_too(scene, front):
    usher = front(login={}, login_trusted_networks=LOOPBACK, start=False)
    usher.config["listeners"][0]["tls"] = "required"
    usher.start()
    client = scene.imap(usher)
    reply = client.ok(b"CAPABILITY").untagged[0].split()
    assert reply[-2:] == [b"STARTTLS", b"LOGINDISABLED"]
    assert client.login("jane", "secret")[:2] == PRIVACY
    client.starttls(scene.pki.client_context())
    assert client.login("jane", "secret").status == "OK"


def test_what_a_stranger_says_in_the_clear_reaches_no_log(scene, front):
    usher = front(login={})
    scene.imap(usher).login("jane", "topsecret")
    client = scene.imap(usher)
    client.command(b"AUTHENTICATE PLAIN AGphbmUAdG9wc2VjcmV0")
    client.logout()
    usher.wait_for_log("session.ended", attempts="tried to use disallowed plaintext auth")
    log = "".join(usher.log.lines())
    assert "topsecret" not in log and "AGphbmUAdG9wc2VjcmV0" not in log


# ---- wrong names and passwords -----------------------------------------------------------

def seconds_of(client, user, password):
    before = time.monotonic()
    assert client.login(user, password)[:2] == DENIED
    return time.monotonic() - before


def test_nobody_learns_whether_a_user_exists(scene, front):
    usher = front(login={"allow_cleartext": True, "failure_delay": "300ms"})
    client = scene.imap(usher)
    for user in ("jane", "nobody", "x" * 500, "\u20ac"):
        assert 0.29 < seconds_of(client, user, "wrong") < 0.55 * PATIENCE
    assert client.login("jane", "secret").status == "OK"


def test_the_delay_is_of_the_whole_answer(scene, make_usher):
    """A backend that takes its own time is not waited for twice."""
    def no_after_a_while(wire):
        time.sleep(0.3)
        wire.send(b"L NO wrong\r\n")
    fake = scene.fake(FakeImap(at={"LOGIN": no_after_a_while}))
    usher = make_front(make_usher, scene, fake, login={
        "allow_cleartext": True, "failure_delay": "400ms"})
    assert 0.39 < seconds_of(scene.imap(usher), "jane", "wrong") < 0.65 * PATIENCE


def test_what_is_said_while_an_answer_waits_comes_after_it(scene, front):
    usher = front(login={"allow_cleartext": True, "failure_delay": "200ms"})
    client = scene.imap(usher)
    client.send(b"a LOGIN jane wrong\r\nb NOOP\r\nc LOGIN jane secret\r\nd NOOP\r\n")
    replies = [client.reply(tag)[0] for tag in (b"a", b"b", b"c", b"d")]
    assert replies == ["NO", "OK", "OK", "OK"]


def test_a_client_that_leaves_while_its_answer_waits(scene, front):
    usher = front(login={"allow_cleartext": True, "failure_delay": "1m"})
    client = scene.imap(usher)
    client.begin(b"LOGIN jane wrong")
    usher.wait_for_log("session.state", to="delay")
    client.close()
    usher.wait_for_log("session.ended", why="Connection closed", user="jane",
                       attempts="auth failed, 1 attempts in 0 secs")


@pytest.mark.parametrize("most", [1, 3])
def test_too_many_failed_logins(scene, front, most):
    usher = front(login={"allow_cleartext": True, "max_attempts": most})
    client = scene.imap(usher)
    for _ in range(most):
        assert client.login("jane", "wrong")[:2] == DENIED
    assert client.read_to_end() == b"* BYE Too many failed logins.\r\n"
    ended = usher.wait_for_log("session.ended", user="jane")
    assert ended["attempts"].startswith(f"auth failed, {most} attempts")


def test_too_many_that_a_backend_refused(scene, make_usher):
    fake = scene.fake(FakeImap(at={"LOGIN": b"%t NO wrong\r\n"}))
    usher = make_front(make_usher, scene, fake, login={
        "allow_cleartext": True, "max_attempts": 2})
    client = scene.imap(usher)
    client.login("jane", "wrong")
    client.login("jane", "wrong")
    assert client.read_to_end() == b"* BYE Too many failed logins.\r\n"
    usher.wait_for_log("session.ended", attempts="proxy dest auth failed")


def test_what_is_nobodys_fault_is_not_counted(scene, make_usher):
    """A backend that is away costs a user no attempts."""
    fake = scene.fake(FakeImap(at={"LOGIN": b"%t NO [UNAVAILABLE] later\r\n"}))
    usher = make_front(make_usher, scene, fake, login={
        "allow_cleartext": True, "max_attempts": 1})
    usher.expected_events.add("proxy.failed")
    client = scene.imap(usher)
    for _ in range(3):
        assert client.login("jane", "secret")[:2] == ("NO", b"[UNAVAILABLE] later")


# ---- time ---------------------------------------------------------------------------------

def assert_ended_after(client, seconds, words):
    before = time.monotonic()
    assert client.read_to_end(timeout=seconds + 5) == words
    assert time.monotonic() - before < (seconds + 0.5) * PATIENCE


IDLE = b"* BYE Disconnected for inactivity.\r\n"
IDLE_IN_SASL = b"* BYE Disconnected for inactivity during authentication.\r\n"


def test_staying_too_long(scene, front):
    """Commands do not make it longer; a handshake that is not finished is no excuse."""
    usher = front(login={"allow_cleartext": True, "timeout": "1s"})
    busy, silent = scene.imap(usher), scene.imap(usher)
    in_sasl, in_literal = scene.imap(usher), scene.imap(usher)
    shaking = scene.imap(usher, "imaps", greeting=False, tls=False)
    in_sasl.begin(b"AUTHENTICATE PLAIN")
    in_sasl.expect(rb"\+ ")
    in_literal.begin(b"LOGIN {5}")
    in_literal.expect(rb"\+ OK")
    before = time.monotonic()
    while time.monotonic() - before < 0.6:
        busy.ok(b"NOOP")
        with pytest.raises(PeerSilent):
            busy.read_segment(timeout=0.05)
    assert_ended_after(busy, 0.4, IDLE)
    assert_ended_after(silent, 0.1, IDLE)
    assert_ended_after(in_literal, 0.1, IDLE)
    assert_ended_after(in_sasl, 0.1, IDLE_IN_SASL)
    assert_ended_after(shaking, 0.1, b"")
    wait_until(lambda: len(usher.log_lines("session.ended", why="Inactivity")) == 5,
               5.0, "the end of each to be logged")


def test_it_ends_a_login_under_way(scene, make_usher):
    fake = scene.fake(FakeImap(at={"LOGIN": hang}))
    usher = make_front(make_usher, scene, fake, login={
        "allow_cleartext": True, "timeout": "1s"})
    client = scene.imap(usher)
    client.begin(b"LOGIN jane secret")
    assert_ended_after(client, 1, IDLE)
    fake.connection().wait_done()       # the backend's side ended, too


def test_once_in_there_is_no_hurry(scene, front):
    usher = front(login={"allow_cleartext": True, "timeout": "1s"})
    client = scene.imap(usher)
    client.login("jane", "secret")
    with pytest.raises(PeerSilent):
        client.read_segment(timeout=1.2)
    client.ok(b"NOOP")


# ---- length -------------------------------------------------------------------------------

TOO_LONG = b"* BYE Input buffer full, aborting\r\n"

ENDLESS = {
    "one argument": b'a LOGIN "' + b"x" * 1025,
    "one atom": b"a LOGIN " + b"x" * 1025,
    "all arguments": b"a LOGIN " + b"x " * 40000,
    "initial response": b"a AUTHENTICATE PLAIN " + b"x" * 9000,
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_line_without_end(scene, front, what):
    client = scene.imap(front())
    client.send(ENDLESS[what])
    assert client.read_to_end() == TOO_LONG
    assert client.ended == "closed"


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"LOGIN"])
def test_a_sasl_answer_without_end(scene, front, mechanism):
    client = scene.imap(front())
    client.begin(b"AUTHENTICATE " + mechanism)
    client.expect(rb"\+ .*")
    client.send(b"x" * 9000)
    assert client.read_to_end() == b"* BYE Authentication response too large\r\n"


@pytest.mark.parametrize("size", [b"{8193}", b"{8193+}", b"{4294967297}"])
def test_a_literal_that_is_too_large(scene, front, size):
    client = scene.imap(front())
    client.send_line(b"a LOGIN " + size)
    assert client.read_to_end() == b"* BYE Literal size too large\r\n"


def test_the_longest_that_is_taken(scene, front):
    client = scene.imap(front(login={"allow_cleartext": True, "max_attempts": 99}))
    for argument in (b"x" * 1024, b'"' + b"x" * 1024 + b'"',
                     b"{8192+}\r\n" + b"x" * 8192):
        reply = client.command(b"LOGIN " + argument + b" secret")
        assert reply[:2] == DENIED
    assert client.login("jane", "secret").status == "OK"


def test_nonsense_does_not_count_against_logins(scene, front):
    """Two limits, counted each by itself; a good command resets neither."""
    client = scene.imap(front(login={"allow_cleartext": True, "max_attempts": 2,
                                     "max_bad_commands": 2}))
    assert client.command(b"NONSENSE").status == "BAD"
    client.ok(b"NOOP")
    assert client.login("jane", "wrong")[:2] == DENIED
    assert client.command(b"NONSENSE").status == "BAD"
    assert client.read_to_end() == b"* BYE Too many invalid IMAP commands.\r\n"
