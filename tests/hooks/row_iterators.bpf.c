// Iterators, one for each thing that the kernel can walk. Each writes a line when it meets the one
// that the test made.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile int process = 0; /* only this one */
long wanted;                    /* what the test made: an id, a port, an address, a number */

__u64 count;

struct seq_file;
struct file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id, seq_num;
} __attribute__((preserve_access_index));

#define walks(NAME, ...)                    \
	struct bpf_iter__##NAME {           \
		struct bpf_iter_meta *meta; \
		__VA_ARGS__                 \
	} __attribute__((preserve_access_index))

static __always_inline int met(struct bpf_iter_meta *meta)
{
	static const char line[] = "met\n";

	__sync_fetch_and_add(&count, 1);
	bpf_seq_write(meta->seq, line, sizeof(line) - 1);
	return 0;
}

/* Of a type that nobody but the iterator has, a member. */
#define member(TYPE, MEMBER) \
	struct TYPE {        \
		MEMBER;      \
	} __attribute__((preserve_access_index))

walks(task, struct task_struct *task;);
walks(task_file, struct task_struct *task; __u32 fd; struct file *file;);
member(vm_area_struct, unsigned long vm_start);
walks(task_vma, struct task_struct *task; struct vm_area_struct *vma;);

SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	return task && task->pid == wanted ? met(ctx->meta) : 0;
}

SEC("iter.s/task")
int on_task_s(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	return task && task->pid == wanted ? met(ctx->meta) : 0;
}

SEC("iter/task_file")
int on_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task || !ctx->file || task->tgid != process)
		return 0;
	return ctx->fd == wanted ? met(ctx->meta) : 0;
}

SEC("iter/task_vma")
int on_vma(struct bpf_iter__task_vma *ctx)
{
	struct vm_area_struct *area = ctx->vma;

	if (!ctx->task || !area)
		return 0;
	return area->vm_start == (unsigned long)wanted ? met(ctx->meta) : 0;
}

member(bpf_map, __u32 id);
walks(bpf_map, struct bpf_map *map;);
walks(bpf_map_elem, struct bpf_map *map; void *key; void *value;);
member(bpf_prog_aux, __u32 id);
member(bpf_prog, struct bpf_prog_aux *aux);
walks(bpf_prog, struct bpf_prog *prog;);
member(bpf_link, __u32 id);
walks(bpf_link, struct bpf_link *link;);

SEC("iter/bpf_map")
int on_map(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	return map && map->id == wanted ? met(ctx->meta) : 0;
}

SEC("iter/bpf_map_elem")
int on_element(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *value = ctx->value;

	return ctx->key && value && *value == (__u64)wanted ? met(ctx->meta) : 0;
}

SEC("iter/bpf_prog")
int on_program(struct bpf_iter__bpf_prog *ctx)
{
	struct bpf_prog *program = ctx->prog;

	return program && program->aux->id == wanted ? met(ctx->meta) : 0;
}

SEC("iter/bpf_link")
int on_link(struct bpf_iter__bpf_link *ctx)
{
	struct bpf_link *link = ctx->link;

	return link && link->id == wanted ? met(ctx->meta) : 0;
}

struct sock_common {
	unsigned short skc_num;
} __attribute__((preserve_access_index));
member(sock, struct sock_common __sk_common);
walks(tcp, struct sock_common *sk_common; unsigned int uid;);
struct udp_sock;
walks(udp, struct udp_sock *udp_sk; unsigned int uid; int bucket;);
struct sockaddr_un {
	char sun_path[108];
} __attribute__((preserve_access_index));
struct unix_address {
	int len;
	struct sockaddr_un name[0];
} __attribute__((preserve_access_index));
member(unix_sock, struct unix_address *addr);
walks(unix, struct unix_sock *unix_sk; unsigned int uid;);
member(netlink_sock, __u32 portid);
walks(netlink, struct netlink_sock *sk;);
walks(sockmap, struct bpf_map *map; void *key; struct sock * sk;);
walks(bpf_sk_storage_map, struct bpf_map *map; struct sock * sk; void *value;);

