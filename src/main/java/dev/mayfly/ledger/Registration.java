package dev.mayfly.ledger;

import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The registry as values. All digests are keyed hashes; none of this is a secret, none of it is
/// told to clients.
public final class Registration {
  private Registration() {}

  /// Everything that a replica keeps in memory, as of `version`. `horizon`: where a later reading
  /// begins that reads only what has changed. `retiredKeys`: thumbprints of
  /// public keys that nobody may use again, those of instances only while an attestation of
  /// them may still be unexpired.
  public record Snapshot(
      long version,
      String horizon,
      Map<RealmName, String> documents,
      Map<RealmName, ClientStates> clients,
      List<Key> keys,
      MacUses macUses,
      Set<String> retiredKeys,
      Set<RevokedAttestation> revokedAttestations) {
    public Snapshot {
      documents = Map.copyOf(documents);
      clients = Map.copyOf(clients);
      keys = List.copyOf(keys);
      retiredKeys = Set.copyOf(retiredKeys);
      revokedAttestations = Set.copyOf(revokedAttestations);
    }
  }

  /// What is not believed before its expiry.
  public sealed interface RevokedAttestation {
    RealmName realm();

    /// One attestation.
    record One(RealmName realm, String jti) implements RevokedAttestation {}

    /// All of one rule of an attester.
    record OfRule(RealmName realm, String attester, String rule) implements RevokedAttestation {}

    /// All of an attester.
    record OfAttester(RealmName realm, String attester) implements RevokedAttestation {}
  }

  public enum Kind {
    CLIENT,
    RESOURCE_SERVER
  }

  public enum Standing {
    /// Registered, and not approved yet: it gets no tokens.
    PENDING,
    ACTIVE,
    SUSPENDED,

    /// Gone from its realm file; active again when it comes back.
    REMOVED,
    REVOKED
  }

  /// `secrets` newest first, expired ones left out. `revocations` counts those of the client's
  /// attestations and secrets. `document` of a client that is not in the realm's file.
  public record State(
      Standing standing,
      String reason,
      Instant at,
      List<Secret> secrets,
      long revocations,
      Optional<Document> document) {
    public State {
      secrets = List.copyOf(secrets);
    }

    /// Of somebody in the realm's file.
    public State(
        Standing standing, String reason, Instant at, List<Secret> secrets, long revocations) {
      this(standing, reason, at, secrets, revocations, Optional.empty());
    }
  }

  /// What a realm file would say of a registered client, and how often that was changed.
  /// `keyThumbprints` of the public keys in it.
  public record Document(String json, long revision, List<String> keyThumbprints) {
    public Document {
      keyThumbprints = List.copyOf(keyThumbprints);
    }
  }

  /// The MAC keys by which something in the tables is known again.
  public record MacUses(Set<String> joinSecrets, Set<String> fingerprints) {
    public MacUses {
      joinSecrets = Set.copyOf(joinSecrets);
      fingerprints = Set.copyOf(fingerprints);
    }
  }

  /// What is kept of a secret. Both are HMAC-SHA256 under the HSM's key `macKid`, base64url:
  /// `digest` over the secret and whose it is, `fingerprint` over the secret alone.
  public record Digests(String macKid, String digest, Optional<String> fingerprint) {}

  /// Valid before `expiresAt`. `sealed` where the broker must be able to recover it.
  public record Secret(
      UUID id, Digests kept, Instant createdAt, Instant expiresAt, Optional<Sealed> sealed) {
    /// The name of its row among the sealed ones.
    public static String sealedName(UUID id) {
      return "client_secret/" + id;
    }
  }

  /// A row of `sealed_secrets`. `ciphertext` is base64url.
  public record Sealed(
      RealmName realm, String owner, String name, String wrapKid, String ciphertext) {}

  /// What kind of thing a fingerprint is of.
  public enum Fingerprinted {
    CLIENT_KEY,
    ATTESTER_KEY,
    INSTANCE_KEY,
    OWN_KEY,
    SECRET;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A public key that nobody may use again. `thumbprint`: RFC 7638, SHA-256, base64url.
  /// `owner` and `reason` are for people.
  public record RetiredKey(
      String thumbprint, Fingerprinted kind, String owner, Instant at, String reason) {}

  /// A key that a realm's file would bring into use, and where it stands there.
  public record NewKey(String thumbprint, String field) {}

  /// How a realm's keys change with its document.
  public record KeyChange(List<NewKey> added, List<RetiredKey> retired) {
    public KeyChange {
      added = List.copyOf(added);
      retired = List.copyOf(retired);
    }
  }

  /// A key of a realm's file that was retired earlier, and by what.
  public record KeyObjection(NewKey key, String owner, Instant at, String reason) {}

  public enum Purpose {
    ACCESS_TOKEN,
    CLIENT_ATTESTATION,

    /// Keyed hashes of secrets, refresh tokens, challenges.
    MAC,

    /// Encryption of what must be recoverable.
    WRAP,

    /// Checkpoints of the audit trail.
    AUDIT;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Purpose parse(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /// A key in the PKCS#11 token labelled `token`. MAC and WRAP keys have no realm and no `jwk`,
  /// and `token` is [Key#EVERY_TOKEN]: the same key is on all of them. AUDIT keys have no realm.
  /// `algorithm` as JWS names it. What state it is in follows from its instants and the clock.
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

  public record JoinSecret(Digests kept, String attester, Instant expiresAt) {}

  /// What became of a secret that an operator provides, committed.
  public sealed interface Adoption {
    record Adopted() implements Adoption {}

    /// It is in force already.
    record Known() implements Adoption {}

    /// It was in force once, for `owner`, and is not taken again.
    record Retired(String owner) implements Adoption {}
  }

  /// How an instance was attested: by which rule of which attester, and what that is worth.
  /// `subject`: who the platform says it is, for people.
  public record Attested(String attester, String rule, String kind, String level, String subject) {}

  /// `address`: where it was when it showed evidence last, at `evidenceAt`; renewals by its key
  /// alone move neither.
  public record Instance(
      JwkThumbprint jkt,
      Attested attested,
      String address,
      Instant joinedAt,
      Instant attestedAt,
      Instant evidenceAt) {}

  /// An attestation that is to be signed once it has been recorded.
  public record NewAttestation(Jti jti, Attested attested, Instant expiresAt) {}

  /// Whether an instance may renew by its key alone.
  public sealed interface Renewal {
    record Granted(NewAttestation attestation) implements Renewal {}

    /// `because` is for the audit trail.
    record Refused(String because) implements Renewal {}
  }

  /// What became of evidence presented at `/attest`, committed.
  public sealed interface Joining {
    record Joined(Instance instance, NewAttestation attestation) implements Joining {}

    /// The proof of the instance key came a second time.
    record Replayed() implements Joining {}

    record Refused(String because) implements Joining {}
  }

  /// What a change of a client's standing did, committed.
  public sealed interface StandingChange {
    record Changed(Standing to, long grantsEnded) implements StandingChange {}

    /// The client is not as the caller has seen it.
    record Stale() implements StandingChange {}

    record Refused(String because) implements StandingChange {}
  }
}
