"""Fixtures of the end-to-end tests, and how they are run. See README.md."""
import functools
import os
import random
import resource
import signal
import tempfile
from pathlib import Path

import pytest

from lib.deadline import PATIENCE
from lib.scene import Run, Scene

# Every wait has a deadline of its own; this ends what forgot one.
TEST_SECONDS = 60

SHARED_USERS = 1000

NEVER_SKIP = "USHER_TEST_NEVER_SKIP" in os.environ

# What usher runs under in tests marked slow_memory. Quiet, so that a report is an error.
VALGRIND = ("valgrind -q --trace-children=yes --vgdb=no --leak-check=full "
            "--show-leak-kinds=definite,indirect,possible "
            "--errors-for-leak-kinds=definite,possible --num-callers=30 "
            "--log-file={reports}/valgrind.%p")


# ---- fixtures ------------------------------------------------------------------

@pytest.fixture(scope="session")
def run():
    run = Run()
    yield run
    run.close()


@pytest.fixture
def scene(run):
    """The parts of one test; see lib/scene.py."""
    run.begin_test()
    with Scene(run) as scene:
        yield scene


@pytest.fixture
def dovecot(scene):
    """A Dovecot of one's own, with IMAP and the user jane, password secret."""
    return scene.dovecot()


@pytest.fixture(scope="session")
def shared_dovecot(run):
    """One for all tests that only need some Dovecot; see user."""
    with Scene(run) as scene:
        yield scene.dovecot(users={f"u{i}": "secret" for i in range(SHARED_USERS)})


@pytest.fixture(scope="session")
def _user_numbers():
    return iter(range(SHARED_USERS))


@pytest.fixture
def user(_user_numbers):
    """A user of shared_dovecot that no other test has; the password is secret."""
    return f"u{next(_user_numbers)}"


@pytest.fixture(scope="session")
def usher_build():
    """The folder with usher and usherctl."""
    build = os.environ.get("USHER_BUILD")
    if build is None:
        why = "USHER_BUILD is not set: it names the folder with usher and usherctl"
        pytest.fail(why) if NEVER_SKIP else pytest.skip(why)
    return Path(build).resolve()


@pytest.fixture
def make_usher(scene, request, usher_build):
    """make_usher(listeners=["imap"], auth=[...], director={...}): a started usher."""
    slow = request.node.get_closest_marker("slow_memory") is not None
    return functools.partial(scene.usher, usher_build,
                             wrapper=VALGRIND if slow else "")


@pytest.fixture(autouse=True)
def _time_limit():
    def ring(*_):
        raise AssertionError(f"the test took more than {TEST_SECONDS * PATIENCE:g} s")
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, TEST_SECONDS * PATIENCE)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# ---- in any order ----------------------------------------------------------------

@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    # Workers of xdist inherit the variable: all must collect in the same order.
    os.environ.setdefault("USHER_TEST_SEED", str(random.randrange(10 ** 6)))

    # What runs as somebody else has to find its files.
    os.umask(0o022)

    # Some tests are both ends of a thousand connections.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    def interrupt(*_):
        raise KeyboardInterrupt("SIGTERM")      # so that fixtures are torn down
    signal.signal(signal.SIGTERM, interrupt)

    # pytest would keep the folders of tmp_path of its last three runs.
    if not hasattr(config, "workerinput") and config.option.basetemp is None:
        folder = tempfile.TemporaryDirectory(prefix="usher-e2e-pytest-")
        config.option.basetemp = folder.name
        config.add_cleanup(folder.cleanup)


def pytest_report_header(config):
    return (f"USHER_TEST_SEED={os.environ['USHER_TEST_SEED']} "
            f"USHER_BUILD={os.environ.get('USHER_BUILD', '')}")


def pytest_collection_modifyitems(items):
    random.Random(os.environ["USHER_TEST_SEED"]).shuffle(items)


# ---- what a failure says -----------------------------------------------------------

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and NEVER_SKIP:
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here: {report.longrepr}"
    run = item.funcargs.get("run") if hasattr(item, "funcargs") else None
    if report.failed and run is not None:
        report.sections += run.evidence()
