# What every target of skep is built with.
add_library(skep_options INTERFACE)
target_compile_options(skep_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-missing-field-initializers>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-missing-designated-field-initializers
                                     -Wno-missing-field-initializers>)
target_include_directories(skep_options INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)

# A target with the property SKEP_ADDRESSES_ONLY is not watched for undefined behaviour.
if(SKEP_SANITIZE)
  target_compile_options(skep_options INTERFACE
    -fsanitize=address -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:SKEP_ADDRESSES_ONLY>>>:-fsanitize=undefined>)
  target_link_options(skep_options INTERFACE -fsanitize=address,undefined)
endif()

if(SKEP_COVERAGE)
  # Atomic: threads count, too.
  target_compile_options(skep_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(skep_options INTERFACE --coverage)
endif()

# skep_precompiled(<name> <libraries> <headers…>): these headers parsed once; a target takes them by
# skep_use_precompiled(<target> <name>). Only the dev build does (a third of its time): the others
# hold every file to its own includes.
function(skep_precompiled name libraries)
  if(SKEP_QUICK)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE skep_options ${libraries})
    target_precompile_headers(${name} PRIVATE ${ARGN})
  endif()
endfunction()

function(skep_use_precompiled target name)
  if(SKEP_QUICK)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
