"""The backend learns who the client is by XCLIENT: from usher, and through usher from a
trusted proxy before it. What Dovecot's log shows counts; where octets matter, a fake
backend has them."""
import base64
import re

import pytest

from lib.fake_pop3 import FakePop3
from lib.front import LOOPBACK, make_front, users_file
from lib.usher import backend_row

UNAVAILABLE = b"-ERR [SYS/TEMP] Account is temporarily unavailable."
MISCONFIGURED = b"-ERR Account is temporarily unavailable."
IGNORED = b"+OK You are not from trusted IP - ignoring"

# one=1 TAB two=second value
FORWARD = base64.b64encode(b"one=1\ttwo=second value").decode()
CLAIM = (f"XCLIENT ADDR=192.0.2.7 PORT=4711 DESTADDR=192.0.2.1 DESTPORT=995 "
         f"SESSION=up/1+stream TTL=3 FORWARD={FORWARD}").encode()


@pytest.fixture
def front(make_usher, scene):
    """front(backend, ...): passwords may come in the clear, whoever brings them."""
    def make(*backends, **config):
        return make_front(make_usher, scene, *backends, listeners=["pop3", "pop3s"], **{
            "login": {"allow_cleartext": True, "max_bad_commands": 100}, **config})
    return make


@pytest.fixture
def believing(scene):
    """A Dovecot that believes usher, and logs what it is told."""
    def make(*forwarded, **options):
        return scene.dovecot(protocols=["pop3"], trusted=LOOPBACK, forwarded=forwarded,
                             **options)
    return make


@pytest.fixture
def fake(scene):
    return scene.fake(FakePop3(trusting=True), service="pop3")


def xclients(fake, number=0):
    """The words of each XCLIENT that usher sent, as dicts."""
    octets = fake.connection(number).wire.octets()
    return [dict(word.split("=", 1) for word in line.decode().split())
            for line in re.findall(rb"^XCLIENT (.*)\r$", octets, re.M)]


def variables(xclient):
    text = base64.b64decode(xclient["FORWARD"]).decode()
    return dict(field.split("=", 1) for field in text.split("\t"))


# ---- usher's own word -----------------------------------------------------------------

@pytest.mark.parametrize("port", ["pop3", "pop3s"])
def test_the_client_and_its_session(scene, front, believing, port):
    """2.3 does not take DESTADDR and DESTPORT from XCLIENT, so lip is its own."""
    dovecot = believing("cluster")
    usher = front(dovecot, forward={"variables": {"cluster": "eu 1"}})
    host = scene.address()
    client = scene.pop3(usher, port, source=host)
    client.login("jane", "secret")
    seen, ours = dovecot.login("jane"), usher.wait_for_log("session.login")
    assert (seen["rip"], seen["rport"]) == (host.ip, str(client.local[1]))
    assert (seen["real_rip"], seen["lip"]) == ("127.0.0.1", dovecot.host)
    assert seen["session"] == ours["session"]
    assert seen["forward_cluster"] == "eu 1"


def test_a_backend_that_does_not_trust_us(scene, front):
    """Nothing goes wrong; it only sees usher."""
    dovecot = scene.dovecot(protocols=["pop3"])
    scene.pop3(front(dovecot), source=scene.address()).login("jane", "secret")
    assert dovecot.login("jane")["rip"] == "127.0.0.1"


def test_in_the_words_and_the_order_of_dovecot(scene, front, fake):
    usher = front(fake, forward={"variables": {"one": "1", "two": "second value"}})
    client = scene.pop3(usher, "pop3s", server_name="mail.example.com")
    client.login("jane", "secret")
    ip, port = client.local
    session = usher.wait_for_log("session.login")["session"]
    assert list(xclients(fake)[0].items()) == [
        ("ADDR", ip), ("PORT", str(port)), ("DESTADDR", usher.host),
        ("DESTPORT", "10995"), ("SESSION", session), ("TTL", "4"),
        ("CLIENT-TRANSPORT", "TLS"), ("DESTNAME", "mail.example.com"),
        ("FORWARD", FORWARD)]


