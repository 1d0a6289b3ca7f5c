"""Names and passwords, in every form IMAP has for them, reach a real Dovecot octet by
octet."""
import base64
import string

import pytest

from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front
from lib.imapclient import quoted

PRINTABLE = "".join(chr(c) for c in range(0x20, 0x7f))

CREDENTIALS = {
    "jane": "secret",
    "jane@example.com": "%*\\]",        # atoms to Dovecot, if not to the RFC
    "jane doe": "two words",
    "o\"neill": "\"",
    "back\\slash": "\\\\",
    "jäne": "pässword",
    "Ωmega": "\u20ac",
    "every": PRINTABLE,
    "nil": "NIL",
    "long": "x" * 1000,
}


def b64(text):
    return base64.b64encode(text.encode())


def literal(client, start, text, end=b""):
    """A synchronising literal, sent when it is invited."""
    octets = text.encode()
    client.send_line(start + b"{%d}" % len(octets))
    client.expect(rb"\+ OK")
    client.send(octets + end)


# ---- the forms --------------------------------------------------------------------

def log_in_quoted(client, user, password):
    return client.login(user, password)


def log_in_by_literals(client, user, password):
    tag = client.next_tag()
    literal(client, tag + b" LOGIN ", user)
    literal(client, b" ", password, b"\r\n")
    return client.reply(tag)


def log_in_by_nonsync_literals(client, user, password):
    user, password = user.encode(), password.encode()
    return client.command(b"LOGIN {%d+}\r\n%b {%d+}\r\n%b"
                          % (len(user), user, len(password), password))


def log_in_in_pieces(client, user, password):
    tag = client.next_tag()
    client.dribble(tag + b" LOGIN " + quoted(user) + b" " + quoted(password)
                   + b"\r\n", pause=0.0002)
    return client.reply(tag)


def authenticate_plain(client, user, password):
    return client.authenticate_plain(user, password)


def authenticate_plain_in_two_steps(client, user, password):
    tag = client.begin(b"AUTHENTICATE PLAIN")
    client.expect(rb"\+ ")
    client.send_line(b64(f"\0{user}\0{password}"))
    return client.reply(tag)


def authenticate_plain_without_waiting(client, user, password):
    tag = client.begin(b"AUTHENTICATE PLAIN\r\n" + b64(f"\0{user}\0{password}"))
    client.expect(rb"\+ ")
    return client.reply(tag)


def authenticate_login(client, user, password):
    tag = client.begin(b"authenticate login")
    assert base64.b64decode(client.expect(rb"\+ (.*)")[1]) == b"Username:"
    client.send_line(b64(user))
    assert base64.b64decode(client.expect(rb"\+ (.*)")[1]) == b"Password:"
    client.send_line(b64(password))
    return client.reply(tag)


def authenticate_login_with_the_name(client, user, password):
    tag = client.begin(b"AUTHENTICATE LOGIN " + b64(user))
    assert base64.b64decode(client.expect(rb"\+ (.*)")[1]) == b"Password:"
    client.send_line(b64(password))
    return client.reply(tag)


FORMS = [log_in_quoted, log_in_by_literals, log_in_by_nonsync_literals,
         log_in_in_pieces, authenticate_plain, authenticate_plain_in_two_steps,
         authenticate_plain_without_waiting, authenticate_login,
         authenticate_login_with_the_name]


@pytest.fixture
def any_name(scene):
    """A Dovecot that takes any name."""
    return scene.dovecot(users=CREDENTIALS, trusted=LOOPBACK,
                         more="auth_username_chars =")


@pytest.fixture
def front(make_usher, scene, any_name):
    return make_front(make_usher, scene, any_name, login={"allow_cleartext": True})


@pytest.mark.parametrize("log_in", FORMS)
def test_a_form(scene, front, any_name, log_in):
    for user, password in CREDENTIALS.items():
        client = scene.imap(front)
        assert log_in(client, user, password).status == "OK", user
        client.ok(b"SELECT INBOX")
        client.logout()
        assert any_name.login(user)["user"] == user


