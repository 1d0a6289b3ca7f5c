"""The dovecot driver: a real Dovecot auth server, with SQL and LDAP behind it."""
import time

import pytest

from lib import sasl
from lib.dovecot_auth import (LDAP_CONF, LDAP_PASSDB, SQL_CONF, SQL_PASSDB,
                              DovecotAuth, Slapd, sql_users)
from lib.front import make_front

PROTOCOL = pytest.mark.parametrize("protocol", sasl.PROTOCOLS, ids=lambda p: p.port)
INITIAL = pytest.mark.parametrize("initial", [True, False], ids=["initial", "later"])

USERS_PASSDB = """\
passdb {
  driver = passwd-file
  args = {folder}/users
}
"""


@pytest.fixture
def backend(scene):
    return scene.dovecot(protocols=["imap", "pop3"], trusted=["127.0.0.0/8"],
                         forwarded=["one"],
                         users={"jane": "secret", "joe": "secret"},
                         more="mail_max_userip_connections = 0")


def folder(scene, kind):
    return scene.run.folder / scene.run.new_name(kind)


def asking(make_usher, scene, backend, auth, mechanisms=("PLAIN", "LOGIN"), **driver):
    row = {"driver": "dovecot", "socket": str(auth.socket),
           "master_socket": str(auth.master), **driver}
    usher = make_front(make_usher, scene, backend, listeners=["imap", "pop3"],
                       login={"allow_cleartext": True, "failure_delay": "0s",
                              "mechanisms": list(mechanisms), "max_attempts": 1000},
                       auth=[row])
    usher.expected_events |= {"lookup.failed", "lookup.server-down"}
    return usher


def users_auth(scene, text, **options):
    return scene._begin(DovecotAuth(folder(scene, "auth"), USERS_PASSDB,
                                    files={"users": text}, **options), True)


def wait_for_offer(scene, usher, *names, protocol=sasl.Imap):
    for _ in range(100):
        client = protocol(scene, usher)
        if set(names) <= client.offers():
            return client
        time.sleep(0.05)
    raise AssertionError(f"{names} are not offered, but {client.offers()}")


# ---- what is behind it ---------------------------------------------------------------

@PROTOCOL
def test_sql(scene, make_usher, backend, protocol):
    place = folder(scene, "auth")
    auth = scene._begin(DovecotAuth(place, SQL_PASSDB,
                                    files={"sql.conf": SQL_CONF % place}), False)
    port = backend.ports[protocol.port]
    sql_users(place, [("jane", "secret", backend.host, port, "a b"),
                      ("o'hara", "x", backend.host, port, "")])
    auth.start()
    usher = asking(make_usher, scene, backend, auth)
    client = protocol(scene, usher)
    ok, text = client.password_login("jane", "wrong")
    assert not ok and protocol.denied in text
    ok, text = client.password_login("nobody", "secret")
    assert not ok and protocol.denied in text
    ok, text = client.password_login("jane' OR 1=1 --", "secret")
    assert not ok and protocol.denied in text
    ok, text = client.password_login("jane", "secret")
    assert ok, text
    client.use()
    assert backend.login("jane")["forward_one"] == "a b"


@PROTOCOL
def test_ldap(scene, make_usher, backend, protocol):
    port = backend.ports[protocol.port]
    slapd = scene._begin(Slapd(folder(scene, "slapd"), {
        "jane": ("secret", backend.host, port),
        "joe": ("other", backend.host, port)}), True)
    auth = scene._begin(DovecotAuth(folder(scene, "auth"), LDAP_PASSDB, files={
        "ldap.conf": LDAP_CONF % slapd.uri}), True)
    usher = asking(make_usher, scene, backend, auth)
    client = protocol(scene, usher)
    ok, text = client.password_login("joe", "secret")
    assert not ok and protocol.denied in text
    ok, text = client.password_login("*", "secret")
    assert not ok and protocol.denied in text
    ok, text = client.password_login("jane", "secret")
    assert ok, text
    client.use()
    slapd.kill()
    ok, text = protocol(scene, usher).password_login("jane", "secret")
    assert not ok and protocol.temporary in text


# ---- what it says -------------------------------------------------------------------

