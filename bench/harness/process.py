"""Programs that run while something is measured: started, watched, ended. None outlives the harness."""
import atexit
import ctypes
import os
import re
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_running = []


def _die_with_us():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_all():
    for process in list(_running):
        process.end(signal.SIGKILL)


atexit.register(end_all)


def cpu_seconds(pid):
    """CPU time of all threads: to the nanosecond, where /proc/PID/stat counts ticks."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return total / 1e9


def peak_kb(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            return int(re.search(r"VmHWM:\s*(\d+)", file.read())[1])
    except (OSError, TypeError):
        return 0


class Background:
    """A tool on a CPU of its own. `errors` is what it said on its error output."""

    def __init__(self, command, cpu=None, output=os.devnull, environment=None):
        self.errors = ""
        self._out = open(output, "wb")
        self._err = os.memfd_create("bench-errors")
        if cpu is not None:
            command = ["taskset", "-c", str(cpu), *command]
        self.command = command
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err,
            preexec_fn=_die_with_us, env={**os.environ, **(environment or {})})
        self.pid = self._process.pid
        _running.append(self)

    def cpu(self):
        return cpu_seconds(self.pid)

    def peak(self):
        return peak_kb(self.pid)

    def said(self):
        return os.pread(self._err, 1 << 20, 0).decode(errors="replace")

    def ended(self):
        return self._process.poll() is not None

    def send(self, number):
        os.kill(self.pid, number)

    def wait_quiet(self, quiet=0.25, least=0.3, most=15, share=0.02):
        """Until it has used next to no CPU for a while: it is attached, or has caught up."""
        begin = since = time.monotonic()
        before = self.cpu()
        while time.monotonic() - begin < most:
            time.sleep(0.05)
            if self.ended():
                raise RuntimeError(f"{' '.join(self.command)} ended: {self.said()[-600:]}")
            now = self.cpu()
            if now - before > share * 0.05:
                since = time.monotonic()
            before = now
            if time.monotonic() - begin >= least and time.monotonic() - since >= quiet:
                return
        raise RuntimeError(f"{' '.join(self.command)}: not quiet within {most} s")

    def end(self, number=signal.SIGINT, patience=20):
        if self in _running:
            _running.remove(self)
            if not self.ended():
                self.send(number)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self.errors = self.said()
            os.close(self._err)
            self._out.close()
        return self.errors


def run(command, cpu=None, timeout=120, environment=None, check=True):
    """A program that ends by itself: what it printed."""
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                          preexec_fn=_die_with_us, env={**os.environ, **(environment or {})})
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {(done.stderr or done.stdout)[-600:]}")
    return done
