"""Who a user is and where the user goes: files of Dovecot proxies as they are, several
drivers in a row, passwords in every scheme."""
import re
import time

import pytest

from lib.deadline import PATIENCE, wait_until
from lib.fake_backend import hang
from lib.fake_imap import FakeImap
from lib.front import LOOPBACK, make_front, users_file

DENIED = ("NO", b"[AUTHENTICATIONFAILED] Authentication failed.")
UNAVAILABLE = ("NO", b"[UNAVAILABLE] Account is temporarily unavailable.")
CLEARTEXT = {"login": {"allow_cleartext": True}}


# ---- the lines of a Dovecot proxy ----------------------------------------------------------

# What a line may say besides proxy, host and port.
LINES = {
    "nothing": {},
    "another name": {"destuser": "jim"},
    "another password": {"pass": "sesame"},
    "both": {"destuser": "jim", "pass": "two words"},
    "a master": {"master": "boss", "pass": "sesame"},
    "a master for another": {"master": "boss", "pass": "sesame", "destuser": "jim"},
    "no master": {"master": ""},
    "a renamed user": {"user": "jim"},
    "renamed twice": {"user": "jim", "destuser": "joe"},
    "a mechanism": {"proxy_mech": "PLAIN"},
    "parts of the name": {"destuser": "%n-at-%d"},
    "variables": {"forward_one": "1", "forward_two": "a=b"},
    "an address": {"hostip": "{host}", "host": "mail.example.com"},
    "no pipelining": {"proxy_nopipelining": "y"},
    "distrust": {"proxy_not_trusted": "y"},
    "nologin, which means nothing here": {"nologin": "y"},
    "what is for the userdb": {"userdb_mail": "maildir:~/x", "userdb_uid": "1"},
    "a timeout": {"proxy_timeout": "5"},
    "what only Dovecot knows": {"event_x": "y", "user_alias": "ann", "x_unknown": "z"},
}


def what_the_backend_heard(connection):
    """The login, and the forwarded variables; the rest of ID is another test's."""
    heard = connection.wire.octets()
    login = re.search(rb"^L .*\r\n", heard, re.M)[0]
    return login, sorted(re.findall(rb'"x-forward-\w+" "[^"]*"', heard)), b"ID (" in heard


def test_the_lines_of_a_dovecot_proxy(scene, make_usher):
    """One file for both: the backend must hear the same from either."""
    fake = scene.fake(FakeImap())
    proxy = scene.dovecot(start=False, users=(), trusted=LOOPBACK)
    for i, line in enumerate(LINES.values()):
        fields = {k: v.format(host=fake.host) for k, v in line.items()}
        proxy.add_user(f"u{i}@example.com", "secret",
                       **{"proxy": "y", "host": fake.host, "port": fake.port, **fields})
    proxy.start()
    usher = make_front(make_usher, scene, login_trusted_networks=LOOPBACK, auth=[
        {"driver": "passwd-file", "path": str(proxy.folder / "users")}])
    for i, what in enumerate(LINES):
        for part in (proxy, usher):
            client = scene.imap(part)
            assert client.login(f"u{i}@example.com", "secret").status == "OK", what
        theirs, ours = (what_the_backend_heard(fake.connection(2 * i + k))
                        for k in range(2))
        assert ours == theirs, what


NOLOGIN = {
    "nologin": {"nologin": "y"},
    "with a reason": {"nologin": "y", "reason": "Gone fishing."},
    "with a host": {"nologin": "y", "host": "192.0.2.1"},
    "with a port": {"nologin": "y", "host": "192.0.2.1", "port": "1143"},
    "with the usual port": {"nologin": "y", "host": "192.0.2.1", "port": "143"},
    "with all": {"nologin": "y", "host": "192.0.2.1", "destuser": "jim", "reason": "Try"},
}


def test_who_may_not_log_in(scene, make_usher):
    proxy = scene.dovecot(start=False, users=(), trusted=LOOPBACK)
    for i, fields in enumerate(NOLOGIN.values()):
        proxy.add_user(f"u{i}", "secret", **fields)
    proxy.start()
    usher = make_front(make_usher, scene, login_trusted_networks=LOOPBACK, auth=[
        {"driver": "passwd-file", "path": str(proxy.folder / "users")}])
    clients = [scene.imap(part) for part in (proxy, usher)]
    for i, what in enumerate(NOLOGIN):
        theirs, ours = (c.login(f"u{i}", "secret")[:2] for c in clients)
        assert ours == theirs, what
        assert ours[0] == "NO"


# ---- fields that a real backend sees -----------------------------------------------------------

