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
