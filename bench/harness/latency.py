"""From an event to its printed line, when little happens; and what waiting costs."""
import fcntl
import os
import pty
import random
import select
import struct
import subprocess
import termios
import time

from .goals import Goal
from .measure import Rounds, Spread, interleave
from .process import _die_with_us, cpu_seconds  # pylint: disable=protected-access
from .table import section, table


class Terminal:
    """A tool whose lines are read as they come."""

    def __init__(self, command):
        self._side, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("4H", 50, 300, 0, 0))
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=other, stderr=subprocess.DEVNULL,
                                        preexec_fn=_die_with_us)
        os.close(other)
        self._text = b""

    def wait_for(self, word, seconds=5):
        end = time.monotonic() + seconds
        while word not in self._text:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._side], [], [], left)[0]:
                raise RuntimeError(f"no line with {word.decode()} within {seconds} s")
            self._text = self._text[-200:] + os.read(self._side, 1 << 16)
        when = time.monotonic()
        self._text = b""
        return when

    def drain(self, seconds):
        """Reads along, so that it does not wait for us."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._side], [], [], left)[0]:
                os.read(self._side, 1 << 16)

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self._side)


def share(values, part):
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def measure(context):
    paths, me = context.paths, str(os.getpid())
    tools = {
        "skep opensnoop": [paths.skep, "run", "opensnoop", "--pid", me],
        "libbpf-tools opensnoop": ["/usr/sbin/opensnoop", "-p", me],
        "bpftrace": ["bpftrace", "-e", f"tracepoint:syscalls:sys_enter_openat /pid == {me}/ "
                     '{ printf("%s\\n", str(args->filename)); }'],
    }
    got = Rounds()
    events, idle = context.scaled(50), 1 if context.quick else 2

    def one(name, number):
        tool = Terminal(tools[name])
        try:
            tool.drain(2 if name == "bpftrace" else 0.7)
            taken = []
            for i in range(events):
                word = f"bench-{number}-{i}-end"
                tool.drain(random.uniform(0, 0.1))
                begin = time.monotonic()
                try:
                    os.close(os.open("/nonexistent/" + word, os.O_RDONLY))
                except FileNotFoundError:
                    pass
                taken.append((tool.wait_for(word.encode()) - begin) * 1e3)
            tool.drain(0.5)
            before = cpu_seconds(tool.process.pid)
            tool.drain(idle)
            used = cpu_seconds(tool.process.pid) - before
        finally:
            tool.end()
        got.add(name, p50=share(taken, 0.5), p99=share(taken, 0.99), idle=used / idle * 100)

    context.log("latency: from event to line, and at rest")
    failed = interleave(list(tools), context.rounds, one, context.log)
    rows = [[name, got.of(name, "p50").show(), got.of(name, "p99").show(), got.of(name, "idle").show(digits=3)]
            for name in tools if name not in failed]
    rows += [[name, "did not run: " + why, "", ""] for name, why in failed.items()]
    goals = []
    if "skep opensnoop" not in failed:
        goals = [Goal("event to line, 99th percentile", Spread(got.of("skep opensnoop", "p99").values), 15, unit=" ms"),
                 Goal("CPU at rest", Spread(got.of("skep opensnoop", "idle").values), 0.1, unit=" %")]
    body = (f"{events} events a round, 0 to 100 ms apart, on a terminal; then {idle} s without one.\n\n"
            + table(["", "median, ms", "99th percentile, ms", "CPU at rest, %"], rows))
    return section("Latency, and rest", body, goals)
