"""A Dovecot that only looks users up: what operators put SQL and LDAP behind."""
import shutil
import sqlite3
import subprocess

from lib import dovecot_conf
from lib.deadline import wait_until
from lib.logfile import LogFile
from lib.ports import Address
from lib.process import Program

PROGRAM = "/usr/sbin/dovecot"
SLAPD = "/usr/sbin/slapd"


class DovecotAuth:
    """passdb: text of dovecot.conf; {folder} is put in. socket and master are the
    paths for usher; port is the same by TCP."""

    def __init__(self, folder, passdb, name="dovecot-auth", mechanisms="plain login",
                 more="", files=()):
        self.name = name
        self.folder = folder
        folder.mkdir()
        self.address = Address()
        self.host = self.address.ip
        self.port = self.address.port("http")
        self.socket = folder / "run/auth-usher"
        self.master = folder / "run/usher-master"
        self.log = LogFile(folder / "log")
        self.seen = 0
        for file, text in dict(files).items():
            (folder / file).write_text(text)
        conf = folder / "dovecot.conf"
        user, _group = dovecot_conf.owner()
        conf.write_text(f"""\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
log_timestamp = "%Y-%m-%d %H:%M:%S "
protocols =
ssl = no
auth_debug = yes
auth_verbose = yes
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-usher {{
    mode = 0666
  }}
  unix_listener usher-master {{
    user = {user}
    mode = 0600
  }}
  inet_listener auth-usher {{
    address = {self.host}
    port = {self.port}
  }}
}}
""" + passdb.replace("{folder}", str(folder)) + more)
        self._program = Program(name, [PROGRAM, "-F", "-c", conf], folder,
                                leftovers_seconds=20)

    def start(self):
        self._program.start()

        def listens():
            self._program.ensure_running()
            return self.socket.exists() and self.master.exists()
        wait_until(listens, 20, f"{self.name} to listen")
        return self

    def kill(self):
        self._program.kill()

    def close(self):
        self.kill()
        self.address.release()

    def evidence(self):
        yield f"log of {self.name}", self.log.tail(since=self.seen)


# ---- SQL -------------------------------------------------------------------------

SQL_PASSDB = """\
passdb {
  driver = sql
  args = {folder}/sql.conf
}
"""
SQL_CONF = """\
driver = sqlite
connect = %s/users.sqlite
default_pass_scheme = PLAIN
password_query = SELECT userid AS user, password, host, port, 'y' AS proxy, \\
  one AS forward_one FROM users WHERE userid = '%%u'
"""


def sql_users(folder, rows):
    """rows: (userid, password, host, port, forward_one)"""
    with sqlite3.connect(folder / "users.sqlite") as db:
        db.execute("CREATE TABLE users (userid TEXT PRIMARY KEY, password TEXT, "
                   "host TEXT, port INTEGER, one TEXT)")
        db.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?)", rows)
    (folder / "users.sqlite").chmod(0o644)
    folder.chmod(0o755)


# ---- LDAP ------------------------------------------------------------------------

LDAP_PASSDB = """\
passdb {
  driver = ldap
  args = {folder}/ldap.conf
}
"""
LDAP_CONF = """\
uris = ldapi://%s
dn = cn=admin,dc=example,dc=org
dnpass = ldap secret
ldap_version = 3
base = ou=people,dc=example,dc=org
pass_attrs = uid=user,userPassword=password,l=host,postalCode=port,=proxy=y
pass_filter = (&(objectClass=inetOrgPerson)(uid=%%u))
default_pass_scheme = PLAIN
"""


class Slapd:
    """A directory of people, at a UNIX socket."""

    def __init__(self, folder, people, name="slapd"):
        """people: {uid: (password, host, port)}"""
        self.name = name
        self.folder = folder
        folder.mkdir()
        (folder / "db").mkdir()
        self.path = folder / "ldapi"
        self.uri = str(self.path).replace("/", "%2F")
        conf = folder / "slapd.conf"
        conf.write_text(f"""\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
database mdb
maxsize 10485760
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw "ldap secret"
directory {folder}/db
""")
        ldif = folder / "people.ldif"
        ldif.write_text("""\
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

""" + "".join(f"""\
dn: uid={uid},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: {uid}
cn: {uid}
sn: {uid}
userPassword: {password}
l: {host}
postalCode: {port}

""" for uid, (password, host, port) in people.items()))
        assert shutil.which("slapadd", path="/usr/sbin"), "slapd is not installed"
        done = subprocess.run(["/usr/sbin/slapadd", "-f", conf, "-l", ldif],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self._program = Program(name, [SLAPD, "-f", conf, "-h",
                                       f"ldapi://{self.uri}/", "-d", "0"], folder)

    def start(self):
        self._program.start()

        def listens():
            self._program.ensure_running()
            return self.path.exists()
        wait_until(listens, 10, "slapd to listen")
        self.path.chmod(0o777)
        return self

    def kill(self):
        self._program.kill()

    def close(self):
        self.kill()

    def evidence(self):
        yield f"output of {self.name}", self._program.output_text()
