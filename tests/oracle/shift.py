"""Kernels that never were: takes the types that an object was compiled against and lays them out
anew: members in another order, with padding between them, in anonymous structs, of other sizes, with
other bits, or gone; enumerators with other values, or gone; types that are not there at all. The
same seed gives the same bytes."""

import random
import struct

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF = 1, 2, 3, 4, 5, 6, 7, 8
VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC = 9, 10, 11, 12, 13, 14, 15
FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = 16, 17, 18, 19
MODIFIERS = {TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG}

# Words behind the three of struct btf_type (include/uapi/linux/btf.h): once, and a part.
FIXED = {INT: 1, ARRAY: 3, VAR: 1, DECL_TAG: 1}
PART = {STRUCT: 3, UNION: 3, ENUM: 2, FUNC_PROTO: 2, DATASEC: 3, ENUM64: 3}
SIGNED = 1 << 24  # in the word of an int


class Type:
    def __init__(self, name, kind, third, flag=False, fixed=(), parts=()):
        self.name, self.kind, self.third, self.flag = name, kind, third, flag
        self.fixed, self.parts = list(fixed), [list(part) for part in parts]


class Types:
    """A .BTF section: names as text, ids as indices into `all`."""

    def __init__(self, data):
        _, _, _, header, at, length, text_at, text_length = struct.unpack_from("<HBBIIIII", data)
        words = struct.unpack_from(f"<{length // 4}I", data, header + at)
        text = data[header + text_at:][:text_length]
        self.all = [None]

        def name(offset):
            return text[offset:text.index(b"\0", offset)].decode()

        at = 0
        while at < len(words):
            of, info, third = words[at:at + 3]
            kind, count = info >> 24 & 0x1F, info & 0xFFFF
            at += 3
            fixed = words[at:at + FIXED.get(kind, 0)]
            at += len(fixed)
            size = PART.get(kind, 0)
            parts = [list(words[at + i * size:][:size]) for i in range(count if size else 0)]
            at += size * len(parts)
            if kind in (STRUCT, UNION, ENUM, ENUM64, FUNC_PROTO):
                for part in parts:
                    part[0] = name(part[0])
            made = Type(name(of), kind, third, info >> 31 == 1, fixed, parts)
            made.linkage = count if kind == FUNC else 0
            self.all.append(made)

    def add(self, made):
        made.linkage = 0
        self.all.append(made)
        return len(self.all) - 1

    def build(self):
        text, offsets, words = bytearray(b"\0"), {"": 0}, []

        def name(of):
            if of not in offsets:
                offsets[of] = len(text)
                text.extend(of.encode() + b"\0")
            return offsets[of]

        for one in self.all[1:]:
            count = one.linkage or len(one.parts)
            words += [name(one.name), one.flag << 31 | one.kind << 24 | count, one.third, *one.fixed]
            for part in one.parts:
                words += [name(part[0]) if isinstance(part[0], str) else part[0], *part[1:]]
        size = len(words) * 4
        return (struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, size, size, len(text)) +
                struct.pack(f"<{len(words)}I", *words) + bytes(text))

    def strip(self, of):
        while of and self.all[of].kind in MODIFIERS:
            of = self.all[of].third
        return of

    def size_and_alignment(self, of):
        of = self.strip(of)
        one = self.all[of]
        if one is None or one.kind in (FWD, FUNC, FUNC_PROTO):
            return 0, 1
        if one.kind == PTR:
            return 8, 8
        if one.kind == ARRAY:
            size, alignment = self.size_and_alignment(one.fixed[0])
            return size * one.fixed[2], alignment
        if one.kind in (STRUCT, UNION):
            return one.third, one.alignment
        return one.third, min(one.third, 8)


def essential(name):
    """task_struct___old is task_struct."""
    head, mark, _ = name.rpartition("___")
    return head if mark and head else name


