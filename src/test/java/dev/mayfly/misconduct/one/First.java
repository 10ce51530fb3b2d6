package dev.mayfly.misconduct.one;

import dev.mayfly.misconduct.other.Second;

/// Half of a cycle.
public record First(Second second) {}
