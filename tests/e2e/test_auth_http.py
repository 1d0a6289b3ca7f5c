"""The http driver: nginx's lookup protocol, against servers of every character.

The matrix is that of the measurements of real nginx (section 9): what it does, what
usher does, and what usher does with nginx_compat."""
import json
import socket
import time

import pytest

from lib import sasl
from lib.front import make_front
from lib.lookup_server import LookupServer, ok, reply

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def dovecot(scene):
    return scene.dovecot(protocols=["imap", "pop3"], trusted=LOOPBACK,
                         users={"jane": "secret", "bob": "masterpw"},
                         more="mail_max_userip_connections = 0")


@pytest.fixture
def server(scene, dovecot):
    return scene._begin(LookupServer(lambda request: ok(dovecot)), True)


def make_usher_asking(make_usher, scene, dovecot, *servers, compat=False, more=(),
                      **driver):
    row = {"driver": "http", "url": [s.url for s in servers], "nginx_compat": compat,
           "timeout": "2s", **driver}
    usher = make_front(make_usher, scene, dovecot, listeners=["imap", "pop3"],
                       login={"allow_cleartext": True, "failure_delay": "0s",
                              "mechanisms": ["PLAIN", "LOGIN", "CRAM-MD5"]},
                       auth=[row, *more])
    usher.expected_events |= {"lookup.failed", "lookup.server-down", "route.failed"}
    return usher


BOTH = pytest.mark.parametrize("compat", [False, True], ids=["strict", "compat"])
BROKEN = b"[UNAVAILABLE]"
IN = "in"

# name, the reply, what happens strictly, and with nginx_compat: IN, or what the
# refusal has in it.
MATRIX = [
    ("all is well", lambda d: ok(d), IN, IN),
    ("no status line",
     lambda d: ok(d).partition(b"\r\n")[2].replace(b"Content-Length: 0\r\n", b""),
     BROKEN, IN),
    ("500", lambda d: ok(d).replace(b"200 OK", b"500 Oops"), BROKEN, IN),
    ("no Auth-Status", lambda d: ok(d).replace(b"Auth-Status: OK\r\n", b""), BROKEN, IN),
    ("ok in small letters", lambda d: ok(d).replace(b"Status: OK", b"Status: ok"),
     b"NO [AUTHENTICATIONFAILED] ok", b"NO ok"),
    ("over 1024 octets", lambda d: ok(d, "imap", "X-Long: " + "x" * 1100), IN, BROKEN),
    ("a name", lambda d: ok(d).replace(d.host.encode(), b"localhost"),
     BROKEN, BROKEN),                       # resolved: nobody listens there
    ("no server", lambda d: reply("Auth-Status: OK"), IN, BROKEN),
    ("no port", lambda d: reply("Auth-Status: OK", f"Auth-Server: {d.host}"),
     IN, BROKEN),
    ("a port that is none", lambda d: ok(d).replace(b"Port: ", b"Port: x"),
     BROKEN, BROKEN),
    ("an empty reply", lambda d: b"\r\n", BROKEN, BROKEN),
    ("nothing", lambda d: b"", BROKEN, BROKEN),
    ("no HTTP at all", lambda d: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", BROKEN, BROKEN),
    ("a header without a name", lambda d: ok(d, "imap", ": x"), BROKEN, BROKEN),
]


@BOTH
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row[0])
def test_matrix(scene, make_usher, dovecot, server, row, compat):
    _name, answer, strict, lenient = row
    usher = make_usher_asking(make_usher, scene, dovecot, server, compat=compat)
    usher.expected_events |= {"proxy.failed"}

    def respond(request):
        text = answer(dovecot)
        if text.startswith(b"HTTP/") and text:
            return text

        def and_hang_up(sock):
            sock.sendall(text)
        return and_hang_up
    server.answer = respond
    expected = lenient if compat else strict
    client = scene.imap(usher)
    tag = client.begin(b"LOGIN jane secret")
    answer = client.reply(tag)
    if expected is IN:
        assert answer.status == "OK", answer
    else:
        line = answer.status.encode() + b" " + answer.text
        assert answer.status == "NO" and expected in line, line


