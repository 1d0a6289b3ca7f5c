"""Loopback addresses and ports that nobody else has, also when tests run in parallel.

Two ways were weighed.

Binding port 0, closing the socket and passing the number on leaves a gap in which
the kernel may give the number to a neighbour, or to any outgoing connection; holding
the socket instead keeps Dovecot and usher from binding. A server that is restarted
has the gap again.

So every part gets an address of its own: Linux has all of 127.0.0.0/8 on the
loopback interface. An address is claimed by a socket that is bound (not listening)
to CLAIM_PORT there for as long as the part lives; the kernel keeps two processes
from having the same one, and forgets the claim when its holder dies, however it
does. On an address of one's own the port numbers are fixed, which makes logs easy
to read (10143 is always IMAP), and lie below the range that the kernel takes for
outgoing connections. What remains is a server on the wildcard address: port()
tries, and moves on.

It is also what the tests are about: a proxy and two backends that can be told apart
by their addresses, and clients that are trusted one by one."""
import random
import socket

CLAIM_PORT = 19999

# 127.0.x.x and 127.1.x.x are where people put things (a resolver, Debian's own
# host name), so addresses come from 127.64.0.0/10.
SECOND_OCTETS = range(64, 128)
ATTEMPTS = 100

WELL_KNOWN = {
    "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995, "lmtp": 24, "lmtps": 24,
    "submission": 587, "submissions": 465, "smtp": 25, "http": 80,
}

IMPLICIT_TLS = ("imaps", "pop3s", "lmtps", "submissions")

# Where one part's ports of one protocol may be, relative to the well-known one.
PORT_OFFSETS = range(10000, 20000, 1000)

# Not the seeded generator of the tests: two runs with one seed must differ here.
_random = random.SystemRandom()


def _random_ip():
    return "127.%d.%d.%d" % (_random.choice(SECOND_OCTETS),
                             _random.randrange(256), _random.randrange(1, 255))


def _bound(ip, port):
    """A TCP socket bound there, or None if somebody else has it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Old connections in TIME_WAIT are no hindrance, as they are none to a server.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((ip, port))
    except OSError:
        sock.close()
        return None
    return sock


def _claim():
    for _ in range(ATTEMPTS):
        ip = _random_ip()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.bind((ip, CLAIM_PORT))
            return ip, sock
        except OSError:
            sock.close()
    raise RuntimeError(f"no free address in {ATTEMPTS} attempts: is something "
                       f"listening on port {CLAIM_PORT} of all addresses?")


class Address:
    """A loopback address of one's own, until release()."""

    def __init__(self):
        self.ip, self._claim = _claim()
        self._given = set()

    def __str__(self):
        return self.ip

    def release(self):
        self._claim.close()

    def bind(self, service):
        """A bound socket that does not listen yet, for servers in this process."""
        for offset in PORT_OFFSETS:
            port = WELL_KNOWN[service] + offset
            if port in self._given:
                continue
            sock = _bound(self.ip, port)
            if sock is not None:
                self._given.add(port)
                return sock
        raise RuntimeError(f"no free port for {service} on {self.ip}")

    def port(self, service):
        """A port for a server that binds by itself: 10143 for "imap", as a rule.
        The same call again gives another one."""
        with self.bind(service) as sock:
            return sock.getsockname()[1]


class Ipv6Port:
    """A TCP port of ::1 of one's own, until release(). There is but one such address, so
    here it is a number that is claimed: by a socket on the one below it, which no server
    is told of. Both lie where the kernel takes none for outgoing connections."""
    host = "::1"
    _PAIRS = range(20001, 32001, 2)

    def __init__(self):
        for _ in range(ATTEMPTS):
            self.number = _random.choice(self._PAIRS)
            self._claim = self._bound(self.number - 1)
            probe = self._claim and self._bound(self.number)
            if probe:
                probe.close()
                return
            self.release()
        raise RuntimeError(f"no free port of ::1 in {ATTEMPTS} attempts")

    @staticmethod
    def _bound(port):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        try:
            sock.bind(("::1", port))
            return sock
        except OSError:
            sock.close()
            return None

    def __str__(self):
        return f"[::1]:{self.number}"

    def release(self):
        if self._claim is not None:
            self._claim.close()
