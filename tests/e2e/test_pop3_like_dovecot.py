"""Before the login usher says what Dovecot says: the same lines go to both, and the
answers must be the same octets."""
import pytest

from lib.front import LOOPBACK, make_front
from lib.wire import PeerClosed

# Each is one conversation, with "QUIT" behind it. Left out is NOOP, which Dovecot does
# not know here and usher does; a NUL behind a command, which Dovecot does not see; and
# what Dovecot's auth makes of octets that are only nearly base64.
ANYWHERE = [
    b"CAPA", b"capa", b"CAPA x", b"QUIT", b"QUIT x", b"APOP", b"APOP jane 0123456789abcdef",
    b"STAT", b"LIST", b"RETR 1", b"FOO", b"FOO bar", b"", b" ", b" QUIT", b"CAPA\t",
    b"CAPA\tx", b"CAPA\nCAPA", b"CAPA\rQUIT", b"CAP\0A", b"F\xe4", b"LANG", b"UTF8",
    b"AUTH", b"AUTH ", b"auth", b"AUTH NOSUCH", b"AUTH NOSUCH =", b"AUTH EXTERNAL =",
    b"FOO " + b"x" * 1024, b"FOO " + b"x" * 1025, b"USER " + b"x" * 1025,
    b"PASS " + b"x" * 1025, b"A" * 100, b"A" * 1000, b"A" * 3000,
]
IN_THE_CLEAR = [
    b"USER", b"USER jane", b"PASS", b"PASS secret", b"USER jane\r\nPASS secret",
    b"AUTH PLAIN", b"AUTH PLAIN =", b"AUTH PLAIN !!!", b"AUTH PLAIN AGphbmUAc2VjcmV0",
    b"AUTH LOGIN", b"AUTH LOGIN amFuZQ==",
]
XCLIENT = [
    b"XCLIENT", b"XCLIENT ADDR=192.0.2.9", b"XCLIENT nonsense", b"XCLIENT TTL=x",
    b"XCLIENT PORT=0", b"XCLIENT ADDR=IPV6:::1", b"XCLIENT FORWARD=!", b"XCLIENT NAME=x",
    b"xclient addr=2001:db8::9 port=1", b"XCLIENT SESSION=" + b"x" * 65,
    b"XOIP 192.0.2.9", b"XOIP", b"XOIP nonsense",
]
SECURED = [
    b"USER", b"USER jane", b"USER jane doe", b"USER " + b"x" * 1024, b"PASS", b"PASS x",
    b"USER jane\r\nUSER joe\r\nPASS", b"USER jane\r\nPASS wrong\r\nPASS wrong",
    b"USER jane\r\nCAPA\r\nPASS wrong", b"USER\r\nPASS secret",
    b"USER jane\r\nAUTH PLAIN\r\n*\r\nPASS wrong",
    b"USER jane\r\nAUTH PLAIN AGphbmUAd3Jvbmc=\r\nPASS wrong",
    b"AUTH PLAIN =", b"AUTH PLAIN !!!", b"AUTH PLAIN\r\n!!", b"AUTH PLAIN\r\n",
    b"AUTH PLAIN\r\n*", b"auth plain\r\n*", b"AUTH LOGIN\r\n*",
    b"AUTH LOGIN amFuZQ==\r\n!!", b"AUTH LOGIN amFuZQ==\r\n*", b"AUTH LOGIN !!",
    b"AUTH PLAIN AGphbmUAd3Jvbmc=", b"AUTH PLAIN  AGphbmUAd3Jvbmc=",
    b"AUTH PLAIN AGphbmUAd3Jvbmc= x",
]
WITH_TLS = [b"STLS", b"STLS x"]

QUICK = "auth_mechanisms = plain login\nauth_failure_delay = 0\n"


def conversation(client, line):
    """Every line the server says to it, and that it hung up at the end."""
    said = []
    try:
        client.send(line + b"\r\nQUIT\r\n")
        while True:
            said.append(client.read_line())
    except (PeerClosed, ConnectionError):
        return said


def compare(scene, usher, dovecot, lines, tls=False):
    for line in lines:
        answers = []
        for part in (usher, dovecot):
            with scene.pop3(part) as client:
                if tls:
                    client.stls(scene.pki.client_context(), part.host)
                answers.append(conversation(client, line))
        assert answers[0] == answers[1], line[:60]


@pytest.fixture
def careful(scene):
    return scene.dovecot(protocols=["pop3"], cleartext=False, more=QUICK)


@pytest.fixture
def front(make_usher, scene):
    """usher with a lookup of its own: what a backend would say is not the question."""
    def make(backend, **config):
        return make_front(make_usher, scene, backend, listeners=["pop3"],
                          auth=[{"driver": "static", "password": "{PLAIN}secret"}],
                          **config)
    return make


def test_in_the_clear(scene, front, careful):
    compare(scene, front(careful), careful, ANYWHERE + IN_THE_CLEAR + XCLIENT)


def test_inside_tls(scene, front, careful):
    compare(scene, front(careful), careful, ANYWHERE + SECURED + WITH_TLS + XCLIENT,
            tls=True)


def test_from_a_trusted_network(scene, front):
    dovecot = scene.dovecot(protocols=["pop3"], cleartext=False, trusted=LOOPBACK,
                            more=QUICK)
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    compare(scene, usher, dovecot, SECURED + XCLIENT)


@pytest.mark.parametrize("trusted", [(), LOOPBACK])
def test_the_greeting(scene, front, trusted):
    dovecot = scene.dovecot(protocols=["pop3"], trusted=trusted,
                            more="login_greeting = ready")
    usher = front(dovecot, login_trusted_networks=list(trusted),
                  login={"greeting": "ready"})
    greetings = [scene.pop3(part, greeting=False).read_line()
                 for part in (usher, dovecot)]
    assert greetings[0] == greetings[1]


def test_nonsense_is_heard_three_times_in_a_row(scene, front, careful):
    for said in (b"FOO\r\nBAR\r\n\r\nCAPA\r\n", b"FOO\r\nBAR\r\nCAPA\r\nFOO\r\nBAR\r\nQUIT\r\n",
                 b"FOO\r\nBAR\r\nAPOP\r\nFOO\r\nBAR\r\nBAZ\r\nQUIT\r\n"):
        answers = []
        for part in (front(careful), careful):
            client = scene.pop3(part)
            client.send(said)
            answers.append(client.read_to_end())
        assert answers[0] == answers[1]
