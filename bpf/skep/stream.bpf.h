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
 * counters of the records that found the ring full, and of those that nobody wanted. User space maps
 * the ledger and reports produced = delivered + unwanted + lost. The ledger's type also names the
 * record's type, so no other hint is needed to show it.
 *
 * Where many CPUs send at once they wait for each other: SKEP_STREAM_PER_CPU is a stream with a ring
 * buffer for each CPU, made by the same words.
 *
 * Any libbpf-style loader can load such an object; only the report needs skep. So does the saving of
 * wake-ups: a reader that knows skep_wakeup says whether it sleeps; for any other the kernel decides
 * for each record, as ever. And so do skep_where and SKEP_EARLY, which keep back here what `--where`
 * leaves out.
 * Include vmlinux.h (or skep/vmlinux_min.h) and bpf/bpf_helpers.h first.
 */
#ifndef SKEP_STREAM_BPF_H
#define SKEP_STREAM_BPF_H

/* One cache line a CPU, so that counting a loss never makes CPUs fight over a line. CPUs beyond
 * the last cell share cells; the increment is atomic, so the sum is exact for any number of them. */
#define SKEP_LEDGER_CELLS 64
struct skep_ledger_cell {
	unsigned long long lost;
	unsigned long long unwanted; /* written by what skep puts into skep_where */
	unsigned long long reserved[6];
} __attribute__((aligned(64)));

/* BYTES: size of the ring; a power of two, and a multiple of the page size. */
#define SKEP_STREAM(NAME, TYPE, BYTES)                                                             \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                \
		__uint(max_entries, BYTES);                                                        \
	} NAME SEC(".maps");                                                                       \
	SKEP_LEDGER(NAME, TYPE)

/* The same with a ring for each CPU that is online when the object is loaded, of BYTES each: records
 * of one CPU keep their order, those of two have none. NAME is an array of maps, which skep fills
 * (src/kernel/map_rings.hpp). CPUs that come online later, and those beyond SKEP_RINGS, share a ring
 * with another. Another loader makes the array and puts nothing into it: it has to put ring buffers
 * there itself, and until then each record is counted as lost. */
#define SKEP_RINGS 64 /* a power of two */
#define SKEP_STREAM_PER_CPU(NAME, TYPE, BYTES)                                                     \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);                                          \
		__uint(max_entries, SKEP_RINGS);                                                   \
		__type(key, __u32);                                                                \
		__array(                                                                           \
			values, struct {                                                           \
				__uint(type, BPF_MAP_TYPE_RINGBUF);                                \
				__uint(max_entries, BYTES);                                        \
			});                                                                        \
	} NAME SEC(".maps");                                                                       \
	SKEP_LEDGER(NAME, TYPE)

static inline __attribute__((always_inline, unused)) void *skep_ring_of_cpu(void *rings)
{
	__u32 slot = bpf_get_smp_processor_id() & (SKEP_RINGS - 1);

	return bpf_map_lookup_elem(rings, &slot);
}

/* What a record of stream NAME goes into: the definition says of which type the map is. */
#define skep_ring_of(NAME)                                                                         \
	(sizeof(*(NAME).type) == sizeof(int[BPF_MAP_TYPE_ARRAY_OF_MAPS]) ?                         \
		 skep_ring_of_cpu(&NAME) :                                                         \
		 (void *)&NAME)

/* For SKEP_STREAM and SKEP_STREAM_PER_CPU. */
#define SKEP_LEDGER(NAME, TYPE)                                                                    \
	struct skep_ledger_##NAME {                                                                \
		struct skep_ledger_cell cells[SKEP_LEDGER_CELLS];                                  \
		TYPE record[0];                                                                    \
	} NAME##_ledger SEC(".data.skep")

