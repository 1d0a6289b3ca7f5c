"""The backend learns who the client is: from usher, and through usher from a trusted
proxy before it. What Dovecot's log shows counts; where octets matter, a fake backend
has them."""
import re

import pytest

from lib.fake_imap import CAPABILITY, FakeImap
from lib.front import LOOPBACK, make_front, users_file
from lib.imapclient import quoted

BAD = ("BAD", b"Invalid ID parameters")

# What a proxy before usher may say, and where Dovecot shows it.
CLAIM = {"x_originating_ip": "192.0.2.7", "x_originating_port": "4711",
         "x_connected_ip": "192.0.2.1", "x_connected_port": "993",
         "x_session_id": "up/1+stream", "x_proxy_ttl": "3", "x_forward_one": "1"}
SHOWN = {"rip": "192.0.2.7", "rport": "4711", "lip": "192.0.2.1", "lport": "993",
         "session": "up/1+stream", "forward_one": "1"}


@pytest.fixture
def front(make_usher, scene):
    """front(backend, ...): passwords may come in the clear, whoever brings them."""
    def make(backend, **config):
        return make_front(make_usher, scene, backend, **{
            "login": {"allow_cleartext": True, "max_bad_commands": 100}, **config})
    return make


@pytest.fixture
def believing(scene):
    """A Dovecot that believes usher, and logs what it is told."""
    def make(*forwarded):
        return scene.dovecot(trusted=LOOPBACK, forwarded=forwarded)
    return make


def id_sent(fake, number=0):
    """The octets of ID that usher sent, tag and CRLF left out."""
    octets = fake.connection(number).wire.octets()
    return re.search(rb"^I (ID \(.*?\))\r\nL ", octets, re.M | re.S)[1]


def pairs_sent(fake, number=0):
    """The same as a list of names and values, if all of them are quoted."""
    words = re.findall(rb'"((?:[^"\\]|\\.)*)"|(NIL)', id_sent(fake, number))
    texts = [(a or b).decode() for a, b in words]
    return list(zip(texts[::2], texts[1::2]))


# ---- usher's own word -----------------------------------------------------------------

def test_the_client_and_its_session(scene, front, believing):
    dovecot = believing()
    usher = front(dovecot)
    host = scene.address()
    client = scene.imap(usher, source=host)
    client.login("jane", "secret")
    seen, ours = dovecot.login("jane"), usher.wait_for_log("session.login")
    assert (seen["rip"], seen["rport"]) == (host.ip, str(client.local[1]))
    assert (seen["lip"], seen["lport"]) == (usher.host, "10143")
    assert (seen["real_rip"], seen["real_lip"]) == ("127.0.0.1", dovecot.host)
    assert seen["session"] == ours["session"]
    assert re.fullmatch(r"[A-Za-z0-9+/]{16}", seen["session"])


def test_it_is_the_same_in_tls(scene, front, believing):
    dovecot = believing()
    client = scene.imap(front(dovecot), "imaps", source=scene.address())
    client.login("jane", "secret")
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["lport"]) == (client.local[0], "10993")


def test_a_backend_that_does_not_trust_us(scene, front, dovecot):
    """Nothing goes wrong; it only sees usher."""
    usher = front(dovecot)
    scene.imap(usher, source=scene.address()).login("jane", "secret")
    assert dovecot.login("jane")["rip"] == "127.0.0.1"


def test_in_the_words_and_the_order_of_dovecot(scene, front):
    fake = scene.fake(FakeImap())
    usher = front(fake, forward={"variables": {"cluster": "eu-1"}})
    client = scene.imap(usher, "imaps", server_name="mail.example.com")
    client.login("jane", "secret")
    ip, port = client.local
    assert pairs_sent(fake) == [
        ("x-session-id", usher.wait_for_log("session.login")["session"]),
        ("x-originating-ip", ip), ("x-originating-port", str(port)),
        ("x-connected-ip", usher.host), ("x-connected-port", "10993"),
        ("x-proxy-ttl", "4"), ("x-client-transport", "TLS"),
        ("x-connected-name", "mail.example.com"), ("x-forward-cluster", "eu-1")]


def test_in_the_clear_is_said_to_be_insecure(scene, front):
    fake = scene.fake(FakeImap())
    scene.imap(front(fake)).login("jane", "secret")
    sent = dict(pairs_sent(fake))
    assert sent["x-client-transport"] == "insecure"
    assert "x-connected-name" not in sent


# ---- to whom it is told ------------------------------------------------------------------

def test_a_backend_that_lists_no_id(scene, front):
    fake = scene.fake(FakeImap(capability="IMAP4rev1 LITERAL+"))
    scene.imap(front(fake)).login("jane", "secret")
    assert fake.connection().wire.octets() == b'L LOGIN "jane" "secret"\r\n'


