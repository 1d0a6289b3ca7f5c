"""The harness proves itself: backends that misbehave, and what they were sent."""
import re
import ssl
import time

import pytest

from lib import fake_backend as fake
from lib.fake_imap import LOGGED_IN_CAPABILITY, FakeImap
from lib.wire import PeerClosed, PeerSilent, Unexpected, Wire, WireError

IDENTITY = re.compile(
    rb'I ID \("x-session-id" "\S+" "x-originating-ip" "127.0.0.1" '
    rb'"x-originating-port" "\d+" "x-connected-ip" "\S+" "x-connected-port" "10143" '
    rb'"x-proxy-ttl" "4"\)\r\n')


# ---- a real proxy in front of the fake -------------------------------------------

def proxied_login(scene, script, **route):
    """Logs jane in through a Dovecot that is a proxy; gives the connection the fake
    backend saw, and the reply to the client."""
    backend = scene.fake(script)
    proxy = scene.dovecot(start=False, users={})
    proxy.add_user("jane", "", nopassword="y", proxy="y", host=backend.host,
                   port=backend.port, **route)
    proxy.start()
    reply = scene.imap(proxy).login("jane", "secret")
    return backend.connection(), reply


def test_a_proxys_octets_are_kept_segment_by_segment(scene):
    connection, reply = proxied_login(scene, FakeImap())
    [segment] = connection.wire.segments
    identity = IDENTITY.match(segment.octets)
    assert segment.octets[identity.end():] == b'L LOGIN "jane" "secret"\r\n'
    assert not segment.tls
    assert 0 <= segment.at < 5
    assert reply.text == f"[CAPABILITY {LOGGED_IN_CAPABILITY}] Logged in".encode()


def test_what_was_said_in_tls_is_kept_apart(scene):
    script = FakeImap(certificate=scene.pki.certificate("backend.test"))
    connection, reply = proxied_login(scene, script, starttls="any-cert")
    wire = connection.wire
    clear, secret = wire.octets(tls=False), wire.octets(tls=True)
    assert IDENTITY.match(clear) and clear.endswith(b"S STARTTLS\r\n")
    assert secret == b'L LOGIN "jane" "secret"\r\n'
    assert [s.tls for s in wire.segments] == [False, True]
    assert wire.dropped_before_tls == b""
    assert reply.status == "OK"


def test_implicit_tls(scene):
    script = FakeImap(implicit=scene.pki.certificate("backend.test", key="rsa"))
    connection, reply = proxied_login(scene, script, ssl="any-cert")
    assert connection.wire.octets(tls=False) == b""
    assert connection.wire.octets(tls=True).endswith(b'L LOGIN "jane" "secret"\r\n')
    assert reply.status == "OK"


def test_a_greeting_without_capabilities(scene):
    connection, _ = proxied_login(scene, FakeImap(in_greeting=False))
    assert connection.wire.octets() == b'C CAPABILITY\r\nL LOGIN "jane" "secret"\r\n'


def test_any_answer_to_login_can_be_given(scene):
    answer = b"* OK wait\r\n%t NO [AUTHENTICATIONFAILED] ask the fake\r\n"
    client = scene.imap(scene.fake(FakeImap(at={"LOGIN": answer})))
    assert client.login("jane", "secret") == (
        "NO", b"[AUTHENTICATIONFAILED] ask the fake", [b"* OK wait"])


# ---- going wrong, at each step -------------------------------------------------------

def reach_greeting(client, _context):
    client.expect(rb"\* OK .*")


def reach_id(client, context):
    reach_greeting(client, context)
    client.id(x_proxy_ttl="4")


def reach_starttls(client, context):
    reach_greeting(client, context)
    client.ok(b"STARTTLS")


def reach_tls(client, context):
    reach_starttls(client, context)
    client.start_tls(context, "backend.test")


def reach_login(client, context):
    reach_tls(client, context)
    assert client.login("jane", "secret").status == "OK"


# The step, the way there, and the last thing the backend is sent.
STEPS = [("greeting", reach_greeting, None),
         ("ID", reach_id, rb'a1 ID \("x-proxy-ttl" "4"\)\r\n'),
         ("STARTTLS", reach_starttls, rb"a1 STARTTLS\r\n"),
         ("tls", reach_tls, rb"\x16\x03(?s:.*)"),
         ("LOGIN", reach_login, rb'a2 LOGIN "jane" "secret"\r\n')]

FAULTS = [(fake.hang, PeerSilent), (fake.close, PeerClosed),
          (fake.reset, (PeerClosed, ConnectionError)),
          (fake.garbage, (Unexpected, ssl.SSLError))]


@pytest.mark.parametrize("fault, sees", FAULTS, ids=[f.__name__ for f, _ in FAULTS])
@pytest.mark.parametrize("step, reach, last", STEPS, ids=[s[0] for s in STEPS])
def test_it_goes_wrong_where_it_is_told_to(scene, step, reach, last, fault, sees):
    certificate = scene.pki.certificate("backend.test")
    backend = scene.fake(FakeImap(certificate=certificate, at={step: fault}))
    with pytest.raises(sees):       # connecting, too, if the reset is quick
        with scene.imap(backend, greeting=False) as client:
            if fault is fake.hang:
                client.patience = 0.1
            reach(client, scene.pki.client_context())

    segments = backend.connection().wait_done().wire.segments
    assert segments == [] if last is None else re.fullmatch(last, segments[-1].octets)


def test_the_steps_before_a_fault_go_well(scene):
    certificate = scene.pki.certificate("backend.test")
    backend = scene.fake(FakeImap(certificate=certificate))
    client = scene.imap(backend, greeting=False)
    reach_login(client, scene.pki.client_context())
    client.logout()
    assert backend.connection().wait_done().failure is None
    assert backend.connection().wire.server_name == "backend.test"


