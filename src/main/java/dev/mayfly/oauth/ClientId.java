package dev.mayfly.oauth;

/// A client identifier, RFC 6749 §2.2.
/// Shape: 1 to 64 characters of `A-Z a-z 0-9 . _ -`, first one alphanumeric. Narrower than
/// the standard's VSCHAR, so that it is safe in a URL path, a file name, a log line and an HSM
/// label.
/// Errors: `IllegalArgumentException` on any other shape.
public record ClientId(String value) {
  public ClientId {
    Names.requireName(value, "client_id", 64);
  }

  @Override
  public String toString() {
    return value;
  }
}
