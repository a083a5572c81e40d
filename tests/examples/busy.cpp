// Is busy in a function that examples/profile/ finds, until it is ended.
static volatile bool goes_on = true;

extern "C" [[gnu::noinline]] void turn_round() {
  while (goes_on) continue;
}

int main() {
  turn_round();
  return 0;
}
