// Nothing is silent: of every object each map and each program stands in the plan.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "run/plan.hpp"

namespace skep::run {
namespace {

using ::testing::Contains;

using Names = std::set<std::string>;

// The maps that a plan speaks of.
Names maps_in(const Plan& plan) {
  Names out;
  const auto add_stacks = [&](const RowStacks& row) {
    for (const auto& stack : row.stacks) out.insert(stack.maps.begin(), stack.maps.end());
  };
  for (const auto& stream : plan.streams) {
    out.insert(stream.map);
    for (const auto& record : stream.records) add_stacks(record.stacks);
  }
  for (const auto& table : plan.tables) {
    out.insert(table.map);
    add_stacks(table.stacks);
  }
  for (const auto& one : plan.left_out) {
    EXPECT_NE(one.why, "");
    out.insert(one.map);
  }
  return out;
}

bool shows_anything(const Plan& plan) {
  const bool has_table = std::ranges::any_of(plan.tables, &PlannedTable::shown);
  return has_table || !plan.streams.empty() || !plan.iterators.empty() || plan.prints ||
         plan.statistics;
}

// What nobody would miss is not in the text: constants are parameters, or nobody's; .data.skep is
// skep's own.
bool is_in_text(const std::string& text, const std::string& map) {
  const bool is_left_out = map.starts_with(".rodata") || map == ".kconfig" || map == ".data.skep";
  return is_left_out || text.find(map) != std::string::npos;
}

void expect_all_is_told(const ObjectSpec& spec) {
  const auto plan = make_plan(spec);
  if (!plan) {
    EXPECT_NE(plan.error().message(), "");
    return;
  }
  const auto maps = maps_in(*plan);
  const std::string text = to_text(*plan);
  for (const auto& map : spec.maps) {
    EXPECT_THAT(maps, Contains(map.name));
    EXPECT_TRUE(is_in_text(text, map.name)) << map.name;
  }
  for (const auto& program : spec.programs) {
    EXPECT_NE(text.find(fmt::format("{:<10} {:<20} ", "program", program.name)), std::string::npos)
        << program.name;
  }
  EXPECT_TRUE(shows_anything(*plan)) << text;
}

TEST(Plan, OfEveryObjectOfTheTestsAllIsTold) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SKEP_TEST_OBJECTS)) {
    if (entry.path().extension() != ".o") continue;
    SCOPED_TRACE(entry.path().filename());
    const auto spec = ObjectSpec::open(entry.path());
    if (!spec) continue;  // one of those that no loader takes
    ++count;
    expect_all_is_told(*spec);
  }
  EXPECT_GT(count, 150U);
}

TEST(Plan, SaysOfEachKindOfMapWhyItIsNotShown) {
  const auto why = [](std::string_view object, MapType type) {
    const auto spec = ObjectSpec::open(std::filesystem::path(SKEP_TEST_OBJECTS) /
                                       fmt::format("{}.bpf.o", object));
    const auto plan = spec ? make_plan(*spec) : Result<Plan>(Plan{});
    EXPECT_TRUE(plan) << object;
    if (!plan) return std::string();
    const auto found = std::ranges::find(plan->left_out, type, &PlannedLeftOut::type);
    return found == plan->left_out.end() ? std::string("it is shown") : found->why;
  };
  EXPECT_EQ(why("map_queue", MapType::queue), "who reads it empties it");
  EXPECT_EQ(why("map_bloom_filter", MapType::bloom_filter),
            "it only answers whether something may be in it");
  EXPECT_EQ(why("map_task_storage", MapType::task_storage),
            "it hangs on tasks, sockets, files or groups and has no list");
  EXPECT_EQ(why("map_user_ringbuf", MapType::user_ringbuf),
            "user space writes it, and programs read it");
  EXPECT_EQ(why("map_stack_trace", MapType::stack_trace),
            "no column of a row was found to be an id of its stacks");
  EXPECT_EQ(why("map_sockhash", MapType::sockhash),
            "the kernel lists its sockets only where values have 8 bytes");
  EXPECT_EQ(why("map_xskmap", MapType::xskmap), "skep does not show maps of its type");
  for (const auto& [object, type] :
       {std::pair{"map_sockmap", MapType::sockmap}, std::pair{"map_devmap", MapType::devmap},
        std::pair{"map_devmap_hash", MapType::devmap_hash},
        std::pair{"map_cpumap", MapType::cpumap}}) {
    EXPECT_EQ(why(object, type), "it is shown") << object;
  }
  EXPECT_EQ(why("ring_sequence_per_cpu", MapType::array_of_maps), "it is shown");
  EXPECT_EQ(why("map_hash", MapType::hash), "it is shown");
}

TEST(Plan, NamesLocalStorageThatItCannotShow) {
  const auto spec =
      ObjectSpec::open(std::filesystem::path(SKEP_TEST_OBJECTS) / "map_task_storage.bpf.o");
  ASSERT_TRUE(spec);
  const auto plan = make_plan(*spec);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->notes, Contains("map 'kept' (task_storage) is not shown: it hangs on tasks, "
                                    "sockets, files or groups and has no list"));
  const auto shown = make_plan(*spec, {.shown = {"kept"}});
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().message(),
            "--show kept: that map cannot be shown: it hangs on tasks, sockets, files or groups "
            "and has no list");
}

TEST(Plan, SaysWhoHidesATable) {
  const auto spec =
      ObjectSpec::open(std::filesystem::path(SKEP_TEST_OBJECTS) / "map_left_out.bpf.o");
  ASSERT_TRUE(spec);
  const auto plan = make_plan(*spec, {.shown = {"created"}});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->notes, Contains("not shown, as --show names others: left_out; --show left_out "
                                    "shows it at the end"));
}

}  // namespace
}  // namespace skep::run
