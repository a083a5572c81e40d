// stream/trace_instance.hpp: a trace buffer of one's own.
//
// bpf_printk is a trace event since Linux 5.9 (bpf_trace:bpf_trace_printk), so a directory below
// tracefs's instances/ that has it switched on gets every line, too, whoever reads the global
// buffer.
#pragma once

#include <memory>
#include <string>

#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::stream {

// The kernel keeps an instance until it is removed. What a killed session left is removed by the
// next one: one that is being read cannot be.
class TraceInstance {
 public:
  // `tracefs`: its root directory. Removes what was left behind, first.
  static Result<std::unique_ptr<TraceInstance>> create(kernel::Syscalls& sys, int tracefs);

  // Whatever was opened in it must be closed by then.
  ~TraceInstance();
  TraceInstance(const TraceInstance&) = delete;
  TraceInstance& operator=(const TraceInstance&) = delete;

  // With the files of tracefs's root that are about a buffer: trace_pipe, per_cpu …
  [[nodiscard]] const Fd& directory() const noexcept { return directory_; }

 private:
  TraceInstance(kernel::Syscalls& sys, Fd instances, std::string name)
      : sys_(sys), instances_(std::move(instances)), name_(std::move(name)) {}

  kernel::Syscalls& sys_;
  Fd instances_;
  std::string name_;
  Fd directory_;
};

}  // namespace skep::stream
