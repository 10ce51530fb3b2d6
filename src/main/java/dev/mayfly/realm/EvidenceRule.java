package dev.mayfly.realm;

import dev.mayfly.oauth.ClientId;
import java.time.Duration;
import java.util.List;

/// Which evidence of one kind our own attester accepts, and what it is worth. Each kind is one
/// class here, one reader ([EvidenceRules] names them all) and one class in `dev.mayfly.evidence`.
public sealed interface EvidenceRule
    permits KubernetesRule, GithubActionsRule, OidcRule, TpmRule, AwsNitroRule, SpiffeRule {
  Worth worth();

  /// The word in `type`, in the audit trail and in the token's `attestation` claim.
  String kind();

  default String name() {
    return worth().name();
  }

  /// What every rule says.
  ///
  /// @param clients for whom it counts; empty: for every client of the attester
  /// @param maxAge how long what was attested by this rule may be relied on
  /// @param renewable whether the instance key alone renews the attestation within `maxAge`; else
  ///     each attestation needs fresh evidence
  record Worth(
      String name,
      AttestationLevel level,
      List<ClientId> clients,
      Duration maxAge,
      boolean renewable) {
    public Worth {
      Attester.requireLifetime(maxAge);
      clients = List.copyOf(clients);
      if (level.isNone()) {
        throw new IllegalArgumentException("evidence is worth more than none");
      }
    }

    public boolean countsFor(ClientId client) {
      return clients.isEmpty() || clients.contains(client);
    }
  }
}
