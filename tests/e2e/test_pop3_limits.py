"""How much a stranger may say, how long it may stay, and what it hears at the end."""
import json
import signal
import time

import pytest

from lib.deadline import PATIENCE, wait_until
from lib.fake_pop3 import FakePop3
from lib.front import LOOPBACK, make_front, users_file

DENIED = b"-ERR [AUTH] Authentication failed."


@pytest.fixture
def front(make_usher, scene):
    """Knows jane, password secret; her backend takes anybody."""
    def make(**login):
        fake = scene.fake(FakePop3(), service="pop3")
        usher = make_front(make_usher, scene, fake, start=False, listeners=["pop3", "pop3s"],
                           login={"allow_cleartext": True, **login})
        usher.configure(auth=[users_file(usher, "jane:{PLAIN}secret::::::\n")])
        return usher.start()
    return make


# ---- much ------------------------------------------------------------------------------

@pytest.mark.parametrize("said", [b"USER " + b"x" * 1025, b"x" * 1100, b"x" * 70000,
                                  b"XCLIENT " + b"x" * 1025])
def test_too_long_a_line(scene, front, said):
    client = scene.pop3(front())
    client.send(said + b"\r\n")
    assert client.read_to_end() == b"-ERR Input buffer full, aborting\r\n"


def test_too_long_an_answer_in_sasl(scene, front):
    client = scene.pop3(front())
    client.send(b"AUTH PLAIN\r\n" + b"A" * 9000)
    client.expect(rb"\+ ")
    assert client.read_to_end() == b"-ERR Authentication response too large\r\n"


def test_very_many_commands_at_once(scene, front):
    """They are all answered, however slowly the client reads."""
    client = scene.pop3(front())
    client.send(b"CAPA\r\n" * 5000 + b"QUIT\r\n")
    said = client.read_to_end()
    assert said.count(b"SASL PLAIN LOGIN\r\n.\r\n") == 5000
    assert said.endswith(b"+OK Logging out\r\n")


@pytest.mark.parametrize("most", [1, 3])
def test_too_many_failed_logins(scene, front, most):
    usher = front(max_attempts=most)
    client = scene.pop3(usher)
    for _ in range(most):
        assert client.login("jane", "wrong") == DENIED
    assert client.read_to_end() == b"-ERR Too many failed logins.\r\n"
    ended = usher.wait_for_log("session.ended", user="jane")
    assert ended["attempts"].startswith(f"auth failed, {most} attempts")


def test_what_a_stranger_says_reaches_no_log(scene, front):
    usher = front(allow_cleartext=False)
    client = scene.pop3(usher)
    client.command(b"USER jane")
    client.command(b"PASS topsecret")
    client.command(b"AUTH PLAIN AGphbmUAdG9wc2VjcmV0")
    client.command(b"topsecret")
    client.quit()
    usher.wait_for_log("session.ended", attempts="tried to use disallowed plaintext auth")
    log = "".join(usher.log.lines())
    assert "topsecret" not in log and "AGphbmUAdG9wc2VjcmV0" not in log


# ---- long ------------------------------------------------------------------------------

def test_a_stay_without_a_login(scene, front):
    usher = front(timeout="1s")
    client = scene.pop3(usher)
    before = time.monotonic()
    while time.monotonic() - before < 0.5:
        client.ok(b"NOOP")
    assert client.read_to_end() == b"-ERR Disconnected for inactivity.\r\n"
    assert 0.9 < time.monotonic() - before < 2.0 * PATIENCE
    usher.wait_for_log("session.ended", why="Inactivity")


def test_a_stay_in_sasl(scene, front):
    client = scene.pop3(front(timeout="1s"))
    client.send_line(b"AUTH PLAIN")
    client.expect(rb"\+ ")
    assert client.read_to_end() == (
        b"-ERR Disconnected for inactivity during authentication.\r\n")


def test_a_guess_takes_its_time(scene, front):
    client = scene.pop3(front(failure_delay="300ms"))
    for user in ("jane", "nobody"):
        before = time.monotonic()
        assert client.login(user, "wrong") == DENIED
        assert 0.29 < time.monotonic() - before < 0.6 * PATIENCE


# ---- the end ------------------------------------------------------------------------------

@pytest.mark.parametrize("port", ["pop3", "pop3s"])
def test_goodbye(scene, front, port):
    usher = front()
    waiting, inside = scene.pop3(usher, port), scene.pop3(usher, port)
    assert inside.login("jane", "secret") == b"+OK Logged in."
    usher.signal(signal.SIGTERM)
    for client in (waiting, inside):
        assert client.read_to_end(timeout=20) == b"-ERR Server shutting down.\r\n"
    usher.wait_for_log("proxy.ended", user="jane", why="Server shutting down")


def test_kicked(scene, front):
    usher = front()
    client = scene.pop3(usher)
    client.login("jane", "secret")
    # What has just moved something is not spoken into.
    wait_until(lambda: json.loads(usher.ctl("--json", "who"))["sessions"][0]["age_ms"] > 300,
               5.0, "some quiet")
    usher.ctl("kick", "jane")
    assert client.read_to_end() == b"-ERR Disconnected by the administrator.\r\n"


def test_trust_is_no_limitless_stay(scene, make_usher):
    usher = make_front(make_usher, scene, scene.fake(FakePop3(), service="pop3"),
                       listeners=["pop3"], login={"timeout": "1s"},
                       login_trusted_networks=LOOPBACK)
    client = scene.pop3(usher)
    assert client.read_to_end() == b"-ERR Disconnected for inactivity.\r\n"
