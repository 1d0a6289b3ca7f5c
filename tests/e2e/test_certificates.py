"""The certificates that clients see, how they are renewed, and TLS sessions that are
resumed."""
import shutil
import ssl
import subprocess

import pytest

from lib.deadline import Deadline, wait_until
from lib.fake_imap import FakeImap
from lib.front import make_front

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
OPENSSL_SECONDS = 20.0


def rows(*certificates):
    return {"certificates": [{"cert": str(c.cert), "key": str(c.key)}
                             for c in certificates]}


@pytest.fixture
def front(make_usher, scene):
    def make(tls=None, **config):
        return make_front(make_usher, scene, scene.fake(FakeImap()), tls=tls or {},
                          login={"allow_cleartext": True}, **config)
    return make


def context_of(scene, version=None, ciphers=None):
    context = scene.pki.client_context(verify=False)
    if version is not None:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    if ciphers is not None:
        context.set_ciphers(ciphers)
    return context


def shake(scene, usher, server_name=None, context=None, session=None):
    client = scene.imap(usher, "imaps", greeting=False, tls=False)
    client.start_tls(context or context_of(scene), server_name, session)
    client.greeting()
    return client


def seen(*arguments):
    """The certificate that a client is shown."""
    return shake(*arguments).peer_certificate()


# ---- by name ----------------------------------------------------------------------------

@pytest.mark.parametrize("version", VERSIONS)
def test_by_the_name_that_is_asked_for(scene, front, version):
    one = scene.pki.certificate("mail.one.test", "imap.one.test")
    two = scene.pki.certificate("mail.two.test")
    any_three = scene.pki.certificate("*.three.test")
    usher = front(rows(one, two, any_three))
    asked = {
        "mail.one.test": one, "imap.one.test": one, "mail.two.test": two,
        "MAIL.two.TEST": two, "a.three.test": any_three, "imap.three.test": any_three,
        # Nobody's: the first, as for a client that names none.
        "a.b.three.test": one, "three.test": one, "mail.four.test": one, None: one,
    }
    for name, certificate in asked.items():
        context = context_of(scene, version)
        assert seen(scene, usher, name, context) == certificate.der(), name


def test_by_the_name_after_starttls(scene, front):
    one, two = (scene.pki.certificate(f"mail.{name}.test") for name in ("one", "two"))
    client = scene.imap(front(rows(one, two)))
    client.starttls(context_of(scene), "mail.two.test")
    assert client.peer_certificate() == two.der()


def test_the_backend_is_told_which_name_it_was(scene, make_usher):
    fake = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, fake)
    shake(scene, usher, "mail.example.com").login("jane", "secret")
    assert b'"x-connected-name" "mail.example.com"' in fake.connection().wire.octets()


# ---- two kinds of keys --------------------------------------------------------------------

