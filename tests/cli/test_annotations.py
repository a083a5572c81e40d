"""What authors say of their programs by skep/annotations.bpf.h, and histograms by steps."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from skep_cli import SkepTest

HEAD = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <skep/columns.bpf.h>
#include <skep/tool.bpf.h>
char LICENSE[] SEC("license") = "GPL";
"""

# Of processes whose name begins with our own letters: how much they write.
SAID = HEAD + """
SKEP_DESCRIPTION("Count the lengths of writes");
const volatile int target_pid SKEP_ABOUT("only this process") = 0;
const volatile __u64 shortest SKEP_UNIT("us") SKEP_ABOUT("what is shorter is left out") = 100;
const volatile __u32 most SKEP_UNIT("pages") = 7;
struct hist {
	__u32 slots[8] SKEP_LINEAR("bytes", 0, 10);
	__u64 sizes[20] SKEP_LOG2("bytes");
	__u64 took SKEP_UNIT("ms") SKEP_ABOUT("the longest of them");
	__u32 rss SKEP_UNIT("pages");
} SKEP_ABOUT("what one command writes");
struct command { char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, struct command);
         __type(value, struct hist); } writes SEC(".maps") SKEP_ABOUT("by command");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 5); __type(key, __u32);
         __type(value, __u64); } sizes_of_all SEC(".maps") SKEP_LINEAR("bytes", -10, 20);
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32);
         __type(value, __u64); } inner_state SEC(".maps") SKEP_HIDDEN;
static struct hist empty SKEP_HIDDEN;
__u64 last_size SKEP_KIND("size") SKEP_WIDTH(12);

SEC("tracepoint/syscalls/sys_enter_write") SKEP_ABOUT("counts")
int on_write(struct trace_event_raw_sys_enter *ctx)
{
	struct command key = {};
	struct hist *hist;
	__u64 size = ctx->args[2], *one;
	__u32 slot = size / 10, zero = 2;

	bpf_get_current_comm(key.comm, sizeof(key.comm));
	if (key.comm[0] != '%s' || key.comm[1] != '%s' || key.comm[2] != '%s' || key.comm[3] != '%s')
		return 0;
	if (target_pid && target_pid != (__u32)bpf_get_current_pid_tgid() && shortest && most)
		return 0;
	bpf_map_update_elem(&writes, &key, &empty, BPF_NOEXIST);
	bpf_map_update_elem(&inner_state, &zero, &size, BPF_ANY);
	hist = bpf_map_lookup_elem(&writes, &key);
	if (!hist)
		return 0;
	if (slot > 7)
		slot = 7;
	__sync_fetch_and_add(&hist->slots[slot & 7], 1);
	__sync_fetch_and_add(&hist->sizes[size < 64 ? 5 : 6], 1);
	hist->rss = 12;
	hist->took = 1500;
	last_size = 4096;
	one = bpf_map_lookup_elem(&sizes_of_all, &zero);
	if (one)
		__sync_fetch_and_add(one, 1);
	return 0;
}
"""

# Lengths of a run queue, as tools of the field count them: slot i is a length of i + 1.
RUNQLEN = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct hist { __u32 slots[32]; };
struct hist hist = {};
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 8); __type(key, __u32);
         __type(value, __u64); } %s SEC(".maps");
