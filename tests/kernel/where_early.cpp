// `--where` asked of what is known before there is a record (SKEP_EARLY): never less than the whole
// expression wants, and nothing is reserved for what is not wanted. Part of where_kernel_test.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "btf/layout.hpp"
#include "kernel/ring_support.hpp"
#include "kernel/where_support.hpp"
#include "run/early.hpp"
#include "run/plan.hpp"
#include "run/pushdown.hpp"
#include "skep/ledger.hpp"
#include "skep/ring.hpp"
#include "stream/ledger.hpp"
#include "stream/outputs.hpp"

namespace skep {
namespace {

using record::Where;
using test::Asker, test::Lie, test::must, test::RandomExpression, test::record_bytes;

// Some members of the record, in another order and with their own places; some of other types,
// which hold anything.
class RandomKnown {
 public:
  RandomKnown(unsigned seed, bool is_packed) : random_(seed), is_packed_(is_packed) {
    schema_ = test::schema_of_records(types_);
    const Btf before = types_.b.btf();
    const auto record = *before.find("event", btf::Kind::struct_);
    auto members = record.members();
    for (std::size_t i = members.size(); i > 1; --i)
      std::swap(members[i - 1], members[random_() % i]);
    members.resize(members.size() / 3 + random_() % (members.size() / 2));
    for (const auto& member : members) add(before, member);
    const auto type = types_.b.add_struct("known", size_, made_);
    spec_.types = types_.b.btf();
    question_ = {0, type, must(spec_.types.align_of(type))};
    record_ = {.schema = schema_,
               .bytes = {},
               .found_by = {},
               .others = {},
               .types = spec_.types,
               .type = record.id()};
  }

  [[nodiscard]] const record::Schema& schema() const { return schema_; }
  [[nodiscard]] std::uint32_t alignment() const { return question_.alignment; }
  [[nodiscard]] std::vector<record::SameBits> bits() const {
    return run::known_early(spec_, question_, record_);
  }
  // What is known of the record; anything where nothing is.
  std::vector<std::byte> of(std::span<const std::byte> record) {
    std::vector<std::byte> out(size_);
    for (auto& byte : out) byte = static_cast<std::byte>(random_());
    for (const auto& [here, there, size] : copied_) {
      for (std::uint64_t i = 0; i < size; ++i) {
        const bool is_set =
            (record[(here + i) / 8] >> ((here + i) % 8) & std::byte{1}) != std::byte{0};
        auto& byte = out[(there + i) / 8];
        const auto bit = std::byte{1} << ((there + i) % 8);
        byte = is_set ? byte | bit : byte & ~bit;
      }
    }
    return out;
  }

 private:
  // As large, where there is one, and no number that the same bytes stand for.
  [[nodiscard]] test::BtfBuilder::Id other_type(btf::TypeId type, std::uint64_t bits) const {
    const auto& t = types_;
    for (const auto& [one, other] : {std::pair(t.u16, t.i16), {t.u32, t.i32}, {t.u64, t.i64}}) {
      if (type == one) return other;
      if (type == other) return one;
    }
    return bits == 64 ? t.u64 : t.boolean;
  }

  void add(const Btf& types, const btf::Member& member) {
    const auto bits = must(btf::bits_of(types, member));
    const auto alignment = is_packed_ ? 1 : must(types.align_of(member.type));
    const std::uint32_t at = (size_ + alignment - 1) / alignment * alignment;
    const std::uint32_t shift = member.bit_size != 0 ? member.bit_offset % 8 : 0;
    const auto end = at + static_cast<std::uint32_t>((shift + bits + 7) / 8);
    if (end > record_bytes) return;
    size_ = end;
    const bool is_other = random_() % 4 == 0 && member.bit_size == 0;
    made_.push_back({names_.emplace_back(member.name),
                     is_other ? other_type(member.type, bits) : member.type, at * 8 + shift,
                     member.bit_size});
    if (!is_other) copied_.push_back({member.bit_offset, at * 8 + shift, bits});
  }

