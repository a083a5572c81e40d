"""The types of a kernel: the part that programs need, and running with types from a file."""
import os
import pathlib
import struct
import subprocess
import unittest

from skep_cli import OBJECTS, SkepTest

VMLINUX = pathlib.Path("/sys/kernel/btf/vmlinux")
RELEASE = os.uname().release

# Reads a field of the running kernel, which a program without its types could not find.
READER = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <skep/stream.bpf.h>
struct task_struct { int tgid; struct task_struct *real_parent; } __attribute__((preserve_access_index));
struct event { int pid; int parent; };
SKEP_STREAM(events, struct event, 64 * 1024);
const volatile int target = 0;
SEC("tp/syscalls/sys_enter_getppid")
int read_parent(void *ctx)
{
        struct task_struct *task = (void *)bpf_get_current_task();
        struct event *e;
        if ((int)(bpf_get_current_pid_tgid() >> 32) != target)
                return 0;
        e = skep_reserve(events);
        if (!e)
                return 0;
        e->pid = BPF_CORE_READ(task, tgid);
        e->parent = BPF_CORE_READ(task, real_parent, tgid);
        skep_submit(e);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


def types_in(path):
    """How many types a file of BTF has, as bpftool counts them."""
    text = subprocess.run(["bpftool", "btf", "dump", "file", path, "format", "raw"],
                          capture_output=True, text=True, check=True).stdout
    return sum(line.startswith("[") for line in text.splitlines())


class Minimize(SkepTest):
    def test_bpftool_reads_what_is_written(self):
        out = self.work / "small.btf"
        done = self.skep("btf", "minimize", OBJECTS / "core_kernel.bpf.o", "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"^skep: \d+ bytes of BTF, of \d+\n$")
        self.assertLess(out.stat().st_size, 4096)
        self.assertGreater(types_in(out), 5)
        self.assertEqual(struct.unpack("<H", out.read_bytes()[:2])[0], 0xEB9F)

    def test_standard_output_and_several_programs(self):
        names = [OBJECTS / "core_kernel.bpf.o", "opensnoop"]
        done = self.skep("btf", "minimize", *names, "-o", self.work / "both.btf")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.work / "piped.btf", "wb") as file:
            self.assertEqual(self.skep("btf", "minimize", *names, "-o", "-", stdout=file).returncode, 0)
        self.assertEqual((self.work / "both.btf").read_bytes(), (self.work / "piped.btf").read_bytes())

    def test_from_a_file_comes_the_same(self):
        for name, types in (("one", []), ("two", ["--btf", VMLINUX])):
            done = self.skep("btf", "minimize", "execsnoop", *types, "-o", self.work / name)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.work / "one").read_bytes(), (self.work / "two").read_bytes())

    def test_numbers_are_kept_for_btf_hooks(self):
        out = self.work / "hooks.btf"
        done = self.skep("btf", "minimize", OBJECTS / "hook_count.bpf.o", "-o", out)
        self.assertIn("keeps its number", done.stderr)
        self.assertLess(out.stat().st_size, VMLINUX.stat().st_size / 2)

    def test_wrong_usage(self):
        self.assertEqual(self.skep("btf").returncode, 2)
        self.assertEqual(self.skep("btf", "minimize", "execsnoop").returncode, 2)
        self.assertEqual(self.skep("btf", "minimize", "-o", "x").returncode, 2)
        self.fails(self.skep("btf", "minimize", "execsnop", "-o", "x"), 1, "Did you mean execsnoop")
        self.fails(self.skep("btf", "minimize", "execsnoop", "-o", "/no/such/x"), 1, "No such file")
        self.fails(self.skep("btf", "minimize", "execsnoop", "-o", "/dev/full"), 1, "/dev/full: write: No space")


class OtherTypes(SkepTest):
    def setUp(self):
        super().setUp()
        self.reader = self.write("reader.bpf.c", READER)

    def run_reader(self, *options):
        process = self.start("run", self.reader, "--target", os.getpid(), "-o", "json", "--count",
                             "1", *options)
        os.getppid()
        out, _ = process.communicate(timeout=60)
        return self.rows(out.decode())

    def test_a_program_runs_with_the_part_that_it_needs(self):
        small = self.work / f"{RELEASE}.btf"
        done = self.skep("btf", "minimize", self.reader, "-o", small)
        self.assertEqual(done.returncode, 0, done.stderr)
        row = [{"pid": os.getpid(), "parent": os.getppid()}]
        self.assertEqual(self.run_reader("--btf", small), row)
        self.assertEqual(self.run_reader("--btf", self.work), row)  # by its release
        self.assertEqual(self.run_reader(), row)

    def test_vmlinux_h_is_printed_from_them(self):
        self.write("tiny.bpf.c", '#include "vmlinux.h"\nint f(void) { return sizeof(struct shape); }\n')
        done = self.skep("plan", self.work / "tiny.bpf.c", "--btf", OBJECTS / "core_arrays.bpf.o")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_vmlinux_h_for_other_compilers(self):
        header = self.work / "vmlinux.h"
        done = self.skep("btf", "header", "--btf", OBJECTS / "core_arrays.bpf.o", "-o", header)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("struct shape {", header.read_text())
        self.assertEqual(self.skep("btf", "header", "--btf", OBJECTS / "core_arrays.bpf.o").stdout, header.read_text())
        self.fails(self.skep("btf", "header", "-o", "/no/such/vmlinux.h"), 1, "/no/such/vmlinux.h")

    def test_plan_says_what_that_kernel_cannot_run(self):
        hooks = OBJECTS / "hook_count.bpf.o"
        bad = self.skep("plan", hooks, "--btf", OBJECTS / "core_arrays.bpf.o")
        self.assertEqual(bad.returncode, 0, bad.stderr)
        self.assertRegex(bad.stdout, r"note .*on that kernel: .*has no tracepoint")
        good = self.skep("plan", hooks, "--btf", VMLINUX)
        self.assertNotIn("on that kernel", good.stdout)

    def test_types_that_cannot_be_read(self):
        text = self.write("text.btf", "no types\n" * 10)
        for verb in ("run", "plan"):
            self.fails(self.skep(verb, "execsnoop", "--btf", text), 1, "text.btf.*starts with")
            self.fails(self.skep(verb, "execsnoop", "--btf", "/no/such"), 1, "/no/such.*No such file")
            self.fails(self.skep(verb, "execsnoop", "--btf", "/bin/true"), 1, "no section .BTF")
            self.fails(self.skep(verb, "execsnoop", "--btf", self.work), 1, RELEASE, "uname -r")


if __name__ == "__main__":
    unittest.main(verbosity=2)
