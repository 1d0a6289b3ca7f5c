"""Before the login usher says what Dovecot says: the same lines go to both, and the
answers must be the same octets."""
import pytest

from lib.front import LOOPBACK, make_front
from lib.wire import PeerClosed

# Each is one conversation; "bye NOOP" ends it, unless the server does.
ANYWHERE = [
    b"a NOOP", b"a NOOP x", b"a CAPABILITY", b"a LOGOUT", b"a LOGOUT x",
    b"a ENABLE", b"a ENABLE UTF8=ACCEPT",
    b"a ID", b"a ID NIL", b'a ID ("a" "b")', b'a ID ("a")', b"a ID (", b"a ID a",
    b'a ID ("%b" "v")' % (b"k" * 30), b'a ID ("%b" "v")' % (b"k" * 31),
    b"a AUTHENTICATE", b"a AUTHENTICATE NOSUCH", b"a AUTHENTICATE EXTERNAL =",
    b"a LOGIN", b"a LOGIN jane", b"a LOGIN jane secret x", b"a LOGIN (a) b",
    b'a LOGIN "jane" "secret', b"a LOGIN {70000}", b"a LOGIN {8193+}",
    b"a LOGIN {99999999999999999999}",
    b"a FOO", b"a FOO {3+}\r\nabc", b"a SELECT INBOX", b"a IDLE", b"a", b"", b" ",
    b"+ NOOP", b"* NOOP", b"a  NOOP", b"a\tNOOP", b"a NOOP\rb NOOP", b"a NOOP\nb NOOP",
    b"a NOOP\0", b"a F\xe4", b"a FOO " + b"x" * 1024, b'a FOO "%b"' % (b"x" * 1024),
    b"x" * 126 + b" NOOP", b"x" * 127 + b" NOOP",
]
IN_THE_CLEAR = [
    b"a LOGIN jane secret", b'a LOGIN "" ""', b"a AUTHENTICATE PLAIN",
    b"a AUTHENTICATE PLAIN AGphbmUAc2VjcmV0", b"a AUTHENTICATE PLAIN !!!",
    b"a AUTHENTICATE LOGIN", b"a STARTTLS",
]
WITH_TLS = [
    b"a STARTTLS", b"a AUTHENTICATE PLAIN !!!", b"a AUTHENTICATE PLAIN AGphbmU",
    b"a AUTHENTICATE PLAIN\r\n*", b"a AUTHENTICATE LOGIN\r\n*",
    b"a AUTHENTICATE PLAIN\r\n!!", b"a AUTHENTICATE LOGIN amFuZQ==\r\n!!",
    b"a AUTHENTICATE LOGIN !!",
]


def conversation(client, line):
    """Every line the server says to it, and how it ended."""
    said = []
    try:
        if line == b"a STARTTLS" and not client.in_tls():
            return [client.command(b"STARTTLS")]    # what follows would be TLS
        client.send(line + b"\r\nbye NOOP\r\n")
        while not said or not said[-1].startswith(b"bye "):
            said.append(client.read_line())
    except (PeerClosed, ConnectionError):
        said.append(b"closed")
    return [s.replace(b'"name" "Dovecot"', b'"name" "usher"') for s in said]


def compare(scene, usher, dovecot, lines, tls=False):
    for line in lines:
        answers = []
        for part in (usher, dovecot):
            with scene.imap(part) as client:
                if tls:
                    client.starttls(scene.pki.client_context())
                answers.append(conversation(client, line))
        assert answers[0] == answers[1], line[:40]


@pytest.fixture
def careful(scene):
    return scene.dovecot(cleartext=False, more="auth_mechanisms = plain login")


def test_in_the_clear(scene, make_usher, careful):
    usher = make_front(make_usher, scene, careful)
    compare(scene, usher, careful, ANYWHERE + IN_THE_CLEAR)


def test_inside_tls(scene, make_usher, careful):
    usher = make_front(make_usher, scene, careful)
    compare(scene, usher, careful, ANYWHERE + WITH_TLS, tls=True)


def test_nonsense_is_heard_three_times(scene, make_usher):
    """usher answers the last of it, too: Dovecot does not."""
    dovecot = scene.dovecot(trusted=LOOPBACK)
    usher = make_front(make_usher, scene, dovecot, login_trusted_networks=LOOPBACK)
    answers = []
    for part in (usher, dovecot):
        client = scene.imap(part)
        client.send(b"a FOO\r\nb NOOP\r\nc LOGIN\r\nd BAR\r\ne NOOP\r\n")
        answers.append(client.read_to_end().splitlines())
    assert answers[0].pop(3) == b"d BAD Error in IMAP command received by server."
    assert answers[0] == answers[1]
    assert answers[0][-1] == b"* BYE Too many invalid IMAP commands."
