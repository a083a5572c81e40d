"""A generator that waits until a tool has attached to it alone: so that all that it makes can be counted."""
import json
import subprocess

from .process import _die_with_us  # pylint: disable=protected-access


class Traced:
    def __init__(self, context, mode, calls, threads=1, rate=0, cpu=0):
        command = [context.paths.program("load"), mode, "-n", str(calls), "-t", str(threads), "-c", str(cpu), "-w"]
        if rate:
            command += ["-r", str(rate)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         preexec_fn=_die_with_us)
        self.pid = int(self._process.stdout.readline().split()[1])

    def go(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def result(self):
        out = json.loads(self._process.stdout.readline())
        self._process.wait()
        return out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
