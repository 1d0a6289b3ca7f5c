"""Whoever stands on the wire can say things before TLS begins, to either side. Nothing of
it may be taken for something that was said inside."""
import ssl

import pytest

from lib.fake_pop3 import FakePop3
from lib.front import LOOPBACK, make_front
from lib.wire import PeerClosed

# ---- to us, behind a client's STLS ------------------------------------------------------

BEHIND_STLS = {
    "a name": b"USER mallory\r\n",
    "a login": b"USER mallory\r\nPASS secret\r\nSTAT\r\n",
    "the front of one": b"USER mall",
    "SASL": b"AUTH PLAIN AG1hbGxvcnkAc2VjcmV0\r\n",
    "a question of SASL": b"AUTH PLAIN\r\n",
    "a claim": b"XCLIENT ADDR=192.0.2.66\r\n",
    "nonsense": b"\0\0\0\r\n",
    "the end of a line": b"\r\n",
    "the end": b"QUIT\r\n",
    "very much": b"CAPA\r\n" * 400,
}


@pytest.fixture
def front(make_usher, scene):
    fake = scene.fake(FakePop3(trusting=True), service="pop3")
    return make_front(make_usher, scene, fake, listeners=["pop3"],
                      login={"allow_cleartext": True},
                      login_trusted_networks=LOOPBACK), fake


@pytest.mark.parametrize("what", BEHIND_STLS)
def test_behind_a_clients_stls(scene, front, what):
    usher, fake = front
    client = scene.pop3(usher)
    client.send(b"STLS\r\n" + BEHIND_STLS[what])
    client.expect(rb"\+OK .*")
    client.start_tls(scene.pki.client_context(), usher.host)
    assert client.dropped_before_tls == b""     # no answer in the clear
    assert client.command(b"PASS secret") == b"-ERR No username given."
    assert client.login("jane", "secret") == b"+OK Logged in."
    octets = fake.connection().wire.octets()
    assert b"USER jane\r\n" in octets and b"192.0.2.66" not in octets
    assert len(fake.connections) == 1
    assert usher.log_lines("session.state", user="mallory") == []


def test_a_name_before_stls(scene, front):
    """It was said in the clear, perhaps by somebody else."""
    usher, _ = front
    client = scene.pop3(usher)
    client.ok(b"USER mallory")
    client.stls(scene.pki.client_context(), usher.host)
    assert client.command(b"PASS secret") == b"-ERR No username given."


def test_between_our_ok_and_a_clients_hello(scene, front):
    """These octets are where TLS should begin: it does not."""
    usher, fake = front
    client = scene.pop3(usher)
    client.ok(b"STLS")
    client.send(b"USER mallory\r\nPASS secret\r\n")
    with pytest.raises((PeerClosed, ConnectionError, ssl.SSLError)):
        client.start_tls(scene.pki.client_context(), usher.host)
    usher.wait_for_log("tls.failed")
    assert fake.connections == []


# ---- to us, behind a backend's OK ---------------------------------------------------------

BEHIND_OK = {
    "answers to all we may say": b"+OK\r\nUSER\r\n.\r\n+OK\r\n+OK in\r\n",
    "capabilities": b"+OK\r\nX-MALLORY\r\n.\r\n",
    "a refusal": b"-ERR [AUTH] no\r\n",
    "a question": b"+ \r\n",
    "the front of a line": b"+OK ",
    "the front of a list": b"+OK\r\nUSER\r\n",
}


@pytest.mark.parametrize("trusting", [False, True])
@pytest.mark.parametrize("what", BEHIND_OK)
def test_behind_a_backends_stls(scene, make_usher, what, trusting):
    script = FakePop3(trusting=trusting,
                      at={"STLS": b"+OK Begin TLS\r\n" + BEHIND_OK[what]})
    fake = scene.fake(script, service="pop3")
    script.certificate = scene.pki.certificate(fake.host)
    usher = make_front(make_usher, scene, fake, listeners=["pop3s"],
                       access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)})
    client = scene.pop3(usher, "pop3s")
    assert client.login("jane", "secret") == b"+OK Logged in."
    assert client.command(b"STAT") == b"+OK 0 0"
    wire = fake.connection().wire
    before = b"STLS\r\n" if trusting else b"CAPA\r\nSTLS\r\n"
    assert wire.octets(tls=False) == before
    assert wire.octets(tls=True).startswith(b"XCLIENT " if trusting else b"CAPA\r\n")
    assert len(fake.connections) == 1


def test_between_a_backends_ok_and_its_hello(scene, make_usher):
    def say_it_late(wire):
        wire.send(b"+OK Begin TLS\r\n")
        wire.read_segment()         # the client's hello
        wire.send(b"+OK\r\n+OK in\r\n")
        wire.read_to_end()
    script = FakePop3(trusting=True, at={"STLS": say_it_late})
    fake = scene.fake(script, service="pop3")
    script.certificate = scene.pki.certificate(fake.host)
    usher = make_front(make_usher, scene, fake, listeners=["pop3s"],
                       access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)})
    usher.expected_events.add("proxy.failed")
    client = scene.pop3(usher, "pop3s")
    assert client.login("jane", "secret") == (
        b"-ERR [SYS/TEMP] Account is temporarily unavailable.")
    assert b"secret" not in fake.connection().wait_done().wire.octets()
    assert usher.wait_for_log("proxy.failed")["stage"] == "TLS"