/* Whom a record wakes. The reader of the object's streams writes it (src/stream/handshake.hpp);
 * programs put `commit` into the flags of each record, so its values are theirs:
 *   0, the kernel decides: nobody has said that he reads, or he has ended;
 *   SKEP_AWAKE (BPF_RB_NO_WAKEUP): the reader looks by itself, within 10 ms;
 *   SKEP_ASLEEP (BPF_RB_FORCE_WAKEUP): the next record wakes it.
 * One word for all streams of an object, since a record does not say which stream it is of.
 * Above `mark` bytes in a ring a program takes "awake" back: a burst fills a ring faster than 10 ms,
 * and a reader may have been stopped or killed. Weak, for objects that are linked of several files. */
#define SKEP_AWAKE 1
#define SKEP_ASLEEP 2
struct skep_wakeup {
	volatile unsigned long long commit;
	volatile unsigned long long mark;
	unsigned long long reserved[6];
} __attribute__((aligned(64)));
struct skep_wakeup skep_wakeup SEC(".data.skep") __attribute__((weak)) = {};

/* A full barrier: what is read behind it is read after the reservation is there to be seen. The
 * reader, which writes "asleep" and then looks for reservations, has the other one, so that either
 * it sees the record that is being made, or the record's maker sees that it sleeps. */
static inline __attribute__((always_inline, unused)) void skep_barrier(void)
{
	unsigned long long place = 0, zero = 0;

	asm volatile("%0 = atomic_fetch_add((u64 *)(%1 + 0), %0)"
		     : "+r"(zero)
		     : "r"(&place)
		     : "memory");
}

#define skep_heed_mark(RING)                                                                       \
	do {                                                                                       \
		if (skep_wakeup.commit == SKEP_AWAKE &&                                            \
		    bpf_ringbuf_query(RING, 0 /* BPF_RB_AVAIL_DATA */) > skep_wakeup.mark)         \
			skep_wakeup.commit = SKEP_ASLEEP;                                          \
	} while (0)

#define skep_count_loss(NAME)                                                                      \
	__sync_fetch_and_add(&NAME##_ledger                                                        \
				      .cells[bpf_get_smp_processor_id() & (SKEP_LEDGER_CELLS - 1)] \
				      .lost,                                                       \
			     1)

/* Room for one record, or NULL when the ring is full, or there is none: the loss is counted. Give
 * it back with skep_submit or skep_discard on every path; the verifier insists. */
