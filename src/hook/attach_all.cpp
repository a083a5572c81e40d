#include "hook/attach_all.hpp"

#include "base/error.hpp"
#include "hook/interface.hpp"
#include "hook/section.hpp"

namespace skep::hook {
namespace {

// The same hook for each interface that it stands for.
Result<std::vector<Hook>> places_of(const Hook& hook) {
  return std::visit(
      [](const auto& one) -> Result<std::vector<Hook>> {
        std::vector<Hook> places;
        if constexpr (requires { one.interface; }) {
          SKEP_TRY(const auto names, find_interfaces(one.interface));
          for (const auto& name : names) {
            auto place = one;
            place.interface = name;
            places.emplace_back(std::move(place));
          }
        } else {
          places.emplace_back(one);
        }
        return places;
      },
      hook);
}

using Attach = Result<Link>(const Program&, const Hook&, Host&);

Result<std::vector<Link>> on_each(const Program& program, const Hook& hook, Host& host,
                                  Attach& attach) {
  auto places = places_of(hook);
  if (!places) {
    return add_context(std::move(places).error(), "attach program '{}' to {}", program.name(),
                       describe(hook));
  }
  std::vector<Link> links;
  for (const Hook& place : *places) {
    auto link = attach(program, place, host);
    if (!link) {
      detach_all(std::move(links));
      return std::unexpected(std::move(link).error());
    }
    links.push_back(*std::move(link));
  }
  return links;
}

}  // namespace

Result<std::vector<Link>> attach_all(const Program& program, const Hook& hook, Host& host) {
  return on_each(program, hook, host, attach_one);
}

Result<std::vector<Link>> attach_all(const Program& program, const AttachDefaults& defaults,
                                     Host& host) {
  auto hook = hook_of(program.spec(), defaults);
  if (hook) return on_each(program, *hook, host, attach_as_said);
  return add_context(std::move(hook).error(), "attach program '{}'", program.name());
}

}  // namespace skep::hook
