// hooks/row.hpp: a row of docs/hooks.md, which is the whole life of a program on its hook.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/network.hpp"
#include "kernel/support.hpp"

namespace skep::test {

// Causes once what the program waits for; true when its effect was seen this time.
using Effect = std::function<bool(const Object&, const Link&)>;
using Place = std::function<Hook(const Object&)>;

// What a test does with the hook of its row.
struct Life {
  // As SEC has it; behind a comma how it is used, where one SEC is used in several ways.
  std::string row;
  std::string seen;  // what the test sees, in a few words
  std::string_view object, program;
  Effect effect;
  Place hook = {};                             // none: as SEC says, at lo or in the cgroup
  std::function<void(ObjectSpec&)> edit = {};  // before it is loaded
  ProgramTargets targets = {};
  std::string_view beside = {};     // a second program of the object that is loaded
  bool other_may_take_over = true;  // the link is updated, where the kernel can
};

// In a network namespace (with lo) and a cgroup of its own. A row says "works" only when its test
// saw what it waited for, and nothing failed; the kernel's refusal goes into the table in skep's
// words.
class Row : public InCgroup<OwnNetwork> {
 protected:
  // Loads, attaches, fires and sees the effect, updates, detaches and sees no effect any more.
  void lives(const Life& life);

  // The steps, for those that live differently.
  Result<Object> load(const Life& life);
  void seen_to_work(const Life& life, std::string_view words = "works");
  void refused(const Life& life, const Error& error);
  void not_seen(const Life& life, std::string why) { note(life, std::move(why)); }

  void TearDown() override;

  // Whether `cause` moves the counter by one and leaves `expected` in the other variable.
  static Effect counts(std::function<void()> cause, std::string counter = "count",
                       std::string variable = "", long expected = 0);
  static std::uint64_t count_of(const Object& object, std::string_view counter = "count") {
    return value_of<std::uint64_t>(object, counter);
  }
  // Datagrams to the port do not arrive.
  Effect drops();

 private:
  void note(const Life& life, std::string words);
  Result<Link> attach(const Object& object, const Life& life) const;
  bool takes_over(const Life& life, Link& link);

  std::string line_;  // for the table, when nothing fails until the end
};

// A place that is known before the program is.
inline Place at(Hook hook) {
  return [hook = std::move(hook)](const Object&) { return hook; };
}

// Runs a program once by hand (BPF_PROG_TEST_RUN), on an empty packet where it takes one: 0, or the
// errno.
int run_by_hand(const Object& object, std::string_view program, bool has_packet);

// Puts bytes into a map of the object.
template <typename Value>
void put(const Object& object, std::string_view map, std::uint32_t key, const Value& value) {
  const auto done = object.map(map).value()->update(std::as_bytes(std::span(&key, 1)),
                                                    std::as_bytes(std::span(&value, 1)));
  EXPECT_TRUE(done) << text_of(done.error());
}

}  // namespace skep::test
