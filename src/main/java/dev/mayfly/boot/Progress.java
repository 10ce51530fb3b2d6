package dev.mayfly.boot;

/// Tells the person at the terminal what takes time.
@FunctionalInterface
interface Progress {
  void say(String step);
}
