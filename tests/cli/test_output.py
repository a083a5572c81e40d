"""How rows are written, and where: each format read back by a parser that is not ours."""
import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

import yaml

from skep_cli import DEADLINE, OBJECTS, SKEP, SkepTest

SHAPES = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <skep/stream.bpf.h>
#include <skep/columns.bpf.h>
enum colour { red, green = 7 };
struct point { int x, y; };
struct shape {
        unsigned int number;
        enum colour colour;
        struct point at;
        long long negative;
        double ratio;
        char name[16];
        unsigned char list[3];
        _Bool on;
        skep_errno_t error;
        struct point corners[2];
        char no[4];
};
SKEP_STREAM(shapes, struct shape, 64 * 1024);
const volatile int target = 0;
unsigned int number;
SEC("tp/syscalls/sys_enter_getppid")
int shape(void *ctx)
{
        struct shape *s;
        if (bpf_get_current_pid_tgid() >> 32 != target)
                return 0;
        s = skep_reserve(shapes);
        if (!s)
                return 0;
        __builtin_memset(s, 0, sizeof(*s));
        s->number = __sync_fetch_and_add(&number, 1);
        s->colour = s->number & 1 ? green : red;
        s->at.x = -1;
        s->at.y = 2;
        s->negative = -9000000000000000000LL;
        ((__u64 *)&s->ratio)[0] = 0x4415af1d78b58c40ULL; /* 1e20 */
        __builtin_memcpy(s->name, "a,\"b\"\n\xe2\x80\xa8\x1b\\", 11);
        s->list[2] = 255;
        s->on = 1;
        s->error = -2;
        s->corners[1].x = 5;
        skep_submit(s);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

TWO_KINDS = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <skep/stream.bpf.h>
#include <skep/columns.bpf.h>
struct one { unsigned int pid; };
struct two { skep_time_ns_t when; unsigned int pid; unsigned int more; };
SKEP_STREAM(ones, struct one, 4096);
SKEP_STREAM(twos, struct two, 4096);
const volatile int target = 0;
SEC("tp/syscalls/sys_enter_getppid")
int both(void *ctx)
{
        __u32 pid = bpf_get_current_pid_tgid() >> 32;
        struct one *one;
        struct two *two;
        if (pid != target)
                return 0;
        one = skep_reserve(ones);
        if (one) {
                one->pid = pid;
                skep_submit(one);
        }
        two = skep_reserve(twos);
        if (two) {
                two->when = bpf_ktime_get_boot_ns();
                two->pid = pid;
                two->more = 3;
                skep_submit(two);
        }
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

COUNTS = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct key { unsigned int pid; char comm[8]; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, struct key);
         __type(value, unsigned long long); } counts SEC(".maps");
const volatile int target = 0;
SEC("tp/syscalls/sys_enter_getppid")
int count(void *ctx)
{
        struct key key = {.pid = bpf_get_current_pid_tgid() >> 32, .comm = "me,too"};
        unsigned long long one = 1, *n;
        if (key.pid != target)
                return 0;
        n = bpf_map_lookup_elem(&counts, &key);
        if (n)
                *n += 1;
        else
                bpf_map_update_elem(&counts, &key, &one, 0);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

PRINTS = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
const volatile int target = 0;
SEC("tp/syscalls/sys_enter_getppid")
int hello(void *ctx)
{
        if (bpf_get_current_pid_tgid() >> 32 == target)
                bpf_printk("hello, \"%d\"", target);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

NAME = 'a,"b"\n\u2028\x1b\\'
SHAPE = {"number": 0, "colour": "red", "at": {"x": -1, "y": 2}, "negative": -9000000000000000000,
         "ratio": 1e20, "name": NAME, "list": [0, 0, 255], "on": True, "error": "ENOENT",
         "corners": [{"x": 0, "y": 0}, {"x": 5, "y": 0}], "no": ""}


class Output(SkepTest):
    def collect(self, text, *arguments, rows=3, **options):
        """Rows of a program that sends one for each getppid() of ours: standard output, error."""
        source = self.write("it.bpf.c", text)
        process = self.start("run", source, "--target", os.getpid(), *arguments, **options)
        for _ in range(rows):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        return out, self.head + err

    def refuse(self, text, *arguments):
        source = self.write("it.bpf.c", text)
        return self.skep("run", source, "--target", 1, *arguments)

    # formats

    def test_json_is_an_object_a_line(self):
        for name in ("json", "jsonl"):
            out, _ = self.collect(SHAPES, "-o", name)
            rows = self.rows(out)
            self.assertEqual(len(rows), 3)
            self.assertEqual(rows[0], SHAPE)

    def test_yaml_is_a_stream_of_documents(self):
        out, _ = self.collect(SHAPES, "-o", "yaml")
        rows = list(yaml.safe_load_all(out))
        self.assertEqual([row["number"] for row in rows], [0, 1, 2])
        self.assertEqual(rows[0], SHAPE)
        self.assertTrue(out.startswith("---\nnumber: 0\ncolour: \"red\"\nat:\n  x: -1\n  \"y\": 2\n"), out)

    def test_csv_has_a_header_and_fields_as_rfc_4180_says(self):
        out, _ = self.collect(SHAPES, "-o", "csv")
        self.assertEqual(out.count("\r\n"), 4)
        rows = list(csv.DictReader(io.StringIO(out, newline=""), strict=True))
        self.assertEqual(list(rows[0]), ["number", "colour", "at.x", "at.y", "negative", "ratio", "name",
                                         "list", "on", "error", "corners", "no"])
        first = rows[0]
        self.assertEqual(first["name"], NAME)
        self.assertEqual((first["at.x"], first["negative"]), ("-1", "-9000000000000000000"))
        self.assertEqual(json.loads(first["list"]), SHAPE["list"])
        self.assertEqual(json.loads(first["corners"]), SHAPE["corners"])
        self.assertEqual([row["colour"] for row in rows], ["red", "green", "red"])
        self.assertEqual((first["on"], first["error"], first["no"]), ("true", "ENOENT", ""))

    def test_csv_has_its_header_without_rows_and_none_if_not_wanted(self):
        out, _ = self.collect(SHAPES, "-o", "csv", rows=0)
        self.assertTrue(out.startswith("number,colour,"), out)
        out, _ = self.collect(SHAPES, "-o", "csv", "--no-header", rows=1)
        self.assertEqual(len(list(csv.reader(io.StringIO(out, newline="")))), 1)

    def test_raw_is_the_bytes_of_the_records(self):
        rows = self.work / "rows.bin"
        self.collect(SHAPES, "-o", "raw", "--output", rows)
        data = rows.read_bytes()
        size = len(data) // 3
        self.assertEqual(len(data), 3 * size)
        self.assertEqual([struct.unpack_from("<I", data, size * i)[0] for i in range(3)], [0, 1, 2])
        done = self.refuse(SHAPES, "-o", "raw", "--columns", "number")
        self.fails(done, 2, "raw", "--columns")

    def test_tables_of_maps_in_each_format(self):
        me = {"pid": os.getpid(), "comm": "me,too"}
        out, _ = self.collect(COUNTS, "-o", "json")
        self.assertEqual(self.rows(out), [{"_map": "counts", "key": me, "value": 3}])
        out, _ = self.collect(COUNTS, "-o", "yaml")
        self.assertEqual(list(yaml.safe_load_all(out)), [{"_map": "counts", "key": me, "value": 3}])
        out, _ = self.collect(COUNTS, "-o", "csv")
        rows = list(csv.reader(io.StringIO(out, newline="")))
        self.assertEqual(rows, [["pid", "comm", "value"], [str(os.getpid()), "me,too", "3"]])
        out, _ = self.collect(COUNTS, "-o", "csv", "--every", "100ms", "--duration", "350ms")
        self.assertEqual(out.count("pid,comm"), 1)

    def test_printed_lines_in_each_format(self):
        text = f'hello, "{os.getpid()}"'
        out, _ = self.collect(PRINTS, "-o", "json", rows=200)
        self.assertEqual({row["text"] for row in self.rows(out)}, {text})
        self.assertEqual(list(self.rows(out)[0]), ["time", "cpu", "pid", "comm", "text"])
        out, _ = self.collect(PRINTS, "-o", "yaml", rows=200)
        self.assertEqual({row["text"] for row in yaml.safe_load_all(out)}, {text})
        out, _ = self.collect(PRINTS, "-o", "csv", "--columns", "text,pid", rows=200)
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        self.assertEqual(rows[-1], {"text": text, "pid": str(os.getpid())})
        out, _ = self.collect(PRINTS, rows=200)
        self.assertRegex(out, r"(?m)^ +PID COMM             TEXT\n *\d+ \S+ +hello, ")

    def test_what_does_not_go_into_one_output_says_so(self):
        for name in ("csv", "raw"):
            done = self.refuse(TWO_KINDS, "-o", name)
            self.fails(done, 2, f"-o {name}", "ones, twos", "--output FILE")

    # columns

    def test_columns_are_chosen_and_ordered(self):
        out, _ = self.collect(SHAPES, "-o", "json", "--columns", "at.y,number,at.x,NAME", rows=1)
        self.assertEqual(out, json.dumps({"at": {"y": 2, "x": -1}, "number": 0, "name": NAME},
                                         separators=(",", ":"), ensure_ascii=False) + "\n")
        out, _ = self.collect(SHAPES, "-o", "csv", "--columns", "at,number", rows=1)
        self.assertEqual(out, "at.x,at.y,number\r\n-1,2,0\r\n")
        out, _ = self.collect(SHAPES, "--columns", "number,colour", rows=2)
        self.assertEqual(out, " NUMBER COLOUR\n      0 red\n      1 green\n")
        out, _ = self.collect(COUNTS, "-o", "json", "--columns", "value,key.comm", rows=2)
        self.assertEqual(self.rows(out), [{"_map": "counts", "value": 2, "key": {"comm": "me,too"}}])

    def test_a_column_that_is_not_there(self):
        done = self.refuse(SHAPES, "--columns", "number,colur")
        self.fails(done, 2, "--columns colur", "Perhaps colour", "There are number, colour, at.x")

    # timestamps

    def test_timestamps_of_the_event_or_of_the_reading(self):
        utc = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"
        out, err = self.collect(TWO_KINDS, "-o", "json", "--timestamps", rows=1)
        ones = [row for row in self.rows(out) if "when" not in row]
        twos = [row for row in self.rows(out) if "when" in row]
        self.assertEqual(list(ones[0]), ["_read", "pid"])
        self.assertRegex(ones[0]["_read"], utc)
        self.assertEqual(list(twos[0]), ["_time", "when", "pid", "more"])
        self.assertEqual(twos[0]["_time"], twos[0]["when"])
        self.assertRegex(err, "--timestamps: rows of 'one' do not say when they were: READ")
        out, _ = self.collect(SHAPES, "--timestamps", "--columns", "number", rows=1)
        self.assertRegex(out, r"^READ          NUMBER\n\d\d:\d\d:\d\d\.\d{3}       0\n$")
        out, _ = self.collect(SHAPES, "-o", "csv", "--timestamps", "--columns", "number", rows=1)
        self.assertRegex(out, r"^_read,number\r\n2[0-9T:.-]*Z,0\r\n$")
        out, _ = self.collect(COUNTS, "-o", "yaml", "--timestamps", rows=1)
        self.assertEqual(list(next(yaml.safe_load_all(out))), ["_read", "_map", "key", "value"])

    # files

    def test_a_file_is_begun_anew(self):
        rows = self.write("rows.json", "old\n")
        out, _ = self.collect(SHAPES, "-o", "json", "--output", rows)
        self.assertEqual(out, "")
        self.assertEqual(len(self.rows(rows.read_text())), 3)

    def test_a_program_that_does_not_load_costs_no_file(self):
        bad = self.write("bad.bpf.c", SHAPES.replace("if (!s)\n                return 0;\n", ""))
        old = self.write("rows.json", "old\n")
        for more in ([], ["--rotate", "1M"]):
            self.fails(self.skep("run", bad, "--output", old, *more), 1)
            self.assertEqual(old.read_text(), "old\n")
        self.fails(self.skep("run", bad, "--output", self.work / "new.json"), 1)
        self.assertEqual([path.name for path in self.work.glob("*.json*")], ["rows.json"])

    def test_a_file_that_fails_does_not_cost_the_others(self):
        (self.work / "rows.ones.csv").symlink_to("/dev/full")
        source = self.write("it.bpf.c", TWO_KINDS)
        process = self.start("run", source, "--target", os.getpid(), "-o", "csv", "--output", self.work / "rows.csv")
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err.decode(), r"rows, .* bytes not written, .*\nskep: .*ones.csv: write the rows: .*ENOSPC")
        self.assertEqual((self.work / "rows.twos.csv").read_bytes(), b"when,pid,more\r\n")

    def test_several_kinds_of_rows_have_a_file_each(self):
        self.collect(TWO_KINDS, "-o", "csv", "--output", self.work / "rows.csv")
        ones = (self.work / "rows.ones.csv").read_bytes()
        twos = list(csv.DictReader(io.StringIO((self.work / "rows.twos.csv").read_text())))
        self.assertEqual(ones, b"pid\r\n" + b"%d\r\n" % os.getpid() * 3)
        self.assertEqual([row["more"] for row in twos], ["3"] * 3)
        self.assertFalse((self.work / "rows.csv").exists())

    def test_a_file_that_cannot_be_made_is_said_before_anything_is_loaded(self):
        done = self.refuse(SHAPES, "--output", self.work / "none" / "rows")
        self.fails(done, 1, "none/rows", "ENOENT")
        done = self.refuse(SHAPES, "--output", "json")
        self.fails(done, 2, "this is a format", "-o json", r"\./json")
        done = self.refuse(SHAPES, "--rotate", "1M")
        self.fails(done, 2, "--output")
        for bad in ("x", "1M:0", "0", "10x", "99999999999G"):
            self.fails(self.refuse(SHAPES, "--output", self.work / "r", "--rotate", bad), 2, "--rotate", "10M")

    def test_files_rotate_between_rows(self):
        rows = self.write("rows.csv", "old\n")
        self.collect(SHAPES, "-o", "csv", "--columns", "number", "--output", rows, "--rotate", "100:3",
                     rows=100)
        files = [rows] + [self.work / f"rows.csv.{i}" for i in (1, 2, 3)]
        numbers = []
        for file in reversed(files):
            data = file.read_bytes()
            self.assertLessEqual(len(data), 100)
            lines = data.split(b"\r\n")
            self.assertEqual((lines[0], lines[-1]), (b"number", b""))
            numbers += [int(line) for line in lines[1:-1]]
        self.assertEqual(numbers, list(range(numbers[0], 100)))
        self.assertGreater(numbers[0], 0)
        self.assertFalse((self.work / "rows.csv.4").exists())

    def test_what_stood_in_a_file_that_rotates_is_kept(self):
        rows = self.write("rows.json", "old\n")
        self.collect(SHAPES, "-o", "json", "--output", rows, "--rotate", "1M")
        self.assertEqual((self.work / "rows.json.1").read_text(), "old\n")
        self.assertEqual(len(self.rows(rows.read_text())), 3)

    def test_a_full_disk_is_one_clear_error(self):
        disk = self.work / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        source = self.write("it.bpf.c", SHAPES)
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--output", disk / "rows")
        for _ in range(1000):
            os.getppid()
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err.decode(), r"disk/rows: write the rows: No space left on device \(ENOSPC\)")
        self.assertRegex(err.decode(), r"skep: \d+ rows, .* bytes not written")
        self.assertEqual(err.decode().count("skep: "), 2)

    def test_what_cannot_be_printed_is_an_error(self):
        for words in (["plan", OBJECTS / "map_perf_event_array.bpf.o"], ["tools"], ["version"], ["--help"], ["completion"]):
            with open("/dev/full", "w", encoding="utf-8") as full, self.subTest(words):
                self.fails(self.skep(*words, stdout=full), 1, "write to standard output: No space left on device")

    def test_who_is_not_listened_to_shows_rows_all_the_same(self):
        """`skep run … 2>&1 | head`: standard error is closed, or full."""
        source = self.write("it.bpf.c", SHAPES)
        read, closed = os.pipe()
        os.close(read)
        for stderr in (closed, os.open("/dev/full", os.O_WRONLY)):
            done = subprocess.run([SKEP, "run", source, "--duration", "10ms"], stdout=subprocess.DEVNULL, stderr=stderr,
                                  env=self.env, timeout=DEADLINE, check=False)
            os.close(stderr)
            self.assertEqual(done.returncode, 0)

    def test_a_pipe_that_closes_ends_it_quietly(self):
        for name in ("table", "csv", "yaml", "raw"):
            process = self.start("run", self.write("it.bpf.c", SHAPES), "--target", os.getpid(), "-o", name)
            process.stdout.close()
            os.getppid()
            process.stdout = None
            _, err = process.communicate(timeout=DEADLINE)
            self.assertEqual(process.returncode, 0, err)
            self.assertNotIn(b"skep: error", err)

    # terminals

    def on_terminal(self, width, *arguments, **env):
        """What a terminal of so many columns is sent."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self.env.update(env)
        process = self.start("run", self.write("it.bpf.c", SHAPES), "--target", os.getpid(), *arguments,
                             stdout=slave)
        os.close(slave)
        for _ in range(3):
            os.getppid()
        self.interrupt(process)
        out = b""
        try:
            while chunk := os.read(master, 65536):
                out += chunk
        except OSError:
            pass  # the terminal's other end is closed
        os.close(master)
        return out.decode().replace("\r\n", "\n")

    def test_rows_fit_the_terminal_and_never_wrap(self):
        for width in (40, 80, 200):
            for more in ([], ["--timestamps"]):
                out = self.on_terminal(width, *more, NO_COLOR="1")
                self.assertEqual(len(out.splitlines()), 4, out)
                self.assertNotIn("\x1b", out)
                for line in out.splitlines():
                    self.assertLessEqual(len(line), width, line)
        out = self.on_terminal(80, "--timestamps", "--columns", "number", NO_COLOR="")
        self.assertIn("\x1b[1m", out)
        self.assertRegex(re.sub("\x1b.*?m", "", out), r"^READ +NUMBER\n")

    def test_raw_bytes_are_nothing_for_a_terminal(self):
        master, slave = pty.openpty()
        done = self.skep("run", self.write("it.bpf.c", SHAPES), "-o", "raw", stdout=slave)
        os.close(slave)
        os.close(master)
        self.fails(done, 2, "raw", "terminal", "--output")


if __name__ == "__main__":
    unittest.main()
