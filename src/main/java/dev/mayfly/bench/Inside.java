package dev.mayfly.bench;

/// What only the broker itself knows.
///
/// @param signatures so far, by the HSM
/// @param paused seconds in which its collector held it up, so far
/// @param longest of these pauses in the last minutes, seconds
record Inside(double signatures, double paused, double longest) {
  static final Inside UNKNOWN = new Inside(0, 0, 0);
}
