"""The oauth2 driver: tokens of a provider of our own, judged by signature and by
asking, and what becomes of them at the backend."""
import base64
import json
import time

import pytest

from lib import sasl
from lib.front import make_front
from lib.lookup_server import reply
from lib.oauth_provider import ISSUER, Key, Provider

PROTOCOL = pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)
INITIAL = pytest.mark.parametrize("initial", [True, False], ids=["initial", "later"])
NAMES = ["XOAUTH2", "OAUTHBEARER"]
MECHANISM = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def provider(scene):
    return scene._begin(Provider(), True)


@pytest.fixture
def dovecot(scene):
    return scene.dovecot(protocols=["imap", "pop3"], users={"jane@example.org": "x"},
                         masters={"boss": "bosspw"},
                         more="mail_max_userip_connections = 0")


def asking(make_usher, scene, dovecot, provider, **driver):
    row = {"driver": "oauth2", "issuer": ISSUER, "audience": ["mail"],
           "scope": ["mail"], "timeout": "2s",
           "openid_configuration_url": "https://login.test/.well-known/x",
           # The token is worth a login of the master's.
           "override_fields": {"master": "boss", "pass": "bosspw"}, **driver}
    usher = make_front(make_usher, scene, dovecot, listeners=["imap", "pop3"],
                       login={"allow_cleartext": True, "failure_delay": "0s",
                              "mechanisms": ["PLAIN", *NAMES], "max_attempts": 1000},
                       auth=[row])
    usher.expected_events |= {"lookup.failed", "lookup.server-down", "keys.bad"}
    return usher


def steps(name, user, token):
    return (sasl.xoauth2 if name == "XOAUTH2" else sasl.oauthbearer)(user, token)


def log_in(client, name, user, token, initial=True):
    return sasl.authenticate(client, name, steps(name, user, token), initial)


USER = "jane@example.org"


@PROTOCOL
@MECHANISM
@INITIAL
def test_a_signed_token_is_a_login(scene, make_usher, dovecot, provider, protocol, name,
                                   initial):
    usher = asking(make_usher, scene, dovecot, provider,
                   jwks_url=provider.base + "/keys")
    client = protocol(scene, usher)
    assert client.offers() == set(NAMES), "and no passwords: nobody would judge them"
    evil = Key("first", "ES256")
    for token, user in ((provider.token(USER, key=evil), USER),
                        (provider.token("joe@example.org"), USER),
                        (provider.token(USER, exp=1), USER),
                        (provider.token(USER, aud="calendar"), USER),
                        ("opaque", USER)):
        result = log_in(client, name, user, token, initial)
        assert not result.ok and protocol.denied in result.text
        (error,) = result.errors
        told = json.loads(error)
        if name == "XOAUTH2":
            assert told["status"] == "401" and told["schemes"] == "bearer"
        else:
            assert told == {"status": "invalid_token", "schemes": "bearer",
                            "scope": "mail", "openid-configuration":
                            "https://login.test/.well-known/x"}
    result = log_in(client, name, USER, provider.token(USER), initial)
    assert result.ok, result.text
    client.use()
    usher.wait_for_log("session.login", user=USER, method=name)
    reasons = {line["what"] for line in usher.log_lines("token.refused")}
    assert reasons == {"its signature is wrong", "it is somebody else's token",
                       "it has expired", "it is for somebody else (aud)",
                       "it is no JWT"}


def test_oauthbearer_need_not_name_the_user(scene, make_usher, dovecot, provider):
    usher = asking(make_usher, scene, dovecot, provider,
                   jwks_url=provider.base + "/keys")
    result = log_in(sasl.Imap(scene, usher), "OAUTHBEARER", "", provider.token(USER))
    assert result.ok, result.text
    usher.wait_for_log("session.login", user=USER)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_keys_are_rotated_in_between(scene, make_usher, dovecot, provider, alg):
    usher = asking(make_usher, scene, dovecot, provider,
                   jwks_url=provider.base + "/keys")
    client = sasl.Imap(scene, usher)
    old = provider.token(USER)
    assert log_in(client, "XOAUTH2", USER, provider.token(USER)).ok
    for _ in range(2):
        provider.rotate(alg)
        # A set is not fetched for every key that somebody makes up.
        for _ in range(60):
            client = sasl.Imap(scene, usher)
            if log_in(client, "XOAUTH2", USER, provider.token(USER)).ok:
                break
            time.sleep(0.2)
        else:
            raise AssertionError("the new key is not used")
    client = sasl.Imap(scene, usher)
    for _ in range(20):
        assert not log_in(client, "XOAUTH2", USER, old).ok
    assert provider.count("/keys") <= 6


def test_keys_in_a_file_that_changes(scene, make_usher, dovecot, provider):
    path = scene.run.folder / scene.run.new_name("keys")
    path.write_text(provider.key_set())
    usher = asking(make_usher, scene, dovecot, provider, keys_file=str(path))
    client = sasl.Imap(scene, usher)
    assert log_in(client, "XOAUTH2", USER, provider.token(USER)).ok
    provider.rotate("EdDSA")
    path.with_suffix(".new").write_text(provider.key_set())
    path.with_suffix(".new").rename(path)
    client = sasl.Imap(scene, usher)
    for _ in range(60):
        if log_in(client, "XOAUTH2", USER, provider.token(USER)).ok:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the new file is not read")
    assert provider.count("/keys") == 0


