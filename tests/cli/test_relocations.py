"""skep plan --relocations: what this kernel's types make of an object, for anybody who may read them."""
import json
import re
import subprocess
import unittest

from skep_cli import OBJECTS, SkepTest


def offsets_in_kernel(struct):
    """{member: offset in bytes} of a struct of the running kernel, as bpftool reads its BTF."""
    text = subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux"],
                          capture_output=True, text=True, check=True).stdout
    body = re.search(rf"^\[\d+\] STRUCT '{struct}' .*\n((?:\t.*\n)*)", text, re.M)[1]
    return {name: int(bits) // 8
            for name, bits in re.findall(r"'(\w+)' type_id=\d+ bits_offset=(\d+)", body)}


class Relocations(SkepTest):
    def relocations(self, name):
        done = self.skep("plan", "--relocations", name, "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["relocations"]

    def test_offsets_are_those_of_this_kernel(self):
        task = offsets_in_kernel("task_struct")
        seen = set()
        for row in self.relocations("exitsnoop") + self.relocations("execsnoop"):
            found = re.match(r"struct task_struct\.(\w+) ", row["target"] or "")
            if row["kind"] != "byte_off" or not found:
                continue
            self.assertEqual(row["value"], task[found[1]], row)
            self.assertIn(str(task[found[1]]), row["after"])
            self.assertNotEqual(row["before"], row["after"])
            seen.add(found[1])
        self.assertIn("real_parent", seen)
        self.assertIn("signal", seen)

    def test_text_has_the_same_and_fits_80_columns(self):
        text = self.skep("plan", "--relocations", "exitsnoop").stdout
        for row in self.relocations("exitsnoop"):
            for part in ("local", "target", "before", "after"):
                self.assertIn(row[part] or "has none", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_what_this_kernel_lacks_is_marked(self):
        rows = self.relocations(OBJECTS / "core_poison.bpf.o")
        kinds = {(row["kind"], row["poisoned"]) for row in rows}
        self.assertIn(("byte_off", True), kinds)  # struct shape is in no kernel
        self.assertIn(("field_exists", False), kinds)  # the answer is no
        text = self.skep("plan", "--relocations", OBJECTS / "core_poison.bpf.o").stdout
        self.assertIn("after  call unknown#195896080: poisoned", text)

    def test_an_object_without_any_says_so(self):
        done = self.skep("plan", "--relocations", OBJECTS / "map_array.bpf.o")
        self.assertEqual((done.returncode, done.stdout), (0, "no CO-RE relocations\n"))

    def test_it_needs_no_privilege(self):
        self.work.chmod(0o755)
        self.env["XDG_CACHE_HOME"] = "/nonexistent"
        done = self.skep("plan", "--relocations", "execsnoop", user=65534, group=65534)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("task_struct.real_parent", done.stdout)

    def test_what_does_not_fit_is_one_clear_error(self):
        self.fails(self.skep("plan", "--relocations", OBJECTS / "prog_missing_function.bpf.o"), 1,
                   "program '\\w+'")


if __name__ == "__main__":
    unittest.main(verbosity=2)
