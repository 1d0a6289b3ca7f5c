"""EXTERNAL: the client's certificate says who it is."""
import ssl

import pytest

from lib import sasl
from lib.front import make_front, users_file

PROTOCOL = pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)


@pytest.fixture
def usher(scene, make_usher):
    dovecot = scene.dovecot(protocols=["imap", "pop3"])
    usher = make_front(make_usher, scene, dovecot,
                       listeners=["imap", "imaps", "pop3", "pop3s"],
                       login={"mechanisms": ["EXTERNAL", "PLAIN"]},
                       tls={"client_certificates": "request",
                            "client_ca": str(scene.pki.ca_file)}, start=False)
    usher.configure(auth=[users_file(usher, "jane:::::::pass=secret\n")])
    return usher.start()


def context_with(scene, certificate=None):
    context = scene.pki.client_context(verify=False)
    if certificate is not None:
        context.load_cert_chain(certificate.cert, certificate.key)
    return context


def secured(scene, usher, protocol, certificate=None):
    client = protocol(scene, usher)
    assert "EXTERNAL" not in client.offers()
    client.starttls(context_with(scene, certificate))
    return client


@PROTOCOL
@pytest.mark.parametrize("initial", [True, False], ids=["initial", "later"])
def test_a_certificate_logs_its_owner_in(scene, usher, protocol, initial):
    certificate = scene.pki.certificate("jane")
    client = secured(scene, usher, protocol, certificate)
    assert client.offers() == {"EXTERNAL", "PLAIN"}
    result = sasl.authenticate(client, "EXTERNAL", sasl.external(), initial)
    assert result.ok, result.text
    client.use()
    usher.wait_for_log("session.login", user="jane", method="EXTERNAL")
    # Its own name may be said; another may not.
    client = secured(scene, usher, protocol, certificate)
    assert not sasl.authenticate(client, "EXTERNAL", sasl.external("joe"), initial).ok
    assert sasl.authenticate(client, "EXTERNAL", sasl.external("jane"), initial).ok


@PROTOCOL
def test_others_get_no_further(scene, usher, protocol):
    stranger = secured(scene, usher, protocol, scene.pki.certificate("joe"))
    assert not sasl.authenticate(stranger, "EXTERNAL", sasl.external()).ok
    assert not sasl.authenticate(stranger, "EXTERNAL", sasl.external("jane")).ok
    for certificate in (None, scene.pki.self_signed("jane"),
                        scene.pki.certificate("jane", expired=True)):
        client = secured(scene, usher, protocol, certificate)
        assert client.offers() == {"PLAIN"}
        result = sasl.authenticate(client, "EXTERNAL", sasl.external("jane"))
        assert not result.ok and b"Unsupported" in result.text


def test_a_name_can_be_given_to_a_certificate(scene, make_usher):
    dovecot = scene.dovecot()
    usher = make_front(make_usher, scene, dovecot, listeners=["imap"],
                       login={"mechanisms": ["EXTERNAL"]},
                       tls={"client_certificates": "request",
                            "client_ca": str(scene.pki.ca_file),
                            "certificate_users": {"CN=machine-7": "jane"}},
                       auth=[{"driver": "passthrough",
                              "override_fields": {"pass": "secret"}}])
    client = secured(scene, usher, sasl.Imap, scene.pki.certificate("machine-7"))
    assert sasl.authenticate(client, "EXTERNAL", sasl.external()).ok
    assert dovecot.login("jane")


def test_who_is_required_to_show_one_must(scene, make_usher):
    dovecot = scene.dovecot()
    usher = make_front(make_usher, scene, dovecot, listeners=["imaps"],
                       tls={"client_certificates": "require",
                            "client_ca": str(scene.pki.ca_file)})
    context = context_with(scene)
    # TLS 1.3 tells who was refused with the first octets, not in the handshake.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        client = scene.connect(usher, "imaps", tls=False)
        client.start_tls(context)
    client = scene.connect(usher, "imaps", tls=False)
    client.start_tls(context_with(scene, scene.pki.certificate("jane")))
    client.expect(rb"\* OK .*")