def test_words_can_be_put_before_tls(scene):
    """What whoever sits on the wire would try: a reply to a command that was not sent
    yet, in the segment of the reply to STARTTLS."""
    backend = scene.fake(FakeImap(
        certificate=scene.pki.certificate("backend.test"),
        at={"STARTTLS": b"%t OK go ahead\r\nL OK [CAPABILITY X] Logged in\r\n"}))
    client = scene.imap(backend)
    client.send_line(b"S STARTTLS")
    assert client.read_segment() == (b"S OK go ahead\r\n"
                                     b"L OK [CAPABILITY X] Logged in\r\n")
    client.expect(rb"S OK go ahead")
    client.start_tls(scene.pki.client_context(), "backend.test")
    assert client.dropped_before_tls == b"L OK [CAPABILITY X] Logged in\r\n"
    assert client.login("jane", "secret").status == "OK"


def test_an_end_without_goodbye_is_told_from_a_good_one(scene):
    for end, manner in ((fake.close, "closed"), (fake.cut, "cut"),
                        (fake.reset, "reset")):
        backend = scene.fake(FakeImap(implicit=scene.pki.certificate("backend.test"),
                                      at={"NOOP": end}), service="imaps")
        client = scene.imap(backend, "imaps", server_name="backend.test")
        client.begin(b"NOOP")
        client.read_to_end()
        assert client.ended == manner


# ---- connecting ----------------------------------------------------------------

def test_nobody_listens(scene):
    with pytest.raises(ConnectionRefusedError):
        scene.imap(scene.fake(connect="refuse"))


def test_nobody_answers(scene):
    gone = scene.fake(connect="hang")
    with pytest.raises(TimeoutError):
        Wire.to(gone.host, gone.port, patience=0.3)


# ---- octets --------------------------------------------------------------------

def test_literals_come_as_one_command(scene):
    backend = scene.fake(FakeImap())
    client = scene.imap(backend)
    client.send_line(b"1 LOGIN {4+}")
    client.send_line(b"jane {8}")
    client.expect(rb"\+ OK")
    client.send_line(b"se\r\ncret")
    assert client.reply(b"1").status == "OK"
    client.send(b"2 ID (\"a\" {1}\r\nb)\r\n")      # as Dovecot does, without waiting
    assert client.reply(b"2").status == "OK"


def test_credentials_may_come_with_the_command_or_after_it(scene):
    client = scene.imap(scene.fake(FakeImap()))
    assert client.authenticate_plain("jane", "secret").status == "OK"
    tag = client.begin(b"AUTHENTICATE PLAIN")
    client.expect(rb"\+ ")
    client.send_line(b"AGphbmUAc2VjcmV0")
    assert client.reply(tag).status == "OK"


def test_a_reply_may_come_octet_by_octet(scene):
    backend = scene.fake([fake.dribble(b"* OK slow\r\n"), fake.hang])
    client = scene.imap(backend)
    assert len(client.segments) > 1


def test_a_deaf_backend_backs_up_what_it_is_sent(scene):
    backend = scene.fake([fake.send(b"* OK hello\r\n"), fake.deaf])
    client = scene.imap(backend)
    client.patience = 0.1
    with pytest.raises(PeerSilent):
        client.send(b"x" * 50_000_000)


def test_a_bare_newline_ends_no_line(scene):
    client = scene.imap(scene.fake([fake.send(b"* OK one\n* OK two\r\n")]),
                        greeting=False)
    with pytest.raises(Unexpected):
        client.read_line()


# ---- scripts ---------------------------------------------------------------------

def test_a_script_may_be_a_list_or_a_function(scene):
    def talk(wire):
        wire.send_line(b"+OK ready")
        user = wire.expect(rb"USER (.*)")[1]
        wire.send_line(b"+OK hello " + user)

    steps = [fake.send(b"+OK ready\r\n"), fake.expect(rb"USER jane"),
             fake.send(b"+OK hello jane\r\n")]
    for script in (talk, steps):
        backend = scene.fake(script, service="pop3")
        client = scene.connect(backend, "pop3")
        client.expect(rb"\+OK ready")
        client.send_line(b"USER jane")
        assert client.read_to_end() == b"+OK hello jane\r\n"


def surprised(scene):
    backend = scene.fake([fake.expect(rb"USER .*")])
    client = scene.imap(backend, greeting=False)
    client.send_line(b"PASS secret")
    backend.connection().wait_done()
    return backend


def test_a_surprised_script_fails_the_test(scene):
    backend = surprised(scene)
    with pytest.raises(AssertionError, match="was surprised") as caught:
        backend.check()
    assert "PASS secret" in str(caught.value.__cause__)
    backend.forgive()


def test_every_connection_is_kept(scene):
    backend = scene.fake(FakeImap())
    for n in range(3):
        client = scene.imap(backend)
        client.ok(b"NOOP %d" % n)
    said = [backend.connection(n).wire.octets() for n in range(3)]
    assert said == [b"a1 NOOP 0\r\n", b"a1 NOOP 1\r\n", b"a1 NOOP 2\r\n"]


def test_waiting_has_an_end(scene):
    backend = scene.fake(FakeImap())
    began = time.monotonic()
    with pytest.raises(AssertionError, match="did not come"):
        backend.connection(seconds=0.1)
    client = scene.imap(backend)
    with pytest.raises(AssertionError, match="goes on"):
        backend.connection().wait_done(0.1)
    with pytest.raises(WireError):
        client.read_line(0.1)
    assert time.monotonic() - began < 5
