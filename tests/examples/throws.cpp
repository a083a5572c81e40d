// Throws and catches, for examples/exceptions/exceptions.bpf.c.
#include <stdexcept>

int main() {
  try {
    throw std::out_of_range("thrown");
  } catch (const std::logic_error&) {
    return 0;
  }
}
