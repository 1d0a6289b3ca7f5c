"""Waiting for something to be true: never by a guessed sleep, never for ever."""
import os
import time

# Every limit below is an upper bound, so a slow machine or valgrind only needs
# more patience, not other tests.
PATIENCE = float(os.environ.get("USHER_TEST_PATIENCE", "1"))

# Between two looks at a file or at /proc, where nothing tells us of a change.
LOOK_AGAIN_SECONDS = 0.005


class Deadline:
    """A point in time, some seconds from now. None is never."""

    def __init__(self, seconds):
        self.seconds = None if seconds is None else seconds * PATIENCE
        self._start = time.monotonic()

    def left(self):
        """Seconds until then, 0 once it has passed; None if it never does."""
        if self.seconds is None:
            return None
        return max(0.0, self._start + self.seconds - time.monotonic())

    def passed(self):
        return self.left() == 0.0


def wait_until(probe, seconds, what):
    """Calls probe() until it gives something true, and gives that back.

    what completes the sentence "waited N s for ..."; a function, if it is costly
    or only known at the end."""
    deadline = Deadline(seconds)
    while True:
        result = probe()
        if result:
            return result
        if deadline.passed():
            what = what() if callable(what) else what
            raise AssertionError(f"waited {deadline.seconds:g} s for {what}")
        time.sleep(LOOK_AGAIN_SECONDS)
