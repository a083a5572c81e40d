#include "hooks/row.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <vector>

#include "kernel/bpf.hpp"
#include "object/section_table.hpp"
#include "skep/explain.hpp"

namespace skep::test {
namespace {

// What the rows were about, for the last test.
std::set<std::string, std::less<>>& covered() {
  static std::set<std::string, std::less<>> sections;
  return sections;
}

// Where the programs of this folder are, seen from those of tests/objects.
constexpr std::string_view own_objects = "../hooks";

const std::map<std::string_view, std::string_view> other_names = {
    {"tracepoint", "tp"},          {"raw_tracepoint", "raw_tp"}, {"raw_tracepoint.w", "raw_tp.w"},
    {"tc/ingress", "tcx/ingress"}, {"tc/egress", "tcx/egress"},
};

// The reason alone: who did what to which program stands in the table already, and in the column.
std::string reason(const Error& error) {
  std::string text = error.message();
  for (const std::string_view doing :
       {"load program '", "attach program '", "program '", "register "}) {
    if (!text.starts_with(doing)) continue;
    const auto end = text.find(": ");
    if (end != std::string::npos) text = text.substr(end + 2);
  }
  const auto causes = why_refused(error);
  for (const auto& hint : causes.empty() ? error.hints() : causes)
    text += (text.ends_with('.') ? " " : ". ") + hint;
  // What differs from machine to machine, and from one package of the kernel to the next.
  const std::string_view probes = SKEP_TEST_PROBES;
  utsname kernel{};
  ::uname(&kernel);
  for (const auto& own :
       {std::string(probes.substr(0, probes.rfind('/') + 1)), fmt::format("-{}", kernel.release)}) {
    for (std::size_t at = 0; (at = text.find(own)) != std::string::npos;)
      text.erase(at, own.size());
  }
  std::ranges::replace(text, '\n', ' ');
  return text;
}

// Whether the kernel has no link that holds many places.
bool singly(const Hook& hook) {
  const auto* uprobes = std::get_if<UprobeMulti>(&hook);
  const auto* usdt = std::get_if<Usdt>(&hook);
  return (uprobes != nullptr && uprobes->singly) || (usdt != nullptr && usdt->singly);
}

}  // namespace

Result<Object> Row::load(const Life& life) {
  auto spec =
      spec_of(life.object.starts_with("row_") ? fmt::format("{}/{}", own_objects, life.object)
                                              : std::string(life.object));
  for (auto& one : spec.programs) {
    one.autoload = one.name == life.program || one.name == life.beside;
  }
  const auto set = [&](const char* name, auto value) {
    if (spec.find_variable(name) == nullptr) return;
    const auto done = spec.set(name, value);
    EXPECT_TRUE(done) << text_of(done.error());
  };
  set("thread", thread_id());
  set("process", static_cast<int>(::getpid()));
  set("call", long{SYS_getppid});
  set("port", port);
  set("other", other_port);
  if (life.edit) life.edit(spec);
  return Object::load(std::move(spec), {.kernel_types = {}, .targets = life.targets});
}

Result<Link> Row::attach(const Object& object, const Life& life) const {
  const auto program = object.program(life.program);
  if (!program) return std::unexpected(program.error());
  if (life.hook) return (**program).attach(life.hook(object));
  return (**program).attach({.interface = "lo", .cgroup = path});
}

// Puts the same program, loaded once more, in the place of the first one. False where the kernel
// has no such thing for this hook.
bool Row::takes_over(const Life& life, Link& link) {
  if (!life.other_may_take_over) return false;
  const auto other = load(life);
  EXPECT_TRUE(other) << text_of(other.error());
  if (!other) return false;
  const auto updated = link.update(**other->program(life.program));
  if (!updated) {
    EXPECT_EQ(updated.error().kind(), ErrorKind::unsupported) << text_of(updated.error());
    return false;
  }
  EXPECT_TRUE(eventually([&] { return life.effect(*other, link); })) << "the second one is silent";
  return true;
}

void Row::lives(const Life& life) {
  auto object = load(life);
  if (!object) return refused(life, object.error());
  auto link = attach(*object, life);
  if (!link) return refused(life, link.error());
  EXPECT_TRUE(eventually([&] { return life.effect(*object, *link); })) << "it does not fire";
  const auto info = link->is_bpf_link() ? link->info() : Result<LinkInfo>(LinkInfo());
  const bool updates = takes_over(life, *link);
  const auto detached = link->detach();
  EXPECT_TRUE(detached) << text_of(detached.error());
  EXPECT_FALSE(life.effect(*object, *link)) << "it fires although it is detached";
  if (info && info->id != 0) {
    EXPECT_TRUE(is_gone(kernel::Thing::link, info->id));
  }
  seen_to_work(life, updates                ? "works, updates"
                     : singly(link->hook()) ? "works, one by one"
                                            : "works");
}

void Row::seen_to_work(const Life& life, std::string_view words) { note(life, std::string(words)); }

void Row::refused(const Life& life, const Error& error) {
  EXPECT_NE(error.kind(), ErrorKind::bad_input) << text_of(error);
  note(life, reason(error));
}

void Row::note(const Life& life, std::string words) {
  const auto end = life.row.starts_with("iter") ? life.row.find('/') : life.row.find(',');
  covered().insert(life.row.substr(0, end));
  EXPECT_TRUE(line_.empty()) << "a test has one row";
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  line_ =
      fmt::format("@hook\t{}\t{}\t{}\t{}\n", test->test_suite_name(), life.row, life.seen, words);
}

void Row::TearDown() {
  InCgroup<OwnNetwork>::TearDown();
  EXPECT_FALSE(line_.empty()) << "neither seen nor refused";
  if (!HasFailure()) std::fputs(line_.c_str(), stdout);
  std::fflush(stdout);
}

Effect Row::counts(std::function<void()> cause, std::string counter, std::string variable,
                   long expected) {
  return [=](const Object& object, const Link&) {
    const auto before = count_of(object, counter);
    cause();
    if (count_of(object, counter) != before + 1) return false;
    return variable.empty() || value_of<long>(object, variable) == expected;
  };
}

Effect Row::drops() {
  return [this](const Object& object, const Link&) {
    const auto before = count_of(object);
    send_to(sender, port);
    const bool arrived = !receive(receiver).empty();
    return !arrived && count_of(object) == before + 1;
  };
}

int run_by_hand(const Object& object, std::string_view program, bool has_packet) {
  struct {  // BPF_PROG_TEST_RUN
    std::uint32_t program_fd = 0, result = 0;
    std::uint32_t in_size = 0, out_size = 0;
    kernel::Address in = 0, out = 0;
    std::uint32_t repeat = 0, duration = 0, context_in_size = 0, context_out_size = 0;
    kernel::Address context_in = 0, context_out = 0;
    std::uint32_t flags = 0, cpu = 0, batch = 0, padding = 0;
  } attributes;
  constexpr std::uint32_t test_run = 10;
  const std::vector<std::byte> packet(64);
  attributes.program_fd = static_cast<std::uint32_t>((**object.program(program)).fd());
  if (has_packet) {
    attributes.in_size = static_cast<std::uint32_t>(packet.size());
    attributes.in = kernel::address_of(packet);
  }
  const long done = kernel::real_syscalls().bpf(test_run, &attributes, sizeof(attributes));
  return done < 0 ? static_cast<int>(-done) : 0;
}

namespace {

// The last word: nothing that skep knows is without a row.
class Everything : public testing::Environment {
  void TearDown() override {
    if (testing::GTEST_FLAG(filter) != "*") return;
    for (const auto& entry : object::section_entries()) {
      const auto other = other_names.find(entry.name);
      const auto name = other == other_names.end() ? entry.name : other->second;
      EXPECT_TRUE(covered().contains(name)) << "SEC(\"" << name << "\") has no row";
    }
  }
};
const auto* const everything = testing::AddGlobalTestEnvironment(new Everything);

}  // namespace
}  // namespace skep::test
