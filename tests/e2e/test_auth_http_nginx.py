"""What nginx's mail proxy asks and what it makes of the answer, beside usher doing the
same: the lookups of both, octet for octet."""
import re
import ssl

import pytest

from lib import sasl
from lib.front import make_front
from lib.lookup_server import LookupServer, ok, reply
from lib.nginx import Nginx

PROTOCOL = pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)


@pytest.fixture
def both(scene, make_usher):
    """(the lookup server, nginx, usher)"""
    server = scene._begin(LookupServer(lambda r: reply("Auth-Status: No", "Auth-Wait: 1")),
                          True)
    certificate = scene.pki.certificate("mail.example.com")
    nginx = scene._begin(Nginx(scene.run.folder / scene.run.new_name("nginx"), server,
                               certificate, scene.pki.ca_file), True)
    usher = make_front(
        make_usher, scene, listeners=["imap", "pop3"],
        tls={"client_certificates": "request", "client_ca": str(scene.pki.ca_file)},
        login={"allow_cleartext": True, "failure_delay": "0s",
               "mechanisms": ["PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL"]},
        auth=[{"driver": "http", "url": [server.url], "nginx_compat": True,
               "timeout": "3s", "headers": {"X-Auth-Key": "sesame open"}}],
        director={"backends": []})
    return server, nginx, usher


def password(client, user="us er%x@d", secret="p%w +\"\\"):
    client.password_login(user, secret)


def plain(client):
    sasl.authenticate(client, "PLAIN", sasl.plain("jäne", "a b%\u00fc", "other"))


def login(client):
    sasl.authenticate(client, "LOGIN", sasl.login("jane", "x"), initial=False)


def cram(client):
    sasl.authenticate(client, "CRAM-MD5", sasl.cram_md5("jane%", "x"))


def twice(client):
    password(client, "one", "a")
    password(client, "two", "b")


TALKS = {"password": password, "plain": plain, "login": login, "cram": cram,
         "twice": twice}


def asked(scene, server, part, protocol, talk, secure=None, source=None):
    """What one of them asked while a client talked to it."""
    server.requests.clear()
    client = protocol(scene, part, source=source)
    if secure is not None:
        client.starttls(secure)
    talk(client)
    raw = [r.raw for r in server.requests]
    assert raw
    # A challenge, and so its digest, is anew each time.
    return [re.sub(rb"(Auth-Salt: )<[^<>@]+@[^<>@]+>|(Auth-Pass: )[0-9a-f]{32}\r",
                   rb"\1\2...", r) for r in raw]


@PROTOCOL
@pytest.mark.parametrize("talk", TALKS)
def test_the_same_is_asked(scene, both, protocol, talk):
    server, nginx, usher = both
    source = scene.address()
    of = [asked(scene, server, part, protocol, TALKS[talk], source=source)
          for part in (nginx, usher)]
    assert of[0] == of[1]


@PROTOCOL
@pytest.mark.parametrize("shown", ["none", "good", "unknown"])
def test_the_same_is_told_of_tls(scene, both, protocol, shown):
    server, nginx, usher = both

    def context():
        made = scene.pki.client_context(verify=False)
        # nginx 1.22 has no TLS 1.3 for mail; and both are to agree on one cipher.
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        made.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
        if shown == "good":
            certificate = scene.pki.certificate("jane", "Ex ample")
            made.load_cert_chain(certificate.cert, certificate.key)
        if shown == "unknown":
            certificate = scene.pki.self_signed("jane")
            made.load_cert_chain(certificate.cert, certificate.key)
        return made

    def external(client):
        sasl.authenticate(client, "EXTERNAL", sasl.external("jane"))
    talks = [password] + ([external] if shown == "good" else [])
    for talk in talks:
        if shown == "unknown":
            # nginx turns such a client away before it asks.
            raw = asked(scene, server, usher, protocol, talk, context())
            assert b"Auth-SSL-Verify: FAILED:self-signed certificate\r\n" in raw[0]
            continue
        of = [asked(scene, server, part, protocol, talk, context())
              for part in (nginx, usher)]
        if talk is external:
            # In POP3 nginx also sends the salt of its greeting, which means nothing.
            of[0] = [re.sub(rb"Auth-Salt: .*\r\n", b"", raw) for raw in of[0]]
        assert of[0] == of[1]
        verify = b"SUCCESS" if shown == "good" else b"NONE"
        assert b"Auth-SSL-Verify: " + verify + b"\r\n" in of[0][0]


REPLIES = {
    "ok": lambda d: ok(d),
    "ok, others": lambda d: ok(d, "imap", "Auth-User: bob", "Auth-Pass: masterpw"),
    "500": lambda d: ok(d).replace(b"200 OK", b"500 Oops"),
    "no status": lambda d: ok(d).replace(b"Auth-Status: OK\r\n", b""),
    "folded blanks": lambda d: ok(d).replace(b"Auth-Port: ", b"Auth-Port:    "),
    "small names": lambda d: ok(d).replace(b"Auth-Server", b"auth-SERVER"),
    "LF alone": lambda d: ok(d).replace(b"\r\n", b"\n"),
    "twice": lambda d: ok(d, "imap", "Auth-Status: really not", "Auth-Wait: 1"),
    "no server": lambda d: reply("Auth-Status: OK"),
    "a name": lambda d: ok(d).replace(d.host.encode(), b"localhost"),
    "port 0": lambda d: reply("Auth-Status: OK", f"Auth-Server: {d.host}",
                              "Auth-Port: 0"),
    "port 65536": lambda d: reply("Auth-Status: OK", f"Auth-Server: {d.host}",
                                  "Auth-Port: 65536"),
    "too long": lambda d: ok(d, "imap", "X: " + "x" * 1100),
    "an error, wait": lambda d: reply("Auth-Status: You may not", "Auth-Wait: 1"),
    "an error": lambda d: reply("Auth-Status: You may not"),
    "ok?": lambda d: reply("Auth-Status: ok"),
    "a bad name": lambda d: ok(d, "imap", "X Y: 1"),
}


@pytest.mark.parametrize("name", REPLIES)
def test_the_same_is_made_of_the_answer(scene, both, name):
    server, nginx, usher = both
    usher.expected_events |= {"lookup.failed", "proxy.failed", "route.failed"}
    dovecot = scene.dovecot(trusted=["127.0.0.0/8"],
                            users={"jane": "secret", "bob": "masterpw"})
    server.answer = lambda r: REPLIES[name](dovecot)
    outcomes = []
    for part in (nginx, usher):
        client = scene.imap(part)
        client.send_line(b"a1 LOGIN jane secret")
        answer = client.read_line(10)
        while answer.startswith(b"* CAPABILITY"):
            answer = client.read_line(10)
        if answer.startswith(b"a1 OK"):
            client.ok(b"NOOP")
            outcomes.append("in")
        elif answer.startswith((b"* BAD internal", b"a1 NO [UNAVAILABLE]")):
            outcomes.append("internal error")
        else:
            outcomes.append(answer)
            client.send_line(b"a2 NOOP")
            outcomes.append("closed" if not client.read_to_end(1)
                            else "open") if name == "an error" else None
    half = len(outcomes) // 2
    assert outcomes[:half] == outcomes[half:], outcomes
