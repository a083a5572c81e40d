/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/tool.bpf.h: what a packaged program says of itself. */
#ifndef SKEP_TOOL_BPF_H
#define SKEP_TOOL_BPF_H

/* One line for `skep tools` and `skep run NAME --help`, in the imperative: "Trace …". */
#define SKEP_DESCRIPTION(TEXT) const char skep_description[] SEC("skep.description") = TEXT

#endif
