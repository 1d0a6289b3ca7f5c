"""usher -t and --dump-config: every mistake of every file at once, where it is and what
would be right; and what usher makes of the files."""
import subprocess

import pytest

from lib.fake_imap import FakeImap
from lib.front import make_front

FILES = {
    "usher.yaml": """\
include: conf.d/*.yaml
listeners:
  - { name: imap, protocol: imaps, address: ["*:143"], tls: off }
  - { name: imap2, protocol: imap, address: ["*:99999"], tls: off }
login:
  failure_delay: 2 weeks
  max_attempts: 0
  alow_cleartext: yes
""",
    "conf.d/auth.yaml": """\
auth:
  - { driver: passwd-fil }
  - { driver: passwd-file }
  - { driver: static, password: [hush, hush] }
""",
    "conf.d/director.yaml": "director:\n\tbackends: []\n",
    "conf.d/tls.yaml": """\
tls: { min_version: TLSv1.1 }
login_trusted_networks: [10.0.0.0/8, 10.0.0.0/33]
""",
}

MISTAKES = [
    ("conf.d/auth.yaml:2:15: driver: ", '"passwd-fil" is not '),
    ("conf.d/auth.yaml:3:7: auth: ", "path is missing; "),
    ("conf.d/auth.yaml:4:33: password: ", "here is a list, it takes a text"),
    ("conf.d/director.yaml:2:1: ", "not YAML: "),
    ("conf.d/tls.yaml:1:21: min_version: ", '"TLSv1.1" is not TLSv1.2 or TLSv1.3'),
    ("conf.d/tls.yaml:2:38: login_trusted_networks: ", '"10.0.0.0/33" is not '),
    ("usher.yaml:3:29: protocol: ", '"imaps" is not '),
    ("usher.yaml:4:46: address: ", '"*:99999" is not '),
    ("usher.yaml:6:18: failure_delay: ", '"2 weeks" is not a duration such as '),
    ("usher.yaml:7:17: max_attempts: ", '"0" is not a whole number from 1 to 1000'),
    ("usher.yaml:8:3: alow_cleartext: ",
     "there is no such key in login; did you mean allow_cleartext?"),
]


@pytest.fixture
def program(make_usher):
    """Runs usher with these arguments to its end."""
    usher = make_usher(start=False)

    def run(*arguments):
        return subprocess.run([usher.build / "usher", *arguments], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    run.usher = usher
    return run


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_every_mistake_of_every_file(program):
    """In one run, in the order of their places."""
    folder = program.usher.folder
    write(folder, FILES)
    done = program("-t", "-c", folder / "usher.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    for line, (where, what) in zip(lines, MISTAKES):
        assert line.startswith(f"{folder}/{where}{what}"), line
    assert len(lines) == len(MISTAKES)
    assert "hush" not in done.stderr

    # It does not begin either, and says the same.
    started = program("-c", folder / "usher.yaml")
    assert (started.returncode, started.stderr) == (1, done.stderr)


# ---- mistakes that need a look elsewhere -------------------------------------------------

def without_certificate(usher):
    usher.config["tls"]["certificates"] = []
    return "tls: imap needs a certificate, and tls.certificates has none; "


def with_a_key_of_another(usher):
    usher.config["tls"]["certificates"][0]["key"] = "/dev/null"
    return "tls.certificates: read the key of "


def with_an_unknown_user(usher):
    usher.configure(process={"user": "nobody-i-know"})
    return "process.user: there is no user nobody-i-know; make one "


def with_an_authority_that_is_none(usher):
    usher.configure(director={"backend_defaults": {"tls": "implicit",
                                                   "ca_file": "/etc/hostname"}})
    return "/etc/hostname has no certificate of an authority"


def with_two_at_one_address(usher):
    usher.config["listeners"][1]["address"] = usher.config["listeners"][0]["address"]
    return "address: imap listens there already; each needs its own"


MISFITS = [without_certificate, with_a_key_of_another, with_an_unknown_user,
           with_an_authority_that_is_none, with_two_at_one_address]


@pytest.fixture
def usher(make_usher, scene):
    return make_front(make_usher, scene, scene.fake(FakeImap()), start=False)


@pytest.mark.parametrize("spoil", MISFITS)
def test_what_does_not_fit_together(usher, program, spoil):
    words = spoil(usher)
    usher.write_config()
    for arguments in (("-t", "-c"), ("-c",)):
        done = program(*arguments, usher.folder / "usher.yaml")
        if spoil is with_an_unknown_user and done.returncode == 0:
            return      # not root: usher stays who it is
        assert done.returncode == 1
        assert f"{usher.folder}/usher.yaml:" in done.stderr and words in done.stderr


# ---- what is good -----------------------------------------------------------------------------

def test_a_good_one(usher, program):
    """Also while an usher runs with it, whose ports are taken."""
    usher.start()
    path = usher.folder / "usher.yaml"
    done = program("-t", "-c", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{path}: good\n", "")


def test_what_is_dumped_is_read_as_the_same(scene, usher, program):
    """With every default, in one file; it can be started with, too."""
    usher.configure(login={"greeting": "a \"b\" \\ c: #d \u20ac"}, forward={
        "variables": {"plan": "gold: yes", "n": "0x10"}})
    usher.config["auth"] = [{"driver": "static", "password": "{PLAIN}hush: \"#",
                             "fields": {"host": "a"}}]
    usher.write_config()
    first = program("--dump-config", "--show-secrets", "-c", usher.folder / "usher.yaml")
    assert first.returncode == 0
    copy = usher.folder / "copy.yaml"
    copy.write_text(first.stdout)
    second = program("--dump-config", "--show-secrets", "-c", copy)
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "connect_timeout: " in first.stdout      # nobody had said so

    usher.write_config(first.stdout)
    usher.start_as_written()
    client = scene.imap(usher, "imaps", greeting=False)
    assert client.greeting().endswith("] a \"b\" \\ c: #d \u20ac".encode())
    assert client.login("anybody", "hush: \"#").status == "OK"


def test_no_secret_is_dumped(usher, program):
    usher.config["auth"] = [{"driver": "static", "password": "{PLAIN}hush",
                             "fields": {"host": "a", "pass": "whisper"}}]
    usher.write_config()
    done = program("--dump-config", "-c", usher.folder / "usher.yaml")
    assert done.returncode == 0
    assert "hush" not in done.stdout and "whisper" not in done.stdout


# ---- the program's own arguments -----------------------------------------------------------------

@pytest.mark.parametrize("arguments", [["-x"], ["--no-such"], ["start"], ["-c"],
                                       ["--role", "nobody"]])
def test_wrong_arguments(program, arguments):
    done = program(*arguments)
    assert done.returncode == 2 and done.stderr


def test_a_file_that_is_not_there(program):
    done = program("-t", "-c", "/nowhere/usher.yaml")
    assert done.returncode == 1
    assert done.stderr == ("/nowhere/usher.yaml: cannot be read: No such file or "
                           "directory\n")


def test_help_and_version(program):
    assert "--dump-config" in program("--help").stdout
    assert program("--version").stdout.startswith("usher ")
