// skep/link.hpp: a program that hangs on a hook.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "skep/fd.hpp"
#include "skep/hook.hpp"
#include "skep/result.hpp"

namespace skep {

namespace hook {
class Attachment;
}

// Move-only; the destructor detaches. Detaching waits for the kernel (a tracepoint takes it tens
// of milliseconds), so detach many links at once with detach_all. The program stays loaded as long
// as its Object lives.
class Link {
 public:
  // For hook/, which makes links: of a bpf_link's descriptor, or of something else that undoes
  // itself.
  Link(Hook hook, std::string program, Fd link);
  Link(Hook hook, std::string program, std::unique_ptr<hook::Attachment> attachment) noexcept;
  Link(Link&&) noexcept;
  Link& operator=(Link&&) noexcept;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  [[nodiscard]] const Hook& hook() const noexcept { return hook_; }
  // The program's name; of a struct_ops map, the map's.
  [[nodiscard]] const std::string& program() const noexcept { return program_; }
  // The descriptor that stands for the attachment: a bpf_link where the kernel has it for this
  // hook, else a perf event, a socket, a map. -1 once detached.
  [[nodiscard]] int fd() const noexcept;
  [[nodiscard]] bool is_bpf_link() const noexcept;

  // An iterator's text: a descriptor to read(2) to its end. Each walks anew. Kernel 5.8. Errors:
  // invalid_argument for other hooks.
  [[nodiscard]] Result<Fd> iterate() const;

  // Detaches now. A duplicate of a bpf_link's descriptor elsewhere keeps the attachment.
  void detach() noexcept;

 private:
  Hook hook_;
  std::string program_;
  std::unique_ptr<hook::Attachment> attachment_;  // nullptr once detached
};

// Detaches all of them side by side; returns when the last one is gone.
void detach_all(std::vector<Link> links) noexcept;

}  // namespace skep