class Shift:
    def __init__(self, types, seed):
        self.types, self.random = types, random.Random(seed)
        self.laid_out = set()

    def often(self, one_in):
        return self.random.randrange(one_in) == 0

    def run(self):
        self.join_flavours()
        for of, one in list(enumerate(self.types.all))[1:]:
            if one.kind in (ENUM, ENUM64):
                self.change_enumerators(one)
            elif one.kind in (STRUCT, UNION):
                self.lay_out(of)
        for one in self.types.all[1:]:
            if one.kind in (STRUCT, UNION, ENUM, TYPEDEF) and one.name and self.often(25):
                one.name = "gone_" + one.name

    def join_flavours(self):
        """One kernel has what several versions of a type have together."""
        first = {}
        for one in self.types.all[1:]:
            if one.kind not in (STRUCT, UNION) or not one.name:
                continue
            name = essential(one.name)
            other = first.setdefault((name, one.kind), one)
            if other is one:
                one.name = name
                continue
            known = {part[0] for part in other.parts}
            same = other.flag == one.flag
            other.parts += [list(part) for part in one.parts if same and part[0] not in known]
            one.name = "joined_" + one.name

    def change_enumerators(self, one):
        if self.often(3):
            self.random.shuffle(one.parts)
        one.parts = [part for part in one.parts if not self.often(8)]
        for part in one.parts:
            if self.often(2):
                part[1] = self.random.randrange(1 << 31)
            if one.kind == ENUM64 and self.often(2):
                part[2] = self.random.randrange(1 << 31)

    def lay_out(self, of):
        """The members of a struct or union, those of its parts first."""
        if of in self.laid_out:
            return
        self.laid_out.add(of)
        one = self.types.all[of]
        one.alignment = 1
        for part in one.parts:
            self.lay_out_parts_of(part[1])
        parts = [part for part in one.parts if part[0] == "" or not self.often(15)]
        last = parts.pop() if parts and self.is_flexible(parts[-1]) else None
        if self.often(2):
            self.random.shuffle(parts)
        for part in parts:
            self.resize(one, part)
        if one.kind == STRUCT and not one.flag and len(parts) > 3 and self.often(3):
            parts = self.nest(parts)
        self.place(one, parts + ([last] if last else []))

    def lay_out_parts_of(self, of):
        of = self.types.strip(of)
        one = self.types.all[of]
        if one is not None and one.kind == ARRAY:
            self.lay_out_parts_of(one.fixed[0])
        elif one is not None and one.kind in (STRUCT, UNION):
            self.lay_out(of)

    def is_flexible(self, part):
        one = self.types.all[self.types.strip(part[1])]
        return one is not None and one.kind == ARRAY and one.fixed[2] == 0

    def resize(self, one, part):
        bits = part[2] >> 24 if one.flag else 0
        inner = self.types.all[self.types.strip(part[1])]
        if bits:
            if self.often(2):
                bits = self.random.randint(1, inner.third * 8)
                part[2] = bits << 24
        elif inner is not None and inner.kind == INT and part[0] and self.often(6):
            size = self.random.choice([1, 2, 4, 8])
            signed = inner.fixed[0] & SIGNED
            if self.often(8):
                signed ^= SIGNED
            part[1] = self.types.add(Type(f"int{size}", INT, size, fixed=[signed | size * 8]))
        elif inner is not None and inner.kind == ARRAY and inner.fixed[2] > 0 and self.often(3):
            element, index, count = inner.fixed
            count = max(1, count + self.random.randint(-2, 9))
            part[1] = self.types.add(Type("", ARRAY, 0, fixed=[element, index, count]))

    def nest(self, parts):
        at = self.random.randrange(len(parts) - 1)
        nested = Type("", STRUCT, 0, parts=parts[at:at + 2])
        self.place(nested, nested.parts)
        of = self.types.add(nested)
        self.laid_out.add(of)
        return parts[:at] + [["", of, 0]] + parts[at + 2:]

    def place(self, one, parts):
        """Gives every member an offset, in bits."""
        one.parts, one.alignment = parts, 1
        end = largest = 0
        for part in parts:
            size, alignment = self.types.size_and_alignment(part[1])
            bits = part[2] >> 24 if one.flag else 0
            if one.kind == STRUCT and self.often(4):
                end += 8 * self.random.choice([1, 4, 8, 24])
            at = 0 if one.kind == UNION else end
            # A bit field lies within one integer of its type, but in packed structs.
            if bits and size and (at % (size * 8)) + bits > size * 8 and not self.often(12):
                at = -(-at // (size * 8)) * size * 8
            if not bits:
                at = -(-at // (alignment * 8)) * alignment * 8
            part[2] = bits << 24 | at
            end = at + (bits or size * 8)
            largest = max(largest, end)
            one.alignment = max(one.alignment, alignment)
        unit = one.alignment * 8
        one.third = -(-largest // unit) * one.alignment


def add_hooks(types, sections):
    """What programs of these sections attach to is there,"""
    nothing = types.add(Type("", FUNC_PROTO, 0))
    pointer = types.add(Type("", PTR, nothing))
    for section in sections:
        kind, _, name = section.partition("/")
        kind = kind.removesuffix(".s")
        if kind == "tp_btf":
            types.add(Type(f"btf_trace_{name}", TYPEDEF, pointer))
        elif kind in ("fentry", "fexit", "fmod_ret", "iter", "lsm"):
            prefix = {"iter": "bpf_iter_", "lsm": "bpf_lsm_"}.get(kind, "")
            types.add(Type(prefix + name, FUNC, nothing))


def shift(section, seed, sections=()):
    """The bytes of a .BTF section, laid out anew, for programs in `sections`."""
    types = Types(section)
    Shift(types, seed).run()
    add_hooks(types, sections)
    return types.build()