SEC("tp/sched/sched_process_exec")
int sample(struct trace_event_raw_sched_process_exec *ctx)
{
	__u32 slot = ctx->old_pid, zero = 1;
	__u64 *one = bpf_map_lookup_elem(&%s, &zero);
	if (one)
		*one = 1;
	if (slot > 0)
		slot--;
	if (slot < 32)
		__sync_fetch_and_add(&hist.slots[slot], 1);
	return 0;
}
"""

ALTERNATIVES = HEAD + """
int from SKEP_ABOUT("which program ran");
SEC("fentry/do_unlinkat") SKEP_ALTERNATIVE("exec", %s)
int by_function(void *ctx) { from = 1; return 0; }
SEC("kprobe/no_such_function_anywhere") SKEP_ALTERNATIVE("exec", %s)
int by_probe(void *ctx) { from = 2; return 0; }
SEC("tp/sched/sched_process_exec") SKEP_ALTERNATIVE("exec", %s)
int by_tracepoint(void *ctx) { from = 3; return 0; }
SEC("raw_tp/sched_process_exec") SKEP_ALTERNATIVE("exec", 9)
int last_of_all(void *ctx) { from = 4; return 0; }
"""


class Annotations(SkepTest):

    @classmethod
    def setUpClass(cls):
        cls.shared_cache = cls.enterClassContext(tempfile.TemporaryDirectory())

    def setUp(self):
        super().setUp()
        self.env["XDG_CACHE_HOME"] = self.shared_cache  # vmlinux.h once for all
        self.mine = f"{os.getpid() % 10000:04}"

    def said(self):
        return self.write("said.bpf.c", SAID % tuple(self.mine))

    def writes(self, *sizes):
        path = self.work / f"{self.mine}dd"
        if not path.exists():
            path.symlink_to("/bin/dd")
        for size in sizes:
            subprocess.run([path, "if=/dev/zero", "of=/dev/null", f"bs={size}", "count=1", "status=none"], check=True)

    def test_the_plan_and_the_help_say_it(self):
        done = self.skep("plan", self.said())
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in (r"^about +Count the lengths of writes$",
                     r"^program +on_write .*tracepoint: counts$",
                     r"^parameter +--target-pid +int, default 0: only this process$",
                     r"^parameter +--most +unsigned int, default 7 \(pages\)$",
                     r"^table +writes .*; a histogram from 0 in steps of 10 bytes, by its author; "
                     r"a histogram by powers of two, in bytes, by its author; shown at the end: by command$",
                     r"^table +sizes_of_all .*; a histogram from -10 in steps of 20 bytes",
                     r"^  column +took +duration in ms, 8 bytes at \d+: the longest of them$",
                     r"^  column +rss +unsigned integer \(pages\), 4 bytes",
                     r"^  column +last_size +size,",
                     r"^note +map 'inner_state' is not shown: its author hides it"):
            self.assertRegex(done.stdout, re.compile(line, re.M))
        self.assertNotIn("  column     empty", done.stdout)
        plan = json.loads(self.skep("plan", self.said(), "-o", "json").stdout)
        self.assertEqual(plan["about"], "Count the lengths of writes")
        self.assertEqual([p.get("unit") for p in plan["parameters"]], [None, "us, or as in 10ms", "pages"])
        table = next(t for t in plan["tables"] if t["map"] == "writes")
        self.assertEqual(table["about"], "by command")
        self.assertEqual([h["column"] for h in table["histograms"]], ["slots", "sizes"])
        shown = self.skep("run", self.said(), "--help").stdout
        for line in ("Count the lengths of writes", r"--target-pid <int> +only this process; default: 0",
                     r"--shortest <unsigned long long> +what is shorter is left out; default: 100; us, or as in 10ms",
                     r"--most <unsigned int> +default: 7; pages"):
            self.assertRegex(shown, line)
        self.fails(self.skep("run", self.said(), "--shortest", "1h5"), 2, "--shortest '1h5': it takes a number")

    def test_histograms_by_steps(self):
        process = self.start("run", self.said(), "--shortest", "1ms")
        self.writes(5, 5, 34, 500)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        out = out[out.index(f"{self.mine}dd"):]
        by_command, of_all = out.split("\nsizes_of_all:\n")
        self.assertRegex(by_command, r"1\.5s +12\n")  # the other columns above the bars
        rows = [line.split("#")[0].split() for line in by_command.splitlines()[1:]]
        self.assertEqual(rows[0:3], [["slots:"], ["VALUE", "(bytes)", "COUNT"], ["0", "..", "9", "2"]])
        self.assertIn(["30", "..", "39", "1"], rows)
        self.assertIn(["70", "..", "1"], rows)  # all that is above
        self.assertIn(["sizes:"], rows)
        self.assertIn(["64", "..", "127", "1"], rows)
        self.assertRegex(of_all, r"VALUE \(bytes\) +COUNT\n +30 \.\. 49 +4 #+\n")
        self.assertIn("4.0K", of_all)  # last_size

    def test_histograms_in_json(self):
        process = self.start("run", self.said(), "-o", "json")
        self.writes(5, 34, 500)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        rows = self.rows(out)
        mine = next(row for row in rows if row["_map"] == "writes" and row["key"]["comm"] == f"{self.mine}dd")
        self.assertEqual(mine["value"]["slots"], [1, 0, 0, 1, 0, 0, 0, 1])
        self.assertEqual(mine["_histogram"]["slots"]["unit"], "bytes")
        self.assertEqual(mine["_histogram"]["slots"]["ranges"][3:],
                         [{"from": 30, "to": 39, "count": 1}, {"from": 40, "to": 49, "count": 0},
                          {"from": 50, "to": 59, "count": 0}, {"from": 60, "to": 69, "count": 0},
                          {"from": 70, "count": 1}])
        self.assertEqual(mine["_histogram"]["sizes"]["ranges"],
                         [{"from": 32, "to": 63, "count": 2}, {"from": 64, "to": 127, "count": 1}])
        slots = [row for row in rows if row["_map"] == "sizes_of_all"]
        self.assertEqual(slots[2], {"_map": "sizes_of_all", "key": 2, "value": 3, "_from": 30, "_to": 49, "_unit": "bytes"})
        self.assertNotIn("inner_state", out)

    def test_what_takes_no_logarithm_is_no_log2(self):
        done = self.skep("plan", self.write("q.bpf.c", RUNQLEN % ("dist", "dist")))
        self.assertRegex(done.stdout, r"\.bss .*; a histogram by slots, each as wide as the others, by the instructions, "
                         "none of which takes a logarithm")
        self.assertRegex(done.stdout, r"table +dist .*; a histogram by slots, each .*, by the instructions")
        done = self.skep("plan", self.write("q.bpf.c", RUNQLEN % ("linear_hist", "linear_hist")))
        self.assertRegex(done.stdout, "linear_hist .*; a histogram by slots, each as wide as the others, by its name")
        process = self.start("run", self.write("q.bpf.c", RUNQLEN % ("dist", "dist")), "--show", "dist")
        subprocess.run(["/bin/true"], check=True)
        _, out, _ = self.interrupt(process)
        self.assertRegex(out, r"dist:\n  SLOT +COUNT\n  1 +1 #+\n$")

    def test_the_first_that_the_kernel_takes(self):
        source = self.write("alternatives.bpf.c", ALTERNATIVES % (1, 2, 3))
        done = self.skep("plan", source)
        self.assertRegex(done.stdout, r"one of +exec +by_function, else by_probe, else by_tracepoint, else last_of_all: "
                         "the first that the kernel takes")
        process = self.start("run", source, "-o", "json", "--show", "all")
        subprocess.run(["/bin/true"], check=True)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        taken = {"by_function": 1, "by_tracepoint": 3}  # where fentry can be attached, and where not
        named = re.search(r"'(\w+)' (stands in for 'by_function'|is what the kernel takes, the first of its alternatives)", self.head)
        self.assertIsNotNone(named, self.head)
        self.assertIn(named[1], taken)
        if named[1] == "by_tracepoint":
            self.assertEqual(self.rows(out)[0]["from"], 3)
            self.assertRegex(self.head, r"'by_tracepoint' stands in for 'by_function': .*; 'by_probe': .*")
        first = self.write("first.bpf.c", ALTERNATIVES % (3, 4, 1))
        process = self.start("run", first)
        self.assertNotIn("stands in", self.head)
        self.assertIn("'by_tracepoint' is what the kernel takes, the first of its alternatives (exec)", self.head)
        self.interrupt(process)

    def test_what_says_nothing_is_one_error(self):
        program = 'SEC("tp/sched/sched_process_exec") %s int f(void *ctx) { return sink; }'
        for declared, said, words in (
                ("__u64 counts[4] SKEP_LINEAR(\"\", 0, 0);", "", "tag 'skep:linear=0,0,', which says nothing"),
                ("__u64 counts[4] SKEP_TAG(\"colour=red\");", "", "variable 'counts' has the tag 'skep:colour=red'"),
                ("float counts[4] SKEP_LOG2(\"\");", "", "'counts' is no array of counts"),
                ("char counts[4] SKEP_UNIT(\"us\");", "", "'counts' is no number, so that it has no unit 'us'"),
                ("const volatile int counts[4] SKEP_HIDDEN = {};", "",
                 "parameter 'counts': SKEP_HIDDEN cannot be said of it, only SKEP_UNIT and SKEP_ABOUT"),
                ("__u64 counts[4];", "SKEP_UNIT(\"us\")", "program 'f': SKEP_UNIT cannot be said of it"),
                ("__u64 counts[4];", "SKEP_ALTERNATIVE(\"x\", 1)", "is said of no other program"),
                ("__u64 counts[4]; __noinline int g(int i) SKEP_ABOUT(\"g\"); __noinline int g(int i) "
                 "{ return i + counts[1]; }", "", "function 'g' \\(it is no program\\): nothing can be said of it"),
                ("struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); "
                 "__type(value, __u64); } m SEC(\".maps\") SKEP_LOG2(\"us\"); __u64 counts[4];", "",
                 "map 'm' \\(hash\\): SKEP_LOG2 and SKEP_LINEAR stand beside an array of counts"),
        ):
            with self.subTest(declared=declared, said=said):
                source = self.write("wrong.bpf.c", HEAD + "int sink;\n" + declared + "\n" + program % said)
                self.fails(self.skep("run", source), 1, words)
        twice = self.write("twice.bpf.c", ALTERNATIVES % (1, 2, 2))
        self.fails(self.skep("plan", twice), 1, "both say SKEP_ALTERNATIVE\\(\"exec\", 2\\): which comes first")


if __name__ == "__main__":
    unittest.main()
