"""The proxies that are compared, each configured as its makers would for this work: one
worker, pinned to one core, no logging of single sessions where that can be left out."""
import grp
import json
import os
import pwd
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import machine

PROXY_CORE = "0"        # the proxy under test has it for itself
OTHER_CORE = "1"        # clients, backends, lookup servers

# What each listens on, on an address of its own.
PORTS = {"imap": 10143, "imaps": 10993, "pop3": 10110, "submission": 10587,
         "lmtp": 10024}
# The sink's are the usual ones: Dovecot's static passdb takes one port for all.
SINK_PORTS = {"imap": 143, "pop3": 110, "submission": 587, "lmtp": 24}
START_SECONDS = 20


def pinned(core, *command):
    return ["taskset", "-c", core, *map(str, command)]


def output_of(*command):
    """What a program says of itself, its first line."""
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).split("\n")[0].strip()


def wait_for_port(host, port):
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Program:
    """A program in a folder of its own."""

    def __init__(self, name, folder, command, core):
        self.name = name
        self.folder = folder
        self._output = open(folder / "output", "ab")
        self._process = subprocess.Popen(
            pinned(core, *command), stdin=subprocess.DEVNULL,
            stdout=self._output, stderr=subprocess.STDOUT, cwd=folder,
            preexec_fn=os.setpgrp)

    @property
    def pid(self):
        return self._process.pid

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()


class Peer:
    """A way to the sink: a host, ports by protocol, and the family of processes whose
    cost is counted."""

    def __init__(self, site, host):
        self.site = site
        self.host = host
        self.ports = {}
        self.folder = site.folder / type(self).__name__.lower()
        self.folder.mkdir()
        self.program = None

    def note_version(self, text):
        if text not in self.site.versions:
            self.site.versions.append(text)

    def start(self):
        self.program = Program(self.name, self.folder, self.command(), PROXY_CORE)
        for port in self.ports.values():
            try:
                wait_for_port(self.host, port)
            except OSError as e:
                said = (self.folder / "output").read_text()
                raise RuntimeError(f"{self.name} does not listen: {said}") from e

    def cpu(self):
        return machine.cpu_seconds(self.program.pid)

    def memory(self):
        return machine.pss_bytes(self.program.pid)

    def reload(self):
        self.program.signal(signal.SIGHUP)

    def stop(self):
        if self.program is not None:
            self.program.stop()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


class Direct(Peer):
    """No proxy at all: what the clients, the sink and the kernel cost by themselves."""

    name = "direct"

    def start(self):
        self.host = self.site.sink_host
        self.ports = dict(SINK_PORTS)

    def cpu(self):
        return 0.0

    def memory(self):
        return 0


class Usher(Peer):
    name = "usher"
    auth = [{"driver": "static", "fields": {"proxy": "y"}}]

    def command(self):
        self.note_version(output_of(self.site.build / "usher", "--version"))
        self.ports = dict(PORTS)
        rows = [("imap", "imap", "starttls"), ("imaps", "imap", "implicit"),
                ("pop3", "pop3", "starttls"),
                ("submission", "submission", "starttls"), ("lmtp", "lmtp", "off")]
        config = {
            "listeners": [{"name": name, "protocol": protocol, "tls": tls,
                           "address": [f"{self.host}:{PORTS[name]}"]}
                          for name, protocol, tls in rows],
            "login": {"allow_cleartext": True},
            "tls": {"certificates": [{"cert": str(self.site.cert),
                                      "key": str(self.site.key)}]},
            "auth": self.lookups(),
            "director": {"backends": [
                {"name": "sink", "host": self.site.sink_host, **SINK_PORTS}]},
            "process": {"workers": 1, "auth_processes": 1,
                        "user": self.site.nobody},
            "log": {"target": "file", "path": str(self.folder / "log"),
                    "level": "warn"},
            "admin": {"socket": str(self.folder / "ctl.sock")},
        }
        path = self.write("usher.yaml", json.dumps(config))
        return [self.site.build / "usher", "-c", path]

    def lookups(self):
        # As nginx with xclient: the backend takes the proxy's word for who it is.
        return [{"driver": "static", "fields": {"nopassword": "y", "proxy_noauth": "y"}}]


class UsherPasswd(Usher):
    """The route from the auth process: a passwd-file with passwords in the clear."""

    name = "usher, passwd-file"

    def lookups(self):
        users = self.write("users", "user@example.org:{PLAIN}secret::::::"
                                    "proxy=y proxy_noauth=y\n")
        return [{"driver": "passwd-file", "path": str(users)}]


class Nginx(Peer):
    name = "nginx"
    buffer = "64k"

    def command(self):
        self.note_version(output_of("nginx", "-v").split(": ")[-1])
        self.ports = {k: v for k, v in PORTS.items() if k != "lmtp"}
        servers = "".join(f"""
    server {{
        listen {self.host}:{PORTS[name]} {more} backlog=4096;
        protocol {protocol};
    }}""" for name, protocol, more in (
            ("imap", "imap", ""), ("imaps", "imap", "ssl"), ("pop3", "pop3", ""),
            ("submission", "smtp", "")))
        path = self.write("nginx.conf", f"""
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
master_process on;
worker_processes 1;
user {self.site.nobody} {self.site.nogroup};
pid {self.folder}/pid;
error_log {self.folder}/error.log crit;
events {{ worker_connections {2 * self.site.sessions + 100}; }}
mail {{
    auth_http {self.site.lookup_host}:{self.site.lookup_port}/auth;
    proxy_buffer {self.buffer};
    proxy_timeout 1h;
    timeout 10m;
    xclient on;
    smtp_auth plain login;
    imap_auth plain login;
    pop3_auth plain;
    ssl_certificate {self.site.cert};
    ssl_certificate_key {self.site.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets on;
    ssl_session_cache shared:mail:10m;
    {servers}
}}
""")
        return ["nginx", "-c", path, "-e", self.folder / "error.log"]


