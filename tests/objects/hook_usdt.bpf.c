// USDT probes, their arguments by libbpf's header.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include <bpf/usdt.bpf.h>
#include "usdt.h"