def test_nothing_of_it_crosses_in_the_clear_where_there_is_tls(scene, front):
    script = FakePop3(trusting=True)
    fake = scene.fake(script, service="pop3")
    script.certificate = scene.pki.certificate(fake.host)
    usher = front(fake, access={"tls": "starttls", "ca_file": str(scene.pki.ca_file)})
    scene.pop3(usher).login("jane", "secret")
    wire = fake.connection().wire
    assert wire.octets(tls=False) == b"STLS\r\n"
    assert wire.octets(tls=True).startswith(b"XCLIENT ADDR=")


def test_a_backend_that_is_not_to_know(scene, front, fake):
    scene.pop3(front(fake, access={"send_identity": False})).login("jane", "secret")
    assert fake.connection().wire.octets() == b"USER jane\r\nPASS secret\r\n"


def test_a_lookup_that_distrusts_the_backend(scene, front, fake):
    usher = front(fake, start=False)
    usher.configure(auth=[users_file(
        usher, "jane:{PLAIN}secret::::::host=a proxy_not_trusted=y\n")])
    usher.start()
    scene.pop3(usher).login("jane", "secret")
    assert fake.connection().wire.octets() == b"USER jane\r\nPASS secret\r\n"


# ---- variables ---------------------------------------------------------------------------

AWKWARD = {"quotes": 'a"b\\c', "blanks": " d  e ", "utf-8": "ä€", "equals": "f=g,h;i",
           "lines": "j\r\nk\ttab", "empty": ""}


def test_awkward_values(scene, front, believing):
    """Whatever is in them, Dovecot's auth gets the same octets."""
    dovecot = believing()
    usher = front(dovecot, forward={"variables": AWKWARD})
    scene.pop3(usher).login("jane", "secret")
    session = usher.wait_for_log("session.login")["session"]
    dovecot.login("jane")
    request = dovecot.auth_requests(session)[0]
    fields = [f for f in request if f.startswith("forward_fields=")][0]
    for name, value in AWKWARD.items():
        inner = value.replace("\t", "\1t").replace("\r", "\1r").replace("\n", "\1n")
        outer = f"{name}={inner}".replace("\1", "\0011")
        assert outer in fields, name


def test_what_makes_one_command_too_long_goes_in_a_second(scene, front, believing):
    """A real Dovecot takes both, and hangs up where a proxy of its own makes do with
    one."""
    dovecot = believing("long")
    usher = front(dovecot, forward={"variables": {"long": "x" * 740}})
    client = scene.pop3(usher, source=scene.address())
    assert client.login("jane", "secret") == b"+OK Logged in."
    seen = dovecot.login("jane")
    assert seen["rip"] == client.local[0]
    assert seen["forward_long"] == "x" * 740


def test_what_fits_into_none_is_left_out_the_last_first(scene, front, fake):
    usher = front(fake, forward={"variables": {
        "first": "a" * 300, "second": "b" * 300, "third": "c" * 300, "fourth": "d"}})
    usher.expected_events.add("forward.left-out")
    assert scene.pop3(usher).login("jane", "secret") == b"+OK Logged in."
    assert list(variables(xclients(fake)[-1])) == ["first", "second"]
    assert usher.wait_for_log("forward.left-out")["variables"] == 2


# ---- the word of a proxy before us -----------------------------------------------------

def test_a_trusted_proxy_is_believed(scene, front, believing):
    dovecot = believing("one", "two")
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    client = scene.pop3(usher, greeting=False)
    assert client.read_line() == b"+OK [XCLIENT] usher ready."
    assert client.command(CLAIM) == b"+OK Updated"
    client.login("jane", "secret")
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["rport"], seen["session"]) == (
        "192.0.2.7", "4711", "up/1+stream")
    assert (seen["forward_one"], seen["forward_two"]) == ("1", "second value")
    ours = usher.wait_for_log("session.login", session="up/1+stream")
    assert (ours["rip"], ours["lip"], ours["real_rip"]) == (
        "192.0.2.7", "192.0.2.1", "127.0.0.1")


