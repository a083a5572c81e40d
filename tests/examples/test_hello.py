"""The first programs: Hello World by a line, a map, buffers, tail calls, and what the kernel tells of them."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from example import PROGRAMS, ExampleTest, run
from skep_cli import OBJECTS, ids_held_by

USER = 54321  # nobody's


def as_user(*command):
    return subprocess.Popen(["setpriv", "--reuid", str(USER), *command], stdout=subprocess.DEVNULL)


class Hello(ExampleTest):

    def execute(self, process=None):
        """Runs `true`; its process number."""
        process = process or subprocess.Popen(["/bin/true"])
        self.assertEqual(process.wait(), 0)
        return process.pid

    def read_until(self, process, text):
        """Its lines up to one that holds the text."""
        lines = []
        while not lines or text not in lines[-1]:
            line = process.stdout.readline().decode()
            self.assertTrue(line, lines)
            lines.append(line)
        return lines

    def test_hello(self):
        process = self.show_example("hello")
        pid = self.execute()
        printed = self.end_and_show(process)
        self.assert_as_expected("hello", re.sub(rf"^( *{pid} )\S+", r"\1bash", printed, flags=re.M))

    def test_map(self):
        process = self.start_program("hello-map", until="counting")
        for _ in range(3):
            self.execute(as_user("true"))
        for _ in range(2):
            self.execute()
        # Not every two seconds here: the last line comes at the end.
        printed, _ = self.end_program(process)
        users = dict(re.findall(r"ID (\d+): (\d+)", printed.splitlines()[-1]))
        # setpriv looks for the command in $PATH: each try is a call of its own.
        self.assertGreaterEqual(int(users[str(USER)]), 3)
        self.assertGreaterEqual(int(users["0"]), 2 + 3)

    def test_buffer(self):
        process = self.start_program("hello-buffer", until="reading")
        pids = [self.execute() for _ in range(4)]
        out, errors = self.end_program(process)
        seen = {int(row[0]): row for row in (line.split(" ", 3) for line in out.splitlines())}
        for pid in pids:
            self.assertEqual(seen[pid][1], "0")
            self.assertEqual(seen[pid][3], "Hello odd" if pid & 1 else "Hello even")
        self.assertEqual(errors, "0 lost")
        self.assert_as_expected("hello-buffer", out.replace("odd", "*").replace("even", "*"))

    def test_tail(self):
        child = subprocess.Popen([sys.executable, "-c", TIMER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        process = self.start_program("hello-tail", child.pid, until="looking")
        names = {json.loads(run("bpftool", "-j", "prog", "show", "id", number))["name"]
                 for number in ids_held_by(process.pid)["prog"]}
        self.assertEqual(names, {"on_sys_enter", "hello_exec", "hello_timer", "ignore"})
        child.stdin.write(b"timer\n")
        child.stdin.flush()
        lines = self.read_until(process, "Deleting a timer")
        self.assertTrue([line for line in lines if line.startswith("Another syscall")], lines)
        self.assertNotIn(f"Another syscall: {SYS_WRITE}\n", lines)
        self.assertEqual(child.stdout.readline(), b"done\n")
        process.send_signal(signal.SIGUSR1)
        self.wait_for(process, b"nothing is ignored")
        child.stdin.write(b"exec\n")
        child.stdin.flush()
        more = self.read_until(process, "Executing a program")
        self.assertIn(f"Another syscall: {SYS_WRITE}\n", more)
        out, _ = self.end_program(process)
        self.assert_as_expected("hello-tail", "".join(lines + more) + out)

    def test_calls_of_a_process(self):
        """What `strace -c` counts, and nobody is stopped for it: exactly what the process did."""
        work = "import os; input(); [os.getpgid(0) for _ in range(100)]"
        child = subprocess.Popen([sys.executable, "-S", "-c", work], stdin=subprocess.PIPE)
        process = self.start_program("syscall-counts", "numbers", child.pid, until="counting")
        child.communicate(b"\n")
        out, _ = self.end_program(process)
        counts = dict(map(str.split, out.splitlines()))
        self.assertEqual(counts[str(SYS_GETPGID)], "100")
        self.assertLess(sum(map(int, counts.values())), 1000)

    def check_config(self, name, with_path):
        """Messages for users, changed while the program runs."""
        process = self.start_program(name, 0, "Hey root!", until="reading")
        first = self.execute()
        second = self.execute(as_user("/bin/true"))
        config = self.map_of(process, "my_config")
        key = list(USER.to_bytes(4, sys.byteorder))
        run("bpftool", "map", "update", "id", config, "key", *key, "value", *b"Hi you!".ljust(16, b"\0"))
        third = self.execute(as_user("/bin/true"))
        out, _ = self.end_program(process)
        self.assert_as_expected(name, out)
        path = "/bin/true " if with_path else ""
        self.assertRegex(out, rf"(?m)^{first} 0 \S+ {path}Hey root!$")
        self.assertRegex(out, rf"(?m)^{second} {USER} setpriv {path}Hello World$")
        self.assertRegex(out, rf"(?m)^{third} {USER} setpriv {path}Hi you!$")

    def map_of(self, process, name):
        """The number of a map that the process holds."""
        for number in ids_held_by(process.pid)["map"]:
            if json.loads(run("bpftool", "-j", "map", "show", "id", number)).get("name") == name:
                return number
        self.fail(f"no map '{name}'")

    def test_buffer_config(self):
        self.check_config("hello-buffer-config", True)

    def test_ring_buffer_config(self):
        self.check_config("hello-ring-buffer-config", False)

    def test_func(self):
        process = self.show_example("hello_func", "--target-pid", os.getpid())
        os.getppid()
        number, = ids_held_by(process.pid)["prog"]
        dump = run("bpftool", "prog", "dump", "xlated", "id", number)
        tag = json.loads(run("bpftool", "-j", "prog", "show", "id", number))["tag"]
        printed = self.end_and_show(process)
        self.assert_as_expected("hello-func", printed.replace(str(os.getpid()), "4711"))
        # Two functions, a call between them, each with a tag.
        self.assertRegex(dump, r"(?m)^int hello\(struct bpf_raw_tracepoint_args \* ctx\):$")
        self.assertRegex(dump, r"call pc\+\d+#bpf_prog_[0-9a-f]{16}_get_opcode")
        self.assertNotRegex(dump, rf"bpf_prog_{tag}_get_opcode")
        self.assertRegex(dump, r"(?m)^int get_opcode\(struct bpf_raw_tracepoint_args \* ctx\):$")

    def bpffs(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, folder)
        run("mount", "-t", "bpf", "bpf", folder)
        self.addCleanup(run, "umount", folder)
        return pathlib.Path(folder)

    def host(self):
        name = f"skep-test-{os.getpid()}"
        run("ip", "netns", "add", name)
        self.addCleanup(run, "ip", "netns", "delete", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        return name

    def test_ip_link(self):
        """The object is one for everybody: ip(8) loads and attaches it, too."""
        host, counted = self.host(), OBJECTS / "hello_xdp.bpf.o"
        run("ip", "-n", host, "link", "set", "dev", "lo", "xdpgeneric", "object", counted, "section", "xdp")
        self.assertIn("prog/xdp", run("ip", "-n", host, "link", "show", "lo"))
        run("ip", "-n", host, "link", "set", "dev", "lo", "xdpgeneric", "off")
        self.assertNotIn("prog/xdp", run("ip", "-n", host, "link", "show", "lo"))

    def test_xdp(self):
        """What the program says of itself is what bpftool says of it."""
        host = self.host()
        pin = self.bpffs() / "hello"
        process = self.start_program("hello-xdp", f"netns:{host}/lo", pin, until="attached")
        run("ip", "netns", "exec", host, "ping", "-q", "-c", "3", "-i", "0.01", "127.0.0.1")
        number, = ids_held_by(process.pid)["prog"]
        known = json.loads(run("bpftool", "-j", "prog", "show", "id", number))
        self.assertTrue(pin.exists())
        self.assertIn("prog/xdp", run("ip", "netns", "exec", host, "ip", "link", "show", "lo"))
        out, _ = self.end_program(process)
        self.assertFalse(pin.exists())
        self.assertNotIn("prog/xdp", run("ip", "netns", "exec", host, "ip", "link", "show", "lo"))
        self.assert_as_expected("hello-xdp", out)
        self.assertIn(f"{number}: xdp  name hello  tag {known['tag']}  gpl", out)
        for word in (f"translated {known['bytes_xlated']}B", f"jited {known['bytes_jited']}B",
                     f"memlock {known['bytes_memlock']}B", f"types {known['btf_id']}"):
            self.assertIn(word, out)
        self.assertGreaterEqual(int(out.split()[-1]), 6)

    def test_find_map(self):
        pin = self.bpffs() / "findme"
        name = f"find{os.getpid()}"
        run("bpftool", "map", "create", pin, "type", "array", "key", 4, "value", 4, "entries", 2, "name", name)
        by_pin = run(PROGRAMS / "find-map", pin)
        self.assert_as_expected("find-map", by_pin.replace(name, "findme"))
        self.assertEqual(run(PROGRAMS / "find-map", name), by_pin)
        run("bpftool", "map", "create", pin.parent / "other", "type", "hash", "key", 4, "value", 8, "entries", 3,
            "name", name)
        both = run(PROGRAMS / "find-map", name)
        self.assertRegex(both, rf"^{re.escape(by_pin)}Name: {name}\n    id \d+  type hash  key 4B  value 8B ")
        gone = subprocess.run([PROGRAMS / "find-map", pin.parent / "nothing"], capture_output=True, text=True)
        self.assertEqual(gone.returncode, 1)
        self.assertRegex(gone.stderr, r"^find-map: .*nothing.*ENOENT")

    def test_hooks(self):
        """One exec, an event for each hook that this kernel has; the list says what hangs where."""
        process = self.start_program("execve-hooks", until="attached")
        pid = self.execute()
        links = [json.loads(run("bpftool", "-j", "link", "show", "id", link)) for link in ids_held_by(process.pid)["link"]]
        listed = {link["prog_id"] for link in links}
        out, _ = self.end_program(process)
        self.assert_as_expected("execve-hooks", out)
        programs = re.findall(rf"(?m)^pid {process.pid}  fd \d+: program (\d+)  ", out)
        self.assertLessEqual({int(number) for number in programs}, listed)
        self.assertIn(f"process {pid}: {len(programs)} hooks\n", out)

    def test_test_run(self):
        file = self.work / "packets.pcap"
        packets = [bytes(range(12)) + b"\x88\xb5" + bytes(50), bytes(14)]
        head = b"\xd4\xc3\xb2\xa1\2\0\4\0" + bytes(8) + b"\0\0\4\0\1\0\0\0"
        file.write_bytes(head + b"".join(bytes(8) + len(p).to_bytes(4, "little") * 2 + p for p in packets))
        out = run(PROGRAMS / "test-run", file)
        self.assert_as_expected("test-run", out)
        first, second, runs = out.splitlines()
        self.assertRegex(first, r"^TX \d+ ns 64 bytes: 06 07 08 09 0a 0b 00 01 02 03 04 05 88 b5 $")
        self.assertRegex(second, r"^TX \d+ ns 14 bytes: ")
        self.assertRegex(runs, r"^202 runs, [1-9]\d* ns each$")


SYS_WRITE, SYS_GETPGID = (1, 121) if os.uname().machine == "x86_64" else (64, 155)
TIMER = """
import ctypes, os, sys
libc, timer = ctypes.CDLL(None), ctypes.c_void_p()
print("ready", flush=True)
sys.stdin.buffer.readline()
assert libc.timer_create(0, None, ctypes.byref(timer)) == 0
os.getppid()
assert libc.timer_delete(timer) == 0
print("done", flush=True)
sys.stdin.buffer.readline()
os.write(1, b"x")
os.execv("/bin/true", ["true"])
"""

if __name__ == "__main__":
    unittest.main(verbosity=2)