@BOTH
def test_the_request_octet_for_octet(scene, make_usher, dovecot, server, compat):
    usher = make_usher_asking(make_usher, scene, dovecot, server, compat=compat,
                              headers={"X-Auth-Key": "sesame open"})
    host = scene.address()
    client = scene.imap(usher, source=host)
    assert client.command(b'LOGIN "us er%x" "p%w +\\"\xc3\xa4"').status == "NO"
    raw = server.requests[0].raw
    version = b"1.0" if compat else b"1.1"
    session = usher.wait_for_log("login.failed")["session"].encode()
    more = b"" if compat else (
        b"Auth-Mechanism: PLAIN\r\nAuth-Session: " + session + b"\r\n"
        b"Auth-Local-IP: " + usher.host.encode() + b"\r\nAuth-Local-Port: "
        + str(usher.ports["imap"]).encode() + b"\r\n")
    assert raw == (
        b"GET /auth HTTP/" + version + b"\r\n"
        b"Host: " + server.host.encode() + b"\r\n"
        b"Auth-Method: plain\r\n"
        b"Auth-User: us%20er%25x\r\n"
        b"Auth-Pass: p%25w%20+\"\xc3\xa4\r\n"
        b"Auth-Protocol: imap\r\n"
        b"Auth-Login-Attempt: 1\r\n"
        b"Client-IP: " + host.ip.encode() + b"\r\n"
        b"X-Auth-Key: sesame open\r\n" + more + b"\r\n")


@BOTH
def test_other_credentials_for_the_backend(scene, make_usher, dovecot, server, compat):
    server.answer = lambda r: ok(dovecot, "imap", "Auth-User: bob",
                                 "Auth-Pass: masterpw")
    usher = make_usher_asking(make_usher, scene, dovecot, server, compat=compat)
    assert scene.imap(usher).login("jane", "whatever").status == "OK"
    assert dovecot.login("bob")


@BOTH
def test_an_error_text_with_and_without_a_wait(scene, make_usher, dovecot, server,
                                               compat):
    server.answer = lambda r: reply("Auth-Status: Invalid login or password",
                                    "Auth-Wait: 1")
    usher = make_usher_asking(make_usher, scene, dovecot, server, compat=compat)
    client = scene.imap(usher)
    code = b"" if compat else b"[AUTHENTICATIONFAILED] "
    for attempt in (1, 2):
        began = time.monotonic()
        answer = client.login("jane", "wrong")
        assert (answer.status, answer.text) == ("NO", code + b"Invalid login or password")
        assert 0.9 < time.monotonic() - began < 3
        assert server.requests[-1]["Auth-Login-Attempt"] == str(attempt)
    server.answer = lambda r: reply("Auth-Status: Go away")
    answer = client.login("jane", "wrong")
    assert answer.text == code + b"Go away"
    assert client.read_to_end() == b""


@BOTH
def test_wait_asks_again_and_not_for_ever(scene, make_usher, dovecot, server, compat):
    replies = [reply("Auth-Status: WAIT", "Auth-Wait: 1"), ok(dovecot)]
    server.answer = lambda r: replies.pop(0)
    usher = make_usher_asking(make_usher, scene, dovecot, server, compat=compat)
    client = scene.imap(usher)
    assert client.login("jane", "secret").status == "OK"
    assert [r["Auth-Login-Attempt"] for r in server.requests] == ["1", "1"]