def test_a_backend_that_lists_nothing_is_asked_first(scene, front):
    """Dovecot's proxies forget the client here."""
    fake = scene.fake(FakeImap(in_greeting=False))
    scene.imap(front(fake)).login("jane", "secret")
    segments = [s.octets for s in fake.connection().wire.segments]
    assert segments[0] == b"C CAPABILITY\r\n"
    assert segments[1].startswith(b"I ID (")


def test_nothing_of_it_crosses_in_the_clear_where_there_is_tls(scene, front):
    fake = scene.fake(FakeImap(certificate=scene.pki.certificate("fake.test")))
    usher = front(fake, access={"tls": "starttls", "verify": False})
    usher.expected_events.add("backend.unverified")
    scene.imap(usher).login("jane", "secret")
    wire = fake.connection().wire
    assert wire.octets(tls=False) == b"S STARTTLS\r\n"
    assert wire.octets(tls=True).startswith(b"C CAPABILITY\r\nI ID (")


def test_a_backend_that_is_not_to_know(scene, front):
    fake = scene.fake(FakeImap())
    scene.imap(front(fake, access={"send_identity": False})).login("jane", "secret")
    assert b"ID" not in fake.connection().wire.octets()


# ---- variables ---------------------------------------------------------------------------

def test_who_has_the_last_word_on_a_variable(scene, front, believing):
    """The configuration, then the lookup, then the proxy before us."""
    names = ("conf", "lookup", "up", "a", "b")
    dovecot = believing(*names)
    usher = front(dovecot, login_trusted_networks=LOOPBACK,
                  forward={"variables": {"conf": "from-conf", "a": "from-conf",
                                         "b": "from-conf"}},
                  start=False)
    fields = "forward_lookup=from-lookup forward_a=from-lookup forward_b=from-lookup"
    usher.configure(auth=[users_file(
        usher, f"jane:{{PLAIN}}secret::::::host=a {fields}\n")])
    usher.start()
    client = scene.imap(usher)
    client.id(x_forward_up="from-up", x_forward_a="from-up", x_forward_lookup="from-up",
              x_forward_conf="from-up")
    client.login("jane", "secret")
    seen = dovecot.login("jane")
    assert [seen[f"forward_{n}"] for n in names] == [
        "from-conf", "from-lookup", "from-up", "from-conf", "from-conf"]


AWKWARD = {"quotes": 'a"b\\c', "blanks": " d  e ", "utf-8": "ä€", "equals": "f=g,h;i",
           "many": '""""""', "lines": "j\r\nk\ttab", "long": "x" * 1024}


def test_awkward_values(scene, front, dovecot):
    """Whatever is in them, Dovecot's auth gets the same octets."""
    dovecot = scene.dovecot(trusted=LOOPBACK)
    usher = front(dovecot, forward={"variables": AWKWARD})
    scene.imap(usher).login("jane", "secret")
    session = usher.wait_for_log("session.login")["session"]
    dovecot.login("jane")
    request = dovecot.auth_requests(session)[0]
    fields = [f for f in request if f.startswith("forward_fields=")][0]
    # Dovecot escapes: the list as the protocol's value, each value as the list's.
    for name, value in AWKWARD.items():
        inner = value.replace("\t", "\1t").replace("\r", "\1r").replace("\n", "\1n")
        outer = f"{name}={inner}".replace("\1", "\0011")
        assert outer in fields, name


def test_what_no_backend_would_take_is_left_out(scene, front, believing):
    """The login goes on; the log says so."""
    dovecot = believing("good")
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    usher.expected_events.add("forward.left-out")
    client = scene.imap(usher)
    client.ok(b'ID ("x-forward-good" "yes" "x-forward-long" {1025+}\r\n' + b"x" * 1025
              + b' "x-forward-a b" "blank")')
    assert client.login("jane", "secret").status == "OK"
    assert dovecot.login("jane")["forward_good"] == "yes"
    assert usher.wait_for_log("forward.left-out")["variables"] == 2


def test_there_may_be_very_many(scene, front):
    """All that fits goes on, in one list that every kind of backend can take."""
    fake = scene.fake(FakeImap())
    usher = front(fake, login_trusted_networks=LOOPBACK)
    usher.expected_events.add("forward.left-out")
    client = scene.imap(usher)
    many = b" ".join(b'"x-forward-n%d" "%b"' % (i, b"v" * 100) for i in range(200))
    client.ok(b"ID (" + many + b")")
    assert client.login("jane", "secret").status == "OK"
    sent = [name for name, _ in pairs_sent(fake) if name.startswith("x-forward-")]
    assert sent == [f"x-forward-n{i}" for i in range(len(sent))]
    assert len(sent) + usher.log_lines("forward.left-out")[0]["variables"] == 200


