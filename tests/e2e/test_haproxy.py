"""The PROXY protocol: a balancer tells usher who its client is, and usher tells a backend
that takes no other word. The notes on the protocol say what real servers take."""
import struct
import subprocess

import pytest

from lib.deadline import wait_until
from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front
from lib.imapclient import ImapClient
from lib.process import Program
from lib.usher import backend_row

CLIENT, VIP = "192.0.2.7", "198.51.100.8"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v1(client=CLIENT, vip=VIP):
    return f"PROXY TCP4 {client} {vip} 4321 143\r\n".encode()


def v2(command=0x21, family=0x11, addresses=None, tlvs=b"", length=None):
    """Version and command, family and transport, the addresses as they are on the wire."""
    if addresses is None:
        addresses = bytes([192, 0, 2, 7, 198, 51, 100, 8]) + struct.pack(">HH", 4321, 143)
    rest = addresses + tlvs
    return SIGNATURE + struct.pack(">BBH", command, family,
                                   len(rest) if length is None else length) + rest


def tlv(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


ADDRESSES6 = (bytes.fromhex("20010db8" + "00" * 11 + "07" + "20010db8" + "00" * 11 + "08")
              + struct.pack(">HH", 4321, 143))
TLS13 = tlv(0x20, b"\x01\0\0\0\x01" + tlv(0x21, b"TLSv1.3"))


@pytest.fixture
def front(make_usher, scene):
    """usher whose listeners want a header: balanced, and balanced-tls."""
    def make(backend=None, haproxy_trusted_networks=LOOPBACK, **config):
        usher = make_front(make_usher, scene, backend or scene.fake(FakeImap()),
                           listeners=[], start=False,
                           haproxy_trusted_networks=haproxy_trusted_networks,
                           **{"login": {"allow_cleartext": True}, **config})
        usher.listen("balanced", protocol="imap", tls="starttls", haproxy=True)
        usher.listen("balanced-tls", protocol="imap", tls="implicit", haproxy=True)
        usher.listen("direct", protocol="imap", tls="starttls")
        return usher.start()
    return make


def connect(scene, usher, header=b"", listener="balanced", **options):
    client = scene.imap(usher, listener, greeting=False, tls=False, **options)
    client.send(header)
    return client


# ---- headers that are taken --------------------------------------------------------------

# And whom they make of the client; None: who really is there.
GOOD = {
    "v1": (v1(), CLIENT),
    "v1, IPv6": (b"PROXY TCP6 2001:db8::7 2001:db8::8 4321 143\r\n", "2001:db8::7"),
    "v1, nobody knows whom": (b"PROXY UNKNOWN\r\n", None),
    "v1, unknown with a rest": (b"PROXY UNKNOWN ffff::1 ffff::1 1 2\r\n", None),
    "v2": (v2(), CLIENT),
    "v2, IPv6": (v2(family=0x21, addresses=ADDRESSES6), "2001:db8::7"),
    "v2, a health check": (v2(command=0x20, family=0, addresses=b""), None),
    "v2, a health check with addresses": (v2(command=0x20), None),
    "v2, of no family": (v2(family=0, addresses=b""), None),
    "v2, a UNIX socket": (v2(family=0x31, addresses=b"\0" * 216), None),
    "v2 with more": (v2(tlvs=tlv(1, b"imap") + tlv(5, b"sess-1") + tlv(4, b"\0" * 500)),
                     CLIENT),
}


@pytest.mark.parametrize("what", GOOD)
def test_a_header(scene, front, what):
    """Whole, octet by octet, with a command right behind it."""
    header, client_ip = GOOD[what]
    fake = scene.fake(FakeImap())
    usher = front(fake)
    for i in range(3):
        client = connect(scene, usher)
        if i == 0:
            client.send(header)
            client.greeting()
        elif i == 1:
            client.dribble(header, pause=0.0002)
            client.greeting()
        else:
            client.send(header + b"b NOOP\r\n")
            client.greeting()
            assert client.reply(b"b").status == "OK"
        assert client.login("jane", "secret").status == "OK"
        told = fake.connection(i).wire.octets()
        expected = client_ip or "127.0.0.1"
        assert f'"x-originating-ip" "{expected}"'.encode() in told
    logins = usher.wait_for_logs("session.login", 3)
    assert {login["rip"] for login in logins} == {client_ip or "127.0.0.1"}


def test_the_address_that_was_connected_to(scene, front):
    fake = scene.fake(FakeImap())
    client = connect(scene, front(fake), v1())
    client.greeting()
    client.login("jane", "secret")
    told = fake.connection().wire.octets()
    for name, value in (("originating-port", "4321"), ("connected-ip", VIP),
                        ("connected-port", "143")):
        assert f'"x-{name}" "{value}"'.encode() in told


@pytest.mark.parametrize("header", [v1(), v2()])
def test_before_tls(scene, front, header):
    """By itself, or in one segment with the client's first octets of TLS."""
    usher = front()
    for alone, together in ((header, b""), (b"", header)):
        client = connect(scene, usher, alone, "balanced-tls")
        client.start_tls(scene.pki.client_context(), usher.host, in_front=together)
        client.greeting()
        assert client.login("jane", "secret").status == "OK"
    logins = usher.wait_for_logs("session.login", 2)
    assert [login["rip"] for login in logins] == [CLIENT] * 2


def test_starttls_behind_it(scene, front):
    usher = front()
    client = connect(scene, usher, v2())
    client.greeting()
    client.starttls(scene.pki.client_context())
    assert client.login("jane", "secret").status == "OK"
    assert usher.wait_for_log("session.login")["rip"] == CLIENT


def test_a_balancer_that_ends_tls(scene, front):
    """Its client is as safe as one of ours, and is offered no second TLS."""
    fake = scene.fake(FakeImap())
    usher = front(fake, login={})
    client = connect(scene, usher, v2(tlvs=tlv(2, b"mail.example.com") + TLS13))
    greeting = client.greeting()
    assert b"STARTTLS" not in greeting and b"AUTH=PLAIN" in greeting
    assert client.login("jane", "secret").status == "OK"
    assert usher.wait_for_log("session.login")["secured"] == "TLS"
    told = fake.connection().wire.octets()
    assert b'"x-client-transport" "TLS"' in told
    assert b'"x-connected-name" "mail.example.com"' in told

    other = connect(scene, usher, v2())
    assert b"LOGINDISABLED" in other.greeting()


# ---- headers that are not -------------------------------------------------------------------

BAD = {
    "none": b"a NOOP\r\n",
    "lower case": v1().lower(),
    "an end without CR": v1().replace(b"\r\n", b"\n"),
    "two blanks": v1().replace(b" 4321", b"  4321"),
    "a field too many": v1().replace(b"\r\n", b" x\r\n"),
    "a port too large": v1().replace(b"4321", b"65536"),
    "a port with a zero in front": v1().replace(b"4321", b"04321"),
    "an address of another family": v1("2001:db8::7"),
    "no address": v1("mail.example.com"),
    "a line without end": b"PROXY TCP4 " + b"1" * 200,
    "a NUL": v1().replace(b"4321", b"43\x0021"),
    "v2, datagrams": v2(family=0x12),
    "v2, version 1": v2(command=0x11),
    "v2, no such command": v2(command=0x22),
    "v2, no such family": v2(family=0x41),
    "v2, too short": v2(addresses=b"\0" * 11),
    "v2, a piece that is cut off": v2(tlvs=b"\x05\0\x09short"),
    "v2, a sum that is wrong": v2(tlvs=tlv(3, b"\0\0\0\0")),
    "v2, too long": v2(length=5000),
    "TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("what", BAD)
def test_no_header(scene, front, what):
    """Not a word to it; the log has one."""
    usher = front()
    usher.expected_events.add("haproxy.bad")
    client = connect(scene, usher, BAD[what])
    assert client.read_to_end() == b""
    usher.wait_for_log("haproxy.bad", rip="127.0.0.1")
    usher.wait_for_log("session.ended", why="PROXY header not valid")


def test_one_that_breaks_off(scene, front):
    usher = front()
    usher.expected_events.add("haproxy.bad")
    connect(scene, usher, v2()[:20]).close()
    usher.wait_for_log("haproxy.bad", what="connection closed")


def test_one_that_does_not_come(scene, front):
    usher = front(haproxy_timeout="300ms")
    for header in (b"", v1()[:-1], v2()[:-1]):
        assert connect(scene, usher, header).read_to_end() == b""
    usher.wait_for_logs("session.ended", 3, why="PROXY header did not come")


def test_a_look_whether_somebody_is_there(scene, front):
    """As balancers do all the time, without a header: no reason to warn."""
    usher = front()
    connect(scene, usher).close()
    usher.wait_for_log("session.ended", why="Connection closed")
    assert usher.log_lines("haproxy.bad") == []


# ---- who may send one -------------------------------------------------------------------------

def test_only_a_balancer_of_ours(scene, front):
    balancer = scene.address()
    usher = front(haproxy_trusted_networks=[str(balancer)])
    stranger = connect(scene, usher, v1())
    assert stranger.read_to_end() == b""
    usher.wait_for_log("session.ended", rip="127.0.0.1",
                       why="Client is not in haproxy_trusted_networks")
    client = connect(scene, usher, v1(), source=balancer)
    client.greeting()


def test_elsewhere_it_is_nonsense(scene, front):
    """A listener that wants none takes nobody's word: an attacker would choose it."""
    usher = front()
    client = connect(scene, usher, v1(), "direct")
    client.greeting()
    assert client.reply(b"PROXY").status == "BAD"
    client = connect(scene, usher, v2(), "direct")
    client.greeting()
    assert client.read_to_end().endswith(b"* BYE Too many invalid IMAP commands.\r\n")
    usher.wait_for_log("session.ended", rip="127.0.0.1")


def test_trust_goes_by_whom_it_names(scene, front):
    """As in Dovecot: a webmail server behind the balancer may say who its user is, and
    the balancer's other clients may not."""
    fake = scene.fake(FakeImap())
    usher = front(fake, login={}, login_trusted_networks=[CLIENT])
    for i, (ip, told) in enumerate(((CLIENT, "203.0.113.9"), ("192.0.2.8", "192.0.2.8"))):
        client = connect(scene, usher, v1(ip))
        client.greeting()
        client.id(x_originating_ip="203.0.113.9")
        if ip != CLIENT:
            assert client.login("jane", "secret").text.startswith(b"[PRIVACYREQUIRED]")
            client.starttls(scene.pki.client_context())
        assert client.login("jane", "secret").status == "OK"
        expected = f'"x-originating-ip" "{told}"'.encode()
        assert expected in fake.connection(i).wire.octets()


# ---- HAProxy itself -----------------------------------------------------------------------------

@pytest.fixture
def haproxy(scene):
    """HAProxy before a listener of usher's, and TLS before that: ports "clear", "tls"."""
    made = []

    def make(usher, listener, options):
        address = scene.address()
        folder = scene.run.folder / scene.run.new_name("haproxy")
        folder.mkdir()
        certificate = scene.pki.certificate(address.ip)
        pem = folder / "both.pem"
        pem.write_bytes(certificate.cert.read_bytes() + certificate.key.read_bytes())
        (folder / "conf").write_text(f"""\
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend clear
    bind {address}:10143
    default_backend usher
frontend tls
    bind {address}:10993 ssl crt {pem}
    default_backend usher
backend usher
    server usher {usher.host}:{usher.ports[listener]} {options} check inter 50ms
""")
        program = Program("haproxy", ["/usr/sbin/haproxy", "-db", "-f", folder / "conf"],
                          folder)
        program.start()
        made.append(program)
        balancer = Balancer(address.ip)
        wait_until(lambda: listens(program, balancer), 10.0, "haproxy to listen")
        return balancer
    yield make
    for program in made:
        program.kill()


class Balancer:
    def __init__(self, host):
        self.host = host
        self.ports = {"imap": 10143, "imaps": 10993}


def listens(program, balancer):
    program.ensure_running()
    try:
        ImapClient.to(balancer.host, balancer.ports["imap"]).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("options", ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl",
                                     "send-proxy-v2 proxy-v2-options ssl,authority,crc32c"])
def test_haproxy(scene, front, haproxy, options):
    """And its health checks, many times a second, which are no reason to complain."""
    dovecot = scene.dovecot(trusted=LOOPBACK)
    usher = front(dovecot)
    balancer = haproxy(usher, "balanced", options)
    host = scene.address()
    for listener in ("imap", "imaps"):
        client = scene.imap(balancer, listener, source=host)
        assert client.login("jane", "secret").status == "OK"
        client.ok(b"SELECT INBOX")
        seen = dovecot.login("jane")
        assert (seen["rip"], seen["lip"]) == (host.ip, balancer.host)
        assert seen["rport"] == str(client.local[1])
    secured = [s.get("secured") for s in usher.wait_for_logs("session.login", 2)]
    assert secured == [None, "TLS" if "ssl" in options else None]
    usher.wait_for_logs("session.ended", 4, timeout=10)     # health checks


# ---- to a backend ----------------------------------------------------------------------------------

@pytest.mark.parametrize("tls", ["off", "starttls", "implicit"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_to_a_dovecot(scene, make_usher, version, tls):
    """One that is told by the header, and by nothing else."""
    dovecot = scene.dovecot(haproxy=True)
    usher = make_front(make_usher, scene, start=False, login={"allow_cleartext": True})
    usher.configure(director={"backends": [backend_row(
        "a", dovecot, imap=dovecot.ports["imap_haproxy"],
        imaps=dovecot.ports["imaps_haproxy"], send_proxy=version, tls=tls,
        ca_file=str(scene.pki.ca_file))]})
    usher.start()
    host = scene.address()
    client = scene.imap(usher, source=host)
    assert client.login("jane", "secret").status == "OK"
    client.ok(b"SELECT INBOX")
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["rport"]) == (host.ip, str(client.local[1]))
    assert (seen["lip"], seen["lport"]) == (usher.host, str(usher.ports["imap"]))
    assert seen["real_rip"] == "127.0.0.1"
    assert dovecot.log.find("ID sent: x-") == []


@pytest.mark.parametrize("version, header", [
    ("v1", b"PROXY TCP4 192.0.2.7 198.51.100.8 4321 143\r\n"), ("v2", v2())])
def test_from_a_balancer_to_a_backend(scene, front, version, header):
    """What the first was told goes on to the last, in one piece of its own."""
    fake = scene.fake(lambda wire: (wire.read_exactly(len(header)), FakeImap()(wire)))
    usher = front(fake, director={"backend_defaults": {"send_proxy": version}})
    client = connect(scene, usher, v1())
    client.greeting()
    assert client.login("jane", "secret").status == "OK"
    first = fake.connection().wire.segments[0].octets
    assert first == header


