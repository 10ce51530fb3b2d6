package dev.mayfly.realm;

import dev.mayfly.oauth.SpiffeIdPattern;

/// Workloads of a trust domain of the realm, by one kind of SVID. Its bundle is that of the
/// realm's `trust_domains`.
///
/// @param svid what is shown
/// @param spiffeId which workloads count
public record SpiffeRule(Worth worth, Svid svid, SpiffeIdPattern spiffeId) implements EvidenceRule {
  public static final String JWT_KIND = "spiffe_jwt";
  public static final String X509_KIND = "spiffe_x509";
  public static final String WIT_KIND = "spiffe_wit";

  /// The kinds of SVID, each a kind of evidence.
  public enum Svid {
    JWT(JWT_KIND),
    X509(X509_KIND),
    WIT(WIT_KIND);

    private final String kind;

    Svid(String kind) {
      this.kind = kind;
    }

    public String kind() {
      return kind;
    }

    /// Whether a bundle has what such an SVID is held against.
    boolean isOf(TrustDomain domain) {
      return switch (this) {
        case JWT -> !domain.jwtKeys().isEmpty();
        case X509 -> !domain.authorities().isEmpty();
        case WIT -> !domain.witKeys().isEmpty();
      };
    }
  }

  @Override
  public String kind() {
    return svid.kind();
  }
}
