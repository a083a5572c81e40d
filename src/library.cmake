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

# Names of addresses, a library of its own: the other one needs neither libdw nor libiberty. What the
# rooms below have that the other one does not export is linked in from the static one, and hidden.
add_library(skep_symbol_static STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:skep_symbol>)
add_library(skep_symbol_shared SHARED EXCLUDE_FROM_ALL $<TARGET_OBJECTS:skep_symbol>)
set(symbol_needs dw iberty)
target_link_libraries(skep_symbol_static PUBLIC skep_static PRIVATE ${symbol_needs})
target_link_libraries(skep_symbol_shared PUBLIC skep_shared PRIVATE skep_static ${symbol_needs})
target_link_options(skep_symbol_shared PRIVATE -Wl,--exclude-libs,ALL)
# The other library lies beside it, in whichever prefix: a program's own path does not count for that.
set_target_properties(skep_symbol_shared PROPERTIES INSTALL_RPATH "\$ORIGIN")
foreach(kind static shared)
  set_target_properties(skep_symbol_${kind} PROPERTIES OUTPUT_NAME skep_symbol
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LINKER_LANGUAGE CXX EXPORT_NAME symbol_${kind})
  if(SKEP_SANITIZE)
    target_link_options(skep_symbol_${kind} PRIVATE -fsanitize=address,undefined)
  endif()
endforeach()
if(BUILD_SHARED_LIBS)
  add_library(skep::symbol ALIAS skep_symbol_shared)
else()
  add_library(skep::symbol ALIAS skep_symbol_static)
endif()

if(SKEP_INSTALL)
  set(libraries skep_static skep_shared skep_symbol_static skep_symbol_shared)
  set_target_properties(${libraries} PROPERTIES EXCLUDE_FROM_ALL OFF)
  include(CMakePackageConfigHelpers)
  set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/skep)
  install(TARGETS ${libraries} EXPORT skep-targets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/skep TYPE INCLUDE PATTERN pcap.hpp EXCLUDE)
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
  list(TRANSFORM symbol_needs PREPEND -l OUTPUT_VARIABLE private_libraries)
  list(JOIN private_libraries " " SKEP_SYMBOL_PRIVATE_LIBRARIES)
  foreach(name skep skep-symbol)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
                   @ONLY)
  endforeach()
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/skep.pc ${CMAKE_CURRENT_BINARY_DIR}/skep-symbol.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