def test_atoms(scene, front):
    for user, password in CREDENTIALS.items():
        atoms = set(user + password) <= set(
            string.ascii_letters + string.digits + "@.%*\\]")
        if atoms:
            client = scene.imap(front)
            client.ok(b"login %b %b" % (user.encode(), password.encode()))


@pytest.mark.parametrize("log_in", FORMS)
def test_a_wrong_password_in_any_form(scene, make_usher, log_in):
    fake = scene.fake(FakeImap(at={"LOGIN": b"%t NO [AUTHENTICATIONFAILED] no.\r\n"}))
    usher = make_front(make_usher, scene, fake, login={"allow_cleartext": True})
    client = scene.imap(usher)
    for _ in range(3):
        assert log_in(client, "jane", "wrong")[:2] == (
            "NO", b"[AUTHENTICATIONFAILED] Authentication failed.")
    client.ok(b"NOOP")


# ---- what backends are sent --------------------------------------------------------

AS_WRITTEN = [
    ("jane", "secret", b'L LOGIN "jane" "secret"'),
    ("o\"neill", "a\\b", b'L LOGIN "o\\"neill" "a\\\\b"'),
    ("jäne", "\"\"\"\"\"", b'L LOGIN {5+}\r\nj\xc3\xa4ne {5+}\r\n"""""'),
]


@pytest.mark.parametrize("user, password, command", AS_WRITTEN)
def test_how_the_backend_is_sent_them(scene, make_usher, user, password, command):
    fake = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, fake, login={"allow_cleartext": True})
    scene.imap(usher).login(user, password)
    assert command + b"\r\n" in fake.connection().wire.octets()


def test_a_literal_is_invited_where_none_may_be_pushed(scene, make_usher):
    """Without LITERAL+ usher sends what it may, waits, and goes on."""
    fake = scene.fake(FakeImap(capability="IMAP4rev1 ID"))
    usher = make_front(make_usher, scene, fake, login={"allow_cleartext": True})
    assert scene.imap(usher).login("jäne", "pässword").status == "OK"
    first, *others = [s.octets for s in fake.connection().wire.segments]
    assert first.endswith(b"L LOGIN {5}\r\n")
    assert others == [b"j\xc3\xa4ne {9}\r\n", b"p\xc3\xa4ssword\r\n"]


# ---- SASL's other ways -------------------------------------------------------------

def test_a_client_may_change_its_mind(scene, front):
    client = scene.imap(front)
    for start in (b"AUTHENTICATE PLAIN", b"AUTHENTICATE LOGIN",
                  b"AUTHENTICATE LOGIN " + b64("jane")):
        tag = client.begin(start)
        client.expect(rb"\+ .*")
        client.send_line(b"*")
        assert client.reply(tag)[:2] == ("BAD", b"Authentication aborted by client.")
    assert client.login("jane", "secret").status == "OK"


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"LOGIN"])
def test_an_empty_initial_response_is_an_answer(scene, front, mechanism):
    """"=" is no octets at all (RFC 4959), which is neither a name nor a password."""
    said = scene.imap(front).command(b"AUTHENTICATE " + mechanism + b" =")
    assert said[:2] == ("NO", b"[AUTHENTICATIONFAILED] Authentication failed.")


NOT_CREDENTIALS = ["", "\0", "\0\0", "\0jane", "jane\0secret", "\0jane\0sec\0ret",
                   "\0\0secret", "\0jane\r\0secret", "\0ja\nne\0secret"]


def test_what_is_no_pair_of_names_and_a_password(scene, front):
    for message in NOT_CREDENTIALS:
        said = scene.imap(front).command(b"AUTHENTICATE PLAIN " + (b64(message) or b"="))
        assert said[:2] == ("NO", b"[AUTHENTICATIONFAILED] Authentication failed."), (
            message)


def test_a_login_reaches_the_backend_but_once(scene, front, any_name):
    """However long it took to type: one connection to the backend, one login."""
    client = scene.imap(front)
    client.login("jane", "wrong")
    client.login("jane", "secret")
    assert len(any_name.logins("jane")) == 1
