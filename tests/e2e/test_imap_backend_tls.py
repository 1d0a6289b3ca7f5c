"""TLS on the way to a backend: whose certificate is good, what happens if it is not, and
that no password goes before it is known."""
import pytest

from lib.fake_imap import FakeImap
from lib.front import make_front, users_file

SERVERBUG = ("NO", b"[SERVERBUG] Account is temporarily unavailable.")
UNAVAILABLE = ("NO", b"[UNAVAILABLE] Account is temporarily unavailable.")
CLEARTEXT = {"login": {"allow_cleartext": True}}
WAYS = ["starttls", "implicit"]


@pytest.fixture
def backend(scene):
    """A fake backend with this certificate."""
    def make(certificate, tls):
        script = FakeImap(**{"certificate" if tls == "starttls" else "implicit":
                             certificate})
        return scene.fake(script)
    return make


def access(scene, fake, tls, **more):
    return {"tls": tls, "imaps": fake.ports["imap"], "ca_file": str(scene.pki.ca_file),
            **more}


# ---- to a Dovecot -----------------------------------------------------------------------

@pytest.mark.parametrize("tls", WAYS)
def test_a_good_certificate(scene, make_usher, dovecot, tls):
    usher = make_front(make_usher, scene, dovecot, **CLEARTEXT,
                       access={"tls": tls, "ca_file": str(scene.pki.ca_file)})
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert "TLS" in dovecot.wait_for_log("Login: user=<jane>")
    assert usher.log_lines("backend.unverified") == []


@pytest.mark.parametrize("tls", WAYS)
def test_a_client_certificate(scene, make_usher, tls):
    """For a backend that lets nobody else in."""
    dovecot = scene.dovecot(more=f"""
        ssl_ca = <{scene.pki.ca_file}
        ssl_require_crl = no
        ssl_verify_client_cert = yes
        auth_ssl_require_client_cert = yes
        """)
    ours = scene.pki.certificate("usher.test")
    with_it = {"client_cert": str(ours.cert), "client_key": str(ours.key)}
    for extra, status in ((with_it, "OK"), ({}, "NO")):
        usher = make_front(make_usher, scene, dovecot, **CLEARTEXT,
                           access={"tls": tls, "ca_file": str(scene.pki.ca_file),
                                   **extra})
        assert scene.imap(usher).login("jane", "secret").status == status


# ---- bad certificates ---------------------------------------------------------------------

# What is wrong, a certificate that has it, what the log says of it.
BAD = {
    "another's name": (lambda pki, host: pki.certificate("mail.example.com"),
                       "IP address mismatch"),
    "expired": (lambda pki, host: pki.certificate(host, expired=True),
                "certificate has expired"),
    "vouched for by nobody": (lambda pki, host: pki.self_signed(host),
                              "self-signed certificate"),
}


def replace_certificate(fake, certificate):
    script = fake.script
    if script.implicit is not None:
        script.implicit = certificate
    else:
        script.certificate = certificate


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("tls", WAYS)
def test_a_bad_certificate(scene, make_usher, backend, tls, what):
    """The operator's affair: no other try would help, so the client hears at once."""
    make, words = BAD[what]
    fake = backend(scene.pki.certificate("127.0.0.1"), tls)
    replace_certificate(fake, make(scene.pki, fake.host))
    usher = make_front(make_usher, scene, fake, **CLEARTEXT,
                       access=access(scene, fake, tls, max_reconnects=3))
    usher.expected_events.add("proxy.failed")
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == SERVERBUG
    failed = usher.wait_for_log("proxy.failed", user="jane", stage="TLS")
    assert failed["what"] == ("Aborting due to remote server: TLS handshake failed: "
                              f"certificate not valid: {words}")
    assert b"secret" not in fake.connection().wait_done().wire.octets()
    assert len(fake.connections) == 1
    client.ok(b"NOOP")


