"""Programs on user binaries: uprobes and USDT probes, --pid, and what is said when there is none."""
import os
import subprocess
import unittest

from skep_cli import OBJECTS, SkepTest, assert_gone, ids_held_by

PROBES = os.environ["SKEP_TEST_PROBES"]

USDT = r"""
#include "vmlinux.h"
#include <skep/usdt.bpf.h>
#include <skep/stream.bpf.h>
struct event { int pid; int place; long value; };
SKEP_STREAM(events, struct event, 64 * 1024);
SEC("usdt/PROBES:skep:places")
int BPF_USDT(on_place, int place, long value)
{
        struct event *e = skep_reserve(events);
        if (!e)
                return 0;
        e->pid = bpf_get_current_pid_tgid() >> 32;
        e->place = place;
        e->value = value;
        skep_submit(e);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

UPROBE = r"""
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
SEC("uprobe.multi/PROBES:FUNCTION")
int on_call(struct pt_regs *ctx)
{
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

# Calls the function once for each line that it reads.
CALLER = """
import ctypes, sys
probes = ctypes.CDLL(sys.argv[1])
print(flush=True)
for line in sys.stdin:
    probes.skep_places(ctypes.c_long(int(line)))
    print(flush=True)
"""


class User(SkepTest):

    def caller(self):
        process = subprocess.Popen(["python3", "-c", CALLER, PROBES], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.finish, process)
        process.stdout.readline()
        return process

    def finish(self, process):
        process.stdin.close()
        process.stdout.close()
        process.wait()

    def call(self, process, value):
        process.stdin.write(f"{value}\n")
        process.stdin.flush()
        process.stdout.readline()

    def usdt(self):
        return self.write("usdt.bpf.c", USDT.replace("PROBES", PROBES))

    def test_usdt_shows_its_arguments(self):
        caller = self.caller()
        process = self.start("run", self.usdt(), "-o", "json")
        held = ids_held_by(process.pid)
        self.call(caller, 10)
        self.call(caller, -1)
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        rows = [(row["place"], row["value"]) for row in self.rows(out) if row["pid"] == caller.pid]
        self.assertEqual(rows, [(1, 10), (2, 31), (3, 155), (1, -1), (2, -2), (3, -10)])
        assert_gone(self, held)

    def test_pid_lets_one_process_through(self):
        one, other = self.caller(), self.caller()
        process = self.start("run", self.usdt(), "-o", "json", "--pid", one.pid)
        self.call(other, 5)
        self.call(one, 6)
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        self.assertEqual([(row["pid"], row["place"], row["value"]) for row in self.rows(out)],
                         [(one.pid, 1, 6), (one.pid, 2, 19), (one.pid, 3, 95)])

    def test_help_says_pid(self):
        self.assertIn("--pid PID", self.skep("run", OBJECTS / "hook_usdt.bpf.o", "--help").stdout)

    def test_many_uprobes_are_one_line(self):
        source = UPROBE.replace("PROBES", PROBES).replace("FUNCTION", "skep_many_*")
        process = self.start("run", self.write("multi.bpf.c", source))
        self.assertEqual(self.interrupt(process)[0], 0)

    def test_errors_say_what_why_and_what_next(self):
        usdt = self.usdt()
        self.fails(self.skep("run", usdt, "--pid", 0x7ffffffe), 1,
                   "attach program 'on_place' to USDT .*:skep:places of process 2147483646", "process")
        wrong = self.write("a.bpf.c", usdt.read_text().replace(":places", ":place"))
        self.fails(self.skep("run", wrong), 1, "no USDT probe 'skep:place'", "It has: skep:places")
        floating = self.write("b.bpf.c", usdt.read_text().replace(":places", ":floating"))
        self.fails(self.skep("run", floating), 1, "argument 2, '8f@.*', is a number in floating point")
        self.fails(self.skep("run", OBJECTS / "hook_usdt.bpf.o"), 2,
                   r'SEC\("usdt"\) names no USDT probe')
        source = UPROBE.replace("PROBES", PROBES).replace("FUNCTION", "skep_manny_one")
        self.fails(self.skep("run", self.write("c.bpf.c", source)), 1,
                   "no function 'skep_manny_one'", "It has: skep_many_one")


if __name__ == "__main__":
    unittest.main(verbosity=2)
