"""usher itself: configured, started, watched and ended."""
import contextlib
import copy
import json
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

from lib.deadline import PATIENCE, wait_until
from lib.logfile import LogFile
from lib.ports import Address
from lib.process import Program
from lib.wire import connect

# What the harness takes for granted of the programs. If they change, change this.
READY_EVENT = "supervisor.ready"
READY_WORDS = "usher is ready, "        # in a log that is not JSON
RUN_ARGUMENTS = ("-c",)                 # then the file; stays in the foreground
CTL_SOCKET_OPTION = "--socket"
ROLE_IN_ARGUMENTS = r"\b{role}\b"       # a child's command line or title names its role
REPORT_IN_OUTPUT = re.compile(r"runtime error:|Sanitizer:")
UNEXPECTED_LEVELS = ("warn", "error")

START_SECONDS = 20.0
STOP_SECONDS = 20.0
CTL_SECONDS = 20.0

# What a listener is when only its name is given.
_LISTENERS = {
    "imap": ("imap", "starttls"), "imaps": ("imap", "implicit"),
    "pop3": ("pop3", "starttls"), "pop3s": ("pop3", "implicit"),
    "submission": ("submission", "starttls"),
    "submissions": ("submission", "implicit"),
    "lmtp": ("lmtp", "off"), "smtp": ("smtp", "starttls"),
}


def backend_row(name, part, **settings):
    """A row of director.backends for a Dovecot or a fake backend."""
    # LMTP and SMTP have one port each, with whatever TLS.
    ports = {k: v for k, v in part.ports.items()
             if not k.endswith("_haproxy") and k != "lmtps"}
    return {"name": name, "host": part.host, **ports, **settings}