# ---- the word of a proxy before us -----------------------------------------------------

def test_a_trusted_proxy_is_believed(scene, front, believing):
    dovecot = believing("one")
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    client = scene.imap(usher)
    reply = client.id(**CLAIM)
    assert (reply.text, reply.untagged) == (
        b"Trusted ID completed.", [b'* ID ("name" "usher")'])
    client.login("jane", "secret")
    seen = dovecot.login("jane")
    assert {k: seen[k] for k in SHOWN} == SHOWN
    ours = usher.wait_for_log("session.login", session=CLAIM["x_session_id"])
    assert (ours["rip"], ours["lip"], ours["real_rip"]) == (
        "192.0.2.7", "192.0.2.1", "127.0.0.1")


def test_trust_is_of_a_network(scene, front, believing):
    friend, stranger = scene.address(), scene.address()
    dovecot = believing("one")
    usher = front(dovecot, login_trusted_networks=[friend.ip])
    for host, words in ((friend, b"Trusted ID completed."), (stranger, b"ID completed.")):
        client = scene.imap(usher, source=host)
        assert client.id(**CLAIM).text == words
        client.login("jane", "secret")
    believed, ignored = dovecot.logins("jane", count=2)
    assert believed["rip"] == "192.0.2.7"
    assert (ignored["rip"], ignored["forward_one"]) == (stranger.ip, "")
    assert ignored["session"] != CLAIM["x_session_id"]
    usher.wait_for_log("forward.ignored", rip=stranger.ip)


def test_a_listener_may_trust_others(scene, front, believing):
    dovecot = believing("one")
    usher = front(dovecot, listeners=["imap"], start=False)
    usher.listen("inner", protocol="imap", tls="off", login_trusted_networks=LOOPBACK)
    usher.start()
    for port in ("imap", "inner"):
        client = scene.imap(usher, port)
        client.id(**CLAIM)
        client.login("jane", "secret")
    assert [s["rip"] for s in dovecot.logins("jane", count=2)] == [
        "127.0.0.1", "192.0.2.7"]


def test_a_stranger_cannot_hide_in_other_forms(scene, front):
    """In any letters, in any number, as literals: no key of ours is passed on."""
    fake = scene.fake(FakeImap())
    usher = front(fake, imap={"id_retain": True})
    client = scene.imap(usher)
    client.ok(b'ID ("X-Originating-IP" "192.0.2.7" {15+}\r\nx-forward-admin "yes" '
              b'"x-proxy-ttl" "1" "X-SESSION-ID" "mine" "x-multiplex" "0" '
              b'"name" "me" "X-Forward-" "y")')
    assert client.login("jane", "secret").status == "OK"
    sent = pairs_sent(fake)
    assert sent[0] == ("name", "me")
    assert [name for name, _ in sent[1:]] == [
        "x-session-id", "x-originating-ip", "x-originating-port", "x-connected-ip",
        "x-connected-port", "x-proxy-ttl", "x-client-transport"]
    assert dict(sent)["x-originating-ip"] == "127.0.0.1"
    assert dict(sent)["x-proxy-ttl"] == "4"


WRONG = {
    "x-originating-ip": ["", "somewhere", "192.0.2.256", "::g", "[192.0.2.7"],
    "x-connected-ip": ["192.0.2.7:143"],
    "x-originating-port": ["", "0", "65536", "-1", "143x"],
    "x-connected-port": ["0"],
    "x-proxy-ttl": ["", "0", "-1", "many", "99999999999999999999"],
    "x-session-id": ["", "x" * 65],
    "x-session-ext-id": [""],
    "x-connected-name": ["", "two words", "a/b", "x" * 256],
    "x-forward-": ["value"],
}


def test_a_bad_value_spoils_all_of_it(scene, front):
    """Half of an identity would be somebody else's."""
    fake = scene.fake(FakeImap())
    client = scene.imap(front(fake, login_trusted_networks=LOOPBACK))
    for key, values in WRONG.items():
        for value in values:
            claim = b'ID ("x-originating-ip" "192.0.2.66" "x-forward-a" "b" "%b" %b)' % (
                key.encode(), quoted(value))
            assert client.command(claim)[:2] == BAD, (key, value)
    client.ok(b'ID ("x-originating-port" "4711")')
    client.login("jane", "secret")
    sent = dict(pairs_sent(fake))
    assert sent["x-originating-ip"] == "127.0.0.1"
    assert sent["x-originating-port"] == "4711"
    assert "x-forward-a" not in sent