SEC("iter/tcp")
int on_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *socket = ctx->sk_common;

	return socket && socket->skc_num == wanted ? met(ctx->meta) : 0;
}

SEC("iter/udp")
int on_udp(struct bpf_iter__udp *ctx)
{
	struct sock *socket = (struct sock *)ctx->udp_sk; /* which it begins with */

	return socket && BPF_CORE_READ(socket, __sk_common.skc_num) == wanted ? met(ctx->meta) : 0;
}

/* One that is bound to an abstract name whose number behind "skep-" the test wants. */
SEC("iter/unix")
int on_unix(struct bpf_iter__unix *ctx)
{
	struct unix_sock *socket = ctx->unix_sk;
	struct unix_address *address;
	char path[9];

	if (!socket)
		return 0;
	address = BPF_CORE_READ(socket, addr);
	if (!address || bpf_probe_read_kernel(path, sizeof(path), address->name[0].sun_path))
		return 0;
	for (int i = 0; i < 8; i++) {
		if (path[1 + i] != (char)(wanted >> (8 * i)))
			return 0;
	}
	return met(ctx->meta);
}

SEC("iter/netlink")
int on_netlink(struct bpf_iter__netlink *ctx)
{
	struct netlink_sock *socket = ctx->sk;

	return socket && socket->portid == wanted ? met(ctx->meta) : 0;
}

SEC("iter/sockmap")
int on_sockmap(struct bpf_iter__sockmap *ctx)
{
	__u32 *key = ctx->key;

	return key && ctx->sk && *key == wanted ? met(ctx->meta) : 0;
}

SEC("iter/bpf_sk_storage_map")
int on_storage(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	__u64 *value = ctx->value;

	return ctx->sk && value && *value == (__u64)wanted ? met(ctx->meta) : 0;
}

member(kernfs_node, __u64 id);
member(cgroup, struct kernfs_node *kn);
walks(cgroup, struct cgroup *cgroup;);
struct in6_addr {
	__u8 bytes[16];
};
struct rt6key {
	struct in6_addr addr;
	int plen;
} __attribute__((preserve_access_index));
member(fib6_info, struct rt6key fib6_dst);
walks(ipv6_route, struct fib6_info *rt;);
member(kallsym_iter, char name[128]);
walks(ksym, struct kallsym_iter *ksym;);
member(kmem_cache, const char *name);
walks(kmem_cache, struct kmem_cache *s;);

SEC("iter/cgroup")
int on_cgroup(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *group = ctx->cgroup;

	return group && group->kn->id == (__u64)wanted ? met(ctx->meta) : 0;
}

/* To a network of that many bits. */
SEC("iter/ipv6_route")
int on_route(struct bpf_iter__ipv6_route *ctx)
{
	struct fib6_info *route = ctx->rt;

	return route && BPF_CORE_READ(route, fib6_dst.plen) == wanted ? met(ctx->meta) : 0;
}

static __always_inline bool is(const char *name, const char *text, int length)
{
	for (int i = 0; i < length; i++) {
		if (name[i] != text[i])
			return false;
	}
	return true;
}

SEC("iter/ksym")
int on_symbol(struct bpf_iter__ksym *ctx)
{
	struct kallsym_iter *symbol = ctx->ksym;
	char name[10];

	if (!symbol)
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), symbol->name);
	return is(name, "vfs_fsync", sizeof(name)) ? met(ctx->meta) : 0;
}

SEC("iter/kmem_cache")
int on_cache(struct bpf_iter__kmem_cache *ctx)
{
	struct kmem_cache *cache = ctx->s;
	char name[12];

	if (!cache)
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), cache->name);
	return is(name, "task_struct", sizeof(name)) ? met(ctx->meta) : 0;
}

struct dma_buf;
walks(dmabuf, struct dma_buf *dmabuf;);

SEC("iter/dmabuf")
int on_buffer(struct bpf_iter__dmabuf *ctx)
{
	return ctx->dmabuf ? met(ctx->meta) : 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct {
	__uint(type, 15); /* BPF_MAP_TYPE_SOCKMAP */
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} storage SEC(".maps");

char LICENSE[] SEC("license") = "GPL";