def test_introspection_of_tokens_that_say_nothing(scene, make_usher, dovecot, provider):
    usher = asking(make_usher, scene, dovecot, provider,
                   introspection_url=provider.base + "/introspect",
                   client_id="usher", client_secret="its secret")
    provider.opaque["a+b/c=="] = {"email": USER, "scope": "mail", "aud": "mail"}
    provider.opaque["no-mail"] = {"email": USER, "scope": "calendar"}
    client = sasl.Imap(scene, usher)
    for bad in ("made-up", "no-mail"):
        assert not log_in(client, "OAUTHBEARER", USER, bad).ok
    assert log_in(client, "OAUTHBEARER", USER, "a+b/c==").ok
    provider.credentials = ("usher", "another")
    client = sasl.Imap(scene, usher)
    result = log_in(client, "OAUTHBEARER", USER, "a+b/c==")
    assert b"[UNAVAILABLE]" in result.text and not result.errors
    provider.stop()
    result = log_in(client, "OAUTHBEARER", USER, "a+b/c==")
    assert b"[UNAVAILABLE]" in result.text


def test_a_revoked_token_of_good_signature(scene, make_usher, dovecot, provider):
    usher = asking(make_usher, scene, dovecot, provider,
                   jwks_url=provider.base + "/keys", always_introspect=True,
                   introspection_url=provider.base + "/introspect",
                   client_id="usher", client_secret="its secret")
    token = provider.token(USER)
    assert log_in(sasl.Imap(scene, usher), "XOAUTH2", USER, token).ok
    provider.revoked.add(token)
    assert not log_in(sasl.Imap(scene, usher), "XOAUTH2", USER, token).ok


def test_a_provider_that_is_away_at_the_start(scene, make_usher, dovecot, provider):
    provider.stop()
    usher = asking(make_usher, scene, dovecot, provider,
                   jwks_url=provider.base + "/keys")
    client = sasl.Imap(scene, usher)
    result = log_in(client, "XOAUTH2", USER, provider.token(USER))
    assert b"[UNAVAILABLE]" in result.text and not result.errors
    provider.start()
    for _ in range(60):
        if log_in(client, "XOAUTH2", USER, provider.token(USER)).ok:
            return
        time.sleep(0.2)
    raise AssertionError("it is never asked again")


@pytest.mark.parametrize("answer", [
    lambda r: reply(body=b"<html>"), lambda r: reply(status="500 No"),
    lambda r: reply(body=b'{"keys": []}'),
    lambda r: reply(body=b'{"keys": [' + b'{"a": "b"},' * 40000 + b'{}]}'),
    lambda r: lambda sock: sock.recv(1),
], ids=["HTML", "500", "no keys", "too many", "hangs"])
def test_a_provider_of_nonsense(scene, make_usher, dovecot, provider, answer):
    provider.answer = answer
    usher = asking(make_usher, scene, dovecot, provider,
                   jwks_url=provider.base + "/keys")
    client = sasl.Imap(scene, usher)
    result = log_in(client, "XOAUTH2", USER, provider.token(USER))
    assert b"[UNAVAILABLE]" in result.text
    assert client.wire.ok(b"NOOP")


def test_the_token_goes_on_to_the_backend(scene, make_usher, provider):
    """The backend knows one of the two mechanisms, and it is not the client's."""
    seen = []

    def backend(wire):
        wire.send_line(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER] ready")
        seen.append(wire.read_line())
        wire.send_line(b"L OK in")
        wire.wait_called_off()
    fake = scene.fake(backend)
    usher = asking(make_usher, scene, fake, provider,
                   jwks_url=provider.base + "/keys", override_fields={})
    token = provider.token(USER)
    assert log_in(sasl.Imap(scene, usher), "XOAUTH2", USER, token).ok
    verb, mechanism, message = seen[0].split(b" ", 3)[1:]
    assert (verb, mechanism) == (b"AUTHENTICATE", b"OAUTHBEARER")
    assert base64.b64decode(message) == (
        f"n,a={USER},\x01auth=Bearer {token}\x01\x01".encode())


def test_passwords_of_tokens_are_in_no_log(scene, make_usher, dovecot, provider):
    usher = asking(make_usher, scene, dovecot, provider,
                   introspection_url=provider.base + "/introspect",
                   client_id="usher", client_secret="its secret")
    provider.opaque["opaque-4711"] = {"email": USER, "scope": "mail"}
    client = sasl.Imap(scene, usher)
    log_in(client, "XOAUTH2", USER, "opaque-4712")
    assert log_in(client, "XOAUTH2", USER, "opaque-4711").ok
    text = usher.log.path.read_text()
    for secret in ("opaque-4711", "opaque-4712", "its secret"):
        assert secret not in text
        assert base64.b64encode(secret.encode()).decode() not in text
