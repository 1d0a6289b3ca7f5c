"""A backend that does what a script says, and keeps every octet it was sent.

A script is a function of one connection's Wire, or a list of such functions, run
one after the other in a thread of the connection's own. The steps below are such
functions; fake_imap.py has a script that speaks IMAP and can fail at any step."""
import errno
import os
import select
import socket
import ssl
import threading

from lib.deadline import Deadline
from lib.ports import Address
from lib.wire import CalledOff, PeerClosed, Wire

# Not a line, not TLS, not UTF-8; and longer than any line a proxy should take.
GARBAGE = b"\x00\x80\xff\x16\x03\r\x00\n" * 4096

JOIN_SECONDS = 5.0


# ---- steps -------------------------------------------------------------------

def send(octets):
    return lambda wire: wire.send(octets)


def dribble(octets):
    return lambda wire: wire.dribble(octets)


def expect(pattern):
    return lambda wire: wire.expect(pattern)


def starttls(certificate):
    """TLS from here on; the line that announces it has been sent."""
    return lambda wire: wire.accept_tls(certificate.server_context())


def hang(wire):
    """Says nothing more, reads on, until the other side gives up."""
    wire.read_to_end(timeout=None)


def deaf(wire):
    """Says nothing and reads nothing, until called off: the other side's sends
    back up."""
    wire.wait_called_off()


def close(wire):
    wire.close()


def cut(wire):
    """Ends TLS without a goodbye, as an attacker on the wire would."""
    wire.close(goodbye=False)


def reset(wire):
    wire.reset()


def garbage(wire):
    wire.send(GARBAGE)
    hang(wire)


def as_function(script):
    if callable(script):
        return script

    def run(wire):
        for step in script:
            if wire.closed():
                return
            step(wire)
    return run


# ---- the server ----------------------------------------------------------------

class Connection:
    """What one connection sent, and how its script ended."""

    def __init__(self, number, wire):
        self.number = number
        self.wire = wire
        self.failure = None     # what ended the script early
        self._done = threading.Event()

    def wait_done(self, seconds=5.0):
        """Waits until the script has ended; gives self."""
        if not self._done.wait(Deadline(seconds).left()):
            raise AssertionError(f"connection {self.number} of the fake backend goes "
                                 f"on after {seconds:g} s; it sent {self.transcript()}")
        return self

    def run(self, script):
        try:
            script(self.wire)
        except Exception as e:      # of whatever kind: close() looks at it
            self.failure = e
        finally:
            if not self.wire.closed():
                self.wire.close()
            self._done.set()

    def surprised(self):
        """The script met what it did not expect. That the other side ended, or
        refused our TLS, is nothing to be surprised at."""
        if isinstance(self.failure, (PeerClosed, CalledOff, OSError, ssl.SSLError)):
            return False
        return self.failure is not None

    def transcript(self):
        return "".join(f"\n  {s.at:7.3f} {'tls' if s.tls else '   '} {s.octets!r}"
                       for s in self.wire.segments) or " nothing"


class FakeBackend:
    """Listens from the beginning; start() makes it answer.

    connect: "accept", "refuse" (nobody listens) or "hang" (SYNs are dropped, as by
    a machine that is gone)."""

    def __init__(self, script=(), name="fake", service="imap", connect="accept"):
        self.name = name
        self.script = as_function(script)
        self.address = Address()
        self.host = self.address.ip
        self.connections = []
        self._changed = threading.Condition()
        self._threads = []
        self._fillers = []
        self._wake_read, self._wake_write = os.pipe()
        self._listener = self.address.bind(service)
        self.port = self._listener.getsockname()[1]
        self.ports = {service: self.port}
        self._connect = connect

    def start(self):
        if self._connect == "accept":
            self._listener.listen()
            self._run(self._accept)
        elif self._connect == "hang":
            self._fill_queue()
        return self

    def _run(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    # ---- connecting ------------------------------------------------------------

    def _fill_queue(self):
        """Linux takes one connection more than listen() was told and then drops
        SYNs, as long as nobody accepts."""
        self._listener.listen(0)
        for _ in range(2):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            if filler.connect_ex((self.host, self.port)) != errno.EINPROGRESS:
                raise RuntimeError("cannot fill the queue of a listening socket")
            self._fillers.append(filler)

    def _accept(self):
        while True:
            ready, _, _ = select.select([self._listener, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            sock, _ = self._listener.accept()
            with self._changed:
                connection = Connection(len(self.connections),
                                        Wire(sock, self._wake_read))
                self.connections.append(connection)
                self._changed.notify_all()
            self._run(connection.run, self.script)

    def connection(self, number=0, seconds=5.0):
        """The connection of that number; waits until it is there."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.connections) > number,
                                          Deadline(seconds).left()):
                raise AssertionError(f"connection {number} to {self.name} did not "
                                     f"come within {seconds:g} s")
        return self.connections[number]

    # ---- the end -----------------------------------------------------------------

    def close(self):
        """Ends all connections; then check()."""
        os.close(self._wake_write)
        for thread in self._threads:
            thread.join(Deadline(JOIN_SECONDS).left())
        stuck = [t.name for t in self._threads if t.is_alive()]
        for sock in [self._listener, *self._fillers]:
            sock.close()
        os.close(self._wake_read)
        self.address.release()
        assert not stuck, f"threads of {self.name} do not end: {stuck}"
        self.check()

    def check(self):
        """Complains if a script was surprised."""
        for connection in self.connections:
            if connection.surprised():
                raise AssertionError(
                    f"the script of {self.name}, connection {connection.number}, was "
                    f"surprised") from connection.failure

    def forgive(self):
        """Scripts that were surprised so far are what the test wanted."""
        for connection in self.connections:
            connection.failure = None

    def evidence(self):
        for c in self.connections:
            yield (f"{self.name}, connection {c.number} from {c.wire.peer}",
                   f"ended by {c.failure!r}; received:{c.transcript()}")
