"""What each figure is given."""
import dataclasses
import json
import os
import sys

from . import peers
from .process import Background, run


@dataclasses.dataclass
class Context:
    paths: peers.Paths
    rounds: int = 5
    quick: bool = False
    traced_cpu: int = 0
    tool_cpu: int = 1

    def log(self, text):
        print(text, file=sys.stderr, flush=True)

    def scaled(self, number):
        return max(number // 10, 1) if self.quick else number

    def load(self, mode, calls, threads=1, rate=0, cpu=None, shared=False):
        """Runs the generator; what it says of its calls."""
        command = [self.paths.program("load"), mode, "-n", str(calls), "-t", str(threads),
                   "-c", str(self.traced_cpu if cpu is None else cpu)]
        if rate:
            command += ["-r", str(rate)]
        if shared:
            command.append("-s")
        return json.loads(run(command).stdout.splitlines()[-1])

    def start(self, command, output=os.devnull, environment=None, pinned=True):
        return Background(command, self.tool_cpu if pinned else None, output, environment)
