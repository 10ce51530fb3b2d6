package dev.mayfly.ledger;

/// What became of an act on an admin.
public sealed interface AdminChange {
  /// `account`: as it is now.
  record Done(Account account) implements AdminChange {}

  record NoSuchAdmin() implements AdminChange {}

  /// The admin is not as the caller has seen it.
  record Stale() implements AdminChange {}

  record Refused(String because) implements AdminChange {}
}
