"""The headers that `skep gen` writes for every object of the tests compile without a warning, all of
them in one file. Usage: all_headers.py COMPILER SKEP INCLUDE OBJECT…"""
import pathlib
import subprocess
import sys
import tempfile

flags = "-std=c++23 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fsyntax-only".split()


def main() -> int:
    compiler, skep, include, *objects = sys.argv[1:]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for path in objects:
            name = pathlib.Path(path).name.removesuffix(".bpf.o")
            header = pathlib.Path(folder, f"{name}.hpp")
            done = subprocess.run([skep, "gen", path, "-o", header], capture_output=True, text=True)
            if done.returncode == 0:
                lines.append(f'#include "{name}.hpp"\n')
                continue
            # Only what cannot be read as an object at all.
            planned = subprocess.run([skep, "plan", path], capture_output=True, text=True)
            if planned.returncode == 0 or not done.stderr:
                print(f"{name}: {done.stderr}", file=sys.stderr)
                failed = True
        everything = pathlib.Path(folder, "all.cpp")
        everything.write_text("".join(lines))
        done = subprocess.run([compiler, *flags, f"-I{include}", f"-I{folder}", everything],
                              capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr[:20000], file=sys.stderr)
            failed = True
        print(f"{len(lines)} headers of {len(objects)} objects")
        return int(failed or len(lines) < 150)


sys.exit(main())
