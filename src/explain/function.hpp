// explain/function.hpp: why a program cannot hang on a function of the kernel.
#pragma once

#include <string>
#include <vector>

#include "kernel/attempt.hpp"
#include "kernel/function_facts.hpp"

namespace skep::explain {

// One sentence a cause; empty when the facts speak for none.
[[nodiscard]] std::vector<std::string> explain_function(const Attempt& attempt,
                                                        const kernel::FunctionFacts& function);

}  // namespace skep::explain