@pytest.mark.parametrize("tls", WAYS)
def test_an_authority_that_is_not_ours(scene, make_usher, backend, tls):
    """Without ca_file the system's are asked, and they know nothing of ours."""
    fake = backend(scene.pki.certificate("127.0.0.1"), tls)
    replace_certificate(fake, scene.pki.certificate(fake.host))
    other = scene.pki.self_signed("another authority")
    usher = make_front(make_usher, scene, fake, **CLEARTEXT,
                       access=access(scene, fake, tls, ca_file=str(other.cert)))
    usher.expected_events.add("proxy.failed")
    assert scene.imap(usher).login("jane", "secret")[:2] == SERVERBUG
    assert "certificate not valid: " in usher.wait_for_log("proxy.failed")["what"]


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("tls", WAYS)
def test_verify_no_takes_any_and_says_so(scene, make_usher, backend, tls, what):
    fake = backend(scene.pki.certificate("127.0.0.1"), tls)
    replace_certificate(fake, BAD[what][0](scene.pki, fake.host))
    usher = make_front(make_usher, scene, fake, start=False, **CLEARTEXT,
                       access=access(scene, fake, tls, verify=False))
    usher.expected_events.add("backend.unverified")
    usher.start()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    warned = usher.log_lines("backend.unverified")
    assert [(w["level"], w["backend"]) for w in warned] == [("warn", "a")]


def test_verify_no_in_the_log_for_people(scene, make_usher, backend):
    fake = backend(scene.pki.self_signed("x"), "implicit")
    usher = make_front(make_usher, scene, fake, **CLEARTEXT, log={"format": "dovecot"},
                       access=access(scene, fake, "implicit", verify=False))
    usher.log.wait_for(r"Warning: The certificate of backend a is not verified "
                       r"\(verify: no\): whoever stands between can read every password")


# ---- names ----------------------------------------------------------------------------------

@pytest.mark.parametrize("tls", WAYS)
@pytest.mark.parametrize("name, good", [
    ("imap.example.com", True), ("IMAP.example.com", True), ("example.com", False),
    ("a.imap.example.com", False)])
def test_the_name_that_was_asked_for(scene, make_usher, backend, tls, name, good):
    """What counts is the host as the operator wrote it; the backend is told it, too."""
    fake = backend(scene.pki.certificate("imap.example.com"), tls)
    usher = make_front(make_usher, scene, start=False, **CLEARTEXT)
    usher.give_hosts(f"{fake.host} {name}\n")
    usher.configure(director={"backends": [
        {"name": "a", "host": name, "imap": fake.port, **access(scene, fake, tls)}]})
    if not good:
        usher.expected_events.add("proxy.failed")
    usher.start()
    reply = scene.imap(usher).login("jane", "secret")
    assert reply[:2] == SERVERBUG if not good else reply.status == "OK"
    assert fake.connection().wire.server_name == name


# ---- what a lookup says ------------------------------------------------------------------------

LOOKUPS = [("ssl=yes", True, False), ("ssl=any-cert", True, True),
           ("starttls=yes", False, False), ("starttls=any-cert", False, True),
           ("ssl=yes starttls=yes", False, False)]


@pytest.mark.parametrize("fields, implicit, any_cert", LOOKUPS)
def test_a_lookup_has_the_last_word(scene, make_usher, backend, fields, implicit, any_cert):
    fake = backend(scene.pki.certificate("127.0.0.1"),
                   "implicit" if implicit else "starttls")
    usher = make_front(make_usher, scene, start=False, **CLEARTEXT,
                       access={"ca_file": str(scene.pki.ca_file)})
    usher.configure(auth=[users_file(
        usher, f"jane:{{PLAIN}}secret::::::host={fake.host} port={fake.port} {fields}\n")])
    usher.expected_events.add("proxy.failed")
    usher.start()
    client = scene.imap(usher)

    replace_certificate(fake, scene.pki.certificate(fake.host))
    assert client.login("jane", "secret").status == "OK"
    assert b"LOGIN" in fake.connection().wire.octets(tls=True)

    replace_certificate(fake, scene.pki.self_signed(fake.host))
    reply = scene.imap(usher).login("jane", "secret")
    assert reply.status == "OK" if any_cert else reply[:2] == SERVERBUG


# ---- no TLS where it should be --------------------------------------------------------------------

def test_a_backend_that_speaks_in_the_clear(scene, make_usher):
    fake = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, fake, **CLEARTEXT,
                       access=access(scene, fake, "implicit"))
    usher.expected_events.add("proxy.failed")
    assert scene.imap(usher).login("jane", "secret")[:2] == UNAVAILABLE
    failed = usher.wait_for_log("proxy.failed", stage="TLS")
    assert failed["what"] == "TLS handshake failed: wrong version number"
    assert b"secret" not in fake.connection().wait_done().wire.octets()
