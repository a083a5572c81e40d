#!/usr/bin/env python3
"""tests/fuzz/seeds.py BUILD OBJCOPY: writes the seeds of ext, core and schema into corpus/, from the
objects and targets that BUILD holds. Only needed when an input's format changes."""
import pathlib
import struct
import subprocess
import sys
import tempfile

corpus = pathlib.Path(__file__).parent / "corpus"
build = pathlib.Path(sys.argv[1])
largest = 10_000
here = str(corpus.resolve().parents[2]).encode()  # where the objects were compiled is nobody's affair

# What follows the three words of struct btf_type, by kind: words once, words a part; which word of
# a part is a name.
FIXED = {1: 1, 3: 3, 14: 1, 17: 1}
PART = {4: (3, 0), 5: (3, 0), 6: (2, 0), 13: (2, 0), 15: (3, None), 19: (3, 0)}


def section(path, name):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([sys.argv[2], f"--dump-section={name}={out.name}", path, "/dev/null"],
                       check=True)
        bytes_of = pathlib.Path(out.name).read_bytes()
        return bytes_of.replace(here, b"/".ljust(len(here), b"_"))


def split(btf):
    """The type section and the strings."""
    _, _, _, header, at, length, text_at, text_length = struct.unpack_from("<HBBIIIII", btf)
    body = btf[header:]
    return body[at:at + length], body[text_at:text_at + text_length]


def renamed(types, shift):
    """The types, with every name but the empty one `shift` bytes further on."""
    words = list(struct.unpack(f"<{len(types) // 4}I", types))
    at = 0
    while at < len(words):
        names = [at]
        kind, vlen = words[at + 1] >> 24 & 0x1f, words[at + 1] & 0xffff
        at += 3 + FIXED.get(kind, 0)
        if kind in PART:
            size, name = PART[kind]
            names += [] if name is None else [at + i * size for i in range(vlen)]
            at += size * vlen
        for word in names:
            words[word] += shift if words[word] else 0
    return struct.pack(f"<{len(words)}I", *words)


def part(data):
    return struct.pack("<H", len(data)) + data


def questions(path, ext):
    """Every CO-RE relocation: type, access, kind, instruction 0, and the code that it is in."""
    header, = struct.unpack_from("<I", ext, 4)
    at, length = struct.unpack_from("<II", ext, 24)
    data = ext[header + at:header + at + length]
    size, = struct.unpack_from("<I", data)
    at, found = 4, b""
    strings = split(section(path, ".BTF"))[1]
    while at < len(data):
        name, count = struct.unpack_from("<II", data, at)
        at += 8
        code = section(path, strings[name:strings.index(0, name)].decode())
        for _ in range(count):
            offset, of, access, kind = struct.unpack_from("<IIII", data, at)
            found += struct.pack("<IIII", of, access, kind, 0) + code[offset:offset + 16].ljust(16, b"\0")
            at += size
    return found


def write(name, seed, data):
    if len(data) > largest:
        sys.exit(f"{name}/{seed}: {len(data)} bytes are too many")
    (corpus / name).mkdir(exist_ok=True)
    (corpus / name / seed).write_bytes(data)


objects = build / "tests/objects"
for seed in ("sub_callback", "link_core", "core_enum64", "core_subprograms"):
    path = objects / f"{seed}.bpf.o"
    types, strings = split(section(path, ".BTF"))
    write("ext", seed, part(types) + part(strings[1:-1]) + section(path, ".BTF.ext"))

for seed, target in (("core_field_offset", "moved"), ("core_bit_fields", "resized"),
                     ("core_type_matches", "moved"), ("core_enum64", "resized"),
                     ("core_arrays", "same"), ("core_flavours", "twins"),
                     ("core_type_ids", "same"), ("core_stores", "resized")):
    path = objects / f"{seed}.bpf.o"
    types, strings = split(section(path, ".BTF"))
    there, there_strings = split((build / f"tests/oracle/{target}.btf").read_bytes())
    asked = questions(path, section(path, ".BTF.ext"))[:64 * 32]
    write("core", f"{seed}.{target}",
          part(types) + part(renamed(there, len(strings) - 1)) + part(asked) +
          (strings + there_strings[1:])[1:-1])

for seed in ("records", "ring_sequence", "parse_layouts"):
    types, strings = split(section(objects / f"{seed}.bpf.o", ".BTF"))
    write("schema", seed, part(types) + part(bytes(range(1, 65))) + strings[1:-1])
