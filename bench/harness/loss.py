"""Whether what is lost is counted: made = shown + counted, to the last one."""
import os
import re
import signal
import tempfile
import time

from .table import section, table
from .traced import Traced


def lines_of(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def commands(paths):
    text = 'tracepoint:syscalls:sys_enter_getppid /pid == %d/ { printf("%%d\\n", pid); }'
    return {
        "skep": lambda pid: [paths.skep, "run", paths.program("tight.bpf.o"), "--target", str(pid), "-o", "json"],
        "bpftrace": lambda pid: ["bpftrace", "-e", text % pid],
    }


def said_lost(name, errors, path):
    if name == "skep":
        return int(re.search(r"([\d,]+) lost", errors)[1].replace(",", ""))
    with open(path, errors="replace") as file:
        said = errors + "".join(line for line in file if line.startswith("Lost"))
    return sum(int(n) for n in re.findall(r"Lost (\d+) events", said))


def one(context, name, command, stops):
    threads, calls = 2, context.scaled(500_000 if name == "skep" else 50_000)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = os.path.join(folder, "rows")
        with Traced(context, "getppid", calls, threads) as traced:
            # Beside a producer on its CPU, so that it is too slow.
            tool = context.start(command(traced.pid), output=path)
            try:
                tool.wait_quiet()
                traced.go()
                if stops:
                    time.sleep(0.05)
                    tool.send(signal.SIGSTOP)
                    time.sleep(1)
                    tool.send(signal.SIGCONT)
                made = traced.result()["calls"]
                tool.wait_quiet(quiet=0.3, least=0.3, most=60)
            finally:
                tool.send(signal.SIGCONT)
                errors = tool.end()
        lost = said_lost(name, errors, path)
        lines = lines_of(path)
        if name == "bpftrace":
            with open(path, errors="replace") as file:
                lines = sum(1 for line in file if line.strip().isdigit())
    return made, lines, lost


def measure(context):
    context.log("loss: made = shown + counted")
    rows, wrong = [], 0
    for name, command in commands(context.paths).items():
        for stops in (False, True):
            off = []
            for _ in range(context.rounds):
                try:
                    made, lines, lost = one(context, name, command, stops)
                except RuntimeError as error:
                    context.log(f"  {name}: {error}")
                    continue
                off.append(made - lines - lost)
                last = [f"{made:,}", f"{lines:,}", f"{lost:,}"]
            if not off:
                continue
            worst = max(off, key=abs)
            if name == "skep":
                wrong += sum(1 for x in off if x)
            rows.append([name, "stopped for a second" if stops else "too slow", *last,
                         f"{sum(1 for x in off if x == 0)} of {len(off)}", f"{worst:,}"])
    body = ("Two producers on two CPUs, which the reader has to share with them, and a ring of 256 KiB (bpftrace: as it has it); then "
            "the same while `kill -STOP` holds the reader for a second.\n\n"
            + table(["", "", "made, last run", "rows", "counted as lost", "runs that balance", "missing at worst"], rows)
            + f"\nThe ledger of skep {'balances in every run' if not wrong else f'**does not balance in {wrong} runs**'}.\n")
    return section("Loss", body, [])
