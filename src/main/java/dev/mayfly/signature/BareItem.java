package dev.mayfly.signature;

/// A bare item of a structured field, RFC 8941 §3.3: the two kinds that parameters of a signature
/// have, and all others.
public sealed interface BareItem {
  record Text(String value) implements BareItem {}

  record Whole(long value) implements BareItem {}

  record Other() implements BareItem {}
}
