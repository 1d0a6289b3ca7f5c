"""A raw IMAP client: what is sent and what comes back, octet by octet.

imaplib is the other client of these tests; this one says what imaplib would not,
and sees what imaplib hides."""
import base64
import re
from typing import NamedTuple

from lib.wire import Wire

_LITERAL = re.compile(rb"\{(\d+)\}$")


class Reply(NamedTuple):
    status: str         # "OK", "NO", "BAD"
    text: bytes         # what follows it
    untagged: list      # the lines before it, literals with their CRLF included


def quoted(text):
    return b'"' + text.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


class ImapClient(Wire):
    def __init__(self, sock):
        super().__init__(sock)
        self._tags = 0

    # ---- replies ---------------------------------------------------------------

    def read_response(self, timeout="patience"):
        """One response line, with the literals in it."""
        response = self.read_line(timeout)
        while True:
            literal = _LITERAL.search(response)
            if literal is None:
                return response
            response += b"\r\n" + self.read_exactly(int(literal[1]), timeout)
            response += self.read_line(timeout)

    def greeting(self):
        """The greeting's text. Dovecot may say first that it waits for its auth."""
        while True:
            text = self.expect(rb"\* OK (.*)")[1]
            if not text.startswith(b"Waiting for"):
                return text

    def reply(self, tag, timeout="patience"):
        """Everything up to and with the tagged reply."""
        untagged = []
        while True:
            line = self.read_response(timeout)
            if line.startswith(tag + b" "):
                _, status, text = (line + b" ").split(b" ", 2)
                return Reply(status.decode(), text.rstrip(b" "), untagged)
            untagged.append(line)

    # ---- commands --------------------------------------------------------------

    def next_tag(self):
        self._tags += 1
        return b"a%d" % self._tags

    def begin(self, command):
        """Sends a command and gives its tag, for reply() later."""
        tag = self.next_tag()
        self.send_line(tag + b" " + command)
        return tag

    def command(self, command, timeout="patience"):
        return self.reply(self.begin(command), timeout)

    def ok(self, command):
        """command() that must succeed."""
        reply = self.command(command)
        assert reply.status == "OK", f"{command!r} got {reply}"
        return reply

    def login(self, user, password):
        return self.command(b"LOGIN " + quoted(user) + b" " + quoted(password))

    def authenticate_plain(self, user, password, authzid=""):
        credentials = "\0".join((authzid, user, password)).encode()
        return self.command(b"AUTHENTICATE PLAIN " + base64.b64encode(credentials))

    def id(self, **pairs):
        """ID; x_originating_ip="..." is sent as "x-originating-ip". None is NIL."""
        words = []
        for name, value in pairs.items():
            words.append(quoted(name.replace("_", "-")))
            words.append(b"NIL" if value is None else quoted(value))
        return self.command(b"ID (" + b" ".join(words) + b")")

    def starttls(self, context, server_name=None):
        reply = self.ok(b"STARTTLS")
        self.start_tls(context, server_name)
        return reply

    def logout(self):
        """LOGOUT, and the other side's end of the connection."""
        reply = self.ok(b"LOGOUT")
        assert self.read_to_end() == b"", "octets after the reply to LOGOUT"
        return reply
