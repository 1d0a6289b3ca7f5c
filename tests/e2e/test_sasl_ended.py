"""Exchanges that usher ends, from the secrets in a passwd-file, in every protocol."""
import base64
import hashlib
import hmac
import os

import pytest

from lib import sasl
from lib.front import make_front, users_file

PROTOCOL = pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)
INITIAL = pytest.mark.parametrize("initial", [True, False], ids=["initial", "later"])
PLUS = {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"}
MECHANISMS = ["PLAIN", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256",
              "SCRAM-SHA-1", "CRAM-MD5"]


def scram_secret(digest, password, rounds=4096):
    """As "doveadm pw -s SCRAM-SHA-256" writes it."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), salt, rounds)
    client = hmac.new(salted, b"Client Key", digest).digest()
    server = hmac.new(salted, b"Server Key", digest).digest()
    pieces = (salt, hashlib.new(digest, client).digest(), server)
    return ",".join([str(rounds), *(base64.b64encode(p).decode() for p in pieces)])


@pytest.fixture
def usher(scene, make_usher):
    dovecot = scene.dovecot(protocols=["imap", "pop3"], trusted=["127.0.0.0/8"])
    usher = make_front(make_usher, scene, dovecot, listeners=["imap", "pop3"],
                       login={"mechanisms": MECHANISMS, "max_attempts": 100},
                       start=False)
    to_backend = "::::::pass=secret"
    usher.configure(auth=[users_file(usher, f"""\
jane:{{SCRAM-SHA-256}}{scram_secret("sha256", "pencil")}{to_backend}
joe:{{SCRAM-SHA-1}}{scram_secret("sha1", "pencil")}{to_backend} destuser=jane
ann:{{PLAIN}}pencil{to_backend} destuser=jane
bob:{{PLAIN}}pencil
""")])
    return usher.start()


@PROTOCOL
@INITIAL
def test_scram_without_tls_and_nothing_cleartext(scene, usher, protocol, initial):
    client = protocol(scene, usher)
    assert client.offers() == {"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"}
    for user, name, steps in [("jane", "SCRAM-SHA-256", sasl.scram_sha_256),
                              ("joe", "SCRAM-SHA-1", sasl.scram_sha_1),
                              ("ann", "SCRAM-SHA-256", sasl.scram_sha_256),
                              ("ann", "SCRAM-SHA-1", sasl.scram_sha_1),
                              ("ann", "CRAM-MD5", sasl.cram_md5)]:
        client = protocol(scene, usher)
        for wrong in ("jane" if user != "jane" else "joe", user, "nobody"):
            refused = sasl.authenticate(client, name, steps(wrong, "pencils"), initial)
            assert not refused.ok and protocol.denied in refused.text
        result = sasl.authenticate(client, name, steps(user, "pencil"), initial)
        assert result.ok, (user, name, result.text)
        client.use()


def bindings(tls):
    """What both ends of the TLS connection know; Python gives the one only."""
    if tls.version() == "TLSv1.2":
        yield b"tls-unique", tls.get_channel_binding("tls-unique")
    der = tls.getpeercert(binary_form=True)
    yield b"tls-server-end-point", hashlib.sha256(der).digest()


@PROTOCOL
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_scram_bound_to_the_channel(scene, usher, protocol, version):
    context = scene.pki.client_context(verify=False)
    context.maximum_version = context.minimum_version = getattr(
        sasl.ssl.TLSVersion, version)

    def secured():
        client = protocol(scene, usher)
        assert not PLUS & client.offers()
        client.starttls(context)
        assert PLUS <= client.offers() and "PLAIN" in client.offers()
        return client

    client = secured()
    kinds = dict(bindings(client.wire.tls))
    assert len(kinds) == (2 if version == "TLSv1_2" else 1)
    for kind in kinds:
        client = secured()
        name, binding = kind, dict(bindings(client.wire.tls))[kind]
        header = b"p=" + name + b",,"
        for forged in (binding[::-1], b""):
            steps = sasl.scram_sha_256("jane", "pencil", header=header, binding=forged)
            assert not sasl.authenticate(client, "SCRAM-SHA-256-PLUS", steps).ok
        steps = sasl.scram_sha_256("jane", "pencil", header=header, binding=binding)
        result = sasl.authenticate(client, "SCRAM-SHA-256-PLUS", steps)
        assert result.ok, (name, result.text)
        client.use()
    # Who could bind, and was told that we cannot, was told so by somebody else.
    client = secured()
    steps = sasl.scram_sha_256("jane", "pencil", header=b"y,,")
    assert not sasl.authenticate(client, "SCRAM-SHA-256", steps).ok
    steps = sasl.scram_sha_256("jane", "pencil", header=b"p=tls-unique,,", binding=b"x")
    assert not sasl.authenticate(client, "SCRAM-SHA-256", steps).ok


def test_without_a_password_for_the_backend_it_cannot_end_well(scene, usher):
    usher.expected_events.add("route.failed")
    client = sasl.Imap(scene, usher)
    result = sasl.authenticate(client, "SCRAM-SHA-1", sasl.scram_sha_1("bob", "pencil"))
    assert not result.ok and b"[UNAVAILABLE]" in result.text
    line = usher.wait_for_log("route.failed", user="bob")
    assert "the lookup gave none (pass)" in line["what"]


def test_salts_do_not_tell_who_exists(scene, usher):
    """The same name gets the same salt each time, whether there is such a user or
    not."""
    client = sasl.Imap(scene, usher)

    def first(user):
        client.begin("SCRAM-SHA-256", base64.b64encode(f"n,,n={user},r=abc".encode()))
        answer, _ = client.answer()
        client.wire.send_line(b"*")
        client.answer()
        return sasl._parts(answer)

    for user in ("jane", "joe", "ann", "nobody"):
        one, two = first(user), first(user)
        assert one[b"s"] == two[b"s"] and one[b"r"] != two[b"r"], user
        assert (len(one[b"s"]), one[b"i"]) == (24, b"4096"), user


def test_relay_mechanisms_leave_it_to_the_backend(scene, make_usher):
    backend = scene.dovecot(users={"jane": "backends own"},
                            more="auth_mechanisms = plain scram-sha-256")
    usher = make_front(make_usher, scene, backend, listeners=["imap"],
                       login={"mechanisms": MECHANISMS, "allow_cleartext": True},
                       start=False)
    usher.configure(auth=[users_file(usher, """\
jane:{PLAIN}ushers own::::::relay_mechanisms=SCRAM-SHA-1,SCRAM-SHA-256
""")])
    usher.start()
    client = sasl.Imap(scene, usher)
    steps = sasl.scram_sha_256("jane", "ushers own")
    assert not sasl.authenticate(client, "SCRAM-SHA-256", steps).ok
    steps = sasl.scram_sha_256("jane", "backends own")
    result = sasl.authenticate(client, "SCRAM-SHA-256", steps)
    assert result.ok, result.text
    client.use()
    # The backend has no SCRAM-SHA-1: it is not tried there.
    usher.expected_events.add("proxy.failed")
    client = sasl.Imap(scene, usher)
    steps = sasl.scram_sha_1("jane", "backends own")
    result = sasl.authenticate(client, "SCRAM-SHA-1", steps)
    assert not result.ok and b"[SERVERBUG]" in result.text
    assert "does not offer the mechanism SCRAM-SHA-1" in usher.wait_for_log(
        "proxy.failed")["what"]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
@PROTOCOL
def test_usher_proves_its_password_to_the_backend(scene, make_usher, protocol,
                                                  mechanism):
    dovecot = scene.dovecot(protocols=["imap", "pop3"], cleartext=False,
                            more="auth_mechanisms = plain scram-sha-256 scram-sha-1")
    usher = make_front(make_usher, scene, dovecot, listeners=["imap", "pop3"],
                       login={"allow_cleartext": True, "failure_delay": "0s"},
                       auth=[{"driver": "passthrough",
                              "default_fields": {"proxy_mech": mechanism}}])
    client = protocol(scene, usher)
    ok, text = client.password_login("jane", "wrong")
    assert not ok and protocol.denied in text
    ok, text = client.password_login("jane", "secret")
    assert ok, text
    client.use()
    assert dovecot.login("jane")["method"] == mechanism


def test_a_backend_that_disables_login_is_proven_to(scene, make_usher):
    """LOGINDISABLED, no TLS, but SCRAM is offered: then that."""
    dovecot = scene.dovecot(cleartext=False,
                            more="auth_mechanisms = plain scram-sha-256")
    usher = make_front(make_usher, scene, dovecot, listeners=["imap"],
                       login={"allow_cleartext": True})
    client = scene.imap(usher)
    assert client.login("jane", "secret").status == "OK"
    assert dovecot.login("jane")["method"] == "SCRAM-SHA-256"
