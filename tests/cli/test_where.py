"""`skep run --where`: rows of each kind of source, what is counted, and what is said of an expression that is wrong."""
import json
import os
import re
import select
import subprocess
import sys
import time
import unittest

from skep_cli import DEADLINE, SkepTest

EVENTS = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <skep/stream.bpf.h>
#include <skep/columns.bpf.h>
struct event {
        unsigned int number;
        int remainder;
        skep_errno_t error;
        unsigned int address; /* network byte order */
        char comm[16];
};
struct other { unsigned long long number; };
SKEP_STREAM(events, struct event, 64 * 1024);
SKEP_STREAM(others, struct other, 64 * 1024);
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, unsigned int);
         __type(value, unsigned long long); } squares SEC(".maps");
const volatile int target = 0;
unsigned int number;
SEC("tp/syscalls/sys_enter_getppid")
int it(void *ctx)
{
        struct event *e;
        struct other *o;
        unsigned long long square;
        __u32 n;
        if (bpf_get_current_pid_tgid() >> 32 != target)
                return 0;
        n = __sync_fetch_and_add(&number, 1);
        square = (unsigned long long)n * n;
        if (n < 50)
                bpf_map_update_elem(&squares, &n, &square, 0);
        bpf_printk("number %d", n);
        o = skep_reserve(others);
        if (o) {
                o->number = n;
                skep_submit(o);
        }
        e = skep_reserve(events);
        if (!e)
                return 0;
        e->number = n;
        e->remainder = -(int)(n % 10);
        e->error = n % 10 == 3 ? -2 : 0;
        e->address = 0x0000000a | n << 24;
        bpf_get_current_comm(e->comm, sizeof(e->comm));
        skep_submit(e);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


class Where(SkepTest):
    def collect(self, where, *arguments, rows=100):
        source = self.write("it.bpf.c", EVENTS)
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", where, *arguments)
        for _ in range(rows):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        return self.rows(out), self.head + err

    def test_only_what_is_wanted_and_the_rest_is_counted(self):
        for where, wanted in [
            ("remainder == -7 && number >= 20", [27, 37, 47, 57, 67, 77, 87, 97]),
            ("error == ENOENT && !(number in 10..89)", [3, 93]),
            ('address in (10.0.0.5, 10.0.0.96/30) && comm ~ "*"', [5, 96, 97, 98, 99]),
            ("remainder < -8 || number == 0 && address", [0, 9, 19, 29, 39, 49, 59, 69, 79, 89, 99]),
        ]:
            rows, err = self.collect(where)
            self.assertEqual([row["number"] for row in rows], wanted)
            self.assertRegex(err, rf"{len(wanted)} of \d+ rows \(\d+ kept back in the kernel\), 0 lost")

    def test_rows_of_a_kind_without_the_column_are_passed_over_with_a_note(self):
        rows, err = self.collect("remainder == 0", rows=20)
        self.assertEqual([row["number"] for row in rows], [0, 10])
        self.assertIn("--where: rows of 'other' have not all columns of it: none of them is shown", err)
        rows, err = self.collect("number == 4", rows=20)
        self.assertEqual(sorted(len(row) for row in rows), [1, 5])
        self.assertNotIn("'other'", err)

    def test_entries_of_maps_and_printed_lines(self):
        rows, _ = self.collect("value in 100..150", "--show", "squares", rows=50)
        self.assertEqual(rows, [{"_map": "squares", "key": n, "value": n * n} for n in (12, 11, 10)])
        rows, _ = self.collect('text ~ "number 1?" && cpu >= 0', rows=200)
        self.assertTrue(rows)
        for row in rows:
            self.assertRegex(row["text"], r"^number 1\d$")

    def test_it_works_on_columns_that_are_not_shown(self):
        rows, _ = self.collect("error == ENOENT", "--columns", "number", rows=10)
        self.assertEqual(rows, [{"number": 3}])

    def test_count_counts_what_is_shown(self):
        source = self.write("it.bpf.c", EVENTS)
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", "remainder == -1",
                             "--count", "3")
        while process.poll() is None:
            os.getppid()
        out, err = process.communicate()
        self.assertEqual([row["number"] for row in self.rows(out.decode())], [1, 11, 21], err)

    def test_nothing_is_counted_behind_the_last_row(self):
        source = self.write("it.bpf.c", self.early())
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", "number == 5",
                             "--count", "1")
        calls, is_shown = 0, False
        while process.poll() is None:
            os.getppid()
            is_shown = is_shown or bool(select.select([process.stdout], [], [], 0)[0])
            calls += not is_shown
        out, err = process.communicate()
        self.assertEqual([row["number"] for row in self.rows(out.decode())], [5], err)
        kept_back = int(re.search(r"\b1 of \d+ rows \((\d+) kept back", self.head + err.decode()).group(1))
        self.assertIn(kept_back, range(5, calls + 1), "what was kept back until the row was there")

    def test_a_flood_of_what_is_not_wanted_holds_up_neither_rows_nor_ctrl_c(self):
        flood = subprocess.Popen([sys.executable, "-c", "import os\nwhile True: os.getppid()"])
        self.addCleanup(flood.wait)
        self.addCleanup(flood.kill)
        source = self.write("it.bpf.c", EVENTS.replace("bpf_printk", "if (0) bpf_printk"))
        process = self.start("run", source, "--target", flood.pid, "-o", "json", "--where",
                             "number && !(number & 1023)")
        ready, _, _ = select.select([process.stdout], [], [], DEADLINE)
        self.assertTrue(ready, "the first wanted row never came")
        begin = time.monotonic()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        self.assertLess(time.monotonic() - begin, 20)
        for row in self.rows(out):
            self.assertEqual(row["number"] % 1024, 0)

    def test_what_is_kept_back_in_the_kernel_and_what_is_not_add_up(self):
        one_stream = EVENTS.replace("o = skep_reserve(others);", "o = 0;")
        source = self.write("one.bpf.c", one_stream.replace("bpf_printk", "if (0) bpf_printk"))
        for where, wanted, kept_back in [
            ("remainder == -7", 10, 90),
            ("remainder == -7 && comm ~ '*'", 10, 90),
            ("remainder == -7 && number >= 50", 5, 95),
            ("remainder == -7 && comm ~ '*x?y*'", 0, 90),
            ("remainder == -7 || comm ~ '*x?y*'", 10, 0),
        ]:
            process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", where)
            for _ in range(100):
                os.getppid()
            code, out, err = self.interrupt(process)
            self.assertEqual(code, 0, err)
            self.assertEqual(len(self.rows(out)), wanted)
            said = rf" \({kept_back} kept back in the kernel\)" if kept_back else ""
            self.assertRegex(err, rf"\b{wanted} of 100 rows{said}, 0 lost")

    def test_plan_says_what_is_tested_where(self):
        source = self.write("it.bpf.c", EVENTS)
        done = self.skep("plan", source, "--where",
                         "remainder < 0 && (number == 3 || comm ~ '*sh?') && !(comm ~ 'py*')")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.split(None, 2) for line in done.stdout.splitlines() if line.startswith("where")]
        # The compiler decides which stream comes first.
        self.assertEqual(sorted(lines, key=lambda line: ["others", "events", "bpf_printk"].index(line[1])), [
            ["where", "others", "remainder < 0 && (number == 3 || comm ~ '*sh?') && !(comm ~ 'py*'): "
             "in the kernel, before the submit"],
            ["where", "events", "remainder < 0: in the kernel, before the submit"],
            ["where", "events", "(number == 3 || comm ~ '*sh?'): in user space: "
             "the pattern is more than the beginning of a text"],
            ["where", "events", "!(comm ~ 'py*'): in the kernel, before the submit"],
            ["where", "bpf_printk", "remainder < 0 && (number == 3 || comm ~ '*sh?') && !(comm ~ 'py*'): "
             "in user space: its lines are read there"],
        ])
        done = self.skep("plan", source, "--where", "!((remainder == 1) && (number == 2) || (number == 3))")
        self.assertIn("!((remainder == 1) && (number == 2)): in the kernel", done.stdout)
        self.assertIn("!(number == 3): in the kernel", done.stdout)
        done = self.skep("plan", source, "--where", "nmber == 1")
        self.fails(done, 2, "Perhaps number")
        done = self.skep("plan", source, "-o", "json", "--where", "remainder < 0")
        plan = json.loads(done.stdout)
        self.assertNotIn(".data.skep", self.skep("plan", source).stdout)
        self.assertEqual(next(rows["parts"] for rows in plan["where"] if rows["rows"] == "events"),
                         [{"text": "remainder < 0", "in_kernel": True, "before_reserve": False, "why": ""}])
        copied = self.skep("plan", "exitsnoop", "--where", "code != 0")
        self.assertIn("code != 0: in the kernel, before the reserve\n", copied.stdout)

    def early(self, members="unsigned int number; int remainder;", says="known.remainder = -(int)(n % 10);"):
        """The program, with a question before the reserve."""
        known = f"struct known {{ {members} }};\nSKEP_EARLY(events, struct known);\n"
        asks = f"struct known known = {{ .number = n }};\n{says}\nif (skep_unwanted(events, &known))\n\treturn 0;\n"
        return (EVENTS.replace("const volatile int target", known + "const volatile int target")
                .replace("bpf_printk", "if (0) bpf_printk").replace("o = skep_reserve(others);", "o = 0;")
                .replace("        e = skep_reserve", asks + "        e = skep_reserve"))

    def where_lines(self, source, where, *arguments):
        done = self.skep("plan", source, "--where", where, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line.split(None, 2)[2] for line in done.stdout.splitlines() if line.startswith("where      events ")]

    def test_what_is_known_early_is_asked_about_before_the_reserve(self):
        source = self.write("early.bpf.c", self.early())
        where = "remainder == -7 && number >= 20 && address && comm ~ '*p*'"
        self.assertEqual(self.where_lines(source, where), [
            "remainder == -7: in the kernel, before the reserve",
            "number >= 20: in the kernel, before the reserve",
            "address: in the kernel, before the submit",
            "comm ~ '*p*': in user space: the pattern is more than the beginning of a text"])
        plan = json.loads(self.skep("plan", source, "-o", "json", "--where", where).stdout)
        parts = next(rows["parts"] for rows in plan["where"] if rows["rows"] == "events")
        self.assertEqual([part["before_reserve"] for part in parts], [True, True, False, False])
        unasked = self.where_lines(source, "remainder == -7", "--cflags=-DSKEP_UNASKED")
        self.assertEqual(len(unasked), 1)
        self.assertTrue(unasked[0].startswith("remainder == -7: in user space"), unasked)
        for where, wanted, kept_back in [
            ("remainder == -7 && number >= 20", [27, 37, 47], 47),
            ("remainder == -7 && error == 0 && address", [7, 17, 27, 37, 47], 45),
            ("remainder == -3 && error == 0", [], 50),
            ("number < 2 || error == ENOENT && number > 40", [0, 1, 43], 47),
            ("remainder == -7 && comm ~ '*x?y*'", [], 45),
        ]:
            process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", where)
            for _ in range(50):
                os.getppid()
            code, out, err = self.interrupt(process)
            self.assertEqual(code, 0, err)
            self.assertEqual([row["number"] for row in self.rows(out)], wanted, where)
            self.assertRegex(err, rf"\b{len(wanted)} of 50 rows \({kept_back} kept back in the kernel\), 0 lost")

    def test_what_says_nothing_early_is_named(self):
        source = self.write("early.bpf.c", self.early("unsigned int number; long long remainder; int color;"))
        self.assertEqual(self.where_lines(source, "remainder == -7 && number > 5"),
                         ["remainder == -7: in the kernel, before the submit",
                          "number > 5: in the kernel, before the reserve"])
        notes = self.skep("plan", source).stdout
        self.assertRegex(notes, r"SKEP_EARLY\(events, struct known\): 'remainder' is not asked about there: "
                                r"it is 'long long' there, and 'int' in event")
        self.assertRegex(notes, r"'color' is not asked about there: no record has it")
        as_user_says = ("--type", "events=other")
        self.assertEqual(self.where_lines(source, "number > 5", *as_user_says), ["number > 5: in the kernel, before the submit"])
        self.assertNotIn("SKEP_EARLY", self.skep("plan", source, *as_user_says).stdout)

    def test_plan_names_who_is_not_asked(self):
        sender = self.early().replace('SEC("tp/', '''static __attribute__((noinline)) int send(void *ring, int n)
{
        struct event *e = bpf_ringbuf_reserve(ring, sizeof(*e), 0);
        if (!e)
                return 0;
        __builtin_memset(e, 0, sizeof(*e));
        e->remainder = n;
        skep_submit(e);
        return 0;
}
SEC("tp/''').replace("        o = 0;", "        send(&events, n);\n        send(&others, n);\n        o = 0;")
        source = self.write("two.bpf.c", sender)
        self.assertEqual(self.where_lines(source, "remainder == -7 && error == 0"), [
            "remainder == -7: in the kernel, before the reserve",
            "error == 0: in the kernel, before the submit",
            "what 'send' sends: in user space, or some of it: which stream a record is for is not the same each time"])
        plan = json.loads(self.skep("plan", source, "-o", "json", "--where", "remainder == -7").stdout)
        rows = next(rows for rows in plan["where"] if rows["rows"] == "events")
        self.assertEqual(rows["exceptions"], [
            {"function": "send", "why": "which stream a record is for is not the same each time"}])

    def test_streams_of_other_kinds_are_filtered_in_user_space_alone(self):
        ring = EVENTS.replace("skep_submit(e)", "bpf_ringbuf_submit(e, 0)").replace("bpf_printk", "if (0) bpf_printk")
        source = self.write("ring.bpf.c", ring)
        done = self.skep("plan", source, "--where", "remainder < 0")
        self.assertIn("in user space: its programs do not send records by skep/stream.bpf.h, which asks", done.stdout)
        unasked = self.write("unasked.bpf.c", EVENTS)
        again = self.skep("plan", unasked, "--cflags=-DSKEP_UNASKED", "--where", "remainder < 0")
        self.assertIn("where      events               remainder < 0: in user space", again.stdout)
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", "remainder == -7")
        for _ in range(50):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(len(self.rows(out)), 5, err)

    def test_a_function_that_sends_to_two_rings_filters_neither(self):
        sender = EVENTS.replace('SEC("tp/', '''static __attribute__((noinline)) int send(void *ring, int n)
{
        struct event *e = bpf_ringbuf_reserve(ring, sizeof(*e), 0);
        if (!e)
                return 0;
        __builtin_memset(e, 0, sizeof(*e));
        e->number = n & 1;
        e->remainder = n >> 1;
        skep_submit(e);
        return 0;
}
SEC("tp/''').replace("struct other { unsigned long long number; };",
                     "struct other { unsigned int remainder; unsigned int number; char rest[24]; };")
        body = sender.index("        bpf_printk")
        source = self.write("two.bpf.c", sender[:body] + '''        send(&events, n);
        send(&others, n);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
''')
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", "number == 1")
        for _ in range(20):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        rows = self.rows(out)
        self.assertEqual([row["remainder"] for row in rows if "error" in row], list(range(10)), err)
        self.assertEqual([row["remainder"] for row in rows if "error" not in row], [0, 1], err)
        self.assertIn("which stream a record is for is not the same each time",
                      self.skep("plan", source, "--where", "number == 1").stdout)

    def test_a_pointer_to_void_is_a_record_too(self):
        source = self.write("void.bpf.c", EVENTS.replace("skep_submit(e);", "skep_submit((void *)e);"))
        self.assertRegex(self.skep("plan", source, "--where", "remainder == -7").stdout, "events .*: in the kernel")
        process = self.start("run", source, "--target", os.getpid(), "-o", "json", "--where", "remainder == -7")
        for _ in range(50):
            os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(self.rows(out)), 5, err)
        self.assertRegex(err, r"\b5 of \d+ rows \(95 kept back in the kernel\), 0 lost")

    def test_rows_of_a_command_alone_are_counted(self):
        command = "sh -c 'exit 3'; sh -c 'exit 4'; sh -c 'exit 3'; true"
        other = subprocess.Popen([sys.executable, "-c", "import os\nwhile True: os.system('exit 3')"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        done = self.skep("run", "exitsnoop", "-o", "json", "--where", "code == 3", "--", "sh", "-c", command)
        self.assertEqual([row["code"] for row in self.rows(done.stdout)], [3, 3], done.stderr)
        self.assertRegex(done.stderr, r"\b2 of [345] rows, 0 lost")

    def test_an_expression_that_is_wrong_is_said_before_anything_is_loaded(self):
        source = self.write("it.bpf.c", EVENTS)
        for where, *words in [
            ("remainder == -7 && nmber == 1", r"--where: there is no column 'nmber'",
             r"\n  remainder == -7 && nmber == 1\n {21}\^\^\^\^\^\n", "Perhaps number"),
            ("comm == 5", "'comm' is a text", r"\n {10}\^\n"),
            ("error == ENOTHING", "knows no 'ENOTHING'"),
            ("number = 1", "equality is =="),
        ]:
            done = self.skep("run", source, "--where", where)
            self.fails(done, 2, *words)


if __name__ == "__main__":
    unittest.main()
