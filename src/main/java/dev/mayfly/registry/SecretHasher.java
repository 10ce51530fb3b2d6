package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Digests;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes secrets, and the keyed hashes under which they are stored.
/// Why no stretching: the secrets are 256 random bits of ours, not somebody's password.
@Singleton
public class SecretHasher {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final BrokerKeys keys;
  private final Realms realms;

  @Inject
  SecretHasher(BrokerKeys keys, Realms realms) {
    this.keys = keys;
    this.realms = realms;
  }

  public enum Kind {
    CLIENT_SECRET("ms_"),
    JOIN_SECRET("mj_"),
    INITIAL_ACCESS_TOKEN("mi_"),
    REGISTRATION_ACCESS_TOKEN("mr_");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /// 256 random bits, base64url, with a prefix by which secret scanners can know it.
  public static String generate(Kind kind) {
    byte[] random = new byte[32];
    RANDOM.nextBytes(random);
    return kind.prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /// HMAC-SHA256 in the HSM over kind, realm, client and secret, so that no digest can be moved
  /// to another client. Shape: base64url, 43 characters. Errors: [HsmUnavailableException].
  Uni<String> digest(
      Registration.Key key, Kind kind, RealmName realm, ClientId client, String secret) {
    return mac(key, kind + "\n" + realm + "\n" + client + "\n" + secret);
  }

  /// What is kept of a new secret: made under the current key.
  Uni<Digests> digests(Kind kind, RealmName realm, ClientId client, String secret) {
    return keys.current(Purpose.MAC).chain(key -> digests(key, kind, realm, client, secret));
  }

  private Uni<Digests> digests(
      Registration.Key key, Kind kind, RealmName realm, ClientId client, String secret) {
    return digest(key, kind, realm, client, secret)
        .chain(
            digest ->
                mac(key, "fingerprint\n" + secret)
                    .map(print -> new Digests(key.kid(), digest, Optional.of(print))));
  }

  /// What may stand in the tables for this secret, under every key that something there names.
  Uni<List<Digests>> everyDigests(Kind kind, RealmName realm, ClientId client, String secret) {
    Set<Registration.Key> all = new LinkedHashSet<>(keys.trusted(Purpose.MAC));
    all.addAll(keys.existing(Purpose.MAC, realms.macUses().fingerprints()));
    return Multi.createFrom()
        .iterable(all)
        .onItem()
        .transformToUniAndConcatenate(key -> digests(key, kind, realm, client, secret))
        .collect()
        .asList();
  }

  /// The digests of a join secret under the current key, and under those that any row names.
  public Uni<List<String>> joinDigests(RealmName realm, ClientId client, String secret) {
    return keys.current(Purpose.MAC)
        .chain(
            current ->
                Multi.createFrom()
                    .items(
                        keys.trusted(Purpose.MAC).stream()
                            .filter(
                                key ->
                                    key.kid().equals(current.kid())
                                        || realms.macUses().joinSecrets().contains(key.kid())))
                    .onItem()
                    .transformToUniAndConcatenate(
                        key -> digest(key, Kind.JOIN_SECRET, realm, client, secret))
                    .collect()
                    .asList());
  }

  /// What is kept of an initial access token: it belongs to no client.
  Uni<Digests> initialDigest(RealmName realm, String token) {
    return keys.current(Purpose.MAC)
        .chain(
            key ->
                mac(key, initial(realm, token))
                    .map(digest -> new Digests(key.kid(), digest, Optional.empty())));
  }

  /// What may stand in the table for this token.
  Uni<List<String>> initialDigests(RealmName realm, String token) {
    return Multi.createFrom()
        .iterable(keys.trusted(Purpose.MAC))
        .onItem()
        .transformToUniAndConcatenate(key -> mac(key, initial(realm, token)))
        .collect()
        .asList();
  }

  private static String initial(RealmName realm, String token) {
    return Kind.INITIAL_ACCESS_TOKEN + "\n" + realm + "\n\n" + token;
  }

  /// Whether this is the token of which `kept` is kept; not when the key is not trusted any more.
  Uni<Boolean> isOf(Digests kept, Kind kind, RealmName realm, ClientId client, String token) {
    return keys.trusted(Purpose.MAC).stream()
        .filter(key -> key.kid().equals(kept.macKid()))
        .findFirst()
        .map(
            key ->
                digest(key, kind, realm, client, token)
                    .map(
                        digest ->
                            MessageDigest.isEqual(
                                digest.getBytes(StandardCharsets.US_ASCII),
                                kept.digest().getBytes(StandardCharsets.US_ASCII))))
        .orElseGet(() -> Uni.createFrom().item(false));
  }

  private Uni<String> mac(Registration.Key key, String text) {
    return keys.mac(key, text.getBytes(StandardCharsets.UTF_8))
        .map(mac -> Base64.getUrlEncoder().withoutPadding().encodeToString(mac));
  }
}
