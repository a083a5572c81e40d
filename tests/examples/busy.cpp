// Is busy in a function that examples/profile/ finds, until it is ended.
extern "C" [[gnu::noinline]] void turn_round() {
  static volatile unsigned turns = 0;
  for (;;) turns = turns + 1;
}

int main() {
  turn_round();
  return 0;
}
