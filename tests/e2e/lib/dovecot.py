"""A real Dovecot 2.3 in a folder of its own."""
import base64
import os
import re
import shutil
import ssl
import subprocess

from lib import dovecot_conf, logfile
from lib.deadline import wait_until
from lib.ports import IMPLICIT_TLS, Address
from lib.process import Program
from lib.wire import Wire, WireError, connect

PROGRAM = "/usr/sbin/dovecot"
START_SECONDS = 20.0
# Asked to stop, Dovecot waits a second for its log process, and lets processes with
# a client that is logged in live for ten more.
STOP_SECONDS = 20.0
DOVEADM_SECONDS = 20.0

# What a server says when it is ready for commands. IMAP's "* OK Waiting for
# authentication process to respond.." is not that yet.
_GREETINGS = {
    "imap": rb"\* OK \[CAPABILITY .*",
    "pop3": rb"\+OK .*",
    "submission": rb"220 .*",
    "lmtp": rb"220 .*",
}

# "2026-11-22 08:15:34 imap-login: Info: Login: user=<jane>, ..."
_PREFIX = r"^\S+ \S+ [^:]+: \w+: "


def _passwd_line(name, password, extra):
    """extra: fields of the lookup's answer, such as proxy="y"; None has no value. Of a
    password in base64 no octet can be taken for the file's own; a name is looked up with
    its quotes and backslashes escaped."""
    words = (k if v is None else f"{k}={v}" for k, v in extra.items())
    escaped = re.sub(r"""(["'\\])""", r"\\\1", name)
    coded = base64.b64encode(password.encode()).decode()
    return f"{escaped}:{{PLAIN.b64}}{coded}::::::{' '.join(words)}\n"


