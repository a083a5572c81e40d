"""What a user says of an object: parameters, what stands in its maps, which part of it runs."""
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

from skep_cli import DEADLINE, SkepTest, assert_gone, ids_held_by

PARAMETERS = r"""
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
enum mode { slow = 1, fast = 2 };
const volatile int target_pid = 0;
const volatile enum mode mode = slow;
const volatile __u32 saddr = 0;
const volatile __u8 dst_addr[16] = {};
const volatile __u64 min_latency_ns = 1000000;
const volatile __u32 max_bytes = 4096;
const volatile __u16 ports[4] = { 80 };
const volatile char comm[16] = "";
const volatile bool verbose = true;
int level = 3;
struct record {
	int level; enum mode mode; __u32 saddr; __u8 dst[16]; __u64 latency; __u32 bytes; __u16 ports[4];
	char comm[16]; bool verbose;
};
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 65536); __type(value, struct record); } rb SEC(".maps");
SEC("tp/syscalls/sys_enter_getppid")
int tell(void *ctx)
{
	struct record *r;
	if (bpf_get_current_pid_tgid() >> 32 != target_pid) return 0;
	r = bpf_ringbuf_reserve(&rb, sizeof(*r), 0);
	if (!r) return 0;
	r->level = level;
	r->mode = mode; r->saddr = saddr; r->latency = min_latency_ns; r->bytes = max_bytes; r->verbose = verbose;
	for (int i = 0; i < 16; i++) { r->dst[i] = dst_addr[i]; r->comm[i] = comm[i]; }
	for (int i = 0; i < 4; i++) r->ports[i] = ports[i];
	bpf_ringbuf_submit(r, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

MAPS = r"""
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
const volatile int target_pid = 0;
struct message { char text[24]; };
struct port { __u32 weight; char name[8]; struct { __u32 saddr; } via; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, struct message); } config SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 100); __type(key, __u32); __type(value, struct port); } ports SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } per_cpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } groups SEC(".maps");
struct key { __u32 length; __u8 address[4]; };
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 8); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct key); __type(value, __u32); } nets SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __uint(value_size, 4); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 512); __uint(key_size, 4); __uint(value_size, 4); } progs SEC(".maps");
struct row { char text[24]; __u32 weight; char name[8]; __u32 saddr; __u32 own; __u32 net; __u32 queued; int inside; int tail; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 65536); __type(value, struct row); } rb SEC(".maps");
static int send(int tail)
{
	__u32 zero = 0, eighty = 80, uid = 501;
	struct key key = { 32, { 10, 1, 2, 3 } };
	struct message *message = bpf_map_lookup_elem(&config, &uid);
	struct port *port = bpf_map_lookup_elem(&ports, &eighty);
	__u32 *own = bpf_map_lookup_elem(&per_cpu, &zero), *net = bpf_map_lookup_elem(&nets, &key);
	struct row *row = bpf_ringbuf_reserve(&rb, sizeof(*row), 0);
	if (!row) return 0;
	__builtin_memset(row, 0, sizeof(*row));
	if (message) __builtin_memcpy(row->text, message->text, sizeof(row->text));
	if (port) { row->weight = port->weight; row->saddr = port->via.saddr; __builtin_memcpy(row->name, port->name, 8); }
	if (own) row->own = *own;
	if (net) row->net = *net;
	bpf_map_pop_elem(&queue, &row->queued);
	row->inside = bpf_current_task_under_cgroup(&groups, 0);
	row->tail = tail;
	bpf_ringbuf_submit(row, 0);
	return 0;
}
SEC("raw_tp") int called(struct bpf_raw_tracepoint_args *ctx) { return send(1); }
SEC("raw_tp/sys_enter") int enter(struct bpf_raw_tracepoint_args *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 != target_pid) return 0;
	bpf_tail_call(ctx, &progs, ctx->args[1]);
	if (ctx->args[1] == 111 /* getpgrp of x86-64 */) return send(0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


class Settings(SkepTest):
    def test_parameters_by_type_name_and_unit(self):
        process = self.start(
            "run", self.write("p.bpf.c", PARAMETERS), "-o", "json", "--count", "1", "--target-pid", os.getpid(),
            "--mode", "fast", "--saddr", "10.0.0.1", "--dst-addr=2001:db8::1", "--min-latency-ns", "10ms", "--max-bytes",
            "64K", "--ports", "80,443", "--comm", "a b", "--verbose=false", "--level", "-7")
        os.getppid()
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(json.loads(out), {
            "level": -7, "mode": "fast", "saddr": "10.0.0.1", "dst": [0x20, 1, 0x0d, 0xb8, *[0] * 11, 1], "latency": 10000000,
            "bytes": 65536, "ports": [80, 443, 0, 0], "comm": "a b", "verbose": False})

    def test_help_lists_them(self):
        done = self.skep("run", self.write("p.bpf.c", PARAMETERS), "--help")
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in (r"--mode <enum mode> +default: slow; one of slow, fast",
                     r"--saddr <unsigned int> +default: 0; or an address",
                     r"--min-latency-ns <unsigned long long> +default: 1000000; ns, or as in 10ms",
                     r"--max-bytes <unsigned int> +default: 4096; bytes, or as in 64K",
                     r"--ports <__u16 ?\[4\]> +default: 80", r"--verbose +default: true",
                     r"--level <int> +default: 3; also while it runs: skep set"):
            self.assertRegex(done.stdout, line)

    def test_what_a_parameter_does_not_take(self):
        source = self.write("p.bpf.c", PARAMETERS)
        for arguments, words in ((("--ports", "1,2,3,4,5"), "up to 4 values"), (("--ports", "70000"), r"--ports\[0\] '70000'"),
                                 (("--saddr", "10.0.0.256"), "or an address"), (("--mode", "warp"), "one of slow and fast"),
                                 (("--max-bytes", "5G"), "from 0 to 4294967295"), (("--comm", "x" * 16), "at most 15 bytes")):
            with self.subTest(arguments):
                self.fails(self.skep("run", source, *arguments), 2, words)

    def test_maps_hold_what_was_said(self):
        root = re.search(r"^\S+ (\S+) cgroup2 ", pathlib.Path("/proc/mounts").read_text(), re.M)
        group = pathlib.Path(tempfile.mkdtemp(prefix="skep-test-", dir=root[1]))
        self.addCleanup(group.rmdir)
        source = self.write("m.bpf.c", MAPS)
        child = subprocess.Popen(["python3", "-c", "import os; input(); os.getpgrp(); os.getppid(); input()"],
                                 stdin=subprocess.PIPE, text=True)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        (group / "cgroup.procs").write_text(str(child.pid))
        entries = self.write("entries.json", json.dumps(
            {"ports": {"80": {"weight": 3, "name": "web", "via": {"saddr": "10.9.8.7"}}}, "queue": [77]}))
        process = self.start("run", source, "-o", "json", "--count", "2", "--target-pid", child.pid, "--map-file", entries,
                             "--map", "config[501]={text='Hi user 501!'}", "--map", "per_cpu[0]=5", "--map",
                             "nets[10.1.0.0/16]=16", "--map", "progs[getppid]=prog:called", "--map", f"groups[0]={group}")
        self.assertIn("attached 1 program;", self.head)
        child.stdin.write("\n")
        child.stdin.flush()
        out, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, err)
        row = {"text": "Hi user 501!", "weight": 3, "name": "web", "saddr": "10.9.8.7", "own": 5, "net": 16, "inside": 1}
        self.assertEqual(self.rows(out.decode()), [{**row, "queued": 77, "tail": 0}, {**row, "queued": 0, "tail": 1}])
        child.kill()
        child.communicate()

    def test_what_a_map_does_not_take(self):
        source = self.write("m.bpf.c", MAPS)
        for entry, code, words in (
                ("config[501]", 2, r"it takes MAP\[KEY\]=VALUE"),
                ("confg[501]=x", 1, r"--map confg\[501\]: there is no such map.*\n.*Its maps are .*config, ports"),
                ("config[x]={}", 2, "key 'x': it takes a number"),
                ("config[1]={txt=1}", 2, r"struct message has no field 'txt'.*\n.*Its fields are text \(char \[24\]\)"),
                ("ports[100]={weight=1}", 2, "the map has 100 entries"),
                ("ports[1]={weight=-2}", 2, r"--map ports\[1\]\.weight '-2'"),
                ("progs[getppid]=prog:calld", 1, "there is no program 'calld'.*\n.*called and enter"),
                ("progs[gettppid]=prog:called", 2, "key 'gettppid'"),
                ("progs[1]=called", 2, "prog:NAME, or the path of a pin"),
                ("groups[0]=/no/such", 1, "/no/such"),
                ("groups[0]=/tmp", 2, "/tmp: it is no cgroup of version 2"),
                ("rb[0]=1", 1, "a ringbuf has no entries"),
                ("queue[1]=1", 2, "a queue has no keys")):
            with self.subTest(entry):
                self.fails(self.skep("run", source, "--map", entry), code, words)
        self.fails(self.skep("run", source, "--map-file", self.write("x.json", "[1]")), 2, "it is no JSON object")
        self.fails(self.skep("run", source, "--map-file", self.write("x.json", '{"ports": {"1": {"weight": null}}}')), 2,
                   r"ports\[1\]: null is no value")

    def test_a_part_of_an_object(self):
        source = self.write("m.bpf.c", MAPS)
        self.start("run", source, "--only", "ent*", "--target-pid", os.getpid())
        self.assertIn("attached 1 program;", self.head)
        self.fails(self.skep("run", source, "--only", "leave"), 1, "--only 'leave'.*\n.*called and enter")

    def test_rings_of_another_size(self):
        source = self.write("c.bpf.c", CALLS.replace("PRINTED", "1"))
        session = self.start("run", source, "--ring", "256K", "--only", "tell")
        maps = [file.read_text() for file in pathlib.Path(f"/proc/{session.pid}/fdinfo").iterdir()]
        rings = [re.search(r"max_entries:\t(\d+)", text)[1] for text in maps if "map_type:\t27\n" in text]
        self.assertEqual(set(rings), {"262144"})
        for size in ("3M", "100", "4G", "many"):
            self.fails(self.skep("run", source, "--ring", size), 2, "--ring '.*': it takes a power of two of bytes")
        self.fails(self.skep("run", self.write("m.bpf.c", NO_RING), "--ring", "1M"), 2, "has no ring buffer")

    def test_a_ring_for_each_cpu(self):
        """Each of that size; rows of all of them, those of a CPU in their order; what nobody wants stays in the kernel."""
        source = self.write("each.bpf.c", EACH_CPU)
        plan = json.loads(self.skep("plan", source, "-o", "json", "--where", "odd == 1").stdout)
        stream, = plan["streams"]
        self.assertEqual((stream["map"], stream["per_cpu"], stream["bytes"]), ("events", True, 65536))
        self.assertEqual([part["in_kernel"] for part in plan["where"][0]["parts"]], [True], plan["where"])
        self.assertNotIn("events", [table["map"] for table in plan["tables"]])
        self.assertIn("64 KiB ring for each CPU, ordered within each; losses counted", self.skep("plan", source).stdout)
        session = self.start("run", source, "--target", os.getpid(), "-o", "json", "--ring", "128K", "--where",
                             "odd == 1")
        maps = [file.read_text() for file in pathlib.Path(f"/proc/{session.pid}/fdinfo").iterdir()]
        rings = [re.search(r"max_entries:\t(\d+)", text)[1] for text in maps if "map_type:\t27\n" in text]
        cpus = sorted(os.sched_getaffinity(0))
        self.assertEqual(set(rings), {"131072"})
        self.assertGreaterEqual(len(rings), min(len(cpus), 64))
        for cpu in cpus:
            os.sched_setaffinity(0, [cpu])
            for _ in range(100):
                os.getppid()
        os.sched_setaffinity(0, cpus)
        code, out, err = self.interrupt(session)
        self.assertEqual(code, 0, err)
        rows = self.rows(out)
        for at, cpu in enumerate(cpus):
            self.assertEqual([row["number"] for row in rows if row["cpu"] == cpu],
                             [number for number in range(100 * at, 100 * at + 100) if number % 2])
        self.assertRegex(err, rf"{50 * len(cpus)} of {100 * len(cpus)} rows \({50 * len(cpus)} kept back in the kernel\), 0 lost")


