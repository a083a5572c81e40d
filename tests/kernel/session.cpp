// A session starts whole or not at all; what it may do without, and what stands in, is said.
#include "skep/session.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "kernel/support.hpp"

namespace skep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Result<Object> load(const std::vector<Member>& members) {
  auto spec = test::spec_of("session");
  EXPECT_TRUE(spec.set("process", ::getpid()));
  for (auto& program : spec.programs) program.autoload = false;
  const auto take = [&](const Member& member, const auto& self) -> void {
    if (auto* program = spec.find_program(member.program)) program->autoload = true;
    for (const auto& other : member.or_else) self(other, self);
  };
  for (const auto& member : members) take(member, take);
  return Object::load(std::move(spec), {.optional = may_be_refused(members)});
}

std::vector<std::string> programs_of(const Session& session) {
  std::vector<std::string> names;
  for (const auto& link : session.links()) names.push_back(link.program());
  return names;
}

std::uint64_t calls(const Object& object) { return test::value_of<std::uint64_t>(object, "calls"); }

const Tracepoint nowhere{.category = "syscalls", .name = "sys_enter_skep_has_no_such_call"};
const Tracepoint getppid{.category = "syscalls", .name = "sys_enter_getppid"};

TEST(Session, StartsAndStops) {
  const std::vector<Member> members = {{.program = "works"}, {.program = "works_too"}};
  const auto object = load(members).value();
  auto session = Session::start(object, members).value();
  EXPECT_THAT(programs_of(session), ElementsAre("works", "works_too"));
  EXPECT_THAT(session.notes(), IsEmpty());
  test::call_getppid(5);
  EXPECT_EQ(calls(object), 5U);
  session.stop();
  EXPECT_THAT(session.links(), IsEmpty());
  test::call_getppid(5);
  EXPECT_EQ(calls(object), 5U);
}

TEST(Session, IsAllOrNothing) {
  const std::vector<Member> members = {{.program = "works"}, {.program = "nowhere"}};
  const auto object = load(members).value();
  const auto session = Session::start(object, members);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(session.error().message(), HasSubstr("program 'nowhere'"));
  test::call_getppid();
  EXPECT_EQ(calls(object), 0U);
}

TEST(Session, GoesOnWithoutWhatIsOptional) {
  const std::vector<Member> members = {{.program = "refused", .optional = true},
                                       {.program = "nowhere", .optional = true},
                                       {.program = "works"}};
  const auto object = load(members).value();
  ASSERT_EQ(object.refused().size(), 1U);
  EXPECT_EQ(object.refused()[0].name, "refused");
  EXPECT_EQ(object.refused()[0].error.kind(), ErrorKind::rejected);
  const auto session = Session::start(object, members).value();
  EXPECT_THAT(programs_of(session), ElementsAre("works"));
  EXPECT_THAT(session.notes(), ElementsAre(HasSubstr("'refused' is left out: "),
                                           HasSubstr("'nowhere' is left out: ")));
  test::call_getppid();
  EXPECT_EQ(calls(object), 1U);
}

// One that the verifier refuses, then one that has no hook here, then one that works.
TEST(Session, TakesTheFirstThatWorks) {
  const std::vector<Member> members = {
      {.program = "refused", .or_else = {{.program = "nowhere"}, {.program = "works"}}}};
  EXPECT_THAT(may_be_refused(members), UnorderedElementsAre("refused", "nowhere", "works"));
  const auto object = load(members).value();
  const auto session = Session::start(object, members).value();
  EXPECT_THAT(programs_of(session), ElementsAre("works"));
  EXPECT_THAT(session.notes(), ElementsAre(HasSubstr("'works' stands in for 'refused': ")));
  test::call_getppid();
  EXPECT_EQ(calls(object), 1U);
}

TEST(Session, TakesTheFirstHookThatWorks) {
  const std::vector<Member> members = {{.program = "works", .hook = first_of(nowhere, getppid)}};
  const auto object = load(members).value();
  const auto session = Session::start(object, members).value();
  EXPECT_THAT(
      session.notes(),
      ElementsAre(HasSubstr("'works' is attached to tracepoint syscalls/sys_enter_getppid")));
  test::call_getppid();
  EXPECT_EQ(calls(object), 1U);
}

TEST(Session, SaysWhatBecameOfEachStandIn) {
  const std::vector<Member> members = {{.program = "refused", .or_else = {{.program = "nowhere"}}}};
  const auto object = load(members).value();
  const auto session = Session::start(object, members);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind(), ErrorKind::rejected);
  EXPECT_THAT(session.error().report(), HasSubstr("invalid access"));
  EXPECT_THAT(session.error().hints(), testing::Contains(HasSubstr("Nor does 'nowhere' do: ")));
}

TEST(Session, NamesAProgramThatIsNotThere) {
  const std::vector<Member> members = {{.program = "works"}};
  const auto object = load(members).value();
  const auto typo = Session::start(object, {{.program = "work"}});
  ASSERT_FALSE(typo);
  EXPECT_THAT(test::text_of(typo.error()), HasSubstr("Did you mean 'works'?"));
  const auto idle = Session::start(object, {{.program = "nowhere"}});
  ASSERT_FALSE(idle);
  EXPECT_THAT(idle.error().message(), HasSubstr("was not loaded"));
}

TEST(Session, ARefusedProgramThatNobodyCanDoWithoutFailsTheLoad) {
  const auto object = load({{.program = "refused"}, {.program = "works", .optional = true}});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::rejected);
}

// A tap interface of this process's own: gone with the descriptor.
Fd new_interface(const char* name) {
  Fd fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ifreq request{};
  std::strcpy(request.ifr_name, name);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  EXPECT_EQ(::ioctl(fd.get(), TUNSETIFF, &request), 0) << std::strerror(errno);
  return fd;
}

TEST(Session, APatternStandsForEachInterfaceButTheLoopback) {
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  const Fd interfaces[] = {new_interface("blue0"), new_interface("blue1"), new_interface("red0")};
  const std::vector<Member> members = {{.program = "on_frame", .hook = Xdp{.interface = "b*"}}};
  const auto object = load(members).value();
  const auto places = [](const Session& session) {
    std::vector<std::string> names;
    for (const auto& link : session.links()) names.push_back(std::get<Xdp>(link.hook()).interface);
    return names;
  };
  auto session = Session::start(object, members).value();
  EXPECT_THAT(places(session), ElementsAre("blue0", "blue1"));
  session.stop();
  const auto own = "netns:" + fmt::format("/proc/self/task/{}/ns/net/", test::thread_id());
  session = Session::start(object, {{.program = "on_frame"}}, {.interface = own + "*"}).value();
  EXPECT_THAT(places(session), ElementsAre(own + "blue0", own + "blue1", own + "red0"));
  // One that is taken: all the others are given back.
  const auto again =
      Session::start(object, {{.program = "on_frame", .hook = Xdp{.interface = "[br]*"}}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), ErrorKind::busy);
  const auto none =
      Session::start(object, {{.program = "on_frame", .hook = Xdp{.interface = "l*"}}});
  ASSERT_FALSE(none);
  EXPECT_THAT(test::text_of(none.error()), HasSubstr("The loopback has to be named"));
}

}  // namespace
}  // namespace skep