def test_malformed_lists(scene, front):
    client = scene.imap(front(scene.fake(FakeImap()), login_trusted_networks=LOOPBACK))
    for arguments in (b"(a b)", b'"a"', b'("%b" "v")' % (b"k" * 31), b"(NIL NIL)",
                      b'("a" "b") x'):
        assert client.command(b"ID " + arguments)[:2] == BAD, arguments
    assert client.command(b'ID ("a" ("b"))').status == "BAD"
    client.ok(b'ID ("%b" "v" "a" NIL)' % (b"k" * 30))


GOOD = [
    ("x-originating-ip", "2001:DB8::7", "2001:db8::7"),
    ("x-originating-ip", "[2001:db8::7]", "2001:db8::7"),
    ("x-originating-ip", "::ffff:192.0.2.7", "192.0.2.7"),
    ("x-session-id", "s" * 64, "s" * 64),
    ("x-session-ext-id", "ext", "ext"),
    ("x-session-id", "a b\t\"c\\d<e>é\x01", "abcde"),   # fit for every log on the way
    ("x-client-transport", "TLSv1.3 with", "TLS"),
    ("x-client-transport", "no", "insecure"),
    ("x-connected-name", "mail.example.com", "mail.example.com"),
    ("X-PROXY-TTL", "1000", "999"),
]


@pytest.mark.parametrize("key, value, forwarded", GOOD)
def test_a_good_value(scene, front, key, value, forwarded):
    fake = scene.fake(FakeImap())
    client = scene.imap(front(fake, login_trusted_networks=LOOPBACK))
    octets = value.encode()
    client.ok(b'ID ("%b" {%d+}\r\n%b)' % (key.encode(), len(octets), octets))
    client.login("jane", "secret")
    key = key.lower().replace("-ext-", "-")
    assert dict(pairs_sent(fake))[key] == forwarded


def test_the_first_that_is_good_counts(scene, front):
    fake = scene.fake(FakeImap())
    client = scene.imap(front(fake, login_trusted_networks=LOOPBACK))
    client.id(x_originating_ip="192.0.2.7", x_session_id=None, x_forward_no=None)
    client.id(x_originating_ip="192.0.2.8")
    client.login("jane", "secret")
    sent = dict(pairs_sent(fake))
    assert sent["x-originating-ip"] == "192.0.2.7"
    assert "x-forward-no" not in sent


def test_it_outlives_starttls(scene, front, believing):
    """Dovecot's proxies say it before."""
    dovecot = believing("one")
    usher = front(dovecot, login_trusted_networks=LOOPBACK)
    client = scene.imap(usher)
    client.id(**CLAIM)
    client.starttls(scene.pki.client_context())
    client.login("jane", "secret")
    assert dovecot.login("jane")["rip"] == "192.0.2.7"


# ---- what the client says of itself -----------------------------------------------------

def test_it_may_be_passed_on(scene, front):
    fake = scene.fake(FakeImap())
    usher = front(fake, imap={"id_retain": True})
    client = scene.imap(usher)
    client.ok(b'ID ("name" "tb\\"rd" "os" NIL "version" "115" "x-unknown" "kept" '
              b'"vendor" "%b" "date" "today")' % (b"v" * 250))
    client.login("jane", "secret")
    # 256 octets in all: what would be too much is left out, what fits behind it is not.
    assert [n for n, _ in pairs_sent(fake)][:4] == [
        "name", "version", "x-unknown", "date"]
    assert id_sent(fake).startswith(b'ID ("name" "tb\\"rd" "version" "115"')


def test_or_not(scene, front):
    fake = scene.fake(FakeImap())
    client = scene.imap(front(fake))
    client.id(name="tbird")
    client.login("jane", "secret")
    assert pairs_sent(fake)[0][0] == "x-session-id"


def test_what_usher_says_of_itself(scene, front):
    usher = front(scene.fake(FakeImap()),
                  imap={"id_send": {"name": "The Mail", "vendor": "a\"b"}})
    assert scene.imap(usher).id(name="tbird").untagged == [
        b'* ID ("name" "The Mail" "vendor" "a\\"b")']


def test_a_long_identity_where_literals_are_invited(scene, front):
    """ID, too, is sent piece by piece where the backend wants that."""
    fake = scene.fake(FakeImap(capability=CAPABILITY.replace(" LITERAL+", "")))
    usher = front(fake, forward={"variables": {"a": "ä", "b": "ö", "c": "plain"}})
    assert scene.imap(usher).login("jane", "pässword").status == "OK"
    tails = [s.octets[-20:] for s in fake.connection().wire.segments]
    assert [re.search(rb"\{(\d+)\}\r\n$", t) is not None for t in tails] == [
        True, True, True, False]
