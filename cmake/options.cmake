# What every target of skep is built with.
add_library(skep_options INTERFACE)
target_compile_options(skep_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-missing-field-initializers>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-missing-designated-field-initializers
                                     -Wno-missing-field-initializers>)
target_include_directories(skep_options INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)

if(SKEP_SANITIZE)
  target_compile_options(skep_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(skep_options INTERFACE -fsanitize=address,undefined)
endif()
