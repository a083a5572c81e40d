// What the objects hook_usdt and hook_usdt_skep have in common, each with another header.
const volatile int thread = 0; /* only this thread id; 0: all */

__u64 usdt_count, typed_count;
long usdt_values[12];
int usdt_errors[12];
int usdt_arguments;
long usdt_cookie;
long usdt_sum[4];           /* of the second argument, by the first */
long typed_first, typed_second;

static __always_inline bool ours(void)
{
	return !thread || (int)bpf_get_current_pid_tgid() == thread;
}

SEC("usdt")
int on_usdt(struct pt_regs *ctx)
{
	long value;

	if (!ours())
		return 0;
	__sync_fetch_and_add(&usdt_count, 1);
	usdt_arguments = bpf_usdt_arg_cnt(ctx);
	usdt_cookie = bpf_usdt_cookie(ctx);
	for (int i = 0; i < 12; i++) {
		usdt_errors[i] = bpf_usdt_arg(ctx, i, &value);
		usdt_values[i] = value;
	}
	if (usdt_values[0] >= 0 && usdt_values[0] < 4)
		usdt_sum[usdt_values[0]] += usdt_values[1];
	return 0;
}

SEC("usdt")
int BPF_USDT(on_typed, int first, void *second)
{
	if (!ours())
		return 0;
	__sync_fetch_and_add(&typed_count, 1);
	typed_first = first;
	typed_second = (long)second;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