def test_trust_is_of_a_network(scene, front, believing):
    friend, stranger = scene.address(), scene.address()
    dovecot = believing("one")
    usher = front(dovecot, login_trusted_networks=[friend.ip])
    for host, reply in ((friend, b"+OK Updated"), (stranger, IGNORED)):
        client = scene.pop3(usher, source=host, greeting=False)
        assert (b"[XCLIENT]" in client.read_line()) == (host is friend)
        assert client.command(CLAIM) == reply
        client.login("jane", "secret")
    believed, ignored = dovecot.logins("jane", count=2)
    assert believed["rip"] == "192.0.2.7"
    assert (ignored["rip"], ignored["forward_one"]) == (stranger.ip, "")
    assert ignored["session"] != "up/1+stream"
    usher.wait_for_log("forward.ignored", rip=stranger.ip)


def test_xoip_is_the_address_alone(scene, front, believing):
    dovecot = believing()
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    client = scene.pop3(usher)
    assert client.command(b"XOIP 2001:db8::7") == b"+OK Updated"
    client.login("jane", "secret")
    assert dovecot.login("jane")["rip"] == "2001:db8::7"
    stranger = scene.pop3(front(dovecot), source=scene.address())
    assert stranger.command(b"XOIP 192.0.2.66") == IGNORED
    stranger.login("jane", "secret")
    assert dovecot.logins("jane", count=2)[1]["rip"] == stranger.local[0]


def test_a_bad_value_spoils_all_of_it(scene, front, fake):
    """Dovecot 2.3 would have half of an identity."""
    client = scene.pop3(front(fake, login_trusted_networks=LOOPBACK))
    for bad in (b"PORT=0", b"PORT=65536", b"ADDR=somewhere", b"ADDR=IPV6:2001:db8::1",
                b"TTL=many", b"FORWARD=!", b"DESTNAME=a/b", b"DESTADDR=", b"DESTPORT=-1"):
        assert client.command(b"XCLIENT ADDR=192.0.2.66 " + bad) == (
            b"-ERR Invalid parameters"), bad
    assert client.command(b"XCLIENT PORT=4711 NAME=x y SESSION=") == b"+OK Updated"
    client.login("jane", "secret")
    sent = xclients(fake)[0]
    assert (sent["ADDR"], sent["PORT"]) == (client.local[0], "4711")


def test_it_outlives_stls(scene, front, believing):
    dovecot = believing()
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    client = scene.pop3(usher)
    client.ok(CLAIM)
    client.stls(scene.pki.client_context())
    client.login("jane", "secret")
    assert dovecot.login("jane")["rip"] == "192.0.2.7"


def test_a_login_may_stand_behind_it_in_the_same_segment(scene, front, fake):
    """As Dovecot's proxies send it."""
    client = scene.pop3(front(fake, login_trusted_networks=LOOPBACK))
    client.send(CLAIM + b"\r\nUSER jane\r\nPASS secret\r\nSTAT\r\n")
    assert [client.read_line() for _ in range(4)] == [
        b"+OK Updated", b"+OK", b"+OK Logged in.", b"+OK 0 0"]
    assert xclients(fake)[0]["ADDR"] == "192.0.2.7"


# ---- several in a row, and in a circle ---------------------------------------------------

@pytest.fixture
def hop(make_usher, scene):
    """A usher that trusts whoever is before it."""
    def make(*backends, **config):
        return make_front(make_usher, scene, *backends, listeners=["pop3"], **{
            "login_trusted_networks": LOOPBACK, **config})
    return make