@pytest.fixture
def looked_up(make_usher, scene):
    """usher with a file of users, {host} and {port} in it being the backend's."""
    def make(backend, text, **config):
        usher = make_front(make_usher, scene, start=False, **CLEARTEXT)
        text = text.replace("{host}", backend.host)
        text = text.replace("{port}", str(backend.ports["imap"]))
        usher.configure(auth=[users_file(usher, text)], **config)
        return usher
    return make


def test_the_master_of_a_lookup(scene, looked_up):
    dovecot = scene.dovecot(masters={"boss": "sesame"})
    usher = looked_up(dovecot, "jane:{PLAIN}other::::::proxy=y host={host} port={port} "
                               "master=boss pass=sesame\n").start()
    client = scene.imap(usher)
    assert client.login("jane", "other").status == "OK"
    client.ok(b"SELECT INBOX")
    assert dovecot.login("jane")["method"] == "PLAIN"
    assert usher.wait_for_log("proxy.started")["master"] == "boss"


def test_a_source_address(scene, looked_up, dovecot):
    source = scene.address()
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host={host} port={port} "
                               f"source_ip={source}\n").start()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert dovecot.login("jane")["real_rip"] == source.ip


def test_variables(scene, looked_up):
    dovecot = scene.dovecot(trusted=LOOPBACK, forwarded=["plan", "since"])
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host={host} port={port} "
                               "forward_plan=gold forward_since=2019\n").start()
    scene.imap(usher).login("jane", "secret")
    seen = dovecot.login("jane")
    assert (seen["forward_plan"], seen["forward_since"]) == ("gold", "2019")


def test_any_password_that_the_backend_takes(scene, looked_up, dovecot):
    usher = looked_up(dovecot, "jane:::::::nopassword=y host={host} port={port}\n").start()
    client = scene.imap(usher)
    assert client.login("jane", "wrong")[:2] == DENIED
    assert client.login("jane", "secret").status == "OK"


def test_a_time_limit(scene, looked_up):
    usher = looked_up(scene.fake(hang), "jane:{PLAIN}secret::::::host={host} port={port} "
                                        "proxy_timeout=300ms\n").start()
    usher.expected_events.add("proxy.failed")
    before = time.monotonic()
    assert scene.imap(usher).login("jane", "secret")[:2] == UNAVAILABLE
    assert 0.29 < time.monotonic() - before < 1.0 * PATIENCE


def test_a_backend_by_its_name(scene, looked_up, dovecot):
    """host may name one of director.backends, and then has all that is set for it."""
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host=b\n", director={
        "backends": [{"name": "a", "host": "192.0.2.1"},
                     {"name": "b", "host": dovecot.host, "imap": dovecot.ports["imap"]}]})
    usher.start()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    assert usher.wait_for_log("proxy.started")["backend"] == "b"


@pytest.mark.parametrize("field, right", [
    ("port=imap", "a number from 1 to 65535"), ("port=0", "a number from 1 to 65535"),
    ("proxy_timeout=soon", "seconds, at most 600"), ("source_ip=here", "an address"),
    ("hostip=here", "an address"), ("destuser=", "a user name")])
def test_a_field_that_makes_no_sense(scene, looked_up, dovecot, field, right):
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host={host} port={port} "
                               f"{field}\n")
    usher.expected_events.add("route.failed")
    usher.start()
    client = scene.imap(usher)
    assert client.login("jane", "secret")[:2] == UNAVAILABLE
    name = field.partition("=")[0]
    usher.wait_for_log("route.failed", user="jane",
                       what=f"field {name} does not have {right}")
    client.ok(b"NOOP")


def test_a_host_that_has_no_address(scene, looked_up, dovecot):
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host=nowhere.onion port={port}\n")
    usher.expected_events.add("host.unknown")
    usher.start()
    client = scene.imap(usher)
    assert client.login("jane", "secret").text.startswith(b"[UNAVAILABLE] Temporary ")
    usher.wait_for_log("host.unknown", user="jane", host="nowhere.onion")
    client.ok(b"NOOP")


def test_a_mechanism_nobody_knows(scene, looked_up, dovecot):
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host={host} port={port} "
                               "proxy_mech=NOSUCH\n").start()
    usher.expected_events.add("proxy.failed")
    assert scene.imap(usher).login("jane", "secret")[:2] == UNAVAILABLE
    assert "Unsupported SASL mechanism NOSUCH" in usher.wait_for_log("proxy.failed")["what"]


def test_where_from(scene, looked_up, dovecot):
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host={host} port={port} "
                               "allow_nets=127.0.0.1/32\n").start()
    assert scene.imap(usher).login("jane", "secret").status == "OK"
    elsewhere = scene.imap(usher, source=scene.address())
    assert elsewhere.login("jane", "secret")[:2] == DENIED


# ---- passwords --------------------------------------------------------------------------------

