"""`skep run` as its user meets it: rows, signals, pipes that close, disks that are full."""
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from skep_cli import DEADLINE, SKEP, SkepTest, assert_gone, ids_held_by

PRINTK = r"""
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
const volatile int target = 0;
SEC("tp/syscalls/sys_enter_getppid")
int hello(void *ctx)
{
        int pid = bpf_get_current_pid_tgid() >> 32;
        if (pid == target)
                bpf_printk("hello from %d", pid);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

COUNTED = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <skep/stream.bpf.h>
struct event { int pid; unsigned long long number; char text[8]; };
SKEP_STREAM(events, struct event, 64 * 1024);
const volatile int target = 0;
unsigned long long number;
SEC("tp/syscalls/sys_enter_getppid")
int count(void *ctx)
{
        struct event *e;
        int pid = bpf_get_current_pid_tgid() >> 32;
        if (pid != target)
                return 0;
        __sync_fetch_and_add(&number, 1);
        e = skep_reserve(events);
        if (!e)
                return 0;
        e->pid = pid;
        e->number = number;
        __builtin_memcpy(e->text, "a b\n", 5);
        skep_submit(e);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

REJECTED = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 16);
        __type(key, int);
        __type(value, long);
} counts SEC(".maps");
SEC("tp/syscalls/sys_enter_getppid")
int no_null_check(void *ctx)
{
        int key = 1;
        long *count = bpf_map_lookup_elem(&counts, &key);
        *count += 1;
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


class Run(SkepTest):
    def counted(self, *arguments, **options):
        source = self.write("counted.bpf.c", COUNTED)
        return self.start("run", source, "--target", os.getpid(), *arguments, **options)

    def test_typed_rows_as_json(self):
        process = self.counted("-o", "json")
        for _ in range(500):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        rows = self.rows(out)
        self.assertEqual([row["number"] for row in rows], list(range(1, 501)))
        self.assertEqual(rows[0], {"pid": os.getpid(), "number": 1, "text": "a b\n"})
        self.assertRegex(err, r"500 rows, 0 lost, \d+\.\d s")

    def test_a_reader_that_is_stopped_counts_what_it_missed_and_goes_on(self):
        process = self.counted("-o", "json")
        for _ in range(5):  # close together: it is awake, and nobody wakes it
            for _ in range(100):
                os.getppid()
            time.sleep(0.002)
        process.send_signal(signal.SIGSTOP)
        for _ in range(20_000):
            os.getppid()
        process.send_signal(signal.SIGCONT)
        made, numbers, rest, deadline = 20_500, [0], b"", time.monotonic() + DEADLINE
        while numbers[-1] <= 20_500 and time.monotonic() < deadline:
            os.getppid()
            made += 1
            if select.select([process.stdout], [], [], 0.01)[0]:
                *lines, rest = (rest + os.read(process.stdout.fileno(), 1 << 16)).split(b"\n")
                numbers += [json.loads(line)["number"] for line in lines]
        self.assertGreater(numbers[-1], 20_500, "it does not go on")
        for _ in range(100):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        numbers = numbers[1:] + [row["number"] for row in self.rows(rest.decode() + out)]
        lost = int(re.search(r"(\d+) rows, (\d+) lost", err)[2])
        self.assertEqual(len(numbers) + lost, made + 100, err)
        self.assertGreater(lost, 1000)
        self.assertEqual(numbers[-100:], list(range(made + 1, made + 101)))

    def test_at_rest_nothing_wakes_it(self):
        process = self.counted("-o", "json")
        for _ in range(50):
            os.getppid()
        time.sleep(0.2)  # after rounds without a record it blocks

        def sleeps():
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read(), re.M)[1])
        before, deadline = None, time.monotonic() + DEADLINE
        while (now := sleeps()) != before:  # none in a whole second
            self.assertLess(time.monotonic(), deadline, "it does not come to rest")
            before = now
            time.sleep(1)
        code, out, err = self.interrupt(process)
        self.assertEqual(len(self.rows(out)), 50, err)

    def test_count_ends_by_itself(self):
        process = self.counted("-o", "json", "--count", "5")
        for _ in range(50):
            os.getppid()
        out, _ = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(out.splitlines()), 5)

    def test_duration_ends_by_itself(self):
        begin = time.monotonic()
        self.counted("--duration", "300ms").communicate(timeout=DEADLINE)
        self.assertGreater(time.monotonic() - begin, 0.3)

    def test_nothing_stays_in_the_kernel(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            process = self.counted()
            held = ids_held_by(process.pid)
            self.assertTrue(held["prog"] and held["map"] and held["link"], held)
            self.interrupt(process, number)
            assert_gone(self, held)

    def test_printk_lines_of_this_program_only(self):
        """In two sessions at once, though the kernel's trace pipe has one reader."""
        source = self.write("hello.bpf.c", PRINTK)
        processes = [self.start("run", source, "--target", os.getpid(), "-o", "json") for _ in range(2)]
        for process in processes:
            os.set_blocking(process.stdout.fileno(), False)
            end = time.monotonic() + DEADLINE
            seen = b""
            while b"hello" not in seen and time.monotonic() < end:  # the first lines may be lost
                os.getppid()
                seen += process.stdout.read() or b""
                time.sleep(0.01)
            self.assertIn(b"hello", seen)
            code, out, err = self.interrupt(process)
            self.assertEqual(code, 0, err)
            for row in self.rows(seen.decode() + out):
                self.assertEqual(row["text"], f"hello from {os.getpid()}")
                self.assertEqual(row["pid"], os.getpid())

    def test_a_rejected_program_shows_line_and_cause(self):
        source = self.write("bad.bpf.c", REJECTED)
        done = self.skep("run", source)
        self.fails(done, 1, r"bad\.bpf\.c:15: \*count \+= 1;", "map_value_or_null", "NULL",
                   "verifier.log")
        log = (self.cache / "skep" / "verifier.log").read_text()
        self.assertIn("processed", log)

    def test_a_pipe_that_closes_ends_it(self):
        process = self.counted("-o", "json")
        process.stdout.close()
        process.stdout = None
        end = time.monotonic() + DEADLINE
        while process.poll() is None and time.monotonic() < end:
            os.getppid()
            time.sleep(0.001)
        self.assertEqual(process.returncode, 0)

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            process = self.counted("-o", "json", stdout=full)
        os.getppid()
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"ENOSPC", err)

    def test_a_file_that_may_not_grow_is_an_error(self):
        limit = (1024, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        with open(self.work / "rows.json", "wb") as small:
            process = self.counted("-o", "json", stdout=small)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limit)
        for _ in range(200):
            os.getppid()
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"EFBIG", err)

    def test_a_reader_that_stands_still_does_not_stop_ctrl_c(self):
        process = self.counted("-o", "json")
        for _ in range(20000):  # far more than the pipe takes
            os.getppid()
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=DEADLINE)
        self.assertLess(time.monotonic() - begin, 20)
        err = process.stderr.read().decode()
        self.assertRegex(err, r"bytes not taken by the reader")
        numbers = [int(number) for number in re.findall(r"(\d+) (?:rows|lost|more not shown),", err)]
        self.assertEqual(sum(numbers), 20000, err)

    def test_a_terminal_gets_rows_that_fit(self):
        source = self.write("counted.bpf.c", COUNTED)
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = self.start("run", source, "--target", os.getpid(), "--count", "3", stdout=slave)
        os.close(slave)
        for _ in range(3):
            os.getppid()
        process.wait(timeout=DEADLINE)
        text = os.read(master, 65536).decode()
        self.assertIn("PID", text)
        self.assertIn("\x1b[1m", text)  # the header is bold
        self.assertIn(r"a b\n", text)  # no raw control byte reaches the terminal

    def test_two_of_us_side_by_side(self):
        first, second = self.counted("-o", "json"), self.counted("-o", "json")
        for _ in range(100):
            os.getppid()
        for process in (first, second):
            code, out, err = self.interrupt(process)
            self.assertEqual((code, len(out.splitlines())), (0, 100), err)

    def test_a_cache_that_cannot_be_used_is_no_obstacle(self):
        self.env["XDG_CACHE_HOME"] = "/proc/nowhere"
        source = self.write("counted.bpf.c", COUNTED)
        done = self.skep("run", source, "--duration", "100ms")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
