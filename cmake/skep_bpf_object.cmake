# skep_bpf_object(<target> <file>.bpf.c [NAMESPACE name] [FLAGS flag…]): compiles a program of the
# kernel's side and gives the target a header for it, `#include "<file>.skel.hpp"` (skep gen). Both
# are made again when the source changes, or a header that it includes.
function(skep_bpf_object target source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAMESPACE" "FLAGS")
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET source STEM LAST_ONLY stem)  # file.bpf
  string(REGEX REPLACE "\\.bpf$" "" name ${stem})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.skel)
  file(MAKE_DIRECTORY ${folder})
  skep_bpf_compile(${folder}/${name}.bpf.o ${source} ${arg_FLAGS})
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