def test_two_in_a_row(scene, hop, believing):
    dovecot = believing("inner", "outer")
    inner = hop(dovecot, forward={"variables": {"inner": "yes"}})
    outer = hop(inner, forward={"variables": {"outer": "yes"}})
    client = scene.pop3(outer, source=scene.address())
    client.login("jane", "secret")
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["rport"]) == (client.local[0], str(client.local[1]))
    assert (seen["forward_outer"], seen["forward_inner"]) == ("yes", "yes")
    for usher in (outer, inner):
        login = usher.wait_for_log("session.login")
        assert (login["session"], login["lip"]) == (seen["session"], outer.host)
    assert client.local[0] in inner.ctl("who")


def test_a_dovecot_before_us(scene, hop, believing):
    """Its proxy's word is taken, as usher's is taken by the Dovecot behind."""
    backend = believing("one")
    usher = hop(backend)
    proxy = believing(users=())
    proxy.add_user("jane", "secret", proxy=None, host=usher.host,
                   port=usher.ports["pop3"], forward_one="1")
    client = scene.pop3(proxy, source=scene.address())
    assert client.login("jane", "secret") == b"+OK Logged in."
    client.ok(b"STAT")
    seen = backend.login("jane")
    assert (seen["rip"], seen["forward_one"]) == (client.local[0], "1")
    assert seen["session"] == usher.wait_for_log("session.login")["session"]


def test_each_hop_takes_one_off(scene, hop, fake):
    outer = hop(hop(fake), forward={"ttl": 17})
    scene.pop3(outer).login("jane", "secret")
    assert xclients(fake)[0]["TTL"] == "15"


@pytest.mark.parametrize("claimed, sent", [("2", "1"), ("1", None), ("0", None)])
def test_the_last_hop(scene, hop, fake, claimed, sent):
    usher = hop(fake)
    client = scene.pop3(usher)
    client.ok(f"XCLIENT TTL={claimed}".encode())
    reply = client.login("jane", "secret")
    if sent is None:
        usher.expected_events.add("proxy.ttl")
        assert reply == MISCONFIGURED
        assert fake.connections == []
        usher.wait_for_log("proxy.ttl", user="jane", backend="a")
        client.ok(b"NOOP")      # the connection is still good
    else:
        assert reply == b"+OK Logged in."
        assert xclients(fake)[0]["TTL"] == sent


def test_two_that_point_at_each_other(scene, make_usher):
    """The login comes by ttl times, each time one lower, and is then refused in words
    that go all the way back."""
    one, other = (make_front(make_usher, scene, listeners=["pop3"], start=False,
                             login_trusted_networks=LOOPBACK, forward={"ttl": 5})
                  for _ in range(2))
    for usher, next_hop in ((one, other), (other, one)):
        usher.configure(director={"backends": [backend_row("next", next_hop)]})
        usher.expected_events |= {"proxy.ttl", "proxy.failed"}
    for usher in (one, other):
        usher.start()
    client = scene.pop3(one)
    assert client.login("jane", "secret") == MISCONFIGURED
    client.ok(b"NOOP")
    lookups = [len(u.log_lines("session.state", to="lookup")) for u in (one, other)]
    assert sum(lookups) == 5
    stops = one.log_lines("proxy.ttl") + other.log_lines("proxy.ttl")
    assert [s["user"] for s in stops] == ["jane"]


def test_one_that_points_at_itself(scene, make_usher):
    usher = make_front(make_usher, scene, listeners=["pop3"], start=False,
                       login_trusted_networks=LOOPBACK)
    usher.configure(director={"backends": [backend_row("me", usher)]})
    usher.expected_events.add("proxy.loop")
    usher.start()
    client = scene.pop3(usher)
    assert client.login("jane", "secret") == UNAVAILABLE
    usher.wait_for_log("proxy.loop", backend="me", user="jane")
    client.ok(b"NOOP")
