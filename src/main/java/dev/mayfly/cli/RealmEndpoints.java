package dev.mayfly.cli;

import dev.mayfly.oauth.RealmName;
import java.util.Map;

/// The endpoints of one realm, from its metadata (RFC 8414).
/// Every endpoint lies under the issuer: the secret of a client goes nowhere else.
record RealmEndpoints(String issuer, String token, String challenge, String attest) {

  /// Errors: exit 1 when there is no such realm; exit 3 when the metadata is not believable.
  static RealmEndpoints discover(BrokerClient http, BrokerAddress address, RealmName realm) {
    Answer answer = http.get(address.metadataUri(realm), Map.of());
    if (answer.status() == 404) {
      throw CliFailure.refused("there is no realm %s at %s".formatted(realm, address.base()));
    }
    if (!answer.isOk()) {
      throw answer.failure();
    }
    return of(answer.object(), address, realm);
  }

  static RealmEndpoints of(Map<String, Object> metadata, BrokerAddress address, RealmName realm) {
    String path = "/realms/" + realm;
    // RFC 8414 §3.3: the issuer must be the one asked for.
    String issuer =
        Json.string(metadata, "issuer")
            .filter(
                claimed ->
                    address.issuerBases().stream().anyMatch(base -> claimed.equals(base + path)))
            .orElseThrow(
                () ->
                    CliFailure.unreachable(
                        "the metadata at %s is of another issuer than %s%s"
                            .formatted(address.base(), address.base(), path)));
    String reached = address.base() + path;
    return new RealmEndpoints(
        issuer,
        reached + pathUnder(issuer, metadata, "token_endpoint"),
        reached + pathUnder(issuer, metadata, "challenge_endpoint"),
        reached + "/attest");
  }

  /// The `htu` of a proof for `/attest`: the issuer's name for it, wherever it is reached.
  String attestUri() {
    return issuer + "/attest";
  }

  /// Beside the one for attestations, as both are reached here.
  String revocation() {
    return attest.substring(0, attest.lastIndexOf('/')) + "/revoke";
  }

  private static String pathUnder(String issuer, Map<String, Object> metadata, String name) {
    return Json.string(metadata, name)
        .filter(uri -> uri.startsWith(issuer + "/"))
        .map(uri -> uri.substring(issuer.length()))
        .filter(path -> path.matches("(/[A-Za-z0-9_-]+)+"))
        .orElseThrow(
            () ->
                CliFailure.unreachable(
                    "the metadata of %s names no %s under it".formatted(issuer, name)));
  }
}
