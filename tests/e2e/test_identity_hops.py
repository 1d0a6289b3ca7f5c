"""Several proxies in a row, and in a circle."""
import pytest

from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front, users_file
from lib.usher import backend_row

UNAVAILABLE = ("NO", b"[UNAVAILABLE] Account is temporarily unavailable.")
SERVERBUG = ("NO", b"[SERVERBUG] Account is temporarily unavailable.")


@pytest.fixture
def hop(make_usher, scene):
    """A usher that trusts whoever is before it."""
    def make(*backends, **config):
        return make_front(make_usher, scene, *backends, listeners=["imap"], **{
            "login_trusted_networks": LOOPBACK, **config})
    return make


def test_two_in_a_row(scene, hop):
    """One client, one session, however many tell of it."""
    dovecot = scene.dovecot(trusted=LOOPBACK, forwarded=("inner", "outer"))
    inner = hop(dovecot, forward={"variables": {"inner": "yes"}})
    outer = hop(inner, forward={"variables": {"outer": "yes"}})
    host = scene.address()
    client = scene.imap(outer, source=host)
    client.login("jane", "secret")
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["rport"]) == (host.ip, str(client.local[1]))
    assert seen["lip"] == outer.host
    assert (seen["forward_outer"], seen["forward_inner"]) == ("yes", "yes")
    for usher in (outer, inner):
        assert usher.wait_for_log("session.login")["session"] == seen["session"]
    who = inner.ctl("who")
    assert host.ip in who


def test_a_dovecot_before_us(scene, hop):
    """Its proxy's word is taken, as usher's is taken by the Dovecot behind."""
    backend = scene.dovecot(trusted=LOOPBACK, forwarded=("one",))
    usher = hop(backend)
    proxy = scene.dovecot(users=(), trusted=LOOPBACK)
    proxy.add_user("jane", "secret", proxy=None, host=usher.host,
                   port=usher.ports["imap"], forward_one="1")
    host = scene.address()
    client = scene.imap(proxy, source=host)
    assert client.login("jane", "secret").status == "OK"
    client.ok(b"SELECT INBOX")
    seen = backend.login("jane")
    assert (seen["rip"], seen["lip"], seen["forward_one"]) == (host.ip, proxy.host, "1")
    assert seen["session"] == usher.wait_for_log("session.login")["session"]


def test_each_hop_takes_one_off(scene, hop):
    fake = scene.fake(FakeImap())
    inner = hop(fake)
    outer = hop(inner, forward={"ttl": 17})
    scene.imap(outer).login("jane", "secret")
    assert b'"x-proxy-ttl" "15"' in fake.connection().wire.octets()


@pytest.mark.parametrize("claimed, sent", [("2", b'"x-proxy-ttl" "1"'), ("1", None)])
def test_the_last_hop(scene, hop, claimed, sent):
    fake = scene.fake(FakeImap())
    usher = hop(fake)
    client = scene.imap(usher)
    client.id(x_proxy_ttl=claimed)
    reply = client.login("jane", "secret")
    if sent is None:
        usher.expected_events.add("proxy.ttl")
        assert reply[:2] == SERVERBUG
        assert fake.connections == []
        usher.wait_for_log("proxy.ttl", user="jane", backend="a")
        client.ok(b"NOOP")      # the connection is still good
    else:
        assert reply.status == "OK"
        assert sent in fake.connection().wire.octets()


@pytest.mark.parametrize("ttl", [2, 5])
def test_two_that_point_at_each_other(scene, make_usher, ttl):
    """The login comes by ttl times, each time one lower, and is then refused in words
    that go all the way back."""
    one, other = (make_front(make_usher, scene, listeners=["imap"], start=False,
                             login_trusted_networks=LOOPBACK, forward={"ttl": ttl})
                  for _ in range(2))
    for usher, next_hop in ((one, other), (other, one)):
        usher.configure(director={"backends": [backend_row("next", next_hop)]})
        usher.expected_events |= {"proxy.ttl", "proxy.failed"}
    for usher in (one, other):
        usher.start()

    client = scene.imap(one)
    assert client.login("jane", "secret")[:2] == SERVERBUG
    client.ok(b"NOOP")
    lookups = [len(u.log_lines("session.state", to="lookup")) for u in (one, other)]
    assert sum(lookups) == ttl
    stops = one.log_lines("proxy.ttl") + other.log_lines("proxy.ttl")
    assert [s["user"] for s in stops] == ["jane"]


def test_ttl_is_in_the_log_for_people(scene, hop):
    usher = hop(scene.fake(FakeImap()), log={"format": "dovecot"})
    client = scene.imap(usher)
    client.id(x_proxy_ttl="1")
    client.login("jane", "secret")
    line = usher.log.wait_for("Error: .*TTL")
    assert ("Aborting due to remote server: TTL reached zero - proxies appear to be "
            "looping?: user=<jane>, method=PLAIN, rip=127.0.0.1, ") in line


def test_one_that_points_at_itself(scene, make_usher):
    usher = make_front(make_usher, scene, listeners=["imap"], start=False,
                       login_trusted_networks=LOOPBACK)
    usher.configure(director={"backends": [backend_row("me", usher)]})
    usher.expected_events.add("proxy.loop")
    usher.start()
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == UNAVAILABLE
    usher.wait_for_log("proxy.loop", backend="me", user="jane")
    assert len(usher.log_lines("session.state", to="lookup")) == 1
    client.ok(b"NOOP")


def test_one_that_comes_back_under_another_name(scene, make_usher):
    """That is no loop yet: the second name's backend is somewhere else."""
    fake = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, fake, listeners=["imap"], start=False,
                       login_trusted_networks=LOOPBACK)
    usher.configure(auth=[users_file(
        usher, "alias:{{PLAIN}}secret::::::host={0} port={1} destuser=jane\n"
               "jane:{{PLAIN}}secret::::::host={2} port={3}\n".format(
                   usher.host, usher.ports["imap"], fake.host, fake.port))])
    usher.start()
    assert scene.imap(usher).login("alias", "secret").status == "OK"
    octets = fake.connection().wire.octets()
    assert b'"x-proxy-ttl" "3"' in octets and b'LOGIN "jane" "secret"' in octets


def test_a_lookup_that_distrusts_the_next_hop(scene, make_usher):
    fake = scene.fake(FakeImap())
    usher = make_front(make_usher, scene, fake, listeners=["imap"], start=False,
                       login={"allow_cleartext": True})
    usher.configure(auth=[users_file(
        usher, "jane:{PLAIN}secret::::::host=a proxy_not_trusted=y\n")])
    usher.start()
    scene.imap(usher).login("jane", "secret")
    assert fake.connection().wire.octets() == b'L LOGIN "jane" "secret"\r\n'
