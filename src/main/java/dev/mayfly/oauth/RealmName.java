package dev.mayfly.oauth;

/// The name of a realm: a security domain with its own issuer, keys, clients, policies.
/// Shape: 1 to 32 characters of `A-Z a-z 0-9 . _ -`, first one alphanumeric; the last segment of
/// the issuer.
/// Errors: `IllegalArgumentException` on any other shape.
public record RealmName(String value) {
  public RealmName {
    Names.requireName(value, "realm", 32);
  }

  @Override
  public String toString() {
    return value;
  }
}