def key_type(usher, *options):
    """"RSA" or "ECDSA", by a client that takes but one of them."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{usher.host}:{usher.ports['imaps']}",
         "-servername", "mail.example.com", *options], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=Deadline(OPENSSL_SECONDS).left())
    assert done.returncode == 0, done.stderr
    (line,) = [x for x in done.stdout.splitlines() if x.startswith("Peer signature type")]
    return line.split(": ")[1].split("-")[0]


def test_rsa_and_ecdsa_side_by_side(scene, front):
    usher = front(rows(*(scene.pki.certificate("mail.example.com", key=key)
                         for key in ("rsa", "ecdsa"))))
    for version in ("-tls1_2", "-tls1_3"):
        assert key_type(usher, version, "-sigalgs", "RSA-PSS+SHA256") == "RSA"
        assert key_type(usher, version, "-sigalgs", "ECDSA+SHA256") == "ECDSA"
        assert key_type(usher, version) == "ECDSA"


def test_the_two_kinds_share_a_name_with_others(scene, front):
    """SNI first, then the key."""
    other = [scene.pki.certificate("other.test", key=key) for key in ("ecdsa", "rsa")]
    mine = [scene.pki.certificate("mail.test", key=key) for key in ("rsa", "ecdsa")]
    usher = front(rows(mine[0], other[0], mine[1], other[1]))
    for ciphers, pick in (("ECDHE-RSA-AES128-GCM-SHA256", {"mail.test": mine[0],
                                                           "other.test": other[1]}),
                          ("ECDHE-ECDSA-AES128-GCM-SHA256", {"mail.test": mine[1],
                                                             "other.test": other[0]})):
        for name, certificate in pick.items():
            context = context_of(scene, "TLSv1.2", ciphers)
            assert seen(scene, usher, name, context) == certificate.der()


# ---- renewed ---------------------------------------------------------------------------------

class Files:
    """A certificate and its key in a place of their own, where they can change."""

    def __init__(self, folder, certificate):
        folder.mkdir()
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.replace(certificate)

    def replace(self, certificate):
        self.replace_one(self.key, certificate.key)
        self.replace_one(self.cert, certificate.cert)

    @staticmethod
    def replace_one(path, source):
        new = path.with_suffix(".new")
        shutil.copy(source, new)
        new.rename(path)


@pytest.fixture
def renewable(scene, front):
    """usher with files that can be replaced, and two certificates for them."""
    old, new = (scene.pki.certificate(f"{age}.example.com") for age in ("old", "new"))

    def make(**tls):
        folder = scene.run.folder / scene.run.new_name("files")
        files = Files(folder, old)
        return front({**rows(files), **tls}), files
    yield make, old, new


def test_a_reload_brings_the_new_one(scene, renewable):
    make, old, new = renewable
    usher, files = make(reload_interval="1d")
    client = shake(scene, usher)
    assert client.peer_certificate() == old.der()
    files.replace(new)
    assert seen(scene, usher) == old.der()
    usher.reload()
    assert seen(scene, usher) == new.der()
    client.ok(b"NOOP")


def test_it_is_noticed_without_a_reload(scene, renewable):
    """No process is started, no session disturbed."""
    make, old, new = renewable
    usher, files = make(reload_interval="1s")
    workers = {p.pid for p in usher.children("worker")}
    client = shake(scene, usher)
    client.login("jane", "secret")
    files.replace(new)
    usher.wait_for_log("certificate.new", timeout=10)
    wait_until(lambda: seen(scene, usher) == new.der(), 5.0, "the new certificate")
    assert {p.pid for p in usher.children("worker")} == workers
    client.ok(b"NOOP")
    assert client.peer_certificate() == old.der()


def half_way(files, new):
    files.replace_one(files.cert, new.cert)


def truncated(files, _new):
    files.cert.write_bytes(files.cert.read_bytes()[:100])


def empty(files, _new):
    files.key.write_bytes(b"")


@pytest.mark.parametrize("break_it", [half_way, truncated, empty])
def test_a_broken_one_changes_nothing(scene, renewable, break_it):
    """The old stays, and the log says what is wrong; until the files are good again."""
    make, old, new = renewable
    usher, files = make(reload_interval="1s")
    usher.expected_events |= {"certificate.bad", "supervisor.reload-failed"}
    break_it(files, new)
    bad = usher.wait_for_log("certificate.bad", timeout=10)
    assert f"{usher.folder}/usher.yaml:" in bad["what"]
    assert str(files.cert) in bad["what"]
    assert seen(scene, usher) == old.der()
    usher.ctl("reload", status=1)
    assert seen(scene, usher) == old.der()
    assert len(usher.log_lines("supervisor.reloaded")) == 0

    files.replace(new)
    usher.wait_for_log("certificate.new", timeout=10)
    wait_until(lambda: seen(scene, usher) == new.der(), 5.0, "the new certificate")


def test_one_that_is_gone_for_a_moment(scene, renewable):
    """As a tool has it that removes before it writes."""
    make, old, new = renewable
    usher, files = make(reload_interval="1s")
    workers_dead = usher.kill("worker")
    usher.expected_events.add("child.died")
    files.cert.unlink()
    usher.wait_for_log("child.died", process=workers_dead)
    wait_until(lambda: len(usher.children("worker")) == 2, 10.0, "another worker")
    for _ in range(4):
        assert seen(scene, usher) == old.der()      # the new worker has it, too
    files.replace(new)
    usher.wait_for_log("certificate.new", timeout=10)
    assert usher.log_lines("certificate.bad") == []


# ---- resumed -----------------------------------------------------------------------------------

def get_ticket(scene, usher, context):
    client = shake(scene, usher, None, context)
    assert not client.resumed()
    return client.session


def resumes(scene, usher, context, session):
    return shake(scene, usher, None, context, session).resumed()


@pytest.mark.parametrize("version", VERSIONS)
def test_any_worker_resumes(scene, front, version):
    usher = front(process={"workers": 4})
    context = context_of(scene, version)
    session = get_ticket(scene, usher, context)
    assert all(resumes(scene, usher, context, session) for _ in range(20))


@pytest.mark.parametrize("version", VERSIONS)
def test_after_a_reload(scene, front, version):
    usher = front()
    context = context_of(scene, version)
    session = get_ticket(scene, usher, context)
    usher.reload()
    assert all(resumes(scene, usher, context, session) for _ in range(6))


@pytest.mark.parametrize("version", VERSIONS)
def test_its_name_is_asked_for_again(scene, front, version):
    """A session of one name is resumed for it, and tells the backend of it."""
    one, two = (scene.pki.certificate(f"mail.{name}.test") for name in ("one", "two"))
    usher = front(rows(one, two))
    context = context_of(scene, version)
    session = shake(scene, usher, "mail.two.test", context).session
    client = shake(scene, usher, "mail.two.test", context, session)
    assert client.resumed()
    assert client.login("jane", "secret").status == "OK"
    assert usher.wait_for_log("session.login")["tls"] == version


@pytest.mark.parametrize("version", VERSIONS)
def test_not_for_ever(scene, front, version):
    """The key of tickets is changed now and then; the one before it is good still."""
    usher = front({"ticket_rotation": "1s"})
    context = context_of(scene, version)
    session = get_ticket(scene, usher, context)
    assert resumes(scene, usher, context, session)
    wait_until(lambda: not resumes(scene, usher, context, session), 10.0,
               "the ticket to be too old")


@pytest.mark.parametrize("version", VERSIONS)
def test_not_if_the_operator_does_not_want_it(scene, front, version):
    usher = front({"session_tickets": False})
    context = context_of(scene, version)
    session = get_ticket(scene, usher, context)
    assert session is None or not resumes(scene, usher, context, session)


def test_a_ticket_of_nobody_knows_whom(scene, front):
    """Another usher's, say: a handshake like any other."""
    ours, other = (front() for _ in range(2))
    context = context_of(scene)
    session = get_ticket(scene, other, context)
    assert not resumes(scene, ours, context, session)
