// What is printed, compared with what was printed before.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace skep::test {

// Compares with tests/golden/<folder>/<name>; with SKEP_UPDATE_GOLDEN set, writes it.
inline void expect_golden(std::string_view folder, std::string_view name, const std::string& text) {
  const auto path = std::filesystem::path(SKEP_GOLDEN) / folder / name;
  if (std::getenv("SKEP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, golden) << "golden file: " << path;
}

}  // namespace skep::test
