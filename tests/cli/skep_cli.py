"""What the tests of the command share: running it, waiting for it, and proof that it left nothing."""
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

SKEP = os.environ["SKEP"]
OBJECTS = pathlib.Path(os.environ["SKEP_TEST_OBJECTS"])
DEADLINE = 60  # seconds; a build with sanitizers on a busy machine is slow


class SkepTest(unittest.TestCase):
    """Each test has a cache and a work directory of its own."""

    def setUp(self):
        self.work = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cache = self.work / "cache"
        self.env = dict(os.environ, XDG_CACHE_HOME=str(self.cache))
        self.env.pop("NO_COLOR", None)

    def skep(self, *arguments, **options):
        """Runs to the end and returns the CompletedProcess, texts decoded."""
        options.setdefault("timeout", DEADLINE)
        options.setdefault("env", self.env)
        options.setdefault("stdin", subprocess.DEVNULL)
        if "stdout" not in options:
            options["stdout"] = subprocess.PIPE
        command = self.for_everybody() if "user" in options else SKEP
        return subprocess.run([command, *map(str, arguments)], stderr=subprocess.PIPE, text=True,
                              errors="replace", **options)

    def for_everybody(self):
        """A copy of skep that another user can run: the tree may lie in a folder that is ours alone."""
        self.work.chmod(0o755)
        return shutil.copy(SKEP, self.work / "skep")

    def start(self, *arguments, **options):
        """Starts `skep …` and returns it once it says that it is attached."""
        options.setdefault("stdout", subprocess.PIPE)
        process = subprocess.Popen([SKEP, *map(str, arguments)], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=self.env,
                                   **options)
        self.addCleanup(self.end, process)
        self.head = self.wait_for(process, b"attached")
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def wait_for(self, process, word):
        """Reads standard error until `word` came; fails at the deadline or when it closes."""
        seen = b""
        end = time.monotonic() + DEADLINE
        while word not in seen:
            ready, _, _ = select.select([process.stderr], [], [], end - time.monotonic())
            self.assertTrue(ready, f"no {word!r} in time; standard error: {seen!r}")
            chunk = os.read(process.stderr.fileno(), 65536)
            self.assertTrue(chunk, f"ended without {word!r}; standard error: {seen!r}")
            seen += chunk
        return seen.decode(errors="replace")

    def interrupt(self, process, number=signal.SIGINT):
        """Ends it as Ctrl-C does; returns (exit code, standard output, rest of standard error)."""
        process.send_signal(number)
        out, err = process.communicate(timeout=DEADLINE)
        return process.returncode, (out or b"").decode(errors="replace"), err.decode(errors="replace")

    def write(self, name, text):
        path = self.work / name
        path.write_text(text)
        return path

    def rows(self, text):
        return [json.loads(line) for line in text.split("\n") if line]

    def fails(self, done, code, *words):
        """One clear error: the code, `skep: …` once, every word, no abort, no sanitizer report."""
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertRegex(done.stderr, word)
        self.assertEqual(len(re.findall(r"^skep: ", done.stderr, re.M)), 1, done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)


def exists(kind, number):
    """Whether the kernel holds it: a list may break off where something of others just went."""
    done = subprocess.run(["bpftool", "-j", kind, "show", "id", str(number)], capture_output=True, text=True)
    return done.returncode == 0 and json.loads(done.stdout or "{}").get("id") == number


def ids_held_by(pid):
    """The ids of BPF programs, maps and links that a process holds by descriptor."""
    held = {"prog": set(), "map": set(), "link": set()}
    for entry in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            text = entry.read_text()
        except OSError:
            continue
        for kind in held:
            for number in re.findall(rf"^{kind}_id:\s*(\d+)$", text, re.M):
                held[kind].add(int(number))
    return held


def assert_gone(test, held):
    """The kernel frees behind a grace period: poll, with a deadline."""
    end = time.monotonic() + 20
    for kind, ids in held.items():
        while (left := {i for i in ids if exists(kind, i)}) and time.monotonic() < end:
            time.sleep(0.02)
        test.assertFalse(left, f"{kind} still in the kernel")