class Dovecot:
    """certificate: from pki.py; users, masters: {name: password}; trusted: networks
    whose forwarded identity is believed; cleartext: whether a login without TLS is
    taken from strangers; forwarded: names of forwarded variables to log; haproxy:
    listen for the PROXY protocol, too; more: text behind the rest of dovecot.conf.

    ports maps "imap", "imaps", "pop3", "imap_haproxy" and so on to numbers."""

    def __init__(self, folder, make_certificate, name="dovecot", protocols=("imap",),
                 users=(("jane", "secret"),), masters=(), trusted=(), cleartext=True,
                 forwarded=(), haproxy=False, more=""):
        self.name = name
        self.folder = folder
        self.address = Address()
        self.host = self.address.ip
        self.ports = self._choose_ports(protocols, haproxy)
        self.certificate = make_certificate(f"{name}.test", self.host)
        self.log = logfile.LogFile(folder / "log")
        self.seen = 0           # what of the log belongs to earlier tests
        self._conf = folder / "dovecot.conf"
        self._program = Program(name, [PROGRAM, "-F", "-c", self._conf], folder,
                                leftovers_seconds=STOP_SECONDS)
        self._make_folder()
        for user, password in dict(users).items():
            self.add_user(user, password)
        for user, password in dict(masters).items():
            self._append("masters", _passwd_line(user, password, {}))
        self._conf.write_text(self._configuration(
            protocols, masters, trusted, cleartext, forwarded, haproxy, more))

    # ---- making it -----------------------------------------------------------

    def _choose_ports(self, protocols, haproxy):
        names = [n for p in protocols for n in dovecot_conf.SERVICES[p][1]]
        ports = {name: self.address.port(name) for name in names}
        if haproxy:
            ports.update({f"{n}_haproxy": self.address.port(n) for n in names})
        return ports

    def _make_folder(self):
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(parents=True)
        if os.getuid() == 0:
            shutil.chown(self.folder / "mail", *dovecot_conf.owner())

    def _configuration(self, protocols, masters, trusted, cleartext, forwarded,
                       haproxy, more):
        conf = dovecot_conf
        return "".join((
            conf.general(self.folder, protocols, trusted, haproxy),
            conf.logging(forwarded),
            conf.tls(self.certificate, cleartext),
            conf.master_users(self.folder) if masters else "",
            conf.users(self.folder),
            "" if os.getuid() == 0 else conf.unprivileged(),
            conf.services(self.host, self.ports), more, "\n"))

    def _append(self, file, text):
        with open(self.folder / file, "a") as f:
            f.write(text)

    def add_user(self, name, password, **extra):
        """A new name, at any time; takes up to a second once Dovecot runs, which does
        not look at the file more often. extra: more fields of the lookup, such as
        proxy="y", host=...; nologin=None has no value."""
        self._append("users", _passwd_line(name, password, extra))
        if self.running():
            wait_until(lambda: self._doveadm("auth", "lookup", name).returncode == 0,
                       START_SECONDS, f"{self.name} to know {name}")

    # ---- its life --------------------------------------------------------------

    def start(self):
        """Comes back when every port has greeted."""
        self._program.start()
        for name in self.ports:
            wait_until(lambda: self._greets(name), START_SECONDS,
                       f"{self.name} to greet on its {name} port")
        return self

    def _greets(self, name):
        self._program.ensure_running()
        try:
            wire = Wire(connect(self.host, self.ports[name]))
        except ConnectionRefusedError:
            return False
        protocol = name.replace("_haproxy", "")
        with wire:
            if name != protocol:
                wire.send_line(b"PROXY UNKNOWN")
            try:
                self._read_greeting(wire, protocol)
            except (WireError, OSError):
                return False
        return True

    @staticmethod
    def _read_greeting(wire, protocol):
        if protocol in IMPLICIT_TLS:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            wire.start_tls(context)
            protocol = protocol[:-1]
        while not re.fullmatch(_GREETINGS[protocol], wire.read_line()):
            pass

    def running(self):
        return self._program.running()

    def processes(self):
        return self._program.members()

    def kill(self):
        """Gone from one moment to the next; start() brings it back on the same
        ports."""
        self._program.kill()

    def stop(self):
        """As its operator would; takes 1 s at least, so only where it matters."""
        status = self._program.stop(STOP_SECONDS)
        assert status in (None, 0), f"{self.name} ended with status {status}"

    def close(self):
        """For good, and quickly: nobody will look at its mail again."""
        self._program.kill()
        self.address.release()

    def evidence(self):
        if self._program.output_text():
            yield f"output of {self.name}", self._program.output_text()
        yield f"log of {self.name} ({self.host})", self.log.tail(since=self.seen)

    # ---- what it says --------------------------------------------------------

    def log_lines(self, event, since=0):
        """The lines about an event as Dovecot words it: "Login", "ID sent"."""
        return self.log.find(_PREFIX + re.escape(event), since)

    def wait_for_log(self, regex, timeout=5.0, since=0):
        return self.log.wait_for(regex, timeout, since)

    def logins(self, user, count=1, since=0):
        """The fields of a user's logins, oldest first, once there are count."""
        lines = self.log.wait_for_count(
            _PREFIX + f"Login: user=<{re.escape(user)}>", count, since=since)
        return [logfile.fields(line) for line in lines]

    def login(self, user, since=0):
        """The fields of a user's latest login."""
        return self.logins(user, since=since)[-1]

    def auth_requests(self, session):
        """What the login process asked auth under a session id, as lists of fields:
        ["service=imap", "rip=192.0.2.7", "forward_fields=one=1", ...]."""
        lines = self.log.find(rf"client in: AUTH\t.*\tsession={re.escape(session)}\t")
        return [line.split("\t")[3:] for line in lines]

    # ---- mail ------------------------------------------------------------------

    def _doveadm(self, *arguments, stdin=""):
        return subprocess.run(
            ["doveadm", "-c", self._conf, *arguments], input=stdin,
            text=True, capture_output=True, timeout=DOVEADM_SECONDS)

    def doveadm(self, *arguments, stdin=""):
        """Gives what it writes; complains if it fails."""
        done = self._doveadm(*arguments, stdin=stdin)
        assert done.returncode == 0, (
            f"doveadm {arguments}: status {done.returncode}\n{done.stderr}")
        return done.stdout

    def deliver(self, user, message, mailbox="INBOX"):
        if mailbox != "INBOX":
            self._doveadm("mailbox", "create", "-u", user, mailbox)
        self.doveadm("save", "-u", user, "-m", mailbox, stdin=message)

    def place(self, user, *messages):
        """Puts messages, octets with CRLF, into the INBOX of a user who was not there
        yet, as fast as the disk is: for those that are too large or too many for
        deliver(). With its size in its name, Dovecot need not read one to know it."""
        box = self.folder / "mail" / user / "cur"
        box.mkdir(parents=True)
        for i, message in enumerate(messages, 1):
            n = len(message)
            (box / f"{i}.M1P{i}.test,S={n},W={n}:2,").write_bytes(message)
        if os.getuid() == 0:
            for path in (box.parent, *box.parent.rglob("*")):
                shutil.chown(path, *dovecot_conf.owner())

    def files(self, user):
        """The files of the messages in the user's INBOX, oldest first."""
        box = self.folder / "mail" / user
        return sorted([*box.glob("cur/*"), *box.glob("new/*")],
                      key=lambda path: path.stat().st_mtime_ns)

    def mails(self, user, mailbox="INBOX"):
        """The messages as text, oldest first."""
        ends = "\f"     # doveadm's own, between two messages
        text = self.doveadm("-f", "pager", "fetch", "-u", user, "text", "mailbox",
                            mailbox)
        return [m.split("text:\n", 1)[-1].rstrip("\n") + "\n"
                for m in text.split(ends) if m.strip()]
