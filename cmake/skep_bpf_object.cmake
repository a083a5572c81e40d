# skep_bpf_types(<target> <source> <variable>): where vmlinux.h is made, or nothing when the source
# does not take it from us.
function(skep_bpf_types target source variable)
  set(${variable} "" PARENT_SCOPE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]vmlinux\\.h[>\"]")
  cmake_path(GET source PARENT_PATH folder)
  if(NOT lines OR EXISTS ${folder}/vmlinux.h)
    return()
  endif()
  set(header ${CMAKE_CURRENT_BINARY_DIR}/${target}.skel/vmlinux.h)
  set(${variable} ${header} PARENT_SCOPE)
  get_property(is_made TARGET ${target} PROPERTY SKEP_BPF_TYPES)
  if(is_made)
    return()
  endif()
  set_property(TARGET ${target} PROPERTY SKEP_BPF_TYPES ON)
  set(types "")
  if(SKEP_BTF)
    set(types --btf ${SKEP_BTF})
  endif()
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
            $<TARGET_FILE:skep::command> btf header ${types} -o ${header}
    DEPENDS skep::command COMMENT "skep btf header vmlinux.h" VERBATIM)
endfunction()

# skep_bpf_tell_editors(<source> [flags…])
function(skep_bpf_tell_editors source)
  skep_bpf_flags(flags)
  set(words "")
  foreach(word IN ITEMS ${SKEP_CLANG} ${flags} ${ARGN} -c ${source})
    string(REPLACE "\\" "\\\\" word ${word})
    string(REPLACE "\"" "\\\"" word ${word})
    list(APPEND words "\"${word}\"")
  endforeach()
  list(JOIN words ", " words)
  set_property(GLOBAL APPEND PROPERTY SKEP_BPF_COMMANDS
    "{\"directory\": \"${CMAKE_CURRENT_BINARY_DIR}\", \"file\": \"${source}\", \"arguments\": [${words}]}")
  get_property(commands GLOBAL PROPERTY SKEP_BPF_COMMANDS)
  list(JOIN commands ",\n" commands)
  file(WRITE ${CMAKE_BINARY_DIR}/bpf/compile_commands.json "[${commands}]\n")
endfunction()

# skep_bpf_object(<target> <file>.bpf.c [NAMESPACE name] [FLAGS flag…]): compiles a program of the
# kernel's side and gives the target a header for it, `#include "<file>.skel.hpp"` (skep gen). Both
# are made again when the source changes, or a header that it includes. A source that includes
# vmlinux.h and has none beside it gets this kernel's, or that of SKEP_BTF (skep btf header --btf).
#
# How each source is compiled goes to bpf/compile_commands.json in the build folder, for editors:
# apart from that of C++, which CMake writes.
function(skep_bpf_object target source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAMESPACE" "FLAGS")
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET source STEM LAST_ONLY stem)  # file.bpf
  string(REGEX REPLACE "\\.bpf$" "" name ${stem})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.skel)
  file(MAKE_DIRECTORY ${folder})
  skep_bpf_types(${target} ${source} types)
  set(flags ${arg_FLAGS})
  if(types)
    list(APPEND flags -I${folder})
  endif()
  skep_bpf_compile(${folder}/${name}.bpf.o ${source} ${flags} DEPENDS ${types})
  skep_bpf_tell_editors(${source} ${flags})
  set(namespace "")
  if(arg_NAMESPACE)
    set(namespace --namespace ${arg_NAMESPACE})
  endif()
  add_custom_command(
    OUTPUT ${folder}/${name}.skel.hpp
    COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
            $<TARGET_FILE:skep::command> gen ${folder}/${name}.bpf.o ${namespace}
            -o ${folder}/${name}.skel.hpp
    DEPENDS ${folder}/${name}.bpf.o skep::command
    COMMENT "skep gen ${name}.skel.hpp" VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${name}.skel.hpp)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
