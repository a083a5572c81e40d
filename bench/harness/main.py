"""bench/run: what to measure, in which order, and where it goes."""
import argparse
import os
import signal
import subprocess
import sys
import time

from . import (events, growth, latency, loss, machine, maps, native, page, peers, profiles, rates, startup)
from .context import Context
from .process import end_all

FIGURES = {
    "startup": startup.measure,
    "events": events.measure,
    "rates": rates.measure,
    "loss": loss.measure,
    "maps": maps.measure,
    "latency": latency.measure,
    "rings": native.rings,
    "profiles": profiles.measure,
    "objects": native.objects,
    "growth": growth.measure,
    "micro": native.micro,
}

def arguments(root):
    parser = argparse.ArgumentParser(prog="bench/run", description=(
        "Measures skep beside its peers (see bench/README.md). Without --only: everything, and the page is written."))
    parser.add_argument("--only", metavar="FIGURE", action="append", choices=list(FIGURES),
                        help="one of: " + ", ".join(FIGURES) + " (repeat for more); it is printed")
    parser.add_argument("--quick", action="store_true", help="one short round: whether it works, not what it is")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", default=os.path.join(root, "build", "release"))
    parser.add_argument("--page", default=os.path.join(root, "docs", "benchmarks.md"))
    parser.add_argument("--write", action="store_true",
                        help="write the page, of what the last run of each figure gave")
    return parser.parse_args()

def enter_own_mounts():
    """Peers want tracefs and debugfs; they get them in a mount namespace that ends with us."""
    if os.environ.get("SKEP_BENCH_MOUNTS") != "own":
        os.environ["SKEP_BENCH_MOUNTS"] = "own"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    for kind, where in (("tracefs", "/sys/kernel/tracing"), ("debugfs", "/sys/kernel/debug")):
        subprocess.run(["mount", "-t", kind, kind, where], stderr=subprocess.DEVNULL, check=False)

def notes_of(root, name):
    path = os.path.join(root, "bench", "notes", name + ".md")
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return "\n" + file.read().strip() + "\n"

def main(root):
    options = arguments(root)
    if os.geteuid() != 0:
        sys.exit("bench/run: as root, please: peers and skep load programs into the kernel")
    enter_own_mounts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    paths = peers.Paths(root, os.path.abspath(options.build))
    context = Context(paths, rounds=1 if options.quick else options.rounds, quick=options.quick)
    results = os.path.join(paths.bench, "results")
    names = options.only or ([] if options.write else list(FIGURES))
    about = machine.describe(root)
    begin = time.monotonic()
    try:
        for name in names:

            start = time.monotonic()
            text = FIGURES[name](context) + notes_of(root, name)
            seconds = time.monotonic() - start
            context.log(f"{name}: {seconds:.0f} s")
            if not options.quick:
                page.save(results, name, about, text, seconds)
            if options.only:
                print(text)
    except KeyboardInterrupt:
        end_all()
        sys.exit(130)
    if options.write or (not options.only and not options.quick):
        with open(options.page, "w") as file:
            file.write(page.make(results, FIGURES))
        context.log(f"{options.page} written, {time.monotonic() - begin:.0f} s")
    return 0
