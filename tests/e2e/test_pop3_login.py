"""Names and passwords, in every form POP3 has for them, reach a real Dovecot octet by
octet; and what a fake backend is sent of them."""
import string

import pytest

from lib.fake_pop3 import FakePop3
from lib.front import LOOPBACK, make_front, users_file
from lib.pop3client import b64

PRINTABLE = "".join(chr(c) for c in range(0x20, 0x7f))
DENIED = b"-ERR [AUTH] Authentication failed."

CREDENTIALS = {
    "jane": "secret",
    "jane@example.com": "%*\\]",
    "jane doe": "two  words ",
    " blanks ": " around ",
    "o\"neill": "\"",
    "jäne": "pässword",
    "every": PRINTABLE,
    "long": "x" * 1000,
}


# ---- the forms --------------------------------------------------------------------

def user_and_pass(client, user, password):
    return client.login(user, password)


def user_and_pass_at_once(client, user, password):
    client.send(b"USER %b\r\nPASS %b\r\n" % (user.encode(), password.encode()))
    client.expect(rb"\+OK")
    return client.read_line()


def user_and_pass_in_pieces(client, user, password):
    client.dribble(b"USER %b\nPASS %b\n" % (user.encode(), password.encode()),
                   pause=0.0002)
    client.expect(rb"\+OK")
    return client.read_line()


def auth_plain(client, user, password):
    if len(b64(f"\0{user}\0{password}")) > 255 - len("AUTH PLAIN \r\n"):
        return auth_plain_in_two_steps(client, user, password)     # RFC 5034 section 4
    return client.auth_plain(user, password)


def auth_plain_in_two_steps(client, user, password):
    client.send_line(b"auth plain")
    client.expect(rb"\+ ")
    return client.command(b64(f"\0{user}\0{password}"))


def auth_login(client, user, password):
    client.send_line(b"AUTH LOGIN")
    client.expect(rb"\+ VXNlcm5hbWU6")
    client.send_line(b64(user))
    client.expect(rb"\+ UGFzc3dvcmQ6")
    return client.command(b64(password))


def auth_login_with_the_name(client, user, password):
    client.send_line(b"AUTH LOGIN " + b64(user))
    client.expect(rb"\+ UGFzc3dvcmQ6")
    return client.command(b64(password))


FORMS = [user_and_pass, user_and_pass_at_once, user_and_pass_in_pieces, auth_plain,
         auth_plain_in_two_steps, auth_login, auth_login_with_the_name]


@pytest.fixture
def any_name(scene):
    """A Dovecot that takes any name."""
    return scene.dovecot(protocols=["pop3"], users=CREDENTIALS, trusted=LOOPBACK,
                         more="auth_username_chars =")


@pytest.fixture
def front(make_usher, scene):
    def make(*backends, **config):
        return make_front(make_usher, scene, *backends, listeners=["pop3", "pop3s"],
                          **{"login": {"allow_cleartext": True}, **config})
    return make


@pytest.mark.parametrize("log_in", FORMS)
def test_a_form(scene, front, any_name, log_in):
    usher = front(any_name)
    for user, password in CREDENTIALS.items():
        client = scene.pop3(usher)
        assert log_in(client, user, password) == b"+OK Logged in.", user
        client.ok(b"STAT")
        client.quit()
        assert any_name.login(user)["user"] == user


@pytest.mark.parametrize("log_in", FORMS)
def test_a_wrong_password_in_any_form(scene, front, log_in):
    fake = scene.fake(FakePop3(at={"PASS": b"-ERR [AUTH] no.\r\n",
                                   "AUTH": b"-ERR no.\r\n"}), service="pop3")
    client = scene.pop3(front(fake))
    for _ in range(3):
        assert log_in(client, "jane", "wrong") == DENIED
    client.ok(b"NOOP")


@pytest.mark.parametrize("port", ["pop3", "pop3s"])
def test_in_tls(scene, front, dovecot, port):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK)
    client = scene.pop3(front(dovecot, login={}), port)
    if port == "pop3":
        assert client.command(b"USER jane").startswith(b"-ERR [AUTH] Plaintext")
        client.stls(scene.pki.client_context())
    assert client.login("jane", "secret") == b"+OK Logged in."
    client.quit()


# ---- the backend's own, from there on ------------------------------------------------

def test_mail_is_fetched_and_deleted(scene, front):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK)
    usher = front(dovecot)
    for number in range(3):
        dovecot.deliver("jane", f"Subject: {number}\n\nhello\n.\n..dots\n")
    client = scene.pop3(usher, "pop3s")
    client.login("jane", "secret")
    assert client.ok(b"STAT").startswith(b"3 ")
    text = client.listed(b"RETR 2")
    assert b"Subject: 1" in text and text[-2:] == [b".", b"..dots"]
    client.ok(b"DELE 2")
    assert "pop3" in usher.ctl("who") and "jane" in usher.ctl("who")
    assert client.quit() == b"Logging out, messages deleted."
    ended = usher.wait_for_log("proxy.ended", user="jane")
    assert ended["side"] == "server"
    assert [m for m in dovecot.mails("jane") if "Subject: 1" in m] == []