class Dovecot(Peer):
    name = "dovecot"

    def command(self):
        self.note_version("dovecot " + output_of("dovecot", "--version"))
        self.ports = dict(PORTS)

        def login(service, *names):
            listeners = "".join(f"""
  inet_listener {n} {{
    address = {self.host}
    port = {PORTS[n]}
    ssl = {"yes" if n == "imaps" else "no"}
  }}""" for n in names)
            unused = {"imap-login": ["imaps"], "pop3-login": ["pop3s"],
                      "submission-login": ["submissions"]}[service]
            for n in unused:
                if n not in names:
                    listeners += f"\n  inet_listener {n} {{\n    port = 0\n  }}"
            return f"""
service {service} {{
  service_count = 0
  process_min_avail = 1
  process_limit = 1
  client_limit = 20000
  vsz_limit = 0
  chroot =
{listeners}
}}
"""
        path = self.write("dovecot.conf", f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap pop3 submission lmtp
hostname = bench.example
disable_plaintext_auth = no
login_log_format_elements =
ssl = yes
ssl_cert = <{self.site.cert}
ssl_key = <{self.site.key}
default_client_limit = 20000
mail_location = maildir:{self.folder}/mail
lmtp_proxy = yes
passdb {{
  driver = static
  args = proxy=y host={self.site.sink_host} nopassword=y proxy_noauth=y
}}
service auth {{
  client_limit = 20000
}}
service anvil {{
  client_limit = 20000
}}
protocol lmtp {{
  passdb {{
    driver = static
    args = proxy=y host={self.site.sink_host} port={SINK_PORTS["lmtp"]} nopassword=y
  }}
}}
# One client a process is all it can do.
service lmtp {{
  process_min_avail = 8
  process_limit = 100
  service_count = 0
  inet_listener lmtp {{
    address = {self.host}
    port = {PORTS["lmtp"]}
  }}
}}
""" + login("imap-login", "imap", "imaps") + login("pop3-login", "pop3")
            + login("submission-login", "submission"))
        return ["dovecot", "-F", "-c", path]


class Haproxy(Peer):
    """Passes octets and knows no users: the least a proxy can cost."""

    name = "haproxy"

    def command(self):
        self.note_version(output_of("haproxy", "-v").split(" 20")[0])
        self.ports = dict(PORTS)
        pem = self.write("both.pem", self.site.cert.read_text()
                         + self.site.key.read_text())
        parts = "".join(f"""
listen {name}
    bind {self.host}:{PORTS[name]} {f"ssl crt {pem}" if name == "imaps" else ""}
    server sink {self.site.sink_host}:{SINK_PORTS["imap" if name == "imaps" else name]}
""" for name in PORTS)
        path = self.write("haproxy.cfg", f"""
global
    nbthread 1
    maxpipes 100
    maxconn {self.site.sessions}
    tune.ssl.default-dh-param 2048
defaults
    mode tcp
    backlog 4096
    option splice-auto
    option dontlognull
    timeout connect 10s
    timeout client 1h
    timeout server 1h
{parts}
""")
        return ["haproxy", "-W", "-f", path]

    def reload(self):
        self.program.signal(signal.SIGUSR2)


class Site:
    """What all peers share: the sink, a certificate, a lookup server for nginx."""

    def __init__(self, folder, build, tools, sessions):
        self.folder = folder
        self.sessions = sessions        # the most that anybody need hold
        self.build = build
        self.tools = tools
        self.nobody = pwd.getpwuid(65534).pw_name
        self.nogroup = grp.getgrgid(65534).gr_name
        self.sink_host = "127.0.90.1"
        self.lookup_host, self.lookup_port = "127.0.90.2", 10080
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.versions = []
        self._programs = []

    def start(self):
        self._make_certificate()
        (self.folder / "sink").mkdir()
        (self.folder / "lookup").mkdir()
        listeners = [f"{k}:{v}" for k, v in SINK_PORTS.items()]
        self._programs.append(Program(
            "sink", self.folder / "sink",
            [self.tools / "sink", self.sink_host, *listeners], OTHER_CORE))
        for name in ("imap", "lmtp"):
            wait_for_port(self.sink_host, SINK_PORTS[name])
        self._start_lookup()

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out",
             self.cert, "-days", "2", "-subj", "/CN=bench.example", "-addext",
             "subjectAltName=DNS:bench.example"], check=True, capture_output=True)

    def _start_lookup(self):
        """nginx again: nothing answers auth_http faster."""
        where = "".join(f"""
        if ($http_auth_protocol = {protocol}) {{ set $port {SINK_PORTS[name]}; }}"""
                        for protocol, name in (("imap", "imap"), ("pop3", "pop3"),
                                               ("smtp", "submission")))
        path = self.folder / "lookup/nginx.conf"
        path.write_text(f"""
daemon off;
worker_processes 1;
user {self.nobody} {self.nogroup};
pid {self.folder}/lookup/pid;
error_log {self.folder}/lookup/error.log crit;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    server {{
        listen {self.lookup_host}:{self.lookup_port} backlog=4096;
        location /auth {{
            set $port 0;{where}
            add_header Auth-Status OK;
            add_header Auth-Server {self.sink_host};
            add_header Auth-Port $port;
            return 204;
        }}
    }}
}}
""")
        self._programs.append(Program(
            "lookup", self.folder / "lookup",
            ["nginx", "-c", path, "-e", self.folder / "lookup/error.log"],
            OTHER_CORE))
        wait_for_port(self.lookup_host, self.lookup_port)

    def stop(self):
        for program in reversed(self._programs):
            program.stop()
