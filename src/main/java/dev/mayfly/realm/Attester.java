package dev.mayfly.realm;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Who a realm believes about where a client runs: a *client attester* of the attestation draft.
public sealed interface Attester {
  Duration SHORTEST_LIFETIME = Duration.ofMinutes(1);
  Duration LONGEST_LIFETIME = Duration.ofDays(30);

  String name();

  /// The longest time from `iat` (or from now) to `exp` that is accepted of this attester.
  Duration maxLifetime();

  /// The broker's own `/attest`, signing with a key of the HSM.
  record Builtin(
      String name, Duration attestationLifetime, JoinSecret joinSecret, List<EvidenceRule> evidence)
      implements Attester {
    public Builtin {
      requireLifetime(attestationLifetime);
      evidence = List.copyOf(evidence);
    }

    /// A rule by its name.
    public Optional<EvidenceRule> rule(String wanted) {
      return evidence.stream().filter(rule -> rule.name().equals(wanted)).findFirst();
    }

    @Override
    public Duration maxLifetime() {
      return attestationLifetime;
    }
  }

  /// An attester known by its public keys.
  record Jwks(String name, PublicKeys keys, Duration maxLifetime, AttestationLevel level)
      implements Attester {
    public Jwks {
      requireLifetime(maxLifetime);
    }
  }

  /// An attester known by a certificate that chains to one of these anchors.
  record X5c(
      String name, List<X509Certificate> anchors, Duration maxLifetime, AttestationLevel level)
      implements Attester {
    public X5c {
      requireLifetime(maxLifetime);
      anchors = List.copyOf(anchors);
      if (anchors.isEmpty()) {
        throw new IllegalArgumentException("at least one anchor is needed");
      }
    }
  }

  /// The SPIFFE server of a trust domain: its WIT-SVIDs are attestations, of the clients whose
  /// method is `spiffe_wit`.
  record Spiffe(String name, String trustDomain, Duration maxLifetime, AttestationLevel level)
      implements Attester {
    public Spiffe {
      requireLifetime(maxLifetime);
    }
  }

  /// The one-time secret with which a host without a hardware root of trust joins.
  record JoinSecret(Duration lifetime, AddressPin addressPin, AttestationLevel level) {
    /// The name it goes by among the attester's rules, and its kind.
    public static final String NAME = "join_secret";

    public JoinSecret {
      requireLifetime(lifetime);
    }
  }

  static void requireLifetime(Duration lifetime) {
    Durations.requireWithin(
        "an attestation's lifetime", lifetime, SHORTEST_LIFETIME, LONGEST_LIFETIME);
  }
}
