"""The examples about system calls and the programs that are started."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from connections import milliseconds
from example import ExampleTest, run, table
from skep_cli import DEADLINE

USER = 54321  # nobody else runs as that


class Calls(ExampleTest):

    def own(self, shown, pid):
        return [row for row in table(shown) if row["pid"] == str(pid)]

    def test_minimal(self):
        child = subprocess.Popen(["/bin/sh", "-c", "read x; echo hello"], stdin=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL)
        process = self.show_example("minimal", "--pid-filter", child.pid)
        child.communicate(b"\n", timeout=DEADLINE)
        shown = self.end_and_show(process)
        self.assert_as_expected("minimal", shown)
        self.assertEqual([(row["pid"], row["text"]) for row in table(shown)],
                         [(str(child.pid), f"BPF triggered sys_enter_write from PID {child.pid}")])

    def test_another_tracepoint(self):
        """The same program where it was not written for."""
        process = self.show_example("minimal", "--pid-filter", os.getpid(),
                                    "--attach", "on_write=tp/syscalls/sys_enter_getpgid")
        self.write("file", "not this")
        os.getpgid(0)
        shown = self.end_and_show(process)
        self.assertEqual([row["pid"] for row in table(shown)], [str(os.getpid())])

    def test_opens(self):
        child = subprocess.Popen(["/bin/sh", "-c", "read x; : < /etc/hostname"], stdin=subprocess.PIPE)
        process = self.show_example("opens", "--pid-target", child.pid)
        pathlib.Path("/etc/hosts").read_text()  # not by the child
        child.communicate(b"\n", timeout=DEADLINE)
        shown = self.end_and_show(process)
        self.assert_as_expected("opens", shown)
        self.assertEqual([(row["pid"], row["path"]) for row in table(shown)],
                         [(str(child.pid), "/etc/hostname")])

    def test_sigsnoop(self):
        process = self.show_example("sigsnoop")
        child = subprocess.Popen(["/bin/bash", "-c", "kill -0 $$; kill -USR1 4194304"],
                                 stderr=subprocess.DEVNULL)
        child.wait(DEADLINE)
        shown = self.end_and_show(process)
        self.assert_as_expected("sigsnoop", shown)
        self.assertEqual([(row["comm"], row["signal"], row["target"], row["ret"])
                          for row in self.own(shown, child.pid)],
                         [("bash", "-", str(child.pid), "-"),
                          ("bash", "SIGUSR1", "4194304", "ESRCH")])

    def test_unlink(self):
        process = self.show_example("unlink_tracepoints", folder="unlink-kprobe")
        path = self.write("removed", "")
        pid = self.child("/bin/rm", path)
        shown = self.end_and_show(process)
        self.assert_as_expected("unlink-kprobe", shown)
        self.assertEqual([row["text"] for row in self.own(shown, pid)], [f"ENTRY {path}", "EXIT 0"])

    def test_exec_args(self):
        """Each ends at its NUL, and is cut so that it has one."""
        process = self.show_example("exec_args")
        child = subprocess.Popen(["/bin/echo", "fifteen letters", "sixteen letters!", "beyond", "more"],
                                 stdout=subprocess.DEVNULL)
        child.wait(DEADLINE)
        shown = self.end_and_show(process)
        self.assert_as_expected("exec-args", shown)
        self.assertEqual([row["args"] for row in self.own(shown, child.pid)],
                         ['["/bin/echo","fifteen letters","sixteen letters","beyond"]'])

    def test_exitsnoop(self):
        """The tool: how long a process lived and its code; one of its threads that ends is no process."""
        process = self.start("run", "exitsnoop")
        work = ("import sys, threading, time\nt = threading.Thread(target=time.sleep, args=[0.2])\n"
                "t.start(); t.join(); sys.exit(3)")
        pid = self.child(sys.executable, "-S", "-c", work)
        rows = self.own(self.end_and_show(process), pid)
        self.assertEqual([row["code"] for row in rows], ["3"])
        self.assertTrue(200 <= milliseconds(rows[0]["duration"]) < 20000, rows)

    def test_exec_ring(self):
        """Each exec gives one record, to the end, whichever signal that comes by; none is lost."""
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start_program("exec-ring", until="watching")
            pids = [self.child("/bin/true") for _ in range(5)]
            shown, last = self.end_program(process, number)
            self.assert_as_expected("exec-ring", shown + last)
            rows = [line.split(maxsplit=2) for line in shown.splitlines()]
            hello = {0: "Hello, even one", 1: "Hello, odd one"}
            self.assertEqual([(row[0], row[2]) for row in rows if int(row[0]) in pids],
                             [(str(pid), hello[pid % 2]) for pid in pids])

    def test_exec_perf(self):
        process = self.start_program("exec-perf", until="watching")
        pids = [self.child("/bin/true") for _ in range(5)]
        shown, last = self.end_program(process)
        self.assert_as_expected("exec-perf", shown + last)
        self.assertEqual([(row["pid"], row["ppid"], row["uid"], row["path"]) for row in table(shown)
                          if int(row["pid"]) in pids],
                         [(str(pid), str(os.getpid()), "0", "/bin/true") for pid in pids])

    def child(self, *command, **options):
        """The id of a process that has run."""
        process = subprocess.Popen(command, **options)
        process.wait(DEADLINE)
        return process.pid

    def test_execve_count(self):
        """By the tracepoint where the kernel has no kprobes, and it says so."""
        process = self.start_program("execve-count", 600, until="counting")
        for _ in range(7):
            self.child("/bin/true")
        count, deadline = 0, time.monotonic() + DEADLINE
        while count < 7:
            self.assertLess(time.monotonic(), deadline, "they are not counted")
            line = process.stdout.readline().decode()
            self.assert_as_expected("execve-count", line)
            count = int(re.search(r"called (\d+) times", line)[1])
        if not pathlib.Path("/sys/bus/event_source/devices/kprobe").exists():
            self.assertIn("'on_execve_tracepoint' stands in for 'on_execve'", self.head)

    def test_execve_pinned(self):
        """The map outlives the program; the next run counts on; who removes the pin ends it."""
        bpffs = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(os.rmdir, bpffs)
        run("mount", "-t", "bpf", "bpf", bpffs)
        self.addCleanup(run, "umount", bpffs)
        pin = bpffs / "sys_execve" / "calls"
        counts = []
        for _ in range(2):
            process = self.show_example("execve_pinned", "--pin-root", pin.parent)
            for _ in range(5):
                self.child("/bin/true")
            self.end_and_show(process)
            dumped = run("bpftool", "map", "dump", "pinned", pin)
            self.assert_as_expected("execve-pinned", dumped)
            counts.append(int(re.search(r'"value": (\d+)', dumped)[1]))
        self.assertGreaterEqual(counts[0], 5)
        self.assertGreaterEqual(counts[1], counts[0] + 5)
        counted_in = self.id_of(pin)
        pin.unlink()
        process = self.show_example("execve_pinned", "--pin-root", pin.parent)
        self.end_and_show(process)
        self.assertNotEqual(self.id_of(pin), counted_in, "the pin was removed")

    def id_of(self, pin):
        return json.loads(run("bpftool", "-j", "map", "show", "pinned", pin))["id"]

    def test_syscall_counts(self):
        """By user, by number, and of some calls only: what one user does that nobody else is."""
        work = "import os\nfor i in range(1000): os.getpgid(0)\nfor i in range(10): os.close(os.open('/', 0))"
        counted = {}
        for what in ("users", "numbers", "files"):
            process = self.start_program("syscall-counts", what, until="counting")
            self.child("/usr/bin/python3", "-S", "-c", work, user=USER, cwd="/")
            shown, _ = self.end_program(process)
            if what == "users":
                self.assert_as_expected("syscall-counts", shown)
            counted[what] = {int(key): int(calls) for key, calls in map(str.split, shown.splitlines())}
            self.assertEqual(list(counted[what].values()), sorted(counted[what].values(), reverse=True))
        self.assertGreaterEqual(counted["users"][USER], 1010)
        self.assertGreaterEqual(counted["numbers"][self.number_of("getpgid")], 1000)
        self.assertTrue(10 <= counted["files"][USER] < 1000, counted["files"])

    def number_of(self, name):
        """A system call's number, as the headers of this architecture have it."""
        text = run("cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null")
        return int(re.search(rf"#define __NR_{name} (\d+)", text)[1])

    def test_function_latency(self):
        process = self.start_program("function-latency", "libc.so.6:clock_nanosleep", until="watching")
        pid = self.child(sys.executable, "-S", "-c", "import time; time.sleep(0.05)")
        shown, last = self.end_program(process)
        self.assert_as_expected("function-latency", shown + last)
        took = re.findall(rf"^ *{pid} .* returned 0 and took (\d+) ns$", shown, re.M)
        self.assertEqual(len(took), 1, shown)
        self.assertTrue(40e6 <= int(took[0]) < 20e9, took)

    def test_in_cgroup(self):
        """What is started in a group of the test's own, and nothing else."""
        root = re.search(r"^\S+ (\S+) cgroup2 ", pathlib.Path("/proc/mounts").read_text(), re.M)
        group = pathlib.Path(root[1]) / f"skep-test-in-{os.getpid()}"
        group.mkdir()
        self.addCleanup(group.rmdir)
        process = self.start_program("in-cgroup", group, until="watching")
        outside = self.child("/bin/true")
        inside = self.child("/bin/sh", "-c", f"echo $$ > {group}/cgroup.procs; /bin/true; exec /bin/echo in",
                            stdout=subprocess.DEVNULL)
        shown, _ = self.end_program(process)
        self.assert_as_expected("in-cgroup", shown)
        rows = [line.split() for line in shown.splitlines()]
        self.assertEqual([row[2] for row in rows], ["/bin/true", "/bin/echo"])
        self.assertEqual(rows[1][0], str(inside))
        self.assertNotIn(str(outside), [row[0] for row in rows])


if __name__ == "__main__":
    unittest.main(verbosity=2)