@BOTH
def test_cram_md5_has_its_salt(scene, make_usher, dovecot, server, compat):
    server.answer = lambda r: ok(dovecot, "imap", "Auth-Pass: secret")
    usher = make_usher_asking(make_usher, scene, dovecot, server, compat=compat)
    client = sasl.Imap(scene, usher)
    assert sasl.authenticate(client, "CRAM-MD5", sasl.cram_md5("jane", "x")).ok
    request = server.requests[0]
    assert request["Auth-Method"] == "cram-md5" and request["Auth-User"] == "jane"
    assert request["Auth-Salt"].startswith("<") and request["Auth-Salt"].endswith(">")
    import hmac
    assert request["Auth-Pass"] == hmac.new(
        b"x", request["Auth-Salt"].encode(), "md5").hexdigest()
    # A digest is of no use to a backend.
    server.answer = lambda r: ok(dovecot)
    client = sasl.Imap(scene, usher)
    result = sasl.authenticate(client, "CRAM-MD5", sasl.cram_md5("jane", "x"))
    assert not result.ok and BROKEN in result.text


# ---- servers that are no servers ---------------------------------------------------

def hang(sock):
    sock.recv(1)                # until usher has had enough


def endless(sock):
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    try:
        for _ in range(10000):
            sock.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
    except OSError:
        pass


def big_body(sock):
    sock.sendall(b"HTTP/1.1 200 OK\r\nAuth-Status: OK\r\nContent-Length: 10000000\r\n\r\n")
    try:
        for _ in range(1000):
            sock.sendall(b"x" * 10000)
    except OSError:
        pass


CHARACTERS = {
    "hangs": lambda sock: hang(sock),
    "closes": lambda sock: None,
    "sends garbage": lambda sock: sock.sendall(bytes(range(256)) * 40),
    "sends 10 MB of headers": endless,
    "sends 10 MB": big_body,
}


@BOTH
@pytest.mark.parametrize("character", CHARACTERS)
def test_bad_servers_cost_their_own_clients_only(scene, make_usher, dovecot, server,
                                                 character, compat):
    server.answer = lambda request: CHARACTERS[character]
    usher = make_usher_asking(
        make_usher, scene, dovecot, server, compat=compat,
        only_protocols=["imap"], more=[{"driver": "passthrough"}])
    # With a driver behind it the user might be somebody else's: the passthrough
    # would take all. So it is asked for POP3 alone.
    usher.configure(auth=[usher.config["auth"][0],
                          {"driver": "passthrough", "only_protocols": ["pop3"]}])
    usher.reload()
    waiting = [scene.imap(usher) for _ in range(10)]
    tags = [c.begin(b"LOGIN jane secret") for c in waiting]
    began = time.monotonic()
    client = sasl.Pop3(scene, usher)
    ok_, text = client.password_login("jane", "secret")
    assert ok_, text
    assert time.monotonic() - began < 1.5, "others notice nothing"
    for c, tag in zip(waiting, tags):
        answer = c.reply(tag, timeout=10)
        assert answer.status == "NO" and BROKEN in answer.text, answer
    assert time.monotonic() - began < 6
    assert waiting[0].ok(b"NOOP")


def test_several_urls_are_one_service(scene, make_usher, dovecot, server):
    gone = scene._begin(LookupServer(None, "gone"), False)
    usher = make_usher_asking(make_usher, scene, dovecot, gone, server)
    for _ in range(8):
        assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert len(server.requests) == 8
    usher.wait_for_log("lookup.server-down", url=gone.url)
    server.stop()
    answer = scene.imap(usher).login("jane", "secret")
    assert BROKEN in answer.text


def test_a_server_that_comes_back_is_asked_again(scene, make_usher, dovecot, server):
    usher = make_usher_asking(make_usher, scene, dovecot, server)
    server.stop()
    client = scene.imap(usher)
    for _ in range(6):
        assert BROKEN in client.login("jane", "secret").text
    usher.wait_for_log("lookup.server-down")
    server.start()
    for _ in range(100):
        if client.login("jane", "secret").status == "OK":
            break
        time.sleep(0.1)         # it rests for five seconds
    usher.wait_for_log("lookup.server-up")


