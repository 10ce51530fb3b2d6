package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// What one act of revocation ends, within one realm: the clients that lose their registration and
/// the grants that end. An act and its preview ask by the same conditions.
public sealed interface Revocable {
  /// A client, with all its grants.
  record Client(ClientId client) implements Revocable {}

  /// Every client with this label that is not revoked yet.
  /// Errors: `IllegalArgumentException` when the label is empty: that would be all the others.
  record Vendor(String label) implements Revocable {
    public Vendor {
      if (label.isBlank()) {
        throw new IllegalArgumentException("a vendor label is not empty");
      }
    }
  }

  record OneGrant(GrantId grant) implements Revocable {}

  record Instance(ClientId client, JwkThumbprint jkt) implements Revocable {}

  /// A secret, and the grants that were opened since it was made: which of them it opened is not
  /// known, so that all of them end that it may have.
  record Secret(ClientId client, UUID secret) implements Revocable {}

  /// Grants that were opened or refreshed at `moment` or later: of one client, or of all.
  record Since(Instant moment, Optional<ClientId> client) implements Revocable {}

  /// SQL over `clients`: who loses the registration.
  default String clients() {
    return switch (this) {
      case Client _ -> "client_key = :client and state <> 'revoked'";
      case Vendor _ -> "realm = :realm and vendor = :vendor and state <> 'revoked'";
      case OneGrant _, Instance _, Secret _, Since _ -> "false";
    };
  }

  /// SQL over `grants`: which of the live ones end.
  default String grants() {
    return switch (this) {
      case Client _ -> "client_key = :client";
      case Vendor _ ->
          // An array, so that it is looked up by the index: what is planned for few clients must
          // also do for ten thousand.
          "client_key = any(array(select client_key from clients where realm = :realm and vendor ="
              + " :vendor))";
      case OneGrant _ -> "realm = :realm and grant_id = :grant";
      case Instance _ -> "instance_jkt = :jkt";
      case Secret _ ->
          // A minute of slack: grants have whole seconds, and clocks of replicas differ.
          "client_key = :client and created_at >= (select created_at - interval '1 minute' from"
              + " client_secrets where secret_id = :secret and client_key = :client)";
      case Since since ->
          (since.client().isPresent() ? "client_key = :client" : "realm = :realm")
              + " and rotated_at >= :moment";
    };
  }

  /// The named values of [#grants].
  default Map<String, Object> values(RealmName realm) {
    return switch (this) {
      case Client(ClientId client) -> Map.of("client", ClientRow.key(realm, client));
      case Vendor(String label) -> Map.of("realm", realm.value(), "vendor", label);
      case OneGrant(GrantId grant) -> Map.of("realm", realm.value(), "grant", grant.value());
      case Instance(_, JwkThumbprint jkt) -> Map.of("jkt", jkt.value());
      case Secret(ClientId client, UUID secret) ->
          Map.of("client", ClientRow.key(realm, client), "secret", secret);
      case Since(Instant moment, Optional<ClientId> client) ->
          client.isPresent()
              ? Map.of("client", ClientRow.key(realm, client.get()), "moment", moment)
              : Map.of("realm", realm.value(), "moment", moment);
    };
  }

  /// The named values of [#clients].
  default Map<String, Object> clientValues(RealmName realm) {
    return switch (this) {
      case Client _, Vendor _ -> values(realm);
      case OneGrant _, Instance _, Secret _, Since _ -> Map.of();
    };
  }
}
