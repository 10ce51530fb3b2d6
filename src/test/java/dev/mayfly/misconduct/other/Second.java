package dev.mayfly.misconduct.other;

import dev.mayfly.misconduct.one.First;
import java.util.List;

/// The other half.
public record Second(List<First> firsts) {}
