"""Where programs attach whose SEC does not say it: --iface, --cgroup, --freq."""
import unittest

from skep_cli import OBJECTS, SkepTest


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
        network = OBJECTS / "hook_network.bpf.o"
        self.fails(self.skep("run", network, "--cgroup", "no-such-unit"), 1,
                   "no cgroup 'no-such-unit'")


if __name__ == "__main__":
    unittest.main(verbosity=2)
