"""Maps as tables: their order, what changed since, what a column means."""
import json
import os
import pathlib
import re
import subprocess
import unittest

from skep_cli import SkepTest

# Counts how often commands start whose names begin with our own four letters.
SOURCE = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
struct who { char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_%s); __uint(max_entries, 64); __type(key, struct who);
         __type(value, __u64); } starts SEC(".maps");
struct prefix { __u32 prefixlen; __u8 data[4]; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 8); __uint(map_flags, 1);
         __type(key, struct prefix); __type(value, __u32); } nets SEC(".maps");
struct both { union { __u64 a; __u64 b; }; __u64 counts[4]; };
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32);
         __type(value, struct both); } sums SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32);
         __type(value, __u64); } gauge SEC(".maps");
SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	__u32 zero = 0;
	struct both *sum;
	__u64 *level;
	struct who key = {};
	struct prefix net = { 8, { 10 } };
	__u32 last = 77;
	__u64 one = 1, *count;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	if (key.comm[0] != '%s' || key.comm[1] != '%s' || key.comm[2] != '%s' || key.comm[3] != '%s')
		return 0;
	bpf_map_update_elem(&nets, &net, &last, 0);
	sum = bpf_map_lookup_elem(&sums, &zero);
	if (sum) {
		sum->a += 10;
		sum->counts[3] += 1;
	}
	level = bpf_map_lookup_elem(&gauge, &zero);
	if (level)
		*level = key.comm[4] == 'u' ? 100 : 40;
	count = bpf_map_lookup_elem(&starts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&starts, &key, &one, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

# Maps that say little of what stands in them, and values with a text for each CPU.
ODD = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_DEVMAP_HASH); __uint(max_entries, 4); __type(key, __u32);
         __type(value, struct bpf_devmap_val); } ways SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 4); __type(key, __u32);
         __type(value, __u32); } doors SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __uint(key_size, 4);
         __uint(value_size, 12); } untyped SEC(".maps");
struct seen { __u64 count; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_PERCPU_HASH); __uint(max_entries, 4); __type(key, __u32);
         __type(value, struct seen); } whose SEC(".maps");
SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	__u32 key = 5, value[3] = { 1, 2, 0xff };
	struct seen seen = { 1 }, *old;
	bpf_get_current_comm(seen.comm, sizeof(seen.comm));
	if (seen.comm[0] != '%s' || seen.comm[1] != '%s' || seen.comm[2] != '%s' || seen.comm[3] != '%s')
		return 0;
	bpf_map_update_elem(&untyped, &key, value, 0);
	bpf_map_update_elem(&whose, &key, &seen, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


class Tables(SkepTest):

    def setUp(self):
        super().setUp()
        self.mine = f"{os.getpid() % 10000:04}"

    def source(self, kind="HASH"):
        return self.write("starts.bpf.c", SOURCE % (kind, *self.mine))

    def commands(self, **times):
        """Starts commands of our own names so often, one after the other."""
        for name, count in times.items():
            path = self.work / (self.mine + name)
            if not path.exists():
                path.symlink_to("/bin/true")
            for _ in range(count):
                subprocess.run([path], check=True)

    def shown(self, *options, kind="HASH"):
        process = self.start("run", self.source(kind), "-o", "json", "--show", "starts", *options)
        self.commands(a=1, b=3, c=2)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        return [(row["key"]["comm"][4:], row["value"]) for row in self.rows(out)]

    def test_order(self):
        self.assertEqual(self.shown(), [("b", 3), ("c", 2), ("a", 1)])
        self.assertEqual(self.shown("--sort", "+value"), [("a", 1), ("c", 2), ("b", 3)])
        self.assertEqual(self.shown("--sort", "comm", "--top", "2"), [("a", 1), ("b", 3)])
        self.assertEqual(self.shown("--sort", "+comm", "--top", "1"), [("c", 2)])

    def test_what_was_added_since(self):
        """Tables are shown every half second; between them, things happen."""
        for option, sums in (("--delta", [4, 2]), ("--clear", [4, 2])):
            with self.subTest(option):
                process = self.start("run", self.source(), "-o", "json", "--show", "starts", "--every", "500ms",
                                     option)
                self.commands(a=4)
                first = self.next_row(process)
                while first["value"] < 4:  # the commands ran over the end of the half second
                    first["value"] += self.next_row(process)["value"]
                self.commands(a=2)
                second = self.next_row(process)
                while second["value"] < 2:
                    second["value"] += self.next_row(process)["value"]
                self.assertEqual([first["value"], second["value"]], sums)
                code, out, _ = self.interrupt(process)
                self.assertEqual((code, out), (0, ""))  # nothing changed, so nothing is shown

    def next_row(self, process):
        return json.loads(process.stdout.readline())

    def test_rate(self):
        process = self.start("run", self.source(), "-o", "json", "--show", "starts", "--every", "2s", "--rate")
        self.commands(a=12)
        runs = 0
        while runs < 10:  # 12 in two seconds, or in the two before and the two after a row
            runs += self.next_row(process)["value"] * 2
        self.assertLess(runs, 15)
        self.interrupt(process)

    def test_per_cpu(self):
        rows = self.shown(kind="PERCPU_HASH")
        self.assertEqual(rows, [("b", 3), ("c", 2), ("a", 1)])
        process = self.start("run", self.source("PERCPU_HASH"), "-o", "json", "--show", "starts", "--per-cpu")
        self.commands(a=5)
        _, out, _ = self.interrupt(process)
        rows = self.rows(out)
        cpus = [row["cpu"] for row in rows]
        self.assertEqual(len(cpus), len(set(cpus)))
        self.assertIn(0, cpus)
        self.assertEqual(sum(row["value"] for row in rows), 5)

    def test_a_trie_has_networks(self):
        process = self.start("run", self.source(), "--show", "nets", "--col", "value:hex")
        self.commands(a=1)
        _, out, _ = self.interrupt(process)
        self.assertRegex(out, r"\nnets:\nKEY +VALUE\n10\.0\.0\.0/8 +0x4d\n")

    def test_members_of_a_union_are_added_once(self):
        process = self.start("run", self.source("PERCPU_HASH"), "-o", "json", "--show", "sums")
        self.commands(a=7)
        _, out, _ = self.interrupt(process)
        self.assertEqual(self.rows(out)[0]["value"], {"a": 70, "b": 70, "counts": [0, 0, 0, 7]})

    def test_columns_of_another_kind_are_not_added(self):
        process = self.start("run", self.source("PERCPU_HASH"), "-o", "json", "--show", "sums", "--col", "counts:dump")
        self.commands(a=2)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        self.assertIn("cpu", self.rows(out)[0])

    def test_maps_of_few_words(self):
        """A map without types, devices to send to, and a text for each CPU: a row is of the CPU that wrote it."""
        source = self.write("odd.bpf.c", ODD % tuple(self.mine))
        process = self.start("run", source, "-o", "json", "--map", "ways[7]={ifindex=1}", "--map", "doors[2]=1")
        self.commands(a=1)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        rows = {row["_map"]: row for row in self.rows(out)}
        self.assertEqual(len(self.rows(out)), 4, out)
        self.assertEqual(rows["untyped"], {"_map": "untyped", "key": 5, "value": "0100000002000000ff000000"})
        self.assertEqual((rows["ways"]["key"], rows["ways"]["value"]["ifindex"]), (7, 1))
        self.assertEqual(rows["doors"], {"_map": "doors", "key": 2, "value": 1})
        self.assertEqual(rows["whose"]["value"], {"count": 1, "comm": f"{self.mine}a"})
        self.assertIn("map 'whose' has a row for each CPU that wrote there: 'comm' cannot be added up", self.head)

    def test_what_goes_down(self):
        process = self.start("run", self.source(), "-o", "json", "--show", "gauge", "--every", "300ms", "--delta")
        self.commands(u=1)
        self.assertEqual(self.next_row(process)["value"], 100)
        self.commands(d=1)
        self.assertEqual(self.next_row(process)["value"], -60)
        self.interrupt(process)

    def test_what_is_not_shown_is_not_cleared(self):
        self.fails(self.skep("run", self.source(), "--clear", "--top", "1"), 2, "--clear: .* --top")

    def test_wrong_columns(self):
        source = self.source()
        for options, words in ((("--sort", "size"), ("--sort size: there is no such column", "There are .*comm")),
                               (("--col", "value"), ("it takes COLUMN:KIND",)),
                               (("--col", "value:mac"), ("cannot be shown as 'mac'",)),
                               (("--col", "nothing:ip4"), ("--col nothing: there is no such column", "comm"))):
            with self.subTest(options):
                self.fails(self.skep("run", source, *options), 2, *words)
        self.fails(self.skep("run", source, "--delta", "--rate"), 2, "--rate")

    def test_every_kind_is_documented(self):
        done = self.skep("run", self.source(), "--col", "value:colour")
        self.fails(done, 2, "there is no kind 'colour'")
        kinds = re.search(r"There are (.*), enum=NAME, flags=NAME", done.stderr)[1].split(", ")
        self.assertGreater(len(kinds), 30)
        page = (pathlib.Path(__file__).parents[2] / "docs/columns.md").read_text()
        rows = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| ([^|]*) \|", page, re.M))))
        self.assertEqual(set(kinds) - rows, set())


if __name__ == "__main__":
    unittest.main()