  std::mt19937_64 random_;
  bool is_packed_;
  test::Types types_;
  record::Schema schema_;
  std::deque<std::string> names_;
  std::vector<test::BtfBuilder::Member> made_;
  std::vector<record::SameBits> copied_;
  std::uint32_t size_ = 0;
  ObjectSpec spec_;
  run::EarlyQuestion question_;
  run::PlannedRecord record_;
};

struct Tally {
  int asked = 0, whole = 0, kept_back = 0, left = 0;
};

void try_one(RandomExpression& random, unsigned seed, bool on_stack, Tally& tally) {
  RandomKnown known(seed, seed % 3 == 0);
  const auto text =
      fmt::format("({}) && ({}) && ({})", random.make(), random.make(), random.make());
  const auto tree = must(record::where::parse(text));
  const Where whole = must(Where::compile(tree, known.schema()));
  const auto bits = known.bits();
  const auto split = must(record::split_where(tree, known.schema(), bits));
  const bool is_all = std::ranges::all_of(split.parts, &record::WherePart::is_early);
  ASSERT_EQ(split.early.has_value(),
            std::ranges::any_of(split.parts, &record::WherePart::is_early));
  if (!split.early) return;
  ++tally.asked;
  tally.whole += is_all ? 1 : 0;
  const Lie lie{known.alignment(), on_stack ? -96 : 0};
  Asker asker(record::early_code({&*split.early, 1}, lie.alignment, test::asker_counter), lie);
  std::uint64_t kept_back = 0;
  for (int n = 0; n < 12; ++n) {
    const auto record = random.record();
    const bool wants = asker.wants(known.of(record));
    ASSERT_LE(whole(record), wants) << text;
    ASSERT_TRUE(!is_all || whole(record) == wants) << text;
    kept_back += wants ? 0 : 1;
    tally.left += wants && !whole(record) ? 1 : 0;
  }
  EXPECT_EQ(asker.counted(), kept_back);
  tally.kept_back += static_cast<int>(kept_back);
}

// Of random structs that say something of the record early, in a map and on the stack.
TEST(WhereEarly, NothingThatIsWantedIsKeptBack) {
  RandomExpression random(5);
  Tally tally;
  for (unsigned i = 0; i < 90; ++i) {
    try_one(random, i, i % 2 == 0, tally);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(tally.asked, 20);
  EXPECT_GT(tally.whole, 2) << "there all that is asked is known";
  EXPECT_GT(tally.kept_back, 50);
  EXPECT_GT(tally.left, 20) << "nothing was left for later";
}

// A test of 16 bytes is two of 8.
TEST(WhereEarly, AnAddressIsKnownByAllOfItsBytes) {
  test::Types t;
  const auto schema = test::schema_of_records(t);
  const auto where = must(Where::compile(must(record::where::parse("v6 == ::1")), schema));
  const record::SameBits whole{416, 0, 128}, half{416, 0, 64};
  EXPECT_TRUE(where.elsewhere({&whole, 1}));
  EXPECT_FALSE(where.elsewhere({&half, 1}));
}

// What one of the kinds of records of a stream would be.
TEST(WhereEarly, OfSeveralKindsEachHasItsSay) {
  test::Types t;
  const auto schema = test::schema_of_records(t);
  const record::SameBits first{0, 0, 8};
  const auto compile = [&](const char* text) {
    const auto where = must(Where::compile(must(record::where::parse(text)), schema));
    return where.elsewhere({&first, 1}).value();
  };
  const Where kinds[] = {compile("a < 10"), Where::nothing(), compile("a > 250 && a != 252")};
  for (const std::size_t count : {3U, 2U}) {
    Asker asker(record::early_code(std::span(kinds).first(count), 1, test::asker_counter),
                {1, -95});
    std::uint64_t unwanted = 0;
    for (unsigned a = 0; a < 256; ++a) {
      const bool is_wanted = a < 10 || (count == 3 && a > 250 && a != 252);
      const std::vector<std::byte> known(record_bytes, static_cast<std::byte>(a));
      ASSERT_EQ(asker.wants(known), is_wanted) << a;
      unwanted += is_wanted ? 0 : 1;
    }
    EXPECT_EQ(asker.counted(), unwanted);
  }
}

// --- A real ring ------------------------------------------------------------------------------

TEST(WhereEarly, ForWhatIsNotWantedNothingIsReserved) {
  for (const bool asks_early : {false, true}) {
    auto spec = must(test::sequence_spec(
        {test::thread_id()},
        {.ring_bytes = 1U << 20, .records_per_call = 10, .asks_early = asks_early}));
    const auto plan = must(run::make_plan(spec));
    run::RowOptions options;
    options.where = "number & 6 && length == 0";
    const auto planned = run::push_where(spec, plan, options, false);
    ASSERT_EQ(planned.size(), 1U);
    ASSERT_EQ(planned[0].parts.size(), 2U);
    EXPECT_TRUE(planned[0].parts[0].why.empty() && planned[0].parts[1].why.empty());
    EXPECT_TRUE(planned[0].parts[0].is_before_reserve);
    EXPECT_FALSE(planned[0].parts[1].is_before_reserve) << "length is not known early";
    const auto object = must(Object::load(std::move(spec)));
    const auto link = must(object.program("on_getppid").value()->attach());
    auto reader = must(RingReader::open(**object.map("events")));
    const auto unwanted = *must(stream::UnwantedCounter::open(object, "events"));
    test::call_getppid(100);
    constexpr std::uint64_t made = 1000, wanted = 750,
                            bytes = 8 + 16;  // with the ring's own header
    EXPECT_EQ(unwanted.count(), made - wanted);
    EXPECT_EQ(reader.backlog(), (asks_early ? wanted : made) * bytes);
    test::Checker checker;
    reader.drain(checker);
    EXPECT_EQ(checker.delivered, wanted);
    EXPECT_EQ(checker.malformed + checker.disordered, 0U);
  }
}

// As of a program that is too long to be followed, or that sends by other means.
TEST(WhereEarly, IsAskedThoughNobodyAsksLater) {
  auto spec = must(test::sequence_spec(
      {test::thread_id()}, {.ring_bytes = 1U << 16, .records_per_call = 10, .asks_early = true}));
  std::ranges::find(spec.functions, stream::where_function, &FunctionSpec::name)->name = "another";
  const auto plan = must(run::make_plan(spec));
  run::RowOptions options;
  options.where = "number & 6 && length == 1";
  const auto planned = run::push_where(spec, plan, options, false);
  ASSERT_EQ(planned.size(), 1U);
  ASSERT_EQ(planned[0].parts.size(), 2U);
  EXPECT_TRUE(planned[0].parts[0].why.empty() && planned[0].parts[0].is_before_reserve);
  EXPECT_FALSE(planned[0].parts[1].why.empty());
  const auto object = must(Object::load(std::move(spec)));
  const auto link = must(object.program("on_getppid").value()->attach());
  auto reader = must(RingReader::open(**object.map("events")));
  test::call_getppid(10);
  test::Checker checker;
  reader.drain(checker);
  EXPECT_EQ(checker.delivered, 74U) << "of 0 to 99 those whose second or third bit is set";
  EXPECT_EQ((*must(stream::UnwantedCounter::open(object, "events"))).count(), 26U);
}

// Without an expression the question, and what hangs on it, is gone.
TEST(WhereEarly, WithoutAnExpressionNothingIsAsked) {
  auto spec = must(test::sequence_spec({}, {.asks_early = true}));
  const auto asked = must(Object::load(spec));
  EXPECT_TRUE(run::push_where(spec, must(run::make_plan(spec)), {}, false).empty());
  const auto cut = must(Object::load(std::move(spec)));
  const auto size_of = [](const Object& object) {
    return must(object.programs()[0].info()).translated_bytes;
  };
  EXPECT_LT(size_of(cut), size_of(asked));
}

}  // namespace
}  // namespace skep
