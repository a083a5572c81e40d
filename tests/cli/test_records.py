"""What the records of foreign sources are: of which types, of whose programs, with what behind them."""
import os
import socket
import unittest

from skep_cli import SkepTest

HEAD = """
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
const volatile int target = 0;
#define FOREIGN ((int)(bpf_get_current_pid_tgid() >> 32) != target)
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} rb SEC(".maps");
"""

# No hint but the variables: their types stand in DWARF alone.
PLACES = HEAD + """
struct place {
	u32 pid;
	long bytes;
	struct bpf_stack_build_id where[4];
};
SEC("raw_tp/sys_enter")
int enter(struct bpf_raw_tracepoint_args *ctx)
{
	if (FOREIGN || ctx->args[1] != 110 /* getppid */)
		return 0;
	struct place *place = bpf_ringbuf_reserve(&rb, sizeof(*place), 0);
	if (!place)
		return 0;
	place->pid = target;
	place->bytes = bpf_get_stack(ctx, place->where, sizeof(place->where),
				     BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	bpf_ringbuf_submit(place, 0);
	return 0;
}
"""

# Nothing in the records tells one from the other.
TWO = HEAD + """
struct left { u64 x; u32 pid, y; };
struct right { u32 pid, code; u64 z; };
SEC("tp/syscalls/sys_enter_getppid")
int from_left(void *ctx)
{
	struct left left = { 11, target, 12 };
	if (!FOREIGN)
		bpf_ringbuf_output(&rb, &left, sizeof(left), 0);
	return 0;
}
SEC("tp/syscalls/sys_exit_getppid")
int from_right(void *ctx)
{
	struct right right = { target, 21, 22 };
	if (!FOREIGN)
		bpf_ringbuf_output(&rb, &right, sizeof(right), 0);
	return 0;
}
"""

OPEN = HEAD + """
struct many { u32 pid, count; u16 each[]; };
char scratch[64];
SEC("tp/syscalls/sys_enter_getppid")
int several(void *ctx)
{
	struct many *many = (struct many *)scratch;
	if (FOREIGN)
		return 0;
	many->pid = target;
	many->count = 3;
	many->each[0] = 7, many->each[1] = 8, many->each[2] = 9;
	bpf_ringbuf_output(&rb, scratch, sizeof(*many) + 6, 0);
	return 0;
}
"""

# As samples/bpf of the kernel takes samples of packets.
SAMPLE = HEAD + """
struct meta { u32 cookie; u32 length; };
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} samples SEC(".maps");
const volatile u32 length = 0;
SEC("cgroup_skb/egress")
int sample(struct __sk_buff *skb)
{
	struct meta meta = { 0xbeef, skb->len };
	if (skb->len == length)
		bpf_perf_event_output(skb, &samples, BPF_F_CURRENT_CPU | 24ULL << 32, &meta, sizeof(meta));
	return 1;
}
"""


class Records(SkepTest):
    def rows_of(self, source, *arguments):
        """Two calls of getppid: what is shown of them, and what is said before and behind."""
        process = self.start("run", self.write("source.bpf.c", source), "--target", os.getpid(), "-o", "json",
                             *arguments)
        os.getppid()
        os.getppid()
        code, out, err = self.interrupt(process)
        self.assertEqual(code, 0, err)
        return self.rows(out), self.head + err

    def test_types_of_which_only_dwarf_knows(self):
        source = self.write("source.bpf.c", PLACES)
        self.assertRegex(self.skep("plan", source).stdout, r"(?s)record +place .*build ids in 'where'")
        rows, said = self.rows_of(PLACES)
        self.assertEqual([row["pid"] for row in rows], [os.getpid()] * 2, said)
        stack = next(value for name, value in rows[0].items() if name not in ("pid", "bytes"))
        self.assertRegex(stack[0]["build_id"], "^[0-9a-f]{40}$")

    def test_several_types_of_one_size_are_told_of(self):
        rows, said = self.rows_of(TWO)
        self.assertEqual(len(rows), 4)
        self.assertIn("records of 'rb' are left or right, of one size", said)
        for chosen in (("--only", "from_right"), ("--type", "rb=right")):
            rows, said = self.rows_of(TWO, *chosen)
            self.assertIn({"pid": os.getpid(), "code": 21, "z": 22}, rows)
            self.assertNotIn("of one size", said)
        self.assertEqual(len(self.rows_of(TWO, "--only", "from_right")[0]), 2)
        done = self.skep("plan", self.write("source.bpf.c", TWO), "--only", "from_right")
        self.assertRegex(done.stdout, "record +right ")
        self.fails(self.skep("plan", self.work / "source.bpf.c", "--only", "neither"), 1, "no such program")

    def test_a_type_that_is_named_may_be_open(self):
        expected = {"pid": os.getpid(), "count": 3, "each": [7, 8, 9]}
        for where in ((), ("--where", "count == 3")):
            rows, said = self.rows_of(OPEN, "--type", "rb=many", *where)
            self.assertEqual(rows, [expected] * 2, said)

    def test_hex_is_said(self):
        """Of a record in which nothing names a type."""
        rows, said = self.rows_of(OPEN.replace("struct many *many = (struct many *)scratch;", "u32 *many = (u32 *)scratch;")
                                  .replace("many->pid", "many[0]").replace("many->count", "many[1]")
                                  .replace("many->each[0] = 7, many->each[1] = 8, many->each[2] = 9;", "")
                                  .replace("sizeof(*many) + 6", "14"))
        self.assertEqual(len(rows), 2)
        self.assertRegex(said, "records of 'rb' are shown as hex: nothing names their type; --type rb=TYPE does")

    def test_a_part_of_the_packet_behind_a_record(self):
        size = 1013
        process = self.start("run", self.write("sample.bpf.c", SAMPLE), "--length", size + 28, "-o", "json", "--where",
                             "cookie == 0xbeef", "--count", 1)
        with socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            udp.sendto(bytes(size), udp.getsockname())
        out, err = process.communicate(timeout=60)
        (row,) = self.rows(out.decode())  # one record: nothing comes behind it that would wake the reader
        self.assertRegex(row.pop("_rest"), "^45[0-9a-f]{46}")  # of the IPv4 header
        self.assertEqual(row, {"cookie": 0xbeef, "length": size + 28}, err)


if __name__ == "__main__":
    unittest.main()
