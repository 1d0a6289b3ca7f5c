"""Under valgrind: a thousand logins of every kind, with all that may befall them, and
nothing that is lost, read before it was written, or used after it was freed."""
import base64
import random

import pytest

from lib.fake_backend import close, garbage, reset
from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front, users_file
from lib.imapclient import quoted

LOGINS = 1000

# "secret", with few rounds: valgrind feels each of them.
HASH = "{SHA256-CRYPT}$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2"

# The users, and what is said of them.
USERS = {
    "plain": "host=a",
    "tls": "host=b",
    "renamed": "host=a destuser=jane pass=other forward_plan=gold",
    "mastered": "host=a master=boss pass=other",
    "far": "host=a hostips={refused},{host} port={port}",
}


@pytest.fixture
def script():
    """What the first backend does; a step of it can be spoilt at any time."""
    return FakeImap()


@pytest.fixture
def usher(make_usher, scene, script):
    secure = FakeImap()
    first, second = scene.fake(script), scene.fake(secure)
    secure.certificate = scene.pki.certificate(second.host)
    secure.capability += b" STARTTLS"
    refused = scene.fake(connect="refuse")
    usher = make_front(make_usher, scene, first, second, start=False,
                       login={"allow_cleartext": True, "max_attempts": 3},
                       login_trusted_networks=LOOPBACK, haproxy_trusted_networks=LOOPBACK,
                       tls={"ticket_rotation": "1s"})
    usher.listen("balanced", protocol="imap", tls="starttls", haproxy=True)
    usher.config["director"]["backends"][1].update(
        tls="starttls", ca_file=str(scene.pki.ca_file))
    lines = "".join(f"{name}:{HASH}::::::{fields}\n" for name, fields in USERS.items())
    for name, value in (("refused", refused.host), ("host", first.host),
                        ("port", first.port)):
        lines = lines.replace("{%s}" % name, str(value))
    usher.configure(auth=[users_file(usher, lines)])
    usher.expected_events |= {"proxy.failed", "proxy.retry", "haproxy.bad"}
    return usher.start()


# ---- how one comes in -----------------------------------------------------------------

def come_in_the_clear(scene, usher):
    return scene.imap(usher)


def come_by_tls(scene, usher):
    return scene.imap(usher, "imaps")


def come_by_starttls(scene, usher):
    client = scene.imap(usher)
    client.starttls(scene.pki.client_context())
    return client


def come_by_a_balancer(scene, usher):
    client = scene.imap(usher, "balanced", greeting=False, tls=False)
    client.send(b"PROXY TCP4 192.0.2.7 198.51.100.8 4321 143\r\n")
    client.greeting()
    return client


WAYS_IN = [come_in_the_clear, come_by_tls, come_by_starttls, come_by_a_balancer]


# ---- what is said before ---------------------------------------------------------------

def say_nothing(client):
    pass


def say_who_it_is(client):
    client.id(name="x" * 50, x_originating_ip="192.0.2.9", x_forward_plan="silver",
              x_session_id="from-elsewhere")


def say_nonsense(client):
    client.command(b"NONSENSE (\"x\" {3+}\r\nabc)")


def guess(client):
    client.login("plain", "wrong")


def change_ones_mind(client):
    tag = client.begin(b"AUTHENTICATE PLAIN")
    client.expect(rb"\+ ")
    client.send_line(b"*")
    client.reply(tag)


SAID_BEFORE = [say_nothing, say_who_it_is, say_nonsense, guess, change_ones_mind]


# ---- how one logs in ----------------------------------------------------------------------

def sasl(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode())


def by_login(client, user):
    return client.login(user, "secret")


def by_literals(client, user):
    user = user.encode()
    return client.command(b"LOGIN {%d+}\r\n%b {6+}\r\nsecret" % (len(user), user))


def by_plain(client, user):
    return client.command(b"AUTHENTICATE PLAIN " + sasl(user, "secret"))


def by_plain_in_two_steps(client, user):
    tag = client.begin(b"AUTHENTICATE PLAIN")
    client.expect(rb"\+ ")
    client.send_line(sasl(user, "secret"))
    return client.reply(tag)


def by_sasl_login(client, user):
    tag = client.begin(b"AUTHENTICATE LOGIN " + base64.b64encode(user.encode()))
    client.expect(rb"\+ .*")
    client.send_line(base64.b64encode(b"secret"))
    return client.reply(tag)


def with_much_behind_it(client, user):
    tag = client.next_tag()
    client.send(tag + b" LOGIN " + quoted(user) + b" secret\r\n"
                + b"y APPEND INBOX {100000+}\r\n" + b"x" * 100_000 + b"\r\n")
    reply = client.reply(tag)
    client.reply(b"y")
    return reply


WAYS_TO_LOG_IN = [by_login, by_literals, by_plain, by_plain_in_two_steps, by_sasl_login,
                  with_much_behind_it]


# ---- how one leaves --------------------------------------------------------------------------

def log_out(client):
    client.logout()


def hang_up(client):
    client.close()


def break_off(client):
    client.reset()


def only_listen(client):
    client.half_close()
    client.read_to_end()


def stay(client):
    """Until the end."""


WAYS_OUT = [log_out, hang_up, break_off, only_listen, stay]


# ---- what goes wrong -----------------------------------------------------------------------------

TROUBLE = [
    {"LOGIN": b"%t NO [AUTHENTICATIONFAILED] no\r\n"}, {"LOGIN": b"%t NO [LIMIT] no\r\n"},
    {"LOGIN": b"%t NO [UNAVAILABLE] later\r\n"}, {"ID": b"%t NO [SERVERBUG] oops\r\n"},
    {"ID": b"* BYE later\r\n"}, {"greeting": close}, {"LOGIN": reset},
    {"greeting": garbage}, {"greeting": b"* PREAUTH hi\r\n"},
]


def meet_trouble(scene, usher, script, at):
    script.at = at
    assert scene.imap(usher).login("plain", "secret").status == "NO"
    script.at = {}


def leave_in_the_middle(scene, usher):
    """Of a line, a literal, an exchange, a handshake, a header."""
    for listener, octets in (
            ("imap", b"a LOGIN pla"), ("imap", b"a LOGIN {5}\r\npl"),
            ("imap", b"a AUTHENTICATE PLAIN\r\n"), ("imaps", b"\x16\x03\x01\x02\0\x01"),
            ("imaps", b"a NOOP\r\n"), ("balanced", b"PROXY TCP4 1"), ("balanced", b"x")):
        client = scene.imap(usher, listener, greeting=False, tls=False)
        client.send(octets)
        client.close()


@pytest.mark.slow_memory
def test_a_thousand_logins(scene, usher, script):
    choose = random.Random(1).choice
    trouble = iter(TROUBLE * 10)
    for i in range(LOGINS):
        client = choose(WAYS_IN)(scene, usher)
        choose(SAID_BEFORE)(client)
        user = choose([*USERS])
        reply = choose(WAYS_TO_LOG_IN)(client, user)
        assert reply.status == "OK", (i, user, reply)
        choose(WAYS_OUT)(client)
        if i % 25 == 5:
            meet_trouble(scene, usher, script, next(trouble))
        if i % 100 == 10:
            leave_in_the_middle(scene, usher)
            usher.ctl("who")
            usher.ctl("status")
            usher.ctl("kick", choose([*USERS]))
        if i % 400 == 399:
            usher.reload()
    usher.wait_for_logs("session.login", LOGINS, timeout=30)
    assert usher.stop() == 0
