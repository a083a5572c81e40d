"""The contenders: ours, the peers of Debian, and the program written by hand for libbpf."""
import glob
import os
import subprocess


class Paths:
    def __init__(self, root, build):
        self.root = root
        self.build = build
        self.skep = os.path.join(build, "skep")
        self.bench = os.path.join(build, "bench")
        self.sources = os.path.join(root, "bench", "programs")

    def program(self, name):
        return os.path.join(self.bench, name)

    def tool_object(self, name):
        return glob.glob(os.path.join(self.build, "tools", "*", f"{name}.bpf.o"))[0]


def bcc_environment(paths):
    """bcc compiles with kernel headers: those of this kernel, or else those that Debian has, whose two halves are laid
    one over the other in our own mount namespace."""
    if os.path.isdir(f"/lib/modules/{os.uname().release}/build"):
        return {}
    merged = os.path.join(paths.bench, "headers")
    if not os.path.exists(os.path.join(merged, "Makefile")):
        common = sorted(glob.glob("/usr/src/linux-headers-*-common"))
        if not common:
            return {}
        os.makedirs(merged, exist_ok=True)
        mine = common[-1].removesuffix("common") + os.uname().machine.replace("x86_64", "amd64").replace("aarch64", "arm64")
        subprocess.run(["mount", "-t", "overlay", "-o", f"ro,lowerdir={mine}:{common[-1]}", "overlay", merged],
                       check=False, stderr=subprocess.DEVNULL)
    return {"BCC_KERNEL_SOURCE": merged}


def libraries_kb(paths):
    """Files and all that they are linked with, but for the C library, which each system has."""
    seen = {}
    for path in paths:
        seen[os.path.realpath(path)] = None
        out = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
        for line in out.splitlines():
            words = line.split()
            if "=>" in words and len(words) > 2 and words[2].startswith("/"):
                seen[os.path.realpath(words[2])] = None
    skip = ("libc.so", "ld-linux", "libm.so", "libpthread", "libdl.so", "librt.so")
    return sum(os.path.getsize(p) for p in seen if not os.path.basename(p).startswith(skip)) / 1024


# What bpftrace is asked for.
PRINT_OPEN = ('tracepoint:syscalls:sys_enter_openat '
              '{ printf("%-6d %-16s %3d %s\\n", pid, comm, args->flags, str(args->filename)); }')
COUNT_OPEN = "tracepoint:syscalls:sys_enter_openat { @[comm] = count(); }"
BEGIN = 'BEGIN { printf("ready\\n"); } '
