package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Registration.Fingerprinted;
import dev.mayfly.ledger.Registration.KeyChange;
import dev.mayfly.ledger.Registration.KeyObjection;
import dev.mayfly.ledger.Registration.NewKey;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.RealmConfig;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The public keys of a realm's file: whose they are, where they stand, and what changes when
/// another file takes its place. Pure.
final class RealmKeys {
  private RealmKeys() {}

  sealed interface Configured {
    record Jwk(JWK key) implements Configured {}

    record Anchor(X509Certificate certificate) implements Configured {}
  }

  /// `owner` is what a key belongs to: a client, or all that the realm believes together, so that
  /// one of these may take another's name.
  record Use(Configured key, String thumbprint, Fingerprinted kind, String owner, String field) {
    private Held held() {
      return new Held(thumbprint, owner);
    }
  }

  private record Held(String thumbprint, String owner) {}

  static List<Use> of(RealmConfig config) {
    List<Use> all = new ArrayList<>();
    config
        .attesters()
        .values()
        .forEach(
            attester -> {
              String field = "attesters." + attester.name();
              String owner = config.realm() + "/attesters";
              switch (attester) {
                case Attester.Builtin _ -> {}
                case Attester.Jwks jwks ->
                    add(
                        all,
                        jwks.keys().keys(),
                        Fingerprinted.ATTESTER_KEY,
                        owner,
                        field + ".jwks");
                case Attester.X5c x5c -> anchors(all, x5c.anchors(), owner, field);
                case Attester.Spiffe _ -> {}
              }
            });
    anchors(all, config.trust().anchors(), config.realm() + "/attesters", "client_certificates");
    config
        .trust()
        .trustDomains()
        .forEach(
            (name, domain) -> {
              String field = "trust_domains." + name;
              String owner = config.realm() + "/attesters";
              add(all, domain.jwtKeys(), Fingerprinted.ATTESTER_KEY, owner, field + ".jwks");
              add(all, domain.witKeys(), Fingerprinted.ATTESTER_KEY, owner, field + ".wit");
              anchors(all, domain.authorities(), owner, field);
            });
    config
        .clients()
        .forEach(
            (id, client) -> {
              add(all, config, "clients", id, client.credentials());
              client
                  .requestSigning()
                  .ifPresent(
                      signing ->
                          add(
                              all,
                              signing.keys(),
                              Fingerprinted.CLIENT_KEY,
                              config.realm() + "/" + id,
                              "clients." + id + ".request_signing"));
            });
    config
        .resourceServers()
        .forEach((id, server) -> add(all, config, "resource_servers", id, server.credentials()));
    return all;
  }

  private static void anchors(
      List<Use> all, List<X509Certificate> anchors, String owner, String field) {
    int index = 0;
    for (X509Certificate anchor : anchors) {
      all.add(
          new Use(
              new Configured.Anchor(anchor),
              PublicKeys.thumbprint(anchor.getPublicKey()),
              Fingerprinted.ATTESTER_KEY,
              owner,
              field + ".anchors[" + index++ + "]"));
    }
  }

  private static void add(
      List<Use> all, RealmConfig config, String list, ClientId id, Credentials credentials) {
    credentials
        .jwks()
        .ifPresent(
            jwks ->
                add(
                    all,
                    jwks.keys(),
                    Fingerprinted.CLIENT_KEY,
                    config.realm() + "/" + id,
                    list + "." + id + ".jwks"));
  }

  private static void add(
      List<Use> all, List<JWK> keys, Fingerprinted kind, String owner, String field) {
    int index = 0;
    for (JWK key : keys) {
      all.add(
          new Use(
              new Configured.Jwk(key),
              PublicKeys.canonicalThumbprint(key),
              kind,
              owner,
              field + ".keys[" + index++ + "]"));
    }
  }

  /// From the document in force (the empty text: none) to `wanted`. A key that its owner loses is
  /// retired, even where somebody else in the file gets it.
  static KeyChange change(String applied, RealmConfig wanted, Instant at) {
    List<Use> before = applied.isEmpty() ? List.of() : of(RealmConfig.fromJson(applied));
    List<Use> after = of(wanted);
    Set<Held> held = new HashSet<>(before.stream().map(Use::held).toList());
    Set<Held> kept = new HashSet<>(after.stream().map(Use::held).toList());
    return new KeyChange(
        after.stream()
            .filter(use -> !held.contains(use.held()))
            .map(use -> new NewKey(use.thumbprint(), use.field()))
            .toList(),
        before.stream()
            .filter(use -> !kept.contains(use.held()))
            .map(use -> retired(use, at, "removed from the realm file"))
            .toList());
  }

  /// The keys of one client, when it is revoked.
  static List<RetiredKey> ofClient(String applied, ClientId client, Instant at, String reason) {
    return ofClients(applied, Set.of(client), at, reason);
  }

  static List<RetiredKey> ofClients(
      String applied, Set<ClientId> clients, Instant at, String reason) {
    if (applied.isEmpty()) {
      return List.of();
    }
    RealmConfig config = RealmConfig.fromJson(applied);
    Set<String> owners =
        clients.stream().map(client -> config.realm() + "/" + client).collect(Collectors.toSet());
    return of(config).stream()
        .filter(use -> use.kind() == Fingerprinted.CLIENT_KEY && owners.contains(use.owner()))
        .map(use -> retired(use, at, reason))
        .toList();
  }

  /// Keys that are not in any document.
  static List<RetiredKey> fetched(
      List<JWK> keys, RealmName realm, ClientId client, Instant at, String reason) {
    return keys.stream()
        .map(
            key ->
                new RetiredKey(
                    PublicKeys.canonicalThumbprint(key),
                    Fingerprinted.CLIENT_KEY,
                    realm + "/" + client,
                    at,
                    reason))
        .toList();
  }

  private static RetiredKey retired(Use use, Instant at, String reason) {
    return new RetiredKey(use.thumbprint(), use.kind(), use.owner(), at, reason);
  }

  /// How an objection to a file reads.
  static String line(String file, KeyObjection objection) {
    return "%s: %s: the key %s was retired with %s on %s (%s) and is not taken again"
        .formatted(
            file,
            objection.key().field(),
            objection.key().thumbprint(),
            objection.owner(),
            objection.at(),
            objection.reason());
  }
}
