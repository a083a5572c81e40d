// What the tests share that use the cache: a folder with a cache of its own.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/cache.hpp"

namespace skep::test {

// Sets a variable of the environment for a scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

// A folder with a cache of its own, gone afterwards.
class CacheTest : public ::testing::Test {
 protected:
  CacheTest() : root_(make_root()), cache_home_("XDG_CACHE_HOME", (root_ / "cache").native()) {}
  ~CacheTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  static std::filesystem::path make_root() {
    std::string name = (std::filesystem::temp_directory_path() / "skep-cache-test-XXXXXX").native();
    return ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }

  std::size_t files_in_cache(std::string_view prefix) {
    std::size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(root_ / "cache/skep", ignored)) {
      count += entry.path().filename().native().starts_with(prefix) ? 1 : 0;
    }
    return count;
  }

  std::filesystem::path root_;
  Variable cache_home_;
};

}  // namespace skep::test
