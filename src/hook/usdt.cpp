// usdt: one uprobe for each place of the probe.
#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "elf/usdt.hpp"
#include "hook/binary.hpp"
#include "hook/probes.hpp"
#include "kernel/usdt_specs.hpp"

namespace skep::hook {
namespace {

using Specs = std::shared_ptr<kernel::UsdtSpecs>;

// Entries of the object's map that links use; given back when these are gone.
class Entries {
 public:
  explicit Entries(Specs specs) noexcept : specs_(std::move(specs)) {}
  Entries(Entries&&) noexcept = default;
  Entries& operator=(Entries&&) = delete;
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;
  ~Entries() {
    if (is_kept_) return;
    for (const auto& [value, index] : indices_) specs_->drop(index);
  }
  // A pinned link goes on using them.
  void keep(bool kept) noexcept { is_kept_ = kept; }

  // Places that have their arguments at the same places share one.
  Result<std::uint32_t> add(const elf::UsdtPlace& place, std::uint64_t cookie) {
    SKEP_TRY(const auto value, specs_->layout().value_of(place.arguments, cookie));
    if (const auto known = indices_.find(value); known != indices_.end()) return known->second;
    SKEP_TRY(const auto index, specs_->add(value));
    indices_.emplace(value, index);
    return index;
  }

 private:
  Specs specs_;
  std::map<std::vector<std::byte>, std::uint32_t> indices_;
  bool is_kept_ = false;
};

class OnUsdt final : public Attachment {
 public:
  OnUsdt(Entries entries, std::unique_ptr<Attachment> probes) noexcept
      : entries_(std::move(entries)), probes_(std::move(probes)) {}
  [[nodiscard]] int fd() const noexcept override { return probes_->fd(); }
  [[nodiscard]] bool is_bpf_link() const noexcept override { return probes_->is_bpf_link(); }
  [[nodiscard]] bool is_single_link() const noexcept override { return probes_->is_single_link(); }
  [[nodiscard]] std::string_view nature() const noexcept override { return probes_->nature(); }
  Result<void> undo() override { return probes_->undo(); }
  void set_pinned(bool pinned) noexcept override { entries_.keep(pinned); }

 private:
  Entries entries_;  // outlives the probes
  std::unique_ptr<Attachment> probes_;
};

// Without the map the program reads no arguments, and the cookie is the user's own.
Result<std::vector<Probe>> probes_of(const std::vector<elf::UsdtPlace>& places, const Usdt& hook,
                                     const Specs& specs, Entries& entries) {
  std::vector<Probe> out;
  for (const auto& place : places) {
    Probe probe{.offset = place.offset, .cookie = hook.cookie, .semaphore = place.semaphore};
    if (specs) {
      SKEP_TRY(probe.cookie, entries.add(place, hook.cookie));
    }
    out.push_back(probe);
  }
  return out;
}

}  // namespace

Result<Link> attach(const Program& program, const Usdt& hook, Host& host) {
  if (hook.provider.empty() || hook.name.empty()) {
    return fail(ErrorKind::invalid_argument, "a USDT probe has a provider and a name");
  }
  Probes probes{.binary = {}, .pid = hook.pid};
  SKEP_TRY(probes.binary, find_binary(hook.binary, hook.pid));
  SKEP_TRY(const auto places, elf::find_usdt(probes.binary, hook.provider, hook.name));
  Entries entries(program.usdt_specs());
  SKEP_TRY(probes.places, probes_of(places, hook, program.usdt_specs(), entries));
  SKEP_TRY(const bool takes_all, takes_many(program, host));
  const bool together = takes_all && !hook.singly;
  Usdt done = hook;
  done.singly = hook.singly || (!together && places.size() > 1);
  auto attached =
      together ? attach_together(program, probes, host) : attach_singly(program, probes, host);
  if (!attached) return std::unexpected(std::move(attached).error());
  if (!(*attached)->is_bpf_link() && program.usdt_specs()) {
    return fail(ErrorKind::unsupported,
                "this kernel has no cookies for uprobes (5.15), which tell the places apart");
  }
  return Link(std::move(done), std::string(program.name()),
              std::make_unique<OnUsdt>(std::move(entries), *std::move(attached)));
}

}  // namespace skep::hook
