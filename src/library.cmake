# The library as it is installed: the rooms up to streams, and explanations. What the command has
# besides (records, compiling, plans) is not in it.
set(objects "")
foreach(room base isa elf btf packet object kernel hook stream explain)
  list(APPEND objects $<TARGET_OBJECTS:skep_${room}>)
endforeach()
set(needs fmt elf lzma mnl z)

function(skep_library name kind)
  add_library(${name} ${kind} EXCLUDE_FROM_ALL ${objects})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME skep VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} LINKER_LANGUAGE CXX)
  target_compile_features(${name} PUBLIC cxx_std_23)
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_link_libraries(${name} PRIVATE ${needs} Threads::Threads)
  if(SKEP_SANITIZE)
    target_link_options(${name} PRIVATE -fsanitize=address,undefined)
  endif()
endfunction()

skep_library(skep_static STATIC)
skep_library(skep_shared SHARED)
set_target_properties(skep_static PROPERTIES EXPORT_NAME static)
set_target_properties(skep_shared PROPERTIES EXPORT_NAME shared)
add_library(skep::static ALIAS skep_static)
add_library(skep::shared ALIAS skep_shared)
if(BUILD_SHARED_LIBS)
  add_library(skep::skep ALIAS skep_shared)
else()
  add_library(skep::skep ALIAS skep_static)
endif()

# What needs more than that, in libraries of their own: skep::symbol names of addresses, skep::record
# records by their types, skep::pcap files of packets. What the rooms below have that the other one
# does not export is linked in from the static one, and hidden.
function(skep_part name)
  set(objects $<TARGET_OBJECTS:skep_${name}>)
  add_library(skep_${name}_static STATIC EXCLUDE_FROM_ALL ${objects})
  add_library(skep_${name}_shared SHARED EXCLUDE_FROM_ALL ${objects})
  target_link_libraries(skep_${name}_static PUBLIC skep_static PRIVATE ${ARGN})
  target_link_libraries(skep_${name}_shared PUBLIC skep_shared PRIVATE skep_static ${ARGN})
  target_link_options(skep_${name}_shared PRIVATE -Wl,--exclude-libs,ALL)
  # The other library lies beside it, in whichever prefix: a program's own path does not count for that.
  set_target_properties(skep_${name}_shared PROPERTIES INSTALL_RPATH "\$ORIGIN")
  foreach(kind static shared)
    set_target_properties(skep_${name}_${kind} PROPERTIES OUTPUT_NAME skep_${name}
      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
      LINKER_LANGUAGE CXX EXPORT_NAME ${name}_${kind})
    if(SKEP_SANITIZE)
      target_link_options(skep_${name}_${kind} PRIVATE -fsanitize=address,undefined)
    endif()
  endforeach()
  if(BUILD_SHARED_LIBS)
    add_library(skep::${name} ALIAS skep_${name}_shared)
  else()
    add_library(skep::${name} ALIAS skep_${name}_static)
  endif()
  set(SKEP_PARTS ${SKEP_PARTS} ${name} PARENT_SCOPE)
  set(skep_${name}_needs ${ARGN} PARENT_SCOPE)
endfunction()

set(SKEP_PARTS "")
skep_part(symbol dw iberty)
skep_part(record seccomp utf8proc)
if(SKEP_PCAP)
  skep_part(pcap pcap)
endif()

if(SKEP_INSTALL)
  set(libraries skep_static skep_shared)
  foreach(part IN LISTS SKEP_PARTS)
    list(APPEND libraries skep_${part}_static skep_${part}_shared)
  endforeach()
  set_target_properties(${libraries} PROPERTIES EXCLUDE_FROM_ALL OFF)
  include(CMakePackageConfigHelpers)
  set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/skep)
  install(TARGETS ${libraries} EXPORT skep-targets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/skep TYPE INCLUDE)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/bpf DESTINATION ${CMAKE_INSTALL_DATADIR}/skep)
  install(EXPORT skep-targets NAMESPACE skep:: DESTINATION ${config_folder})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/skep-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/skep-config.cmake INSTALL_DESTINATION ${config_folder}
    PATH_VARS CMAKE_INSTALL_DATADIR)
  # Before 1.0 each minor version may break what was.
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/skep-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/skep-config.cmake
                ${CMAKE_CURRENT_BINARY_DIR}/skep-config-version.cmake
                ${PROJECT_SOURCE_DIR}/cmake/bpf.cmake
                ${PROJECT_SOURCE_DIR}/cmake/skep_bpf_object.cmake
          DESTINATION ${config_folder})
  list(TRANSFORM needs PREPEND -l OUTPUT_VARIABLE private_libraries)
  list(JOIN private_libraries " " SKEP_PRIVATE_LIBRARIES)
  # It may be installed elsewhere than was said when this was configured.
  file(RELATIVE_PATH SKEP_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
       ${CMAKE_INSTALL_PREFIX})
  set(pc_files ${CMAKE_CURRENT_BINARY_DIR}/skep.pc)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/skep.pc.in ${CMAKE_CURRENT_BINARY_DIR}/skep.pc @ONLY)
  foreach(SKEP_PART IN LISTS SKEP_PARTS)
    list(TRANSFORM skep_${SKEP_PART}_needs PREPEND -l OUTPUT_VARIABLE private_libraries)
    list(JOIN private_libraries " " SKEP_PART_PRIVATE_LIBRARIES)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/skep-part.pc.in
                   ${CMAKE_CURRENT_BINARY_DIR}/skep-${SKEP_PART}.pc @ONLY)
    list(APPEND pc_files ${CMAKE_CURRENT_BINARY_DIR}/skep-${SKEP_PART}.pc)
  endforeach()
  install(FILES ${pc_files} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
