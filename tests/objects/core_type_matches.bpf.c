// oracle: types same moved resized absent empty twins vmlinux 6.1 6.12 shifted
// TYPE_MATCHES: deeper than TYPE_EXISTS: members by name and kind, enumerators by name, pointers
// and prototypes by their own rules; a flavour may ask for less than the target has.
#include "oracle.h"
#include "shape.h"

struct point___some {
	int x;
};
struct point___other {
	int x, z;
};
struct shape___forward;
struct shape___some {
	struct shape *next;
	unsigned int refs;
	struct point corner;
};
enum mood___some { MOOD_CALM___some };
enum mood___other { MOOD_ODD___other };
typedef int (*draw_t___other)(struct point *);
union value___some {
	int number;
};
struct task_struct {
	int pid;
	struct mm_struct *mm;
	struct task_struct *group_leader;
};
struct task_struct___wrong {
	struct task_struct *pid;
};

answers(14);

SEC("raw_tp/type_matches")
int type_matches(void *ctx)
{
	answer[0] = bpf_core_type_matches(struct shape);
	answer[1] = bpf_core_type_matches(struct point);
	answer[2] = bpf_core_type_matches(struct point___some);
	answer[3] = bpf_core_type_matches(struct point___other);
	answer[4] = bpf_core_type_matches(struct shape___some);
	answer[5] = bpf_core_type_matches(enum mood);
	answer[6] = bpf_core_type_matches(enum mood___some);
	answer[7] = bpf_core_type_matches(enum mood___other);
	answer[8] = bpf_core_type_matches(draw_t);
	answer[9] = bpf_core_type_matches(draw_t___other);
	answer[10] = bpf_core_type_matches(union value___some);
	answer[11] = bpf_core_type_matches(colour_t);
	answer[12] = bpf_core_type_matches(struct task_struct);
	answer[13] = bpf_core_type_matches(struct task_struct___wrong);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
