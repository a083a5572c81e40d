// Rows: functions and probes of user binaries.
#include <array>

#include "hooks/row.hpp"
#include "kernel/user_support.hpp"

namespace skep {
namespace {

using test::at, test::library;

// By its name, by a pattern, and one whose argument is an address.
const Uprobe one{.binary = library, .symbol = "skep_many_one"};
const UprobeMulti many{.binary = library, .places = {{.symbol = "skep_many_*"}}};
const Uprobe pointed{.binary = library, .symbol = "skep_reads"};
const UprobeMulti pointed_many{.binary = library, .places = {{.symbol = "skep_reads"}}};

template <typename H>
H at_return(H hook) {
  hook.at_return = true;
  return hook;
}

class UserFunctions : public test::Row {
 protected:
  void sleeps(std::string row, std::string_view program, long value, Hook hook) {
    lives({.row = std::move(row),
           .seen = value == 42 ? "what a function returns" : "what an argument points at",
           .object = "row_user",
           .program = program,
           .effect = counts([this] { read_once(); }, "count", "value", value),
           .hook = at(std::move(hook))});
  }
  void session(const std::string& kind, std::string_view program) {
    lives({.row = kind,
           .seen = "one call, at its entry and its return",
           .object = "row_user",
           .program = program,
           .effect =
               [this](const Object& object, const Link&) {
                 const auto before = count_of(object);
                 call(41);
                 return count_of(object) == before + 2;
               },
           .edit =
               [&](ObjectSpec& spec) {
                 spec.find_program(program)->attach_to = fmt::format("{}:skep_many_one", library);
               }});
  }
  void read_once() const {
    const long argument = 41;
    reads(&argument);
  }
  test::Library probes;
  long (*call)(long) = probes.function<long(long)>("skep_many_one");
  long (*reads)(const long*) = probes.function<long(const long*)>("skep_reads");
};

TEST_F(UserFunctions, Uprobe) {
  lives({.row = "uprobe",
         .seen = "an argument",
         .object = "hook_count",
         .program = "on_uprobe",
         .effect = counts([this] { call(41); }, "uprobe_count", "uprobe_argument", 41),
         .hook = at(one)});
}

TEST_F(UserFunctions, Uretprobe) {
  lives({.row = "uretprobe",
         .seen = "what a function returns",
         .object = "hook_count",
         .program = "on_uretprobe",
         .effect = counts([this] { call(41); }, "uretprobe_count", "uretprobe_value", 42),
         .hook = at(at_return(one))});
}

TEST_F(UserFunctions, UprobeS) { sleeps("uprobe.s", "on_uprobe_s", 41, pointed); }
TEST_F(UserFunctions, UretprobeS) {
  sleeps("uretprobe.s", "on_uretprobe_s", 42, at_return(pointed));
}

TEST_F(UserFunctions, UprobeMulti) {
  lives({.row = "uprobe.multi",
         .seen = "calls of the functions that match a pattern",
         .object = "hook_uprobes",
         .program = "on_multi",
         .effect = counts([this] { call(41); }, "multi_count"),
         .hook = at(many)});
}

TEST_F(UserFunctions, UretprobeMulti) {
  lives({.row = "uretprobe.multi",
         .seen = "returns of the functions that match a pattern",
         .object = "hook_uprobes",
         .program = "on_return",
         .effect = counts([this] { call(41); }, "return_count"),
         .hook = at(at_return(many))});
}

TEST_F(UserFunctions, UprobeMultiS) {
  sleeps("uprobe.multi.s", "on_uprobe_multi_s", 41, pointed_many);
}

TEST_F(UserFunctions, UretprobeMultiS) {
  sleeps("uretprobe.multi.s", "on_uretprobe_multi_s", 42, at_return(pointed_many));
}

TEST_F(UserFunctions, UprobeSession) { session("uprobe.session", "on_session"); }
TEST_F(UserFunctions, UprobeSessionS) { session("uprobe.session.s", "on_session_s"); }

TEST_F(UserFunctions, Usdt) {
  auto* places = probes.function<long(long)>("skep_places");
  lives({.row = "usdt",
         .seen = "three places of a probe, and their arguments",
         .object = "hook_usdt",
         .program = "on_usdt",
         .effect =
             [&](const Object& object, const Link&) {
               using Sums = std::array<long, 4>;
               const auto before = test::value_of<Sums>(object, "usdt_sum");
               places(10);
               const auto after = test::value_of<Sums>(object, "usdt_sum");
               return after[1] - before[1] == 10 && after[2] - before[2] == 31 &&
                      after[3] - before[3] == 155;
             },
         .hook = at(Usdt{.binary = library, .provider = "skep", .name = "places"})});
}

TEST_F(UserFunctions, UsdtS) {
  lives({.row = "usdt.s",
         .seen = "an argument",
         .object = "row_user",
         .program = "on_usdt_s",
         .effect =
             counts([this] { probes.function<void()>("skep_constants")(); }, "count", "value", 7),
         .hook = at(Usdt{.binary = library, .provider = "skep", .name = "constants"})});
}

}  // namespace
}  // namespace skep
