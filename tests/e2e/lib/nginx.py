"""nginx's mail proxy, to compare with: libnginx-mod-mail of Debian."""
import glob

from lib.deadline import wait_until
from lib.ports import Address
from lib.process import Program
from lib.wire import connect

PROGRAM = "/usr/sbin/nginx"
MODULE = "/usr/lib/nginx/modules/ngx_mail_module.so"
METHODS = {"imap": "imap_auth plain login cram-md5 external;",
           "pop3": "pop3_auth plain cram-md5 external;"}


class Nginx:
    """lookup: a LookupServer; listeners imap and pop3 with STARTTLS, client
    certificates optional."""

    def __init__(self, folder, lookup, certificate, ca_file, name="nginx"):
        assert glob.glob(MODULE), "libnginx-mod-mail is not installed"
        self.name = name
        self.folder = folder
        self.address = Address()
        self.host = self.address.ip
        self.ports = {p: self.address.port(p) for p in METHODS}
        folder.mkdir()
        servers = "".join(f"""
    server {{
        listen {self.host}:{self.ports[p]};
        protocol {p};
        {methods}
        starttls on;
        ssl_certificate {certificate.cert};
        ssl_certificate_key {certificate.key};
        ssl_verify_client optional;
        ssl_client_certificate {ca_file};
    }}
""" for p, methods in METHODS.items())
        conf = folder / "nginx.conf"
        conf.write_text(f"""
load_module {MODULE};
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/log;
events {{}}
mail {{
    server_name nginx.test;
    auth_http {lookup.host}:{lookup.port}/auth;
    auth_http_header X-Auth-Key "sesame open";
    auth_http_timeout 3s;
    {servers}
}}
""")
        self._program = Program(name, [PROGRAM, "-p", folder, "-c", conf], folder)

    def start(self):
        self._program.start()

        def listens():
            self._program.ensure_running()
            try:
                for port in self.ports.values():
                    connect(self.host, port).close()
            except ConnectionRefusedError:
                return False
            return True
        wait_until(listens, 10, "nginx to listen")
        return self

    def close(self):
        self._program.stop(10)
        self.address.release()

    def evidence(self):
        log = self.folder / "log"
        if log.exists():
            yield "log of nginx", log.read_text(errors="replace")[-4000:]
