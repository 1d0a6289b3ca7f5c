"""Whoever stands on the wire can say things before TLS begins, to either side. Nothing of
it may be taken for something that was said inside."""
import ssl

import pytest

from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front
from lib.wire import PeerClosed

# ---- to us, behind a client's STARTTLS ------------------------------------------------

BEHIND_STARTTLS = {
    "a command": b"b LOGIN mallory secret\r\n",
    "several": b"b NOOP\r\nc LOGIN mallory secret\r\nd NOOP\r\n",
    "the front of one": b"b LOGIN mallory ",
    "a tag": b"b",
    "a literal that is invited": b"b LOGIN {7}\r\n",
    "a literal that is not": b"b LOGIN {7+}\r\nmallory {1000+}\r\n",
    "a quote": b'b LOGIN "',
    "nonsense": b"\0\0\0\r\n",
    "the end of a line": b"\r\n",
    "SASL": b"b AUTHENTICATE PLAIN\r\nAG1hbGxvcnkAc2VjcmV0\r\n",
    "very much": b"b NOOP\r\n" * 400,
}


@pytest.fixture
def front(make_usher, scene):
    fake = scene.fake(FakeImap())
    return make_front(make_usher, scene, fake, login={"allow_cleartext": True},
                      login_trusted_networks=LOOPBACK), fake


@pytest.mark.parametrize("what", BEHIND_STARTTLS)
def test_behind_a_clients_starttls(scene, front, what):
    usher, fake = front
    client = scene.imap(usher)
    client.send(b"a STARTTLS\r\n" + BEHIND_STARTTLS[what])
    assert client.reply(b"a").status == "OK"
    client.start_tls(scene.pki.client_context())
    assert client.dropped_before_tls == b""     # no answer in the clear
    client.send(b"e NOOP\r\n")
    assert client.reply(b"e") == ("OK", b"NOOP completed.", [])
    assert client.login("jane", "secret").status == "OK"
    assert b'LOGIN "jane" "secret"' in fake.connection().wire.octets()
    assert len(fake.connections) == 1
    assert usher.log_lines("session.state", user="mallory") == []


def test_a_claim_behind_a_clients_starttls(scene, front):
    """Of somebody who may claim things, once they are inside."""
    usher, fake = front
    client = scene.imap(usher)
    client.send(b'a STARTTLS\r\nb ID ("x-originating-ip" "192.0.2.66")\r\n')
    client.reply(b"a")
    client.start_tls(scene.pki.client_context())
    client.login("jane", "secret")
    assert b'"x-originating-ip" "127.0.0.1"' in fake.connection().wire.octets()


def test_between_our_ok_and_a_clients_hello(scene, front):
    """These octets are where TLS should begin: it does not."""
    usher, fake = front
    client = scene.imap(usher)
    client.ok(b"STARTTLS")
    client.send(b"b LOGIN mallory secret\r\n")
    with pytest.raises((PeerClosed, ConnectionError, ssl.SSLError)):
        client.start_tls(scene.pki.client_context())
    usher.wait_for_log("tls.failed")
    assert fake.connections == []


# ---- to us, behind a backend's OK ---------------------------------------------------------

BEHIND_OK = {
    "our login's answer": b"L OK [CAPABILITY IMAP4rev1 X-MALLORY] in\r\n",
    "its refusal": b"L NO [AUTHENTICATIONFAILED] no\r\n",
    "answers to all we may say": b"C OK\r\nI OK\r\nL OK in\r\n",
    "capabilities": b"* CAPABILITY IMAP4rev1 LOGINDISABLED X-MALLORY\r\nC OK done\r\n",
    "an alert": b"* OK [ALERT] call mallory: 555-0100\r\n",
    "a farewell": b"* BYE\r\n",
    "an invitation": b"+ \r\n",
    "the front of a line": b"L OK ",
    "the front of a literal": b"* X {1000}\r\n",
}


def make_backend(scene, said):
    script = FakeImap(at={"STARTTLS": said})
    fake = scene.fake(script)
    script.certificate = scene.pki.certificate(fake.host)
    script.capability += b" STARTTLS"
    return fake


@pytest.mark.parametrize("what", BEHIND_OK)
def test_behind_a_backends_starttls(scene, make_usher, what):
    fake = make_backend(scene, b"%t OK\r\n" + BEHIND_OK[what])
    usher = make_front(make_usher, scene, fake,
                       access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)})
    client = scene.imap(usher, "imaps")
    reply = client.login("jane", "secret")
    assert reply == ("OK", b"[CAPABILITY IMAP4rev1 ID ENABLE IDLE UIDPLUS X-FAKE] "
                           b"Logged in", [])
    client.send(b"b NOOP\r\n")
    assert client.reply(b"b") == ("OK", b"done.", [])
    wire = fake.connection().wire
    assert wire.octets(tls=False) == b"S STARTTLS\r\n"
    assert wire.octets(tls=True).startswith(b"C CAPABILITY\r\n")
    assert len(fake.connections) == 1


def test_between_a_backends_ok_and_its_hello(scene, make_usher):
    def say_it_late(wire):
        wire.send(b"S OK\r\n")
        wire.read_segment()         # the client's hello
        wire.send(b"C OK\r\nL OK in\r\n")
        wire.read_to_end()
    fake = make_backend(scene, say_it_late)
    usher = make_front(make_usher, scene, fake,
                       access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)})
    usher.expected_events.add("proxy.failed")
    client = scene.imap(usher, "imaps")
    assert client.login("jane", "secret")[:2] == (
        "NO", b"[UNAVAILABLE] Account is temporarily unavailable.")
    assert b"secret" not in fake.connection().wait_done().wire.octets()
    assert usher.wait_for_log("proxy.failed")["stage"] == "TLS"


def test_a_backend_that_says_one_is_in_already(scene, make_usher):
    """PREAUTH would leave no place for STARTTLS."""
    fake = scene.fake(FakeImap(at={"greeting": b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n"}))
    usher = make_front(make_usher, scene, fake,
                       access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)})
    usher.expected_events.add("proxy.failed")
    client = scene.imap(usher, "imaps")
    assert client.login("jane", "secret").status == "NO"
    assert fake.connection().wait_done().wire.octets() == b""
