/* glibc's <features.h> includes this file for every target that is not x86-64, and bpf is none.
 * Debian has one only in libc6-dev-i386; it lists functions of libc that do not work, of which a BPF
 * program can call none anyway. */
