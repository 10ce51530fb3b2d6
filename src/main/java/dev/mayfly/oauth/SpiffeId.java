package dev.mayfly.oauth;

import java.util.regex.Pattern;

/// The name of a workload: `spiffe://trust-domain/path`. Strict, so that one workload has one
/// spelling: no percent-encoding, no empty or dot segments, no port, query or fragment, lower case
/// where it could be either.
/// Errors: `IllegalArgumentException` on anything else.
public record SpiffeId(String trustDomain, String path) {
  private static final String SCHEME = "spiffe://";
  private static final int LONGEST = 2048;
  private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._-]+)+");
  private static final Pattern DOTS = Pattern.compile("/\\.{1,2}(/|$)");

  public SpiffeId {
    requireTrustDomain(trustDomain);
    if (!PATH.matcher(path).matches()
        || DOTS.matcher(path).find()
        || SCHEME.length() + trustDomain.length() + path.length() > LONGEST) {
      throw new IllegalArgumentException(
          "a SPIFFE ID is spiffe://trust-domain/path, its segments of A-Z a-z 0-9 . _ -");
    }
  }

  public static SpiffeId parse(String text) {
    int slash = text.indexOf('/', SCHEME.length());
    if (!text.startsWith(SCHEME) || slash < 0) {
      throw new IllegalArgumentException("a SPIFFE ID is spiffe://trust-domain/path");
    }
    return new SpiffeId(text.substring(SCHEME.length(), slash), text.substring(slash));
  }

  public static void requireTrustDomain(String name) {
    if (!TRUST_DOMAIN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the name of a trust domain is 1 to 255 of a-z 0-9 . _ -, without spiffe://");
    }
  }

  @Override
  public String toString() {
    return SCHEME + trustDomain + path;
  }
}