def _merged(base, over):
    """over's values win; sections are merged, lists are not."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


class Usher:
    """build: the folder with usher and usherctl. wrapper: a command to run usher
    under, in which {reports} is a folder whose files make the test fail, as in
    "valgrind -q --trace-children=yes --log-file={reports}/valgrind.%p".

    config is the configuration as a dict, listeners left out; change it and call
    reload(), or leave it and start(). ports maps the listeners' names to numbers."""

    def __init__(self, folder, build, wrapper="", name="usher"):
        self.name = name
        self.folder = folder
        self.build = Path(build)
        self.address = Address()
        self.host = self.address.ip
        self.ports = {}
        self.seen = 0
        self.expected_events = set()    # warnings and errors that are no surprise
        self.reports = folder / "reports"
        self._make_folder()
        self.log = LogFile(folder / "log")
        self._wrapper = shlex.split(wrapper.replace("{reports}", str(self.reports)))
        self.config = self._defaults()
        self._file = folder / "usher.yaml"
        self._program = Program(
            name, [*self._wrapper, self.build / "usher", *RUN_ARGUMENTS, self._file],
            folder, self._environment())

    # ---- before start() --------------------------------------------------------

    def set_environment(self, **variables):
        self._program.env.update(variables)

    def run_as(self, program):
        """Another file of the program."""
        at = self._program.arguments.index(str(self.build / "usher"))
        self._program.arguments[at] = str(program)

    def give_hosts(self, text):
        """An /etc/hosts of its own."""
        hosts = self.folder / "hosts"
        hosts.write_text(text)
        unshare = ["unshare", "--mount"]
        if os.getuid() != 0:
            unshare += ["--user", "--map-current-user", "--keep-caps"]
        self._program.arguments = [
            *unshare, "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts),
            *self._program.arguments]

    # ---- configuration -------------------------------------------------------

    def _make_folder(self):
        # Started as root, usher's processes run as somebody else, who has to be able
        # to write sockets and reports.
        for path in (self.folder / "run", self.reports):
            path.mkdir(parents=True)
            path.chmod(0o1777)

    def _defaults(self):
        process = {"workers": 2, "auth_processes": 1}
        if os.getuid() == 0:
            process["user"] = "nobody"
        # Whoever checks memory must read /proc and write reports.
        if self._wrapper or self.sanitized():
            process["sandbox"] = False
        return {
            "listeners": [],
            "process": process,
            "log": {"target": "file", "path": str(self.log.path), "format": "json",
                    "level": "debug"},
            "admin": {"socket": str(self.folder / "run/ctl.sock")},
        }

    def listen(self, name, **settings):
        """Adds a listener: "imap", "imaps" and so on, or any other name with
        protocol and tls given."""
        protocol, tls = _LISTENERS.get(name, (None, None))
        row = {"name": name, "protocol": protocol, "tls": tls, **settings}
        self.ports[name] = self.address.port(
            name if name in _LISTENERS else row["protocol"])
        row["address"] = [f"{self.host}:{self.ports[name]}"]
        self.config["listeners"].append(row)

    def configure(self, **settings):
        """Lays settings over the configuration; does not reload."""
        self.config = _merged(self.config, copy.deepcopy(settings))

    def write_config(self, text=None):
        """text is for what no dict can say. JSON is YAML, so the file can be read
        by both, and no YAML writer is needed."""
        if text is None:
            text = json.dumps(self.config, indent=2, ensure_ascii=False) + "\n"
        # At once, since usher may be about to read it.
        new = self._file.with_suffix(".new")
        new.write_text(text)
        new.rename(self._file)

    # ---- sanitizers --------------------------------------------------------------

    def sanitized(self):
        program = (self.build / "usher").read_bytes()
        return b"__asan_init" in program or b"__tsan_init" in program

    def _environment(self):
        """Reports go to files, where they can; see _read_reports()."""
        env = dict(os.environ)
        common = f"log_path={self.reports}/sanitizer:halt_on_error=1"
        env["ASAN_OPTIONS"] = common + ":detect_leaks=1"
        env["UBSAN_OPTIONS"] = common + ":print_stacktrace=1"
        env["TSAN_OPTIONS"] = common
        return env

    def _read_reports(self):
        """gcc's UBSan writes to stderr when ASan is there too, whatever it was told."""
        texts = [p.read_text(errors="replace") for p in sorted(self.reports.iterdir())]
        output = self._program.output_text()
        if REPORT_IN_OUTPUT.search(output):
            texts.append(output)
        return "\n".join(t for t in texts if t.strip())

    # ---- its life --------------------------------------------------------------

    def start(self):
        self.write_config()
        return self.start_as_written()

    def start_as_written(self):
        """start() with the file as write_config() left it."""
        since = self.log.mark()
        self._program.start()
        self.wait_ready(since)
        return self

    def wait_ready(self, since=0):
        def ready():
            self._program.ensure_running()
            if self._logs_json():
                return self.log_lines(READY_EVENT, since)
            if self.config["log"]["target"] == "file":
                return self.log.find(READY_WORDS, since)
            return all(self._listens(port) for port in self.ports.values())
        wait_until(ready, START_SECONDS, f"{self.name} to be ready ({READY_EVENT})")

    def _listens(self, port):
        try:
            connect(self.host, port).close()
        except ConnectionRefusedError:
            return False
        return True

    def run_to_end(self):
        """For configurations that must be refused: (exit status, what it said)."""
        self._program.start()
        return self.wait_end(), self._program.output_text()

    def wait_end(self):
        """As stop(), of one that ends without being asked, or was asked already."""
        self._program.wait(STOP_SECONDS)
        return self.stop()

    def stop(self):
        """Its exit status; None if it is not there to be stopped. Complains of
        leftover processes, of sanitizer reports, and of warnings and errors in the
        log that nobody expected."""
        if not self._program.started():
            return None
        status = self._program.stop(STOP_SECONDS)
        self._check_traces()
        return status

    def _check_traces(self):
        reports = self._read_reports()
        assert not reports, f"{self.name} was found out:\n{reports}"
        surprises = [line for line in self._json_lines()
                     if line.get("level") in UNEXPECTED_LEVELS
                     and line.get("event") not in self.expected_events]
        assert not surprises, f"unexpected in the log of {self.name}: {surprises}"

    def close(self):
        """For good. Whoever has not stopped it already wants it to end well; that it
        ended by itself, unseen, is not well."""
        try:
            status = self.stop()
            assert status in (None, 0), f"{self.name} ended with status {status}"
        finally:
            self._program.kill()
            self.address.release()

    def running(self):
        return self._program.running()

    def processes(self):
        return self._program.members()

    def children(self, role):
        """The processes of a role: "worker", "auth", "director"."""
        return self._program.children(ROLE_IN_ARGUMENTS.format(role=re.escape(role)))

    def kill(self, role, number=signal.SIGKILL):
        """Sends a signal to one process of a role, and gives its id."""
        pid = self.children(role)[0].pid
        os.kill(pid, number)
        return pid

    @contextlib.contextmanager
    def frozen(self, role):
        """Stops the processes of a role for a while: what happens meanwhile, they find
        all at once."""
        pids = [child.pid for child in self.children(role)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def signal(self, number):
        """To the supervisor."""
        self._program.signal(number)

    # ---- the operator ------------------------------------------------------------

    def run_ctl(self, *arguments):
        """usherctl with these arguments alone."""
        return subprocess.run(
            [self.build / "usherctl", *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=CTL_SECONDS * PATIENCE,
            env=self._environment())

    def ctl(self, *arguments, status=0):
        """usherctl to this usher; gives what it writes, and complains of any other
        status."""
        done = self.run_ctl(CTL_SOCKET_OPTION, self.config["admin"]["socket"], *arguments)
        assert done.returncode == status, (
            f"usherctl {arguments}: status {done.returncode}\n{done.stdout}"
            f"{done.stderr}")
        return done.stdout

    def reload(self):
        """Writes the configuration as it is now, and has usher read it."""
        self.write_config()
        return self.ctl("reload")

    # ---- what it says --------------------------------------------------------

    def _logs_json(self):
        """A test may set log.format to dovecot; what it expects to be said, it then
        looks for in log itself."""
        return self.config["log"]["format"] == "json"

    def _json_lines(self, since=0):
        lines = self.log.lines(since) if self._logs_json() else []
        return [json.loads(line) for line in lines]

    def log_lines(self, event, since=0, **fields):
        """The lines of an event, as dicts; fields narrow them down."""
        return [line for line in self._json_lines(since)
                if line.get("event") == event
                and all(line.get(k) == v for k, v in fields.items())]

    def wait_for_log(self, event, timeout=5.0, since=0, **fields):
        """The first such line."""
        return self.wait_for_logs(event, 1, timeout, since, **fields)[0]

    def wait_for_logs(self, event, count, timeout=5.0, since=0, **fields):
        """All such lines, once there are count of them."""
        def enough():
            found = self.log_lines(event, since, **fields)
            return found if len(found) >= count else None
        return wait_until(enough, timeout, lambda: (
            f"{self.name} to log {count} times {event} with {fields}; there are "
            f"{len(self.log_lines(event, since, **fields))}"))

    def evidence(self):
        if self._program.output_text():
            yield f"output of {self.name}", self._program.output_text()
        yield f"log of {self.name} ({self.host})", self.log.tail(since=self.seen)
        if self._read_reports():
            yield f"reports on {self.name}", self._read_reports()