#define skep_reserve(NAME)                                                                         \
	({                                                                                         \
		void *skep_ring_ = skep_ring_of(NAME);                                          \
		void *skep_record_ = (void *)0;                                                    \
		if (skep_ring_) {                                                                  \
			skep_record_ = bpf_ringbuf_reserve(                                        \
				skep_ring_, sizeof(NAME##_ledger.record[0]), 0);                   \
			skep_heed_mark(skep_ring_);                                                \
		}                                                                                  \
		if (!skep_record_)                                                                 \
			skep_count_loss(NAME);                                                     \
		skep_record_;                                                                      \
	})

/* Whether the record of `size` bytes is wanted. `ring`: what it is for; NULL, what it was reserved
 * in. This body wants all of them; skep puts that of `--where` in its place before the program is
 * loaded, one for each stream, or a plain 1 where nothing is to be filtered
 * (src/run/pushdown.hpp). Weak, so that the compiler takes nothing of it for granted, and hidden: a
 * static function to the verifier, which looks at it anew with what each caller has. The call takes
 * 32 bytes of the 512 of the stack: a program that has not got them defines SKEP_UNASKED before it
 * includes this file, and is filtered in user space. */
#ifdef SKEP_UNASKED
#define skep_where(RECORD, SIZE, RING) 1
#define SKEP_QUESTION static inline __attribute__((always_inline, unused))
#else
#define SKEP_QUESTION __attribute__((weak, visibility("hidden"), noinline))
SKEP_QUESTION int skep_where(const void *record, unsigned long long size, const void *ring)
{
	int wanted = 1;

	asm volatile("" : "+r"(wanted) : "r"(record), "r"(size), "r"(ring));
	return wanted;
}
#endif

/* What of a record is known before it is made, so that one that nobody wants need not be:
 *
 *     struct known { int pid; char comm[16]; };   // as in struct event: the same names and types
 *     SKEP_EARLY(events, struct known);           // behind SKEP_STREAM
 *
 *     struct known known = {.pid = …};
 *     if (skep_unwanted(events, &known))
 *             return 0;                           // counted
 *
 * Members that the record has by the same name and type are asked about here, as far as `--where` is
 * about them; all the rest, and these again, by skep_submit and skep_output. What is said here has
 * to be true of the record that follows, and set, each member of it. TYPE may be the record's
 * own, where all but its texts of variable length is known early.
 * Ask when it is certain that a record of SKEP_STREAM's type would follow, whole: each no is counted as
 * one that was kept back, and `--where` otherwise shows records that are cut short.
 * Without `--where`, `skep run` cuts the call out, and what is behind it with it; to any other loader it
 * wants all records. */
#define SKEP_EARLY(NAME, TYPE)                                                                     \
	SKEP_QUESTION int skep_early_##NAME(const TYPE *known)                                     \
	{                                                                                          \
		int wanted = 1;                                                                    \
                                                                                                   \
		asm volatile("" : "+r"(wanted) : "r"(known));                                      \
		return wanted;                                                                     \
	}                                                                                          \
	_Static_assert(sizeof(NAME##_ledger) > 0, "SKEP_EARLY stands behind SKEP_STREAM")

#define skep_unwanted(NAME, KNOWN) (!skep_early_##NAME(KNOWN))

/* What is not wanted is discarded, as skep_discard does. */
#define skep_submit(RECORD)                                                                        \
	({                                                                                         \
		__auto_type skep_made_ = (RECORD);                                                 \
		skep_barrier();                                                                    \
		if (skep_where(skep_made_, sizeof(*skep_made_), (void *)0))                        \
			bpf_ringbuf_submit(skep_made_, skep_wakeup.commit);                        \
		else                                                                               \
			bpf_ringbuf_discard(skep_made_, skep_wakeup.commit);                       \
	})

/* Gives the room back without a record. A reader that sleeps is woken: it has to make room, or what
 * is discarded would fill the ring while it sleeps; above the mark it is half full already. Whatever is
 * discarded while the reader is awake costs no wake-up. */
#define skep_discard(RECORD)                                                                       \
	({                                                                                         \
		skep_barrier();                                                                    \
		bpf_ringbuf_discard(RECORD, skep_wakeup.commit);                                   \
	})

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

/* Wakes the reader although there is no record to be committed. */
static inline __attribute__((always_inline, unused)) void skep_wake(void *ring)
{
	void *nothing = bpf_ringbuf_reserve(ring, 8, 0);

	if (nothing)
		bpf_ringbuf_discard(nothing, SKEP_ASLEEP);
}

/* Copies a record of LENGTH bytes, for records of variable length (skep_text_t); not one that is not
 * wanted. Here the flags are chosen before the reservation, so that the reader may have gone to sleep
 * meanwhile: it is looked at again. The commit was a full barrier. */
#define skep_output(NAME, DATA, LENGTH)                                                            \
	({                                                                                         \
		__auto_type skep_data_ = (DATA);                                                   \
		unsigned long long skep_length_ = (LENGTH);                                        \
		skep_where(skep_data_, skep_length_, &NAME) ?                                      \
			skep_copy(NAME, skep_data_, skep_length_) :                                \
			0;                                                                         \
	})

#define skep_copy(NAME, DATA, LENGTH)                                                              \
	({                                                                                         \
		unsigned long long skep_commit_ = skep_wakeup.commit;                              \
		void *skep_ring_ = skep_ring_of(NAME);                                          \
		long skep_error_ = -2; /* ENOENT */                                                \
		if (skep_ring_) {                                                                  \
			skep_error_ = bpf_ringbuf_output(skep_ring_, DATA, LENGTH, skep_commit_);  \
			skep_heed_mark(skep_ring_);                                                \
		}                                                                                  \
		if (skep_error_)                                                                   \
			skep_count_loss(NAME);                                                     \
		else if (skep_commit_ == SKEP_AWAKE && skep_wakeup.commit != SKEP_AWAKE)           \
			skep_wake(skep_ring_);                                                     \
		skep_error_;                                                                       \
	})

#endif
