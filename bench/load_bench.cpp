// How long an object takes from its bytes to loaded programs: skep beside libbpf 1.5, by turns in
// one process, so that both see the same machine. Prints medians and their ratio; only the ratio
// means something elsewhere. Needs what loading needs (root). Usage: load_bench OBJECT…
//
// Warm: skep finds what it keeps of this kernel's types in its cache. Cold: an empty cache. libbpf
// keeps nothing; its probing of the kernel is done before the first round.
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "skep/object.hpp"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 40;
constexpr std::uint64_t largest_object = 64 << 20;

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "load_bench: {}\n", why);
  std::exit(1);
}

// A cache folder of our own, gone at the end.
class Cache {
 public:
  Cache() {
    std::string path = (fs::temp_directory_path() / "skep-load-bench.XXXXXX").native();
    if (::mkdtemp(path.data()) == nullptr) give_up("there is no room for a cache");
    path_ = path;
    ::setenv("XDG_CACHE_HOME", path_.c_str(), 1);
  }
  ~Cache() { empty(true); }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  void empty(bool itself = false) const {
    std::error_code ignored;
    if (itself) fs::remove_all(path_, ignored);
    for (const auto& entry : fs::directory_iterator(path_, ignored)) fs::remove_all(entry, ignored);
  }

 private:
  fs::path path_;
};

struct Contender {
  std::string name;
  std::function<void()> prepare;  // outside the time taken
  std::function<void()> load;     // unloads after `stop`
  std::vector<double> milliseconds = {};
};

Clock::time_point stop;  // set by `load` when all is loaded; unloading does not count

void load_with_skep(skep::Bytes bytes) {
  auto spec = skep::ObjectSpec::parse(bytes, "bench");
  if (!spec) give_up(spec.error().message());
  const auto object = skep::Object::load(*std::move(spec));
  stop = Clock::now();
  if (!object) give_up(object.error().message());
}

void load_with_libbpf(skep::Bytes bytes) {
  bpf_object* object = bpf_object__open_mem(bytes.data(), bytes.size(), nullptr);
  if (object == nullptr) give_up("libbpf does not open it");
  const int error = bpf_object__load(object);
  stop = Clock::now();
  if (error != 0) give_up(fmt::format("libbpf does not load it: error {}", error));
  bpf_object__close(object);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void measure(std::vector<Contender>& contenders) {
  for (int round = -1; round < rounds; ++round) {  // the first one warms up
    for (auto& one : contenders) {
      one.prepare();
      const auto start = Clock::now();
      one.load();
      const std::chrono::duration<double, std::milli> taken = stop - start;
      if (round >= 0) one.milliseconds.push_back(taken.count());
    }
  }
}

void bench(const fs::path& path, const Cache& cache) {
  const auto bytes = skep::read_file(path, largest_object);
  if (!bytes) give_up(bytes.error().message());
  const auto nothing = [] {};
  std::vector<Contender> contenders = {
      {"libbpf 1.5", nothing, [&] { load_with_libbpf(*bytes); }},
      {"skep, cold", [&] { cache.empty(); }, [&] { load_with_skep(*bytes); }},
      {"skep, warm", nothing, [&] { load_with_skep(*bytes); }},  // after cold: the cache is full
  };
  measure(contenders);
  const double reference = median(contenders[0].milliseconds);
  for (const auto& one : contenders) {
    const auto& all = one.milliseconds;
    fmt::print("{:<24} {:<12} {:>8.2f} ms  (best {:>6.2f})  ratio {:.2f}\n",
               path.stem().stem().native(), one.name, median(all), *std::ranges::min_element(all),
               median(all) / reference);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) give_up("which objects? load_bench OBJECT…");
  libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
  const Cache cache;
  for (int i = 1; i < count; ++i) bench(words[i], cache);
  return 0;
}