def test_what_is_said_behind_the_password_reaches_the_backend(scene, front):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK)
    dovecot.deliver("jane", "Subject: hello\n\nworld\n")
    client = scene.pop3(front(dovecot))
    client.send(b"USER jane\r\nPASS secret\r\nSTAT\r\nUIDL\r\nQUIT\r\n")
    lines = client.read_to_end().split(b"\r\n")
    assert lines[:2] == [b"+OK", b"+OK Logged in."]
    assert lines[2].startswith(b"+OK 1 ")
    assert lines[-2] == b"+OK Logging out."


def test_after_the_login_the_backend_lists_what_it_can_do(scene, front):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=LOOPBACK)
    client = scene.pop3(front(dovecot))
    assert b"SASL PLAIN LOGIN" in client.listed(b"CAPA")
    client.login("jane", "secret")
    assert b"SASL PLAIN LOGIN" not in client.listed(b"CAPA")


# ---- what backends are sent --------------------------------------------------------

def sent(fake):
    return [s.octets for s in fake.connection().wire.segments]


def test_pipelining_where_it_is_listed(scene, front):
    fake = scene.fake(FakePop3(), service="pop3")
    assert scene.pop3(front(fake)).login("jane", "secret") == b"+OK Logged in."
    assert sent(fake) == [b"CAPA\r\n", b"USER jane\r\nPASS secret\r\n"]


@pytest.mark.parametrize("capa", [None, ("USER", "TOP")])
def test_and_where_it_is_not(scene, front, capa):
    fake = scene.fake(FakePop3(capa=capa), service="pop3")
    assert scene.pop3(front(fake)).login("jane", "secret") == b"+OK Logged in."
    assert sent(fake) == [b"CAPA\r\n", b"USER jane\r\n", b"PASS secret\r\n"]


def test_a_dovecot_that_trusts_us_is_asked_nothing(scene, front):
    fake = scene.fake(FakePop3(trusting=True), service="pop3")
    usher = front(fake)
    client = scene.pop3(usher)
    client.login("jane", "secret")
    ip, port = client.local
    session = usher.wait_for_log("session.login")["session"]
    assert sent(fake) == [
        f"XCLIENT ADDR={ip} PORT={port} DESTADDR={usher.host} DESTPORT=10110 "
        f"SESSION={session} TTL=4 CLIENT-TRANSPORT=insecure\r\n"
        "USER jane\r\n".encode(), b"PASS secret\r\n"]


def test_a_backend_that_wants_tls_first_is_sent_no_password(scene, front):
    """A Dovecot that does not trust us, and takes no password in the clear."""
    dovecot = scene.dovecot(protocols=["pop3"], cleartext=False)
    usher = front(dovecot)
    usher.expected_events.add("proxy.failed")
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == (
        b"-ERR Account is temporarily unavailable.")
    failed = usher.wait_for_log("proxy.failed", user="jane", stage="capa")
    assert failed["what"].endswith("Logins are disabled without TLS")
    client.ok(b"NOOP")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_to_a_real_dovecot(scene, front, tls):
    dovecot = scene.dovecot(protocols=["pop3"], cleartext=False, trusted=LOOPBACK)
    usher = front(dovecot, access={"tls": tls, "ca_file": str(scene.pki.ca_file)})
    client = scene.pop3(usher, source=scene.address())
    assert client.login("jane", "secret") == b"+OK Logged in."
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["rport"]) == (client.local[0], str(client.local[1]))
    assert "TLS" in dovecot.log_lines("Login")[0]


def test_a_master_user(scene, front, make_usher):
    dovecot = scene.dovecot(protocols=["pop3"], masters={"boss": "bosspw"},
                            trusted=LOOPBACK)
    usher = front(dovecot, start=False)
    usher.configure(auth=[users_file(
        usher, "jane:{PLAIN}own::::::host=a master=boss pass=bosspw\n")])
    usher.start()
    client = scene.pop3(usher)
    assert client.login("jane", "own") == b"+OK Logged in."
    assert dovecot.login("jane")["user"] == "jane"


def test_a_name_that_fits_into_no_command(scene, front):
    """SASL carries it here; USER could not carry it on."""
    fake = scene.fake(FakePop3(), service="pop3")
    usher = front(fake)
    usher.expected_events.add("proxy.failed")
    client = scene.pop3(usher)
    client.send_line(b"AUTH PLAIN")
    client.expect(rb"\+ ")
    reply = client.command(b64("\0jane\0" + "x" * 1025))
    assert reply == b"-ERR [SYS/TEMP] Account is temporarily unavailable."
    assert fake.connection().wait_done().wire.octets() == b"CAPA\r\n"