SCHEMES = [
    "PLAIN", "CLEAR", "CLEARTEXT", "SHA", "SHA1", "SHA256", "SHA512", "SSHA", "SSHA256",
    "SSHA512", "LDAP-MD5", "PLAIN-MD5", "SMD5", "MD5", "CRYPT", "DES-CRYPT", "MD5-CRYPT",
    "BLF-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "PBKDF2", "SCRAM-SHA-1", "SCRAM-SHA-256",
    "ARGON2I", "ARGON2ID", "PLAIN.b64", "SHA256.hex", "SSHA512.b64"]


def test_passwords_as_dovecot_makes_them(scene, looked_up, dovecot):
    """Each scheme, by doveadm pw: the right one is taken, and nothing else."""
    lines = ""
    for scheme in SCHEMES:
        stored = dovecot.doveadm("pw", "-s", scheme, "-p", "sésame").strip()
        lines += f"{scheme}:{stored}::::::host={{host}} nologin=y\n"
    usher = looked_up(dovecot, lines)
    usher.configure(login={"max_attempts": 1000})
    usher.start()
    client = scene.imap(usher)
    for scheme in SCHEMES:
        right = client.login(scheme, "sésame")
        assert right.text.startswith(b"[REFERRAL "), scheme
        for wrong in ("sesame", "sésam", "sésame ", ""):
            assert client.login(scheme, wrong)[:2] == DENIED, scheme




@pytest.mark.parametrize("stored", [
    "{NOSUCH}sesame", "{SHA256}not base64!", "{SHA512-CRYPT}$6$", "{ARGON2ID}$argon2id$v=19"])
def test_a_password_that_cannot_be_checked(scene, looked_up, dovecot, stored):
    """The operator's fault, not the user's; and the log has no part of it."""
    usher = looked_up(dovecot, f"jane:{stored}::::::host={{host}} port={{port}}\n")
    usher.expected_events.add("password.broken")
    usher.start()
    reply = scene.imap(usher).login("jane", "secret")
    assert reply.text.startswith(b"[UNAVAILABLE] Temporary authentication failure. [")
    usher.wait_for_log("password.broken", user="jane")
    assert stored.partition("}")[2] not in "".join(usher.log.lines())


# ---- several drivers -------------------------------------------------------------------------

def file_of(usher, name, text):
    path = usher.folder / name
    path.write_text(text)
    return {"driver": "passwd-file", "path": str(path)}


@pytest.fixture
def two_files(make_usher, scene, dovecot):
    """jane is in both, with two passwords; ann in the first, bob in the second, others
    go to the backend as they are."""
    def make(*more):
        usher = make_front(make_usher, scene, dovecot, start=False, **CLEARTEXT)
        to = f"::::::host={dovecot.host} port={dovecot.ports['imap']} pass=secret"
        usher.configure(auth=[
            file_of(usher, "first", f"jane:{{PLAIN}}one{to}\n"
                                    f"ann:{{PLAIN}}ann{to} destuser=jane\n"
                                    f"eve:{{NOSUCH}}x{to}\n"),
            file_of(usher, "second", f"jane:{{PLAIN}}two{to}\n"
                                     f"bob:{{PLAIN}}bob{to} destuser=jane\n"),
            *more])
        return usher.start()
    return make


def test_drivers_are_asked_in_their_order(scene, two_files):
    usher = two_files()
    client = scene.imap(usher)
    for user, password in (("jane", "three"), ("ann", "bob"), ("bob", "ann"),
                           ("nobody", "one")):
        assert client.login(user, password)[:2] == DENIED, user
    for user, password in (("jane", "one"), ("jane", "two"), ("ann", "ann"),
                           ("bob", "bob")):
        assert scene.imap(usher).login(user, password).status == "OK", user


def test_the_last_may_take_all_others(scene, two_files, dovecot):
    """Who is in no file, or has another password there, is the backend's to judge."""
    usher = two_files({"driver": "passthrough"})
    client = scene.imap(usher)
    assert client.login("nobody", "secret")[:2] == DENIED
    assert client.login("jane", "secret").status == "OK"


def test_a_driver_that_fails_is_no_no(scene, two_files):
    """Nobody can know whether it would have said yes."""
    usher = two_files()
    usher.expected_events.add("password.broken")
    reply = scene.imap(usher).login("eve", "secret")
    assert reply.text.startswith(b"[UNAVAILABLE] ")


def test_one_password_for_all(scene, make_usher, dovecot):
    usher = make_front(make_usher, scene, dovecot, **CLEARTEXT, auth=[{
        "driver": "static", "password": "{PLAIN}sesame", "fields": {
            "host": dovecot.host, "port": str(dovecot.ports["imap"]),
            "destuser": "jane", "pass": "secret"}}])
    client = scene.imap(usher)
    assert client.login("anybody", "secret")[:2] == DENIED
    assert client.login("anybody", "sesame").status == "OK"
    assert dovecot.login("jane")


