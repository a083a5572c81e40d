# Kernel-side C: compiled by clang for the bpf target. SKEP_BPF_HEADERS: the folder of skep/*.bpf.h.
find_program(SKEP_CLANG NAMES clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 clang REQUIRED)
find_program(SKEP_LLVM_STRIP NAMES llvm-strip-19 llvm-strip-18 llvm-strip-17 llvm-strip-16
             llvm-strip-15 llvm-strip-14 llvm-strip REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(SKEP_BPF_ARCH arm64)
else()
  set(SKEP_BPF_ARCH x86)
endif()

# skep_bpf_compile(<object> <source> [flags…]): makes the object whenever the source or a header
# that it read changes. The DWARF is stripped: BTF says what is needed.
function(skep_bpf_compile object source)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${SKEP_CLANG} -target bpf -mcpu=v3 -g -O2 -Wall -Werror
            -D__TARGET_ARCH_${SKEP_BPF_ARCH} -I${SKEP_BPF_HEADERS}
            -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} ${ARGN}
            -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
    COMMAND ${SKEP_LLVM_STRIP} -g ${object}
    DEPENDS ${source} DEPFILE ${object}.d
    COMMENT "bpf ${source}" VERBATIM)
endfunction()
