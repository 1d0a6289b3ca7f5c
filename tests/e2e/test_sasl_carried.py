"""Exchanges that the user's backend ends: every mechanism that can be carried, in
every protocol, with and without an initial response, against real Dovecot."""
import os
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lib import sasl
from lib.deadline import wait_until
from lib.scene import Scene
from lib.usher import backend_row

MECHANISMS = ["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"]
PASSWORD = "a secret that is nowhere else 4711"


class Tokens:
    """A provider that Dovecot knows by its key."""

    def __init__(self, folder):
        self.key = ec.generate_private_key(ec.SECP256R1())
        where = folder / "keys/azp/ES256"
        where.mkdir(parents=True)
        (where / "default").write_bytes(self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        self.conf = folder / "oauth2.conf"
        self.conf.write_text(f"""\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
""")

    def make(self, user, **claims):
        now = int(time.time())
        return jwt.encode({"sub": user, "iat": now, "exp": now + 600, "azp": "azp",
                           **claims}, self.key, "ES256")


def front(stage, make, dovecot):
    certificate = stage.pki.certificate("mail.example.com")
    usher = make(listeners=["imap", "pop3"], start=False)
    usher.configure(
        tls={"certificates": [{"cert": str(certificate.cert),
                               "key": str(certificate.key)}]},
        login={"mechanisms": MECHANISMS, "allow_cleartext": True, "failure_delay": "0s",
               "max_attempts": 100},
        auth=[{"driver": "passthrough"}],
        director={"backends": [backend_row("a", dovecot)]})
    return usher.start()


@pytest.fixture(scope="module")
def world(run, usher_build):
    with Scene(run) as stage:
        folder = run.folder / run.new_name("oauth")
        folder.mkdir()
        tokens = Tokens(folder)
        dovecot = stage.dovecot(
            protocols=["imap", "pop3"], trusted=["127.0.0.0/8"],
            users={"jane": PASSWORD}, more=f"""
auth_mechanisms = plain login scram-sha-1 scram-sha-256 xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {tokens.conf}
}}
""")
        yield dovecot, front(stage, lambda **o: stage.usher(usher_build, **o),
                             dovecot), tokens


def steps_for(name, tokens, user="jane", good=True):
    if name in ("XOAUTH2", "OAUTHBEARER"):
        token = tokens.make(user) if good else tokens.make(user, exp=1)
        return (sasl.xoauth2 if name == "XOAUTH2" else sasl.oauthbearer)(user, token)
    kind = {"PLAIN": sasl.plain, "LOGIN": sasl.login, "SCRAM-SHA-1": sasl.scram_sha_1,
            "SCRAM-SHA-256": sasl.scram_sha_256}[name]
    return kind(user, PASSWORD if good else PASSWORD + "!")


@pytest.mark.parametrize("initial", [True, False], ids=["initial", "later"])
@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)
class TestEach:
    def test_logs_in(self, scene, world, protocol, name, initial):
        dovecot, usher, tokens = world
        client = protocol(scene, usher)
        assert name in client.offers()
        result = sasl.authenticate(client, name, steps_for(name, tokens), initial)
        assert result.ok, result.text
        client.use()
        assert dovecot.login("jane")["method"].upper() == {
            "LOGIN": "PLAIN"}.get(name, name)

    def test_is_refused(self, scene, world, protocol, name, initial):
        _dovecot, usher, tokens = world
        client = protocol(scene, usher)
        result = sasl.authenticate(client, name, steps_for(name, tokens, good=False),
                                   initial)
        assert not result.ok and protocol.denied in result.text, result.text
        assert bool(result.errors) == name.endswith(("2", "R")) or "SCRAM" in name
        if result.errors:
            assert b'"status"' in result.errors[0], "Dovecot's own words"
        # And the connection is as good as before.
        result = sasl.authenticate(client, name, steps_for(name, tokens), initial)
        assert result.ok, result.text


@pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)
def test_a_client_may_call_an_exchange_off(scene, world, protocol):
    client = protocol(scene, world[1])
    client.begin("SCRAM-SHA-256", None)
    assert client.answer() == (b"", None)
    client.wire.send_line(b"*")
    ok, text = client.answer()[1]
    assert not ok and b"aborted" in text
    steps = sasl.scram_sha_256("jane", PASSWORD)
    client.begin("SCRAM-SHA-256", sasl.base64.b64encode(next(steps)))
    assert client.answer()[0].startswith(b"r=")
    client.wire.send_line(b"*")
    assert b"aborted" in client.answer()[1][1]
    client.begin("SCRAM-SHA-256", sasl.base64.b64encode(next(
        sasl.scram_sha_256("jane", PASSWORD))))
    assert client.answer()[0].startswith(b"r=")
    client.wire.send_line(b"!!!")
    ok, text = client.answer()[1]
    assert not ok and b"base64" in text
    assert sasl.authenticate(client, "PLAIN", sasl.plain("jane", PASSWORD)).ok


def memory_of(pid):
    """All that a process can write to."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "w" not in rights or "[v" in line:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            if end - start > 1 << 30:
                continue        # a sanitizer's own
            mem.seek(start)
            try:
                yield mem.read(end - start)
            except OSError:
                pass


def found_in(usher, needle):
    return [p.arguments for p in usher.processes()
            if any(needle in piece for piece in memory_of(p.pid))]


@pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)
def test_the_password_of_a_carried_exchange_was_never_in_usher(scene, make_usher, world,
                                                               protocol):
    usher = front(scene, make_usher, world[0])
    if os.getuid() != 0:
        pytest.skip("needs to read the memory of other processes")
    client = protocol(scene, usher)
    steps = sasl.scram_sha_256("jane", PASSWORD)
    client.begin("SCRAM-SHA-256", sasl.base64.b64encode(next(steps)))
    challenge, _ = client.answer()
    secret = PASSWORD.encode()
    assert not found_in(usher, secret), "in the middle of it"
    client.wire.send_line(sasl.base64.b64encode(steps.send(challenge)))
    challenge, _ = client.answer()
    client.wire.send_line(sasl.base64.b64encode(steps.send(challenge)))
    assert client.answer()[1][0]
    client.use()
    assert not found_in(usher, secret), "after it"
    assert PASSWORD not in usher.log.path.read_text()
    # The search finds what there is to find: a password that usher is given.
    other = protocol(scene, usher)
    other.begin("LOGIN", None)
    other.answer()
    other.wire.send_line(sasl.base64.b64encode(b"jane"))
    other.answer()
    coded = sasl.base64.b64encode(secret)
    other.wire.send(coded)              # not the end of the line: it is kept
    wait_until(lambda: found_in(usher, coded), 5, "the search to see what is there")
