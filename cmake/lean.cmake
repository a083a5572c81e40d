# A command that is linked with static libraries, where Debian has them, starts in four fifths of the
# time and takes a megabyte less: nothing is looked for, mapped and relocated. The C library and
# libmnl stay shared. fmt has no static library there, so that its own part is compiled once.

# skep_make_lean(<command>)
function(skep_make_lean command)
  set(suffixes ${CMAKE_FIND_LIBRARY_SUFFIXES})
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(found)
  foreach(name dw elf bz2 lzma z utf8proc seccomp)  # those that need others come first
    find_library(SKEP_STATIC_${name} ${name})
    if(NOT SKEP_STATIC_${name})
      message(STATUS "lib${name}.a is missing: the command is linked with shared libraries")
      return()
    endif()
    list(APPEND found ${SKEP_STATIC_${name}})
  endforeach()
  set(CMAKE_FIND_LIBRARY_SUFFIXES ${suffixes})

  # The shared ones give way for who has the property.
  foreach(target PkgConfig::DW PkgConfig::ELF PkgConfig::LZMA PkgConfig::ZLIB PkgConfig::UTF8PROC
                 PkgConfig::SECCOMP)
    get_target_property(libraries ${target} INTERFACE_LINK_LIBRARIES)
    set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES
      "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:SKEP_LEAN>>>:${libraries}>")
  endforeach()
  set_target_properties(${command} PROPERTIES SKEP_LEAN ON)
  target_sources(${command} PRIVATE ${PROJECT_SOURCE_DIR}/src/lean/fmt.cpp)
  # fmt's shared library is not needed, nor most of what the others have.
  target_link_options(${command} PRIVATE -Wl,--as-needed,--gc-sections
                      -Wl,-z,pack-relative-relocs)
  target_link_libraries(${command} PRIVATE ${found} -static-libstdc++ -static-libgcc)
endfunction()