EACH_CPU = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <skep/stream.bpf.h>
struct event { unsigned int number, cpu, odd; };
SKEP_STREAM_PER_CPU(events, struct event, 64 * 1024);
const volatile int target = 0;
unsigned int number;
SEC("tp/syscalls/sys_enter_getppid")
int it(void *ctx)
{
        struct event *e;
        if (bpf_get_current_pid_tgid() >> 32 != target)
                return 0;
        e = skep_reserve(events);
        if (!e)
                return 0;
        e->number = number++;
        e->cpu = bpf_get_smp_processor_id();
        e->odd = e->number & 1;
        skep_submit(e);
        return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""

NO_RING = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("tp/syscalls/sys_enter_getpgrp") int nothing(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
"""

CALLS = r"""
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct call { int pid; int call; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); __type(value, struct call); } rb SEC(".maps");
SEC("tp/syscalls/sys_enter_getpgrp") int tell(void *ctx)
{
	struct call *c = bpf_ringbuf_reserve(&rb, sizeof(*c), 0);
	if (!c) return 0;
	c->pid = bpf_get_current_pid_tgid() >> 32;
	c->call = PRINTED;
	if (c->call) bpf_printk("called %d", c->pid);
	bpf_ringbuf_submit(c, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
"""


class Command(SkepTest):
    def source(self, printed=0):
        return self.write("calls.bpf.c", CALLS.replace("PRINTED", str(printed)))

    def test_it_and_its_children_are_shown_and_its_exit_code_is_ours(self):
        """Grandchildren too, and threads; not this process, though it calls all the time."""
        script = ("import os, threading, sys\n"
                  "def call(): os.getpgrp()\n"
                  "call()\n"
                  "for i in range(3):\n"
                  "    if os.fork() == 0:\n"
                  "        if os.fork() == 0: call(); os._exit(0)\n"
                  "        os.wait(); call(); os._exit(0)\n"
                  "    os.wait()\n"
                  "threading.Thread(target=call).start()\n"
                  "print('it says', *sys.argv[1:], file=sys.stderr)\n"
                  "os._exit(7)\n")
        process = subprocess.Popen([os.environ["SKEP"], "run", self.source(), "-o", "json", "--", sys.executable, "-c", script, "-o", "a b"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)
        while process.poll() is None:
            os.getpgrp()
            time.sleep(0.001)
        out, err = (text.decode() for text in process.communicate())
        self.assertEqual(process.returncode, 7, err)
        self.assertIn(f"attached 1 program; ends with {sys.executable}", err)
        self.assertIn("it says -o a b", err)
        rows = self.rows(out)
        self.assertNotIn(os.getpid(), [row["pid"] for row in rows])
        self.assertEqual(len(rows), 8)
        self.assertEqual(len({row["pid"] for row in rows}), 7)
        self.assertRegex(err, r"skep: 8 rows, ")

    def test_lines_that_are_printed(self):
        done = self.skep("run", self.source(1), "-o", "json", "--", sys.executable, "-c", "import os; os.getpgrp()")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = self.rows(done.stdout)
        self.assertEqual(len(rows), 2)
        self.assertEqual(len({row["pid"] for row in rows}), 1)

    def test_in_a_pid_namespace(self):
        """There our numbers are others than those that the records have."""
        command = [os.environ["SKEP"], "run", self.source(1), "-o", "json", "--", sys.executable, "-c",
                   "import os; os.getpgrp()\nif os.fork() == 0: os.getpgrp()\nelse: os.wait()"]
        done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", *command], capture_output=True, text=True,
                              env=self.env, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.rows(done.stdout)), 4, done.stderr)

    def test_what_cannot_be_started(self):
        """As a shell's: 127 for a command that is not found, 126 for one that cannot be executed."""
        self.fails(self.skep("run", self.source(), "-q", "--", "/no/such/command"), 127, "start /no/such/command: No such file")
        self.fails(self.skep("run", self.source(), "-q", "--", "no-such-command"), 127, "start no-such-command: No such file")
        self.fails(self.skep("run", self.source(), "-q", "--", "/"), 126, "start /: Permission denied")
        self.fails(self.skep("run", self.source(), "-q", "--", os.environ["SKEP"] + "/x"), 126, "Not a directory")

    def run_shell(self, script):
        """Once the shell has said a line."""
        process = self.start("run", self.source(), "-o", "json", "--", "sh", "-c", script)
        return process, process.stdout.readline()

    def test_a_signal_is_the_commands(self):
        process, _ = self.run_shell("trap 'exit 9' INT; echo; while :; do sleep 0.05; done")
        code, _, err = self.interrupt(process)
        self.assertEqual(code, 9, err)
        process, _ = self.run_shell("echo; exec sleep 100")
        self.assertEqual(self.interrupt(process, signal.SIGTERM)[0], 128 + signal.SIGTERM)

    def test_the_second_signal_is_ours(self):
        process, pid = self.run_shell("trap '' INT; echo $$; exec sleep 100 > /dev/null 2>&1")
        process.send_signal(signal.SIGINT)
        code, _, err = self.interrupt(process, signal.SIGTERM)
        os.kill(int(pid), signal.SIGKILL)
        self.assertEqual(code, 0, err)


class Live(SkepTest):
    """Other sessions may run on this machine: ours is named."""

    def run_it(self, name="live"):
        return self.start("run", self.write(f"{name}.bpf.c", PARAMETERS), "-o", "json", "--target-pid", os.getpid())

    def level(self, process):
        os.getppid()
        return json.loads(process.stdout.readline())["level"]

    def test_a_session_by_its_name_or_process(self):
        name = f"live{os.getpid()}"
        process = self.run_it(name)
        self.assertEqual(self.level(process), 3)
        done = self.skep("set", name, "level=-9")
        self.assertEqual((done.returncode, done.stdout), (0, "level: 3 -> -9\n"), done.stderr)
        self.assertEqual(self.level(process), -9)
        self.assertEqual(self.skep("set", process.pid, "level=12").stdout, "level: -9 -> 12\n")
        self.assertEqual(self.level(process), 12)
        done = self.skep("set")
        self.assertIn(f"{name} (process {process.pid})\n  level = 12  (int)\n", done.stdout, done.stderr)
        self.fails(self.skep("set", name, "mode=fast"), 2, "mode is const: it was fixed when the program was loaded")
        self.fails(self.skep("set", name, "levl=1"), 1, "there is no variable 'levl'.*\\n.*What can be changed is level")
        self.fails(self.skep("set", name, "level=much"), 2, "level 'much': it takes a number")
        self.fails(self.skep("set", name, "level=1", "x"), 2, "'x': it takes NAME=VALUE")
        self.fails(self.skep("set", name, "level=1", "levl=2"), 1, "levl")
        self.fails(self.skep("set", name, "level=1", "level=bad"), 2, "level 'bad': it takes a number")
        self.assertEqual(self.level(process), 12)

    def test_literals_are_no_variables(self):
        """bpf_printk alone makes a section without variables."""
        name = f"printer{os.getpid()}"
        source = self.write(f"{name}.bpf.c", CALLS.replace("PRINTED", "level").replace("SEC(\"tp", "int level = 1;\nSEC(\"tp", 1))
        process = self.start("run", source)
        self.assertEqual(self.skep("set", name, "level=2").stdout, "level: 1 -> 2\n")
        self.assertIn(f"{name} (process {process.pid})\n  level = 2  (int)\n", self.skep("set").stdout)

    def test_what_only_says_that_it_is_a_session(self):
        """Escape codes are not printed, and maps of others are not believed."""
        for name, maps in ((b"\x1b[31mred", b""), (b"thief", b"1 2 3 ")):
            file = os.memfd_create("skep-session-1")
            os.write(file, name + b"\n" + maps)
            out = self.skep("set").stdout
            os.close(file)
            self.assertNotIn("\x1b", out)
            self.assertEqual(f"(process {os.getpid()})" in out, not maps, out)

    def test_what_was_killed_is_no_session(self):
        name = f"gone{os.getpid()}"
        process = self.run_it(name)
        process.kill()
        process.communicate()
        self.fails(self.skep("set", name, "level=1"), 1, f"there is no session")

    def test_two_of_a_name(self):
        name = f"two{os.getpid()}"
        for _ in range(2):
            process = self.run_it(name)
        self.fails(self.skep("set", name, "level=1"), 2, rf"several sessions.*\n.*{name} \(process {process.pid}\)")

    def test_a_map_by_its_id_or_pin(self):
        process = self.run_it()
        maps = {one["name"]: one["id"] for number in ids_held_by(process.pid)["map"]
                if (one := json.loads(subprocess.check_output(["bpftool", "-j", "map", "show", "id", str(number)])))}
        self.assertEqual(self.skep("set", "--map", maps["live.data"], "level=5").stdout, "level: 3 -> 5\n")
        self.assertEqual(self.level(process), 5)
        self.fails(self.skep("set", "live", "level=5", "--map", maps["live.data"]), 2, "'live': --map names the section")
        self.fails(self.skep("set", "--map", maps["rb"], "level=5"), 1, "map 'rb'")
        self.fails(self.skep("set", "--map", maps["live.rodata"], "mode=fast"), 2, "mode is const")
        pins = self.work / "pins"
        pins.mkdir()
        subprocess.run(["mount", "-t", "bpf", "none", pins], check=True)
        self.addCleanup(subprocess.run, ["umount", pins], check=True)
        subprocess.run(["bpftool", "map", "pin", "id", str(maps["live.data"]), pins / "data"], check=True)
        self.assertEqual(self.skep("set", "--map", pins / "data", "level=6").stdout, "level: 5 -> 6\n")
        self.assertEqual(self.level(process), 6)


class Watch(SkepTest):
    SOURCE = PARAMETERS.replace("enum mode {", '#include "level.h"\nenum mode {', 1).replace("int level = 3", "int level = LEVEL")

    def start_it(self, *more):
        self.write("level.h", "#define LEVEL 1\n")
        self.write("watched.bpf.c", self.SOURCE)
        return self.start("run", self.work / "watched.bpf.c", "--watch", "--target-pid", os.getpid(), *(more or ("-o", "json")))

    def level(self, process):
        os.getppid()
        return json.loads(process.stdout.readline())["level"]

    def test_a_header_the_source_and_broken_edits(self):
        process = self.start_it()
        self.assertEqual(self.level(process), 1)
        self.write("other.h", "nobody includes it\n")
        self.write("level.h", "#define LEVEL 2\n")
        self.assertNotIn("other.h", self.wait_for(process, b"attached 1 program"))
        self.assertEqual(self.level(process), 2)
        self.write("level.h", "#define LEVEL two\n")
        self.assertIn("use of undeclared identifier 'two'", self.wait_for(process, b"goes on"))
        self.assertEqual(self.level(process), 2)
        self.write("level.h", "#define LEVEL 4\n")
        self.wait_for(process, b"attached 1 program")
        self.assertEqual(self.level(process), 4)
        # The verifier does not take it; an editor that renames.
        new = self.write("new.c", self.SOURCE.replace("if (!r) return 0;", ""))
        new.rename(self.work / "watched.bpf.c")
        self.assertIn("may be null", self.wait_for(process, b"goes on").lower())
        self.assertEqual(self.level(process), 4)
        held = ids_held_by(process.pid)
        code, _, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        assert_gone(self, held)

    def test_ctrl_c_while_it_compiles(self):
        process = self.start_it()
        # Enough for clang to be at it when the signal comes.
        self.write("level.h", "#define LEVEL 2\n" + "".join(f"int unused{i}(int a, int b);\n" for i in range(300_000)))
        self.wait_for(process, b"has changed")
        code, _, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        self.assertNotIn("attached", err)

    def test_rows_go_on_in_the_same_file(self):
        rows = self.write("rows.csv", "old\n")
        process = self.start_it("-o", "csv", "--columns", "level", "--output", rows, "--count", "5")
        os.getppid()
        self.write("level.h", "#define LEVEL 2\n")
        self.assertIn("--count begins anew", self.wait_for(process, b"attached 1 program"))
        os.getppid()
        code, _, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        self.assertEqual(rows.read_text(), "level\n1\n2\n")

    def test_it_takes_files(self):
        self.fails(self.skep("run", "execsnoop", "--watch"), 2, "--watch: it takes a source or an object")

    def test_the_duration_counts_from_the_beginning(self):
        self.write("level.h", "#define LEVEL 1\n")
        source = self.write("watched.bpf.c", self.SOURCE)
        process = self.start("run", source, "--watch", "--duration", "3s")
        begin = time.monotonic()
        self.write("level.h", "#define LEVEL 2\n")
        process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0)
        self.assertLess(time.monotonic() - begin, 20)


if __name__ == "__main__":
    unittest.main(verbosity=2)