def test_fields_that_are_missing_and_fields_that_are_wrong(scene, make_usher, dovecot):
    """default_fields stand in for those of a line, override_fields replace them."""
    usher = make_front(make_usher, scene, start=False, **CLEARTEXT)
    row = users_file(usher, "jane:{PLAIN}secret::::::host=192.0.2.1 proxy_timeout=9\n")
    usher.configure(auth=[{**row, "default_fields": {"port": str(dovecot.ports["imap"]),
                                                     "proxy_timeout": "x"},
                           "override_fields": {"host": dovecot.host}}])
    usher.start()
    assert scene.imap(usher).login("jane", "secret").status == "OK"


# ---- the file changes ----------------------------------------------------------------------------

def gets_in(scene, usher, user, password):
    with scene.imap(usher) as client:
        if client.login(user, password).status != "OK":
            return False
        client.logout()
        return True


def wait_for_login(scene, usher, user, password):
    wait_until(lambda: gets_in(scene, usher, user, password), 10.0, f"{user} to get in")


def test_the_file_is_read_again(scene, looked_up, dovecot):
    """Written over, replaced, broken, gone and back: who is known stays known."""
    line = "{}:{{PLAIN}}{}::::::host={} port={} destuser=jane pass=secret\n"
    where = (dovecot.host, dovecot.ports["imap"])
    usher = looked_up(dovecot, line.format("ann", "one", *where))
    usher.configure(login={"failure_delay": "0s"})
    usher.expected_events.add("passwd-file.trouble")
    usher.start()
    path = usher.folder / "users"
    client = scene.imap(usher)
    assert client.login("bob", "two")[:2] == DENIED

    path.write_text(path.read_text() + line.format("bob", "two", *where))
    wait_for_login(scene, usher, "bob", "two")

    new = path.with_name("new")
    new.write_text(line.format("bob", "three", *where) + "bob:{PLAIN}again\n")
    new.rename(path)
    wait_for_login(scene, usher, "bob", "three")
    assert not gets_in(scene, usher, "bob", "two")
    assert not gets_in(scene, usher, "ann", "one")
    what = usher.wait_for_log("passwd-file.trouble")["what"]
    assert what.endswith(f"{path}:2: this user stands there already (line 1)")

    since = usher.log.mark()
    path.unlink()

    def missed():
        assert gets_in(scene, usher, "bob", "three")
        return usher.log_lines("passwd-file.trouble", since)
    wait_until(missed, 10.0, "the file to be missed")
    path.write_text(line.format("cat", "four", *where))
    wait_for_login(scene, usher, "cat", "four")


# ---- master users ----------------------------------------------------------------------------------

@pytest.fixture
def mastered(scene):
    return scene.dovecot(masters={"boss": "sesame"})


def test_a_master_acts_for_a_user(scene, make_usher, mastered):
    """By SASL, whose first name says for whom; the backend judges it."""
    usher = make_front(make_usher, scene, mastered, **CLEARTEXT)
    client = scene.imap(usher)
    assert client.authenticate_plain("boss", "wrong", authzid="jane")[:2] == DENIED
    assert client.authenticate_plain("jane", "secret", authzid="ann").status == "NO"
    assert client.authenticate_plain("boss", "sesame", authzid="jane").status == "OK"
    client.ok(b"SELECT INBOX")
    assert mastered.login("jane")
    assert "jane" in usher.ctl("who")


def test_a_user_may_name_themselves_twice(scene, make_usher, mastered):
    usher = make_front(make_usher, scene, mastered, **CLEARTEXT)
    client = scene.imap(usher)
    assert client.authenticate_plain("jane", "secret", authzid="jane").status == "OK"


def test_a_master_by_dovecots_separator(scene, make_usher, mastered):
    usher = make_front(make_usher, scene, mastered, **CLEARTEXT)
    assert scene.imap(usher).login("jane*boss", "sesame").status == "OK"
    assert mastered.login("jane")


def test_nobody_of_a_file_acts_for_another(scene, looked_up, dovecot):
    usher = looked_up(dovecot, "jane:{PLAIN}secret::::::host={host} port={port}\n"
                               "ann:{PLAIN}secret::::::host={host} port={port}\n").start()
    client = scene.imap(usher)
    assert client.authenticate_plain("ann", "secret", authzid="jane")[:2] == (
        "NO", b"[AUTHORIZATIONFAILED] Authorization failed")
    assert client.authenticate_plain("jane", "secret").status == "OK"