def test_connections_are_kept_and_shared(scene, make_usher, dovecot, server):
    usher = make_usher_asking(make_usher, scene, dovecot, server, max_connections=2)
    for _ in range(10):
        assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert server.connections == 1

    def slow(request):
        time.sleep(0.05)
        return ok(dovecot)
    server.answer = slow
    clients = [scene.imap(usher) for _ in range(9)]
    tags = [c.begin(b"LOGIN jane secret") for c in clients]
    for c, tag in zip(clients, tags):
        assert c.reply(tag).status == "OK"
    assert server.connections <= 2


def test_https_is_verified(scene, make_usher, dovecot):
    good = scene._begin(LookupServer(lambda r: ok(dovecot), "good"), False)
    good._context = scene.pki.certificate(good.host).server_context()
    good.start()
    usher = make_usher_asking(make_usher, scene, dovecot, good,
                              ca_file=str(scene.pki.ca_file))
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    wrong = scene._begin(LookupServer(lambda r: ok(dovecot), "wrong"), False)
    wrong._context = scene.pki.certificate("other.test").server_context()
    wrong.start()
    usher = make_usher_asking(make_usher, scene, dovecot, wrong,
                              ca_file=str(scene.pki.ca_file))
    assert BROKEN in scene.imap(usher).login("jane", "secret").text
    assert not wrong.requests


def test_a_name_is_resolved_without_waiting(scene, make_usher, dovecot, server):
    usher = make_usher_asking(make_usher, scene, dovecot, server)
    # Only 127.0.0.1 has a name that is surely known: a server there.
    server.stop()
    server.host = "127.0.0.1"
    server.start()
    usher.configure(auth=[{**usher.config["auth"][0],
                           "url": [f"http://localhost:{server.port}/auth"]}])
    usher.reload()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert server.requests[0]["Host"] == "localhost"


def test_a_unix_socket(scene, make_usher, dovecot, server):
    path = scene.run.folder / (scene.run.new_name("sock") + ".sock")
    server.stop()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o777)
    listener.listen()
    server._listener = listener
    server._running = True
    server._spawn(server._accept)
    usher = make_usher_asking(make_usher, scene, dovecot, server)
    usher.configure(auth=[{**usher.config["auth"][0], "url": [f"unix:{path}:/x?y"]}])
    usher.reload()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert server.requests[0].line == b"GET /x?y HTTP/1.1"
    assert server.requests[0]["Host"] == "localhost"


# ---- JSON --------------------------------------------------------------------------

def test_json_has_every_field(scene, make_usher, dovecot, server):
    def answer(request):
        asked = json.loads(request.body)
        assert asked["user"] == "jane" and asked["protocol"] == "imap"
        if asked["password"] != "knock":
            return reply(body=json.dumps({"result": "denied", "reason": "No."}).encode())
        return reply(body=json.dumps({"result": "ok", "fields": {
            "host": dovecot.host, "port": dovecot.ports["imap"], "pass": "secret",
            "forward_one": "1"}}).encode())
    server.answer = answer
    usher = make_usher_asking(make_usher, scene, dovecot, server, format="json")
    client = scene.imap(usher)
    assert client.login("jane", "x").text == b"[ALERT] No."
    assert client.login("jane", "knock").status == "OK"
    assert server.requests[0].line.startswith(b"POST /auth HTTP/1.1")
    assert server.requests[0]["Content-Type"] == "application/json"


def test_passwords_are_in_no_log(scene, make_usher, dovecot, server):
    server.answer = lambda r: ok(dovecot, "imap", "Auth-User: bob",
                                 "Auth-Pass: masterpw")
    usher = make_usher_asking(make_usher, scene, dovecot, server,
                              more=[users_file_nowhere(scene)])
    scene.imap(usher).login("jane", "a-secret-here")
    text = usher.log.path.read_text()
    assert "a-secret-here" not in text and "masterpw" not in text


def users_file_nowhere(scene):
    path = scene.run.folder / scene.run.new_name("nobody")
    path.write_text("nobody:{PLAIN}x\n")
    return {"driver": "passwd-file", "path": str(path)}


