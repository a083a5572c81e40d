"""A host that answers each SYN late, and a caller: one connection over IPv4 and one over IPv6, in a
network namespace that this process is started in (unshare --net), on a network of one cable that this
very process holds the other end of. Prints the port of the caller for each.
   late_host.py MILLISECONDS"""
import fcntl
import os
import pathlib
import select
import socket
import stat
import struct
import subprocess
import sys
import time

NEAR4, FAR4, NEAR6, FAR6, PORT = "10.78.0.1", "10.78.0.2", "fd00:78::1", "fd00:78::2", 7078
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SYN, SYN_ACK = 0x02, 0x12


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def answer(packet):
    """The answer to a SYN; nothing for all other packets."""
    is_ipv6 = packet[0] >> 4 == 6
    at, protocol = (40, packet[6]) if is_ipv6 else ((packet[0] & 15) * 4, packet[9])
    if protocol != socket.IPPROTO_TCP or packet[at + 13] != SYN:
        return None
    source, dest = (packet[8:24], packet[24:40]) if is_ipv6 else (packet[12:16], packet[16:20])
    from_port, to_port, number = struct.unpack("!HHI", packet[at:at + 8])
    fields = (to_port, from_port, 4711, (number + 1) & 0xFFFFFFFF, 5 << 4, SYN_ACK, 65535)
    pseudo = dest + source + struct.pack("!HH", 20, socket.IPPROTO_TCP)
    tcp = struct.pack("!HHIIBBHHH", *fields, checksum(pseudo + struct.pack("!HHIIBBHHH", *fields, 0, 0)), 0)
    if is_ipv6:
        return struct.pack("!IHBB", 6 << 28, 20, socket.IPPROTO_TCP, 64) + dest + source + tcp
    head = [0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, 0, dest, source]
    head[7] = checksum(struct.pack("!BBHHHBBH4s4s", *head))
    return struct.pack("!BBHHHBBH4s4s", *head) + tcp


def connect(cable, family, address, seconds):
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        caller.connect_ex((address, PORT))
        while not (late := answer(os.read(cable, 2048))):
            continue
        time.sleep(seconds)
        os.write(cable, late)
        if not select.select([], [caller], [], 20)[1] or caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            sys.exit("no connection")
        print(caller.getsockname()[1], flush=True)


def open_tun():
    """Opening its node loads the module; where there is no udev, there may be no node."""
    node = pathlib.Path("/dev/net/tun")
    if not node.exists():
        node.parent.mkdir(exist_ok=True)
        os.mknod(node, stat.S_IFCHR | 0o600, os.makedev(10, 200))
    return os.open(node, os.O_RDWR)


def main():
    cable = open_tun()
    fcntl.ioctl(cable, TUNSETIFF, struct.pack("16sH22x", b"late", IFF_TUN | IFF_NO_PI))
    for words in (f"address add {NEAR4}/24 dev late", f"address add {NEAR6}/64 dev late nodad",
                  "link set late up"):
        subprocess.run(["ip", *words.split()], check=True)
    seconds = float(sys.argv[1]) / 1000
    connect(cable, socket.AF_INET, FAR4, seconds)
    connect(cable, socket.AF_INET6, FAR6, seconds)


if __name__ == "__main__":
    main()