def test_every_answer_has_its_words(scene, make_usher, backend):
    to = f"host={backend.host} port={backend.ports['imap']} proxy=y"
    auth = users_auth(scene, f"""\
jane:{{PLAIN}}secret::::::{to}
gone:{{PLAIN}}secret::::::nologin=y reason=moved_away
far:{{PLAIN}}secret::::::nologin=y host=192.0.2.1
renamed:{{PLAIN}}other::::::user=jane pass=secret {to}
mastered:{{PLAIN}}other::::::destuser=jane master=boss pass=x {to}
broken:{{NOSUCH}}x
""")
    usher = asking(make_usher, scene, backend, auth)
    client = scene.imap(usher)

    def said(user, password="secret"):
        answer = client.login(user, password)
        return answer.status + " " + answer.text.decode()
    assert said("gone") == "NO [CONTACTADMIN] moved_away"
    assert said("far").startswith(
        "NO [REFERRAL imap://far;AUTH=PLAIN@192.0.2.1/] Try this server instead.")
    assert said("nobody") == "NO [AUTHENTICATIONFAILED] Authentication failed."
    assert said("broken").startswith("NO [")
    assert said("mastered", "other").startswith("NO [AUTHENTICATIONFAILED]")
    assert said("renamed", "other").startswith("OK ")
    assert backend.login("jane")
    usher.wait_for_log("session.login", user="jane")


def test_the_server_hears_who_the_client_is(scene, make_usher, backend):
    to = f"host={backend.host} port={backend.ports['imap']} proxy=y"
    auth = users_auth(scene, f"jane:{{PLAIN}}secret::::::{to}\n")
    usher = asking(make_usher, scene, backend, auth)
    usher.configure(login_trusted_networks=["127.0.0.1"])
    usher.reload()
    client = scene.imap(usher)
    client.id(name='odd "one"', x_originating_ip="192.0.2.9", x_originating_port="4711",
              x_session_id="up/1", x_forward_one="a\tb\x01c")
    assert client.login("jane", "secret").status == "OK"
    (line,) = auth.log.find("client in: AUTH")
    words = line.split("client in: ")[1].split("\t")
    assert words[2:4] == ["PLAIN", "service=imap"]
    for word in ("no-penalty", "secured", "session=up/1", "rip=192.0.2.9", "rport=4711",
                 f"lip={usher.host}", "real_rip=127.0.0.1"):
        assert word in words, (word, words)
    # Escaped as an element of the list, and again as a parameter.
    assert "forward_fields=one=a\x011tb\x0111c" in words, words
    assert "secret" not in usher.log.path.read_text()


# ---- mechanisms ---------------------------------------------------------------------

@PROTOCOL
def test_what_the_server_announces_is_offered(scene, make_usher, backend, protocol):
    to = f"host={backend.host} port={backend.ports[protocol.port]} proxy=y pass=secret"
    auth = users_auth(
        scene, f"jane:{{PLAIN}}pencil::::::{to}\n",
        mechanisms="plain scram-sha-256 cram-md5 digest-md5")
    every = ["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "CRAM-MD5", "GSSAPI",
             "DIGEST-MD5", "SCRAM-SHA-256-PLUS"]
    usher = asking(make_usher, scene, backend, auth, mechanisms=every)
    client = wait_for_offer(scene, usher, "SCRAM-SHA-256", protocol=protocol)
    assert client.offers() == {"PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5",
                               "DIGEST-MD5"}


@PROTOCOL
@INITIAL
@pytest.mark.parametrize("name", ["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256",
                                  "CRAM-MD5"])
def test_each_mechanism(scene, make_usher, backend, protocol, initial, name):
    to = f"host={backend.host} port={backend.ports[protocol.port]} proxy=y pass=secret"
    auth = users_auth(scene, f"jane:{{PLAIN}}pencil::::::{to}\n",
                      mechanisms="plain scram-sha-1 scram-sha-256 cram-md5")
    usher = asking(make_usher, scene, backend, auth,
                   mechanisms=["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256",
                               "CRAM-MD5"])
    kind = {"PLAIN": sasl.plain, "LOGIN": sasl.login, "SCRAM-SHA-1": sasl.scram_sha_1,
            "SCRAM-SHA-256": sasl.scram_sha_256, "CRAM-MD5": sasl.cram_md5}[name]
    client = wait_for_offer(scene, usher, name, protocol=protocol)
    for user, password in (("jane", "wrong"), ("nobody", "pencil")):
        result = sasl.authenticate(client, name, kind(user, password), initial)
        assert not result.ok and protocol.denied in result.text
    result = sasl.authenticate(client, name, kind("jane", "pencil"), initial)
    assert result.ok, result.text
    client.use()
    # In the middle of it a client may change its mind, or go.
    if "SCRAM" in name:
        client = protocol(scene, usher)
        client.begin(name, sasl.base64.b64encode(next(kind("jane", "pencil"))))
        assert client.answer()[0].startswith(b"r=")
        client.wire.send_line(b"*")
        assert b"aborted" in client.answer()[1][1]
        client.begin(name, sasl.base64.b64encode(next(kind("jane", "pencil"))))
        client.answer()
        client.wire.close()
        auth.log.wait_for_count("client in: CANCEL", 2)


# ---- the connection ------------------------------------------------------------------

