# Kernel-side C: compiled by clang for the bpf target. The global property SKEP_BPF_HEADERS is the
# folder of skep/*.bpf.h: functions see the variables of who calls them, which may be another project.
find_program(SKEP_CLANG NAMES clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 clang REQUIRED)
find_program(SKEP_LLVM_STRIP NAMES llvm-strip-19 llvm-strip-18 llvm-strip-17 llvm-strip-16
             llvm-strip-15 llvm-strip-14 llvm-strip REQUIRED)

# skep_bpf_flags(<variable>): what clang is given for each source, but for its names.
function(skep_bpf_flags variable)
  get_property(headers GLOBAL PROPERTY SKEP_BPF_HEADERS)
  set(arch x86)
  set(machine /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})  # asm/types.h
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(arch arm64)
  endif()
  if(CMAKE_CROSSCOMPILING)
    set(machine /usr/${CMAKE_LIBRARY_ARCHITECTURE}/include)
  endif()
  set(${variable} -target bpf -mcpu=v3 -g -O2 -Wall -Werror -D__TARGET_ARCH_${arch} -I${headers}
      -isystem ${machine} PARENT_SCOPE)
endfunction()

# skep_bpf_compile(<object> <source> [flags…] [DEPENDS file…]): makes the object whenever the
# source or a header that it read changes. The DWARF is stripped: BTF says what is needed.
function(skep_bpf_compile object source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEPENDS")
  skep_bpf_flags(flags)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${SKEP_CLANG} ${flags} ${arg_UNPARSED_ARGUMENTS}
            -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
    COMMAND ${SKEP_LLVM_STRIP} -g ${object}
    DEPENDS ${source} ${arg_DEPENDS} DEPFILE ${object}.d
    COMMENT "bpf ${source}" VERBATIM)
endfunction()
