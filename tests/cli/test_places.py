"""Where programs attach whose SEC does not say it: --iface, --cgroup, --freq."""
import json
import os
import signal
import unittest

from skep_cli import DEADLINE, OBJECTS, SkepTest


class Places(SkepTest):

    def test_help_says_what_this_object_takes(self):
        done = self.skep("run", OBJECTS / "hook_network.bpf.o", "--help")
        self.assertIn("--iface NAME", done.stdout)
        self.assertIn("--cgroup GROUP", done.stdout)
        self.assertNotIn("--freq", done.stdout)
        done = self.skep("run", OBJECTS / "hook_samples.bpf.o", "--help")
        self.assertIn("--freq HZ", done.stdout)
        self.assertNotIn("--iface", done.stdout)

    def test_what_an_object_has_no_use_for_is_unknown(self):
        self.fails(self.skep("run", "execsnoop", "--iface", "lo"), 2, "unknown argument '--iface'")

    def test_values_are_checked(self):
        samples = OBJECTS / "hook_samples.bpf.o"
        self.fails(self.skep("run", samples, "--freq", "often"), 2, "--freq 'often'")
        self.fails(self.skep("run", samples, "--freq"), 2, "--freq needs a value")
        for text, answer in [
                ("on_xdp", "it takes a program and a hook"),
                ("on_xpd=xdp", "Did you mean 'on_xdp'?"),
                ("on_xdp=xpd:lo", "did you mean SEC(\"xdp\")?"),
                ("on_xdp=kprobe:vfs_read", "of type kprobe"),
                ("on_xdp=xdp:no-such-interface", "no network interface 'no-such-interface'")]:
            self.fails(self.skep("run", OBJECTS / "attach_anywhere.bpf.o", "--attach", text),
                       1 if "no-such" in text else 2, answer)
        network = OBJECTS / "hook_network.bpf.o"
        self.fails(self.skep("run", network, "--cgroup", "no-such-unit"), 1,
                   "no cgroup 'no-such-unit'")

    def test_a_hook_that_sec_does_not_say(self):
        """The program's SEC is known to nobody; what it is, the option says."""
        for hook in ("tp:syscalls:sys_enter_getppid", "tracepoint/syscalls/sys_enter_getppid"):
            process = self.start("run", OBJECTS / "attach_anywhere.bpf.o", "--attach",
                                 f"count={hook}", "-o", "json", "--process", os.getpid())
            os.getppid()
            self.assertEqual(json.loads(process.stdout.readline())["call"], 1)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=DEADLINE)

    def test_the_loopback_is_not_meant_by_a_pattern(self):
        self.fails(self.skep("run", OBJECTS / "attach_anywhere.bpf.o", "--attach", "on_xdp=xdp:l[o]"),
                   1, "The loopback has to be named")


if __name__ == "__main__":
    unittest.main(verbosity=2)
