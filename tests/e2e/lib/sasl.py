"""SASL as clients do it: the mechanisms, and how each protocol wraps them.

A mechanism is a generator: it yields its messages, and is sent the server's
challenges. Nothing of it is usher's; the arithmetic is RFC 5802's."""
import base64
import hashlib
import hmac
import os
import ssl

from lib.imapclient import ImapClient


def plain(user, password, authzid=""):
    yield "\0".join((authzid, user, password)).encode()


def login(user, password):
    challenge = yield None              # the server speaks first
    assert challenge == b"Username:", challenge
    challenge = yield user.encode()
    assert challenge == b"Password:", challenge
    yield password.encode()


def xoauth2(user, token):
    error = yield f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
    yield b"", error


def oauthbearer(user, token):
    who = f"a={user}" if user else ""
    error = yield f"n,{who},\x01auth=Bearer {token}\x01\x01".encode()
    yield b"\x01", error


def external(authzid=""):
    yield authzid.encode()


def cram_md5(user, password):
    challenge = yield None
    digest = hmac.new(password.encode(), challenge, "md5").hexdigest()
    yield f"{user} {digest}".encode()


def _parts(message):
    return dict(item.split(b"=", 1) for item in message.split(b","))


def scram(digest, user, password, header=b"n,,", binding=b""):
    def mac(key, text):
        return hmac.new(key, text, digest).digest()

    nonce = base64.b64encode(os.urandom(12))
    bare = b"n=" + user.replace("=", "=3D").replace(",", "=2C").encode() + b",r=" + nonce
    first = yield header + bare
    parts = _parts(first)
    assert parts[b"r"].startswith(nonce) and parts[b"r"] != nonce, first
    salted = hashlib.pbkdf2_hmac(digest, password.encode(),
                                 base64.b64decode(parts[b"s"]), int(parts[b"i"]))
    final = b"c=" + base64.b64encode(header + binding) + b",r=" + parts[b"r"]
    said = bare + b"," + first + b"," + final
    key = mac(salted, b"Client Key")
    signature = mac(hashlib.new(digest, key).digest(), said)
    proof = bytes(a ^ b for a, b in zip(key, signature))
    verdict = yield final + b",p=" + base64.b64encode(proof)
    server = mac(mac(salted, b"Server Key"), said)
    assert verdict == b"v=" + base64.b64encode(server), verdict
    yield b""


def scram_sha_1(user, password, **more):
    return scram("sha1", user, password, **more)


def scram_sha_256(user, password, **more):
    return scram("sha256", user, password, **more)


# ---- in a protocol -----------------------------------------------------------------

class Imap:
    port, secure_port = "imap", "imaps"
    temporary, denied = b"[UNAVAILABLE]", b"[AUTHENTICATIONFAILED]"

    def __init__(self, scene, part, port=None, **options):
        self.wire = scene.imap(part, port or self.port, **options)

    def offers(self):
        (line,) = self.wire.ok(b"CAPABILITY").untagged
        return {w[5:].decode() for w in line.split() if w.startswith(b"AUTH=")}

    def starttls(self, context):
        self.wire.starttls(context)

    def begin(self, name, initial):
        self._tag = self.wire.next_tag()
        more = b"" if initial is None else b" " + initial
        self.wire.send_line(self._tag + b" AUTHENTICATE " + name.encode() + more)

    def answer(self):
        """(challenge, None), or (None, reply)."""
        while True:
            line = self.wire.read_line(30)
            if line.startswith(b"+"):
                return base64.b64decode(line[1:].strip()), None
            if line.startswith(self._tag + b" "):
                status, _, text = line[len(self._tag) + 1:].partition(b" ")
                return None, (status == b"OK", text)

    def password_login(self, user, password):
        reply = self.wire.login(user, password)
        return reply.status == "OK", reply.text

    def use(self):
        """The user is in: something only the backend can answer."""
        assert self.wire.ok(b"SELECT INBOX")


class Pop3:
    port, secure_port = "pop3", "pop3s"
    temporary, denied = b"[SYS/TEMP]", b"[AUTH]"

    def __init__(self, scene, part, port=None, **options):
        self.wire = scene.connect(part, port or self.port, **options)
        self.wire.expect(rb"\+OK .*")

    def _lines(self, command):
        self.wire.send_line(command)
        self.wire.expect(rb"\+OK.*")
        lines = []
        while (line := self.wire.read_line()) != b".":
            lines.append(line)
        return lines

    def offers(self):
        for line in self._lines(b"CAPA"):
            if line.startswith(b"SASL "):
                return {w.decode() for w in line.split()[1:]}
        return set()

    def starttls(self, context):
        self.wire.send_line(b"STLS")
        self.wire.expect(rb"\+OK.*")
        self.wire.start_tls(context, "localhost")

    def begin(self, name, initial):
        more = b"" if initial is None else b" " + initial
        self.wire.send_line(b"AUTH " + name.encode() + more)

    def answer(self):
        line = self.wire.read_line(30)
        if line.startswith(b"+ "):
            return base64.b64decode(line[2:].strip()), None
        status, _, text = line.partition(b" ")
        return None, (status == b"+OK", text)

    def password_login(self, user, password):
        self.wire.send_line(b"USER " + user.encode())
        self.wire.expect(rb"\+OK.*")
        self.wire.send_line(b"PASS " + password.encode())
        return self.answer()[1]

    def use(self):
        self.wire.send_line(b"STAT")
        self.wire.expect(rb"\+OK \d+ \d+")


PROTOCOLS = [Imap, Pop3]


class Result:
    def __init__(self):
        self.ok = False
        self.text = b""
        self.errors = []        # what a token's mechanism said before it refused


def authenticate(client, name, steps, initial=True):
    """Runs an exchange to its end. initial: say the first message at once, if the
    mechanism begins with the client."""
    result = Result()
    message = next(steps)
    first = message
    if initial and first is not None:
        client.begin(name, base64.b64encode(first) or b"=")
    else:
        client.begin(name, None)
    waiting = not (initial and first is not None) and first is not None
    while True:
        challenge, reply = client.answer()
        if reply is not None:
            result.ok, result.text = reply
            return result
        if waiting:
            assert challenge == b"", challenge
            waiting = False
            message = first
        else:
            message = steps.send(challenge)
            if isinstance(message, tuple):
                message, error = message
                result.errors.append(error)
        client.wire.send_line(base64.b64encode(message))
