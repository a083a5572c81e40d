// USDT probes, their arguments by skep's.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/usdt.bpf.h"
#include "usdt.h"
