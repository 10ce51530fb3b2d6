package dev.mayfly.oauth;

/// Which workloads count: one SPIFFE ID, or with `/*` at its end every one below it.
/// `spiffe://d/bots/*` has `spiffe://d/bots/7` and `spiffe://d/bots/a/b`, and neither
/// `spiffe://d/bots7` nor `spiffe://d/bots` itself. A whole trust domain is no pattern.
/// Errors: `IllegalArgumentException` on anything else.
public record SpiffeIdPattern(SpiffeId id, boolean below) {
  private static final String BELOW = "/*";

  public static SpiffeIdPattern parse(String text) {
    return text.endsWith(BELOW)
        ? new SpiffeIdPattern(
            SpiffeId.parse(text.substring(0, text.length() - BELOW.length())), true)
        : new SpiffeIdPattern(SpiffeId.parse(text), false);
  }

  public boolean matches(SpiffeId workload) {
    return workload.trustDomain().equals(id.trustDomain())
        && (below ? workload.path().startsWith(id.path() + "/") : workload.equals(id));
  }

  @Override
  public String toString() {
    return id + (below ? BELOW : "");
  }
}
