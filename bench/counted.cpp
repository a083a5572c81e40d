// The inner loops, for callgrind: `counted WORK TIMES OBJECT` does one of them so often and prints
// nothing. scripts/count-instructions runs each twice, a different number of times, so that what is
// left of the difference is the work alone.
#include <link.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "btf/index.hpp"
#include "elf/symbols.hpp"
#include "object/link.hpp"
#include "record/format.hpp"
#include "record/where.hpp"
#include "skep/spec.hpp"
#include "unit/btf_builder.hpp"

namespace {

using namespace skep;

// As many kinds as a kernel's BTF has of them, about; the same at each run.
std::vector<std::byte> many_types() {
  test::BtfBuilder b;
  const auto u32 = b.add_int("unsigned int", 4);
  const auto u64 = b.add_int("unsigned long", 8);
  for (int i = 0; i < 2000; ++i) {
    const auto number = std::to_string(i);
    const auto made = b.add_struct("type_" + number, 24,
                                   {{"first", u64, 0}, {"second", u32, 64}, {"third", u64, 128}});
    b.add_typedef("type_" + number + "_t", b.add_ptr(made));
    b.add_array(made, 4, u32);
  }
  return b.build();
}

struct Event {
  std::uint64_t bytes = 123456789;
  std::uint32_t pid = 4194303, uid = 1000;
  std::int32_t error = -2;
  std::uint32_t address = 0x0100000a;
  char comm[16] = "systemd-journal";
  char file[24] = "/etc/ld.so.preload";
};

record::Schema event_schema() {
  test::BtfBuilder b;
  const auto u64 = b.add_int("unsigned long long", 8);
  const auto u32 = b.add_int("unsigned int", 4);
  const auto s32 = b.add_int("int", 4, test::BtfBuilder::signed_);
  const auto letter = b.add_int("char", 1, test::BtfBuilder::signed_);
  const auto error = b.add_typedef("skep_errno_t", s32);
  const auto comm = b.add_array(letter, 16, u32), file = b.add_array(letter, 24, u32);
  const auto event = b.add_struct("event", sizeof(Event),
                                  {{"bytes", u64, 0},
                                   {"pid", u32, 64},
                                   {"uid", u32, 96},
                                   {"error", error, 128},
                                   {"saddr", u32, 160},
                                   {"comm", comm, 192},
                                   {"file", file, 320}});
  return record::make_schema(b.btf(), event).value();
}

using Work = std::function<void()>;

// Done before the work is counted: what it works on.
Work parse_types() {
  return [bytes = many_types()] { (void)Btf::parse(bytes).value(); };
}

Work index_types() {
  return [types = Btf::parse(many_types()).value()] { (void)btf::make_index(types, "kernel"); };
}

Work ask_index() {
  const auto bytes = std::make_shared<const std::vector<std::byte>>(many_types());
  const auto index = std::make_shared<const std::vector<std::byte>>(
      btf::make_index(Btf::parse(*bytes).value(), "kernel"));
  return [bytes, index] {
    const auto types = btf::parse_indexed(*bytes, bytes, *index, index, "kernel").value();
    if (!types.find("type_1999", btf::Kind::struct_)) std::abort();
  };
}

Work parse_object(const std::string& path) {
  return [path] { (void)ObjectSpec::open(path).value(); };
}

// The object's own types stand for those of the kernel.
Work relocate(const std::string& path) {
  auto spec = std::make_shared<const ObjectSpec>(ObjectSpec::open(path).value());
  object::Target target;
  target.types = spec->types;
  return [spec, target] {
    for (std::size_t i = 0; i < spec->programs.size(); ++i) {
      (void)object::link_program(*spec, i, target);
    }
  };
}

Work make_schema() {
  return [] { (void)event_schema(); };
}

template <typename Formatter, typename... Options>
Work format(Options... options) {
  return [formatter = std::make_shared<Formatter>(event_schema(), options...), out = std::string(),
          event = Event()]() mutable {
    out.clear();
    for (int i = 0; i < 100; ++i) formatter->append(out, bytes_of(event));
  };
}

Work compile_where() {
  return [schema = event_schema()] {
    const auto tree = record::where::parse("pid == 42 && bytes > 4k || comm ~ 'sys*'").value();
    (void)record::Where::compile(tree, schema).value();
  };
}

Work ask_where() {
  const auto tree = record::where::parse("pid == 42 && bytes > 4k || comm ~ 'sys*d'").value();
  return [where = record::Where::compile(tree, event_schema()).value(), event = Event()] {
    for (int i = 0; i < 100; ++i) {
      if (where(bytes_of(event))) std::abort();
    }
  };
}

// Where the loader found the library that skep is linked with: the place is the machine's.
std::string path_of_fmt() {
  std::string path;
  const auto look = [](dl_phdr_info* one, std::size_t, void* found) {
    const std::string_view name = one->dlpi_name;
    if (name.find("/libfmt.so.") == std::string_view::npos) return 0;
    *static_cast<std::string*>(found) = name;
    return 1;
  };
  ::dl_iterate_phdr(look, &path);
  return path;
}

Work find_symbol() {
  return [path = path_of_fmt()] {
    (void)elf::file_offset_of(path, "_ZN3fmt2v912format_errorD0Ev").value();
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string object = argv[3];
  const std::map<std::string_view, std::function<Work()>> works = {
      {"btf-parse", parse_types},
      {"btf-index", index_types},
      {"btf-indexed-look-up", ask_index},
      {"object-parse", [&] { return parse_object(object); }},
      {"relocation", [&] { return relocate(object); }},
      {"schema", make_schema},
      {"json", format<record::JsonFormatter>},
      {"table", [] { return format<record::TableFormatter>(record::TableOptions{}); }},
      {"where-compile", compile_where},
      {"where", ask_where},
      {"elf-symbol", find_symbol},
  };
  const auto found = works.find(argv[1]);
  if (found == works.end()) {
    for (const auto& [name, make] : works) std::puts(std::string(name).c_str());
    return 2;
  }
  const Work work = found->second();
  for (int left = std::atoi(argv[2]); left > 0; --left) work();
  return 0;
}