def test_tcp_and_unix(scene, make_usher, backend):
    to = f"host={backend.host} port={backend.ports['imap']} proxy=y"
    auth = users_auth(scene, f"jane:{{PLAIN}}secret::::::{to}\n")
    for where in (f"{auth.host}:{auth.port}", str(auth.socket)):
        usher = asking(make_usher, scene, backend, auth, socket=where)
        assert scene.imap(usher).login("jane", "secret").status == "OK"


def test_who_waits_is_not_lost_when_the_server_is(scene, make_usher, backend):
    to = f"host={backend.host} port={backend.ports['imap']} proxy=y"
    auth = users_auth(scene, f"jane:{{PLAIN}}secret::::::{to}\n")
    usher = asking(make_usher, scene, backend, auth)
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    auth.kill()
    usher.wait_for_log("lookup.server-down")
    clients = [scene.imap(usher) for _ in range(5)]
    tags = [c.begin(b"LOGIN jane secret") for c in clients]
    auth.socket.unlink(missing_ok=True)
    auth.master.unlink(missing_ok=True)
    auth.start()
    for client, tag in zip(clients, tags):
        assert client.reply(tag).status == "OK"
    usher.wait_for_log("lookup.server-up")


def test_without_a_server_it_is_a_temporary_failure_in_time(scene, make_usher, backend):
    auth = users_auth(scene, "jane:{PLAIN}secret\n")
    usher = asking(make_usher, scene, backend, auth)
    usher.configure(auth=[{**usher.config["auth"][0], "only_protocols": ["imap"]},
                          {"driver": "passthrough", "only_protocols": ["pop3"]}])
    usher.reload()
    auth.kill()
    usher.wait_for_log("lookup.server-down")
    began = time.monotonic()
    client = scene.imap(usher)
    tag = client.begin(b"LOGIN jane secret")
    other = sasl.Pop3(scene, usher)
    assert other.password_login("jane", "secret")[0]
    assert time.monotonic() - began < 2, "others notice nothing"
    answer = client.reply(tag, timeout=10)
    assert answer.status == "NO" and b"[UNAVAILABLE]" in answer.text
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("says", [
    b"\0" * 100 + b"\n", b"VERSION\t2\t0\n", b"x" * 70000,
    b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nDONE\nOK\n",
    b"VERSION\t1\t2\nMECH\tPLAIN\nDONE\nOK\t1\tuser\nCONT\t1\t!!\nFAIL\t99999999999\n",
], ids=["NULs", "version 2", "too long", "odd lines", "odder lines"])
def test_a_server_that_is_none(scene, make_usher, backend, says):
    def script(wire):
        wire.send(says)
        wire.wait_called_off()
    fake = scene.fake(script)
    auth = users_auth(scene, "jane:{PLAIN}secret\n")
    usher = asking(make_usher, scene, backend, auth,
                   socket=f"{fake.host}:{next(iter(fake.ports.values()))}",
                   timeout="1s")
    client = scene.imap(usher)
    answer = client.reply(client.begin(b"LOGIN jane secret"), timeout=10)
    assert answer.status == "NO" and b"[UNAVAILABLE]" in answer.text


def test_deliveries_are_asked_about_at_the_master_socket(scene, make_usher):
    backend = scene.dovecot(protocols=["imap", "lmtp"], trusted=["127.0.0.0/8"])
    to = f"host={backend.host} port={backend.ports['lmtp']} proxy=y"
    auth = users_auth(scene, f"jane:{{PLAIN}}secret::::::{to}\n")
    usher = make_front(make_usher, scene, backend, listeners=["lmtp"],
                       auth=[{"driver": "dovecot", "socket": str(auth.socket),
                              "master_socket": str(auth.master)}])
    wire = scene.connect(usher, "lmtp")
    wire.expect(rb"220 .*")
    wire.send_line(b"LHLO here")
    while wire.read_line()[3:4] == b"-":
        pass
    wire.send_line(b"MAIL FROM:<a@b.test>")
    wire.expect(rb"250 .*")
    wire.send_line(b"RCPT TO:<nobody>")
    wire.expect(rb"550 5\.1\.1 .*")
    wire.send_line(b"RCPT TO:<jane>")
    wire.expect(rb"250 .*")
    assert auth.log.find("master in: PASS")
    # Without that socket nobody may be told that there is no such user.
    usher.expected_events |= {"lookup.failed"}
    usher.configure(auth=[{"driver": "dovecot", "socket": str(auth.socket)}])
    usher.reload()
    wire = scene.connect(usher, "lmtp")
    wire.expect(rb"220 .*")
    wire.send_line(b"LHLO here")
    while wire.read_line()[3:4] == b"-":
        pass
    wire.send_line(b"MAIL FROM:<a@b.test>")
    wire.expect(rb"250 .*")
    wire.send_line(b"RCPT TO:<jane>")
    wire.expect(rb"451 .*")
