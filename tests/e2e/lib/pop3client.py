"""A raw POP3 client: what is sent and what comes back, octet by octet.

poplib is the other client of these tests; this one says what poplib would not, and
sees what poplib hides."""
import base64

from lib.wire import Wire


def b64(text):
    return base64.b64encode(text.encode())


class Pop3Client(Wire):
    def greeting(self):
        return self.expect(rb"\+OK (.*)")[1]

    def command(self, line, timeout="patience"):
        """Sends it, and gives the reply's line."""
        self.send_line(line)
        return self.read_line(timeout)

    def ok(self, line):
        """command() that must succeed; gives what is behind +OK."""
        reply = self.command(line)
        assert reply.startswith(b"+OK"), f"{line!r} got {reply!r}"
        return reply[3:].lstrip()

    def read_list(self):
        """The lines up to ".", which has to come."""
        lines = []
        while (line := self.read_line()) != b".":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return lines

    def listed(self, line):
        """A command whose reply has several lines; gives those."""
        self.ok(line)
        return self.read_list()

    def login(self, user, password):
        """USER and PASS; gives the reply to the latter."""
        self.ok(b"USER " + user.encode())
        return self.command(b"PASS " + password.encode())

    def auth_plain(self, user, password, authzid=""):
        return self.command(b"AUTH PLAIN " + b64("\0".join((authzid, user, password))))

    def stls(self, context, server_name=None):
        self.ok(b"STLS")
        self.start_tls(context, server_name)

    def quit(self):
        """QUIT, and the other side's end of the connection."""
        reply = self.ok(b"QUIT")
        assert self.read_to_end() == b"", "octets after the reply to QUIT"
        return reply
