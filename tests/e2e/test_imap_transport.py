"""The ways a login may travel: in the clear where that is allowed, by STARTTLS, by
implicit TLS, in each version of TLS, over IPv4 and IPv6."""
import re
import socket
import ssl

import pytest

from lib.front import LOOPBACK, make_front
from lib.wire import PeerClosed

IPV6 = socket.has_ipv6 and "0000000000000001" in open("/proc/net/if_inet6").read()

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def tls_context(scene, version):
    context = scene.pki.client_context()
    context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


def capabilities(text):
    """Of "[CAPABILITY ...] ..." or "CAPABILITY ..."."""
    return re.search(rb"CAPABILITY ([^\]]*)", text)[1].decode().split()


def listed(client):
    """What CAPABILITY lists, before the login."""
    reply = client.ok(b"CAPABILITY")
    assert reply.text == (b"Pre-login capabilities listed, post-login capabilities "
                          b"have more.")
    return capabilities(reply.untagged[0])


# ---- in the clear -------------------------------------------------------------------

def test_in_the_clear_from_a_trusted_network(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, login_trusted_networks=LOOPBACK)
    client = scene.imap(usher)
    assert client.login("jane", "secret").status == "OK"
    assert usher.wait_for_log("session.login")["secured"] == "secured"


def test_in_the_clear_where_the_operator_says_so(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, login={"allow_cleartext": True})
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert "secured" not in usher.wait_for_log("session.login")


def test_one_listener_may_say_so_for_itself(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, listeners=["imap"], start=False)
    usher.listen("inner", protocol="imap", tls="off", allow_cleartext=True)
    usher.start()
    assert "LOGINDISABLED" in listed(scene.imap(usher))
    assert scene.imap(usher, "inner").login("jane", "secret").status == "OK"


# ---- TLS ------------------------------------------------------------------------------

@pytest.mark.parametrize("version", VERSIONS)
def test_starttls(scene, make_usher, dovecot, version):
    usher = make_front(make_usher, scene, dovecot)
    client = scene.imap(usher)
    before = listed(client)
    assert {"STARTTLS", "LOGINDISABLED"} <= set(before)
    assert not any(c.startswith("AUTH=") for c in before)

    assert client.starttls(tls_context(scene, version)).text == (
        b"Begin TLS negotiation now.")
    after = listed(client)
    assert after[-2:] == ["AUTH=PLAIN", "AUTH=LOGIN"]
    assert not {"STARTTLS", "LOGINDISABLED"} & set(after)
    assert after[:-2] == before[:-2]
    assert client.command(b"STARTTLS").status == "BAD"

    assert client.login("jane", "secret").status == "OK"
    client.ok(b"SELECT INBOX")
    seen = usher.wait_for_log("session.login")
    assert (seen["secured"], seen["tls"]) == ("TLS", version)
    client.logout()


@pytest.mark.parametrize("version", VERSIONS)
def test_implicit_tls(scene, make_usher, dovecot, version):
    usher = make_front(make_usher, scene, dovecot)
    client = scene.imap(usher, "imaps", greeting=False, tls=False)
    client.start_tls(tls_context(scene, version), usher.host)
    assert capabilities(client.greeting())[-1] == "AUTH=LOGIN"
    assert client.authenticate_plain("jane", "secret").status == "OK"
    client.ok(b"SELECT INBOX")
    client.logout()


def test_a_version_that_is_too_old(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, tls={"min_version": "TLSv1.3"})
    client = scene.imap(usher, "imaps", greeting=False, tls=False)
    with pytest.raises((ssl.SSLError, PeerClosed)):
        client.start_tls(tls_context(scene, "TLSv1.2"), usher.host)
    assert usher.wait_for_log("tls.failed")["what"] == "unsupported protocol"
    assert scene.imap(usher, "imaps").login("jane", "secret").status == "OK"


def test_plain_text_to_a_tls_port(scene, make_usher, dovecot):
    """Somebody's client is set up wrong: it is not kept waiting, and the log says why."""
    usher = make_front(make_usher, scene, dovecot)
    client = scene.imap(usher, "imaps", greeting=False, tls=False)
    client.send_line(b"a1 LOGIN jane secret")
    client.read_to_end()
    assert usher.wait_for_log("tls.failed")["rip"] == "127.0.0.1"
    assert "secret" not in "".join(usher.log.lines())


def test_a_listener_without_tls_offers_none(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, listeners=[], start=False)
    usher.listen("imap", protocol="imap", tls="off")
    usher.start()
    client = scene.imap(usher)
    assert "STARTTLS" not in listed(client)
    assert client.command(b"STARTTLS").status == "BAD"


# ---- IPv6 -------------------------------------------------------------------------------

@pytest.mark.skipif(not IPV6, reason="this machine has no ::1")
def test_ipv6_from_the_client_to_the_backends_log(scene, make_usher):
    """Client, usher, usher by IPv6; then Dovecot."""
    dovecot = scene.dovecot(trusted=LOOPBACK)
    inner_port, outer_port = scene.ipv6_port(), scene.ipv6_port()
    inner = make_front(make_usher, scene, dovecot, start=False,
                       login_trusted_networks=["::1"])
    inner.config["listeners"][0]["address"].append(str(inner_port))
    inner.start()
    outer = make_front(make_usher, scene, start=False, login={"allow_cleartext": True},
                       director={"backends": [{"name": "inner", "host": "::1",
                                               "imap": inner_port.number}]})
    outer.config["listeners"][0]["address"].append(str(outer_port))
    outer.start()

    client = scene.imap6(outer_port)
    assert client.login("jane", "secret").status == "OK"
    seen = dovecot.login("jane")
    assert (seen["rip"], seen["lip"], seen["lport"]) == (
        "::1", "::1", str(outer_port.number))
    assert seen["rport"] == str(client.local[1])
    assert len(seen["session"]) == 32       # of an address of 16 octets
    started = outer.wait_for_log("proxy.started")
    assert started["to"] == f"[::1]:{inner_port.number}"
