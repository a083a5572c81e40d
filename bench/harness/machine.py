"""What the figures were measured on: machine, kernel, versions of the peers."""
import datetime
import os
import platform
import re
import shutil
import subprocess

PACKAGES = ("bpftrace", "bpfcc-tools", "libbpf-tools", "libbpf-dev", "linux-perf", "strace")


def _first(path, pattern):
    try:
        with open(path) as file:
            found = re.search(pattern, file.read(), re.M)
            return found[1].strip() if found else "unknown"
    except OSError:
        return "unknown"


def version_of(package):
    out = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return out.stdout if out.returncode == 0 else "not installed"


def describe(root):
    commit = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    memory = int(_first("/proc/meminfo", r"MemTotal:\s*(\d+)")) / 2**20
    model = _first("/proc/cpuinfo", r"^model name\s*:\s*(.*)$")
    is_virtual = bool(re.search(r"^flags.*\bhypervisor\b", open("/proc/cpuinfo").read(), re.M))
    return {
        "when": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit.stdout.strip() or "no git",
        "system": _first("/etc/os-release", r'^PRETTY_NAME="([^"]*)"'),
        "kernel": platform.release(),
        "cpu": f"{os.cpu_count()} × {model}" + (", a virtual machine" if is_virtual else ""),
        "memory": f"{memory:.0f} GB",
        "peers": ", ".join(f"{name} {version_of(name)}" for name in PACKAGES),
    }


def load():
    """How busy the machine is besides: the share of its CPUs, of the last second."""
    import time

    def used():
        with open("/proc/stat") as file:
            fields = [int(x) for x in file.readline().split()[1:9]]
        return sum(fields) - fields[3] - fields[4], sum(fields)

    busy, all_ = used()
    time.sleep(1)
    busy_then, all_then = used()
    return (busy_then - busy) / max(all_then - all_, 1)


def has(command):
    return shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None
