# Kernel-side C: compiled by clang for the bpf target, and embedded into the binary.
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
            -D__TARGET_ARCH_${SKEP_BPF_ARCH} -I${PROJECT_SOURCE_DIR}/bpf
            -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} ${ARGN}
            -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
    COMMAND ${SKEP_LLVM_STRIP} -g ${object}
    DEPENDS ${source} DEPFILE ${object}.d
    COMMENT "bpf ${source}" VERBATIM)
endfunction()

# skep_embed(<target> <symbol> <file>…): the files become an array `const skep::EmbeddedFile
# <symbol>[]` (base/embedded.hpp), named by their path relative to KEY_BASE.
function(skep_embed target symbol)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "KEY_BASE" "FILES")
  set(assembly "${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.S")
  set(table "${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp")
  set(asm_text ".section .note.GNU-stack,\"\",%progbits\n.section .rodata\n")
  set(declarations "")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS arg_FILES)
    file(RELATIVE_PATH key ${arg_KEY_BASE} ${file})
    string(APPEND asm_text ".balign 16\n.globl ${symbol}_${index}\n.hidden ${symbol}_${index}\n"
           "${symbol}_${index}:\n.incbin \"${file}\"\n"
           ".globl ${symbol}_${index}_end\n.hidden ${symbol}_${index}_end\n"
           "${symbol}_${index}_end:\n.byte 0\n")
    string(APPEND declarations
           "extern const std::byte ${symbol}_${index}[], ${symbol}_${index}_end[];\n")
    string(APPEND rows "    {\"${key}\", ${symbol}_${index}, ${symbol}_${index}_end},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${assembly} CONTENT "${asm_text}" @ONLY)
  file(CONFIGURE OUTPUT ${table} CONTENT
"#include \"base/embedded.hpp\"
extern \"C\" {
${declarations}}
namespace skep {
extern const EmbeddedFile ${symbol}_table[];
extern const std::size_t ${symbol}_count;
const EmbeddedFile ${symbol}_table[] = {
${rows}};
const std::size_t ${symbol}_count = ${index};
}  // namespace skep
" @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${arg_FILES}")
  target_sources(${target} PRIVATE ${assembly} ${table})
endfunction()
