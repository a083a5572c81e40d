/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/stream.bpf.h: a stream of records to user space that never loses one in silence.
 *
 *     struct event { int pid; char comm[16]; };
 *     SKEP_STREAM(events, struct event, 256 * 1024);
 *
 *     struct event *e = skep_reserve(events);
 *     if (!e)
 *             return 0;               // counted
 *     e->pid = …;
 *     skep_submit(e);
 *
 * A stream is a ring buffer (kernel 5.8) named NAME and a ledger named NAME_ledger: per-CPU
 * counters of the records that found the ring full. User space maps the ledger and reports
 * produced = delivered + lost. The ledger's type also names the record's type, so no other hint is
 * needed to show it.
 *
 * Any libbpf-style loader can load such an object; only the report needs skep.
 * Include vmlinux.h (or skep/vmlinux_min.h) and bpf/bpf_helpers.h first.
 */
#ifndef SKEP_STREAM_BPF_H
#define SKEP_STREAM_BPF_H

/* One cache line a CPU, so that counting a loss never makes CPUs fight over a line. CPUs beyond
 * the last cell share cells; the increment is atomic, so the sum is exact for any number of them. */
#define SKEP_LEDGER_CELLS 64
struct skep_ledger_cell {
	unsigned long long lost;
	unsigned long long reserved[7];
} __attribute__((aligned(64)));

/* BYTES: size of the ring; a power of two, and a multiple of the page size. */
#define SKEP_STREAM(NAME, TYPE, BYTES)                                                             \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                \
		__uint(max_entries, BYTES);                                                        \
	} NAME SEC(".maps");                                                                       \
	struct skep_ledger_##NAME {                                                                \
		struct skep_ledger_cell cells[SKEP_LEDGER_CELLS];                                  \
		TYPE record[0];                                                                    \
	} NAME##_ledger SEC(".data.skep")

#define skep_count_loss(NAME)                                                                      \
	__sync_fetch_and_add(&NAME##_ledger                                                        \
				      .cells[bpf_get_smp_processor_id() & (SKEP_LEDGER_CELLS - 1)] \
				      .lost,                                                       \
			     1)

/* Room for one record, or NULL when the ring is full: the loss is counted. Give it back with
 * skep_submit or skep_discard on every path; the verifier insists. */
#define skep_reserve(NAME)                                                                         \
	({                                                                                         \
		void *skep_record_ =                                                               \
			bpf_ringbuf_reserve(&NAME, sizeof(NAME##_ledger.record[0]), 0);            \
		if (!skep_record_)                                                                 \
			skep_count_loss(NAME);                                                     \
		skep_record_;                                                                      \
	})

#define skep_submit(RECORD) bpf_ringbuf_submit(RECORD, 0)
#define skep_discard(RECORD) bpf_ringbuf_discard(RECORD, 0)

/* Room to put a record of variable length together, too large for the stack: one TYPE per CPU for
 * each of PROGRAMS programs. Each program uses its own INDEX, since one may interrupt another on
 * its CPU; the kernel never nests the same program (it counts recursion_misses instead).
 * TYPE may take 32 KiB (PCPU_MIN_UNIT_SIZE). Its bytes are the last record's: set every field. */
#define SKEP_SCRATCH(NAME, TYPE, PROGRAMS)                                                         \
	struct skep_scratch_##NAME {                                                               \
		TYPE data;                                                                         \
	};                                                                                         \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                           \
		__uint(max_entries, PROGRAMS);                                                     \
		__type(key, __u32);                                                                \
		__type(value, struct skep_scratch_##NAME);                                         \
	} NAME SEC(".maps")

#define skep_scratch(NAME, INDEX)                                                                  \
	({                                                                                         \
		__u32 skep_index_ = (INDEX);                                                       \
		bpf_map_lookup_elem(&NAME, &skep_index_);                                          \
	})

/* Copies a record of LENGTH bytes, for records of variable length (skep_text_t). */
#define skep_output(NAME, DATA, LENGTH)                                                            \
	({                                                                                         \
		long skep_error_ = bpf_ringbuf_output(&NAME, DATA, LENGTH, 0);                     \
		if (skep_error_)                                                                   \
			skep_count_loss(NAME);                                                     \
		skep_error_;                                                                       \
	})

#endif
