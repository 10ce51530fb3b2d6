package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The registry as values. All digests are keyed hashes; none of this is a secret, none of it is
/// told to clients.
public final class Registration {
  private Registration() {}

  /// Everything that a replica keeps in memory, as of `version`.
  public record Snapshot(
      long version,
      Map<RealmName, String> documents,
      Map<RealmName, Map<ClientId, State>> clients,
      List<Key> keys) {
    public Snapshot {
      documents = Map.copyOf(documents);
      clients = Map.copyOf(clients);
      keys = List.copyOf(keys);
    }
  }

  public enum Kind {
    CLIENT,
    RESOURCE_SERVER
  }

  public enum Standing {
    ACTIVE,
    SUSPENDED,

    /// Gone from its realm file; active again when it comes back.
    REMOVED,
    REVOKED
  }

  /// `secrets` newest first, expired ones left out.
  public record State(Standing standing, String reason, Instant at, List<Secret> secrets) {
    public State {
      secrets = List.copyOf(secrets);
    }
  }

  /// `digest`: HMAC-SHA256 under the HSM's key, base64url. Valid before `expiresAt`.
  public record Secret(String digest, Instant createdAt, Instant expiresAt) {}

  public enum Purpose {
    ACCESS_TOKEN,
    CLIENT_ATTESTATION,

    /// Keyed hashes of secrets, refresh tokens, challenges.
    MAC,

    /// Encryption of what must be recoverable.
    WRAP;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Purpose parse(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /// A key in the PKCS#11 token labelled `token`. MAC and WRAP keys have no realm and no `jwk`,
  /// and `token` is [Key#EVERY_TOKEN]: the same key is on all of them. `algorithm` as JWS names
  /// it. What state it is in follows from its instants and the clock.
  public record Key(
      String kid,
      Optional<RealmName> realm,
      Purpose purpose,
      String token,
      String algorithm,
      String label,
      Optional<String> jwk,
      Optional<String> checkValue,
      Instant createdAt,
      Instant signsFrom,
      Optional<Distrust> distrust,
      Optional<Instant> destroyedAt) {
    public static final String EVERY_TOKEN = "*";

    /// How the table and the admin endpoint name a realm, or the lack of one.
    static String realmText(Optional<RealmName> realm) {
      return realm.map(RealmName::value).orElse("*");
    }
  }

  /// Trusted by nobody from `at` on.
  public record Distrust(Instant at, String reason) {}

  public record JoinSecret(String digest, String attester, Instant expiresAt) {}

  public record Instance(
      JwkThumbprint jkt, String attester, String address, Instant joinedAt, Instant attestedAt) {}

  /// What became of evidence presented at `/attest`, committed.
  public sealed interface Joining {
    record Joined(Instance instance) implements Joining {}

    /// The proof of the instance key came a second time.
    record Replayed() implements Joining {}

    record Refused(String because) implements Joining {}
  }

  /// What a change of a client's standing did, committed.
  public sealed interface StandingChange {
    record Changed(Standing to, long grantsEnded) implements StandingChange {}

    record Refused(String because) implements StandingChange {}
  }
}
