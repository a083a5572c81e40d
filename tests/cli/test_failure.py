"""What somebody at a terminal sees while it works, and when it fails."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from skep_cli import DEADLINE, OBJECTS, SKEP, SkepTest

HOOKED = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
SEC("%s") int seen(void *context) { return 0; }
"""
VMLINUX = "/sys/kernel/btf/vmlinux"


class Terminal(SkepTest):
    def on_terminal(self, *arguments, columns=80):
        """(exit code, standard output, what a terminal of that width got on standard error)."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([SKEP, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=slave, env=self.env)
        os.close(slave)
        shown = b""
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # EIO: the other end is closed
                chunk = b""
            if not chunk:
                break
            shown += chunk
        out, _ = process.communicate(timeout=DEADLINE)
        return process.returncode, out.decode(), shown.decode(errors="replace")

    def test_a_line_stands_there_while_clang_works_and_is_gone_then(self):
        source = self.write("slow.bpf.c", HOOKED % "raw_tp/sys_enter")
        code, out, shown = self.on_terminal("plan", source, columns=60)
        self.assertEqual(code, 0, shown)
        lines = re.findall(r"\r\x1b\[K([^\r]*)", shown)
        self.assertTrue(lines[0].startswith("skep: compile "), shown)
        self.assertIn("skep: print this kernel's types as vmlinux.h …", lines)
        self.assertEqual(lines[-1], "", shown)
        self.assertLess(max(map(len, lines)), 60)
        self.assertNotIn("\n", shown)
        self.assertNotIn("compile", out)
        again = self.on_terminal("plan", source)
        self.assertEqual(again, (0, out, ""))  # from the cache

    def test_no_line_where_nobody_looks(self):
        source = self.write("slow.bpf.c", HOOKED % "raw_tp/sys_enter")
        self.assertEqual(self.skep("plan", source).stderr, "")

    def test_reasons_fit_the_terminal(self):
        source = self.write("wrong.bpf.c", HOOKED % "fentry/do_unlinkatt")
        code, _, shown = self.on_terminal("run", source)
        self.assertEqual(code, 1)
        text = shown.split("\x1b[K")[-1]
        self.assertIn("why", text)
        rows = [row for row in text.splitlines()[1:] if row]
        self.assertLessEqual(max(map(len, rows)), 80, text)
        self.assertIn("do_unlinkat", text)


class Failures(SkepTest):
    def test_a_section_that_says_nothing_can_be_said_here(self):
        source = self.write("odd.bpf.c", HOOKED % "nonsense")
        self.fails(self.skep("run", source), 1, "names no known type", "--attach 'seen=HOOK'")

    def test_a_function_that_is_not_there(self):
        source = self.write("wrong.bpf.c", HOOKED % "fentry/do_unlinkatt")
        done = self.skep("run", source)
        self.fails(done, 1, "no function 'do_unlinkatt'", "inlined", "The nearest: do_unlinkat")

    def test_a_kind_that_this_kernel_refuses(self):
        source = self.write("entry.bpf.c", HOOKED % "fentry/do_unlinkat")
        done = self.skep("run", source, "--duration", "1s")
        if done.returncode == 0:
            return  # another kernel
        self.fails(done, 1, "EPERM", r"refuses every program of this kind \(fentry\)",
                   "raw tracepoint")

    def test_nothing_to_run_is_no_reason_to_wait(self):
        self.fails(self.skep("run", self.write("none.bpf.c", "int global;\n")), 2, "no programs", "SEC")
        off = self.write("off.bpf.c", HOOKED % "?raw_tp/sys_enter")
        self.fails(self.skep("run", off), 2, "none of its programs is to be loaded",
                   "--attach 'seen=HOOK'")
        done = self.skep("run", off, "--attach", "seen=raw_tp/sys_enter", "--duration", "50ms")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_wrong_values_are_told_shortly(self):
        self.fails(self.skep("run", "execsnoop", "--count", "0"), 2, r"--count: '0': .*above 0\n")
        self.fails(self.skep("run", "execsnoop", "--count", "x"), 2, r"--count: 'x': .*above 0\n")
        self.fails(self.skep("run", "execsnoop", "--duration"), 2, r"--duration needs a value\n")
        self.fails(self.skep("run", "execsnoop", "--btf", "/no/such"), 1, "^skep: open /no/such: No")

    def test_types_alone_do_not_tell_of_symbols(self):
        strong = OBJECTS / "extern_ksym_address.bpf.o"
        for more in ((), ("--relocations",)):
            done = self.skep("plan", strong, "--btf", VMLINUX, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"note:? .*has the symbol 'schedule' is not known")
            self.assertNotIn("kallsyms", done.stdout)
            self.assertNotRegex(done.stdout, r"never_in_any_kernel' is not known")  # it is weak
            here = self.skep("plan", strong, *more)
            self.assertNotIn("not known", here.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
