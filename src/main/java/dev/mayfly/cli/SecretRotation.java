package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One rotation from a second secret to the end of the first: make, distribute, test, finish. It
/// can be ended at any point and run again with the same id: what was done is not done twice, and a
/// secret that was made and got lost is made again.
///
/// What it has to remember between two runs is in a file of the home: which secret it brought to
/// the destination, by its hash. The broker never tells hashes.
record SecretRotation(
    Invocation invocation,
    ActOptions options,
    ClientId client,
    String id,
    SecretDestination destination) {
  /// A replica may learn of the new secret a second after it was made.
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  int run() {
    try (AdminClient admin = AdminClient.open(invocation, options.admin)) {
      Optional<Map<String, Object>> known = admin.find(path(""));
      if (known.map(rotation -> "finished".equals(rotation.get("step"))).orElse(false)) {
        invocation.note("rotation %s of %s was finished before".formatted(id, client));
        return 0;
      }
      if (!isDistributed(known)) {
        distribute(admin);
      }
      test(admin);
      admin.post(path("/finish"), options.body());
      HomeFiles.delete(journal());
      invocation.note(
          "rotation %s of %s is finished; the secrets before it have ended".formatted(id, client));
      return 0;
    }
  }

  private String path(String act) {
    return "/admin/api/realms/%s/clients/%s/rotations/%s%s"
        .formatted(options.realm, client, Ends.segment(id), act);
  }

  private Path journal() {
    return invocation
        .home()
        .home()
        .resolve("rotations")
        .resolve(options.realm.value())
        .resolve(client.value() + ".json");
  }

  /// Whether what is at the destination is the secret that the broker has for this rotation.
  private boolean isDistributed(Optional<Map<String, Object>> known) {
    if (known.isEmpty() || !Files.exists(journal())) {
      return false;
    }
    Map<String, Object> kept = HomeFiles.readJson(journal(), "");
    return id.equals(kept.get("rotation_id"))
        && known.get().get("secret_id").equals(kept.get("secret_id"))
        && destination
            .current()
            .map(SecretRotation::hash)
            .filter(kept.get("sha256")::equals)
            .isPresent();
  }

  /// First what is to be remembered, then the secret: whoever is stopped between the two makes
  /// another.
  private void distribute(AdminClient admin) {
    destination.prepare();
    Map<String, Object> begun = admin.post(path("/begin"), options.body());
    String secret =
        Json.string(begun, "client_secret")
            .orElseThrow(() -> CliFailure.refused("the rotation is finished"));
    HomeFiles.writePrivately(
        journal(),
        Json.compact(
                Map.of(
                    "rotation_id", id, "secret_id", begun.get("secret_id"), "sha256", hash(secret)))
            + "\n");
    destination.put(secret);
    invocation.note(
        "%s has a second secret; the first works until %s"
            .formatted(
                client, new Times(invocation.clock()).reading(begun.get("previous_valid_until"))));
  }

  private static String hash(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// With what is at the destination, as the tool will: a token where this machine can prove all
  /// that the client has to, else a revocation of nothing, which needs the secret alone.
  /// Errors: exit 1 when the broker does not take it. The first secret is still good then.
  private void test(AdminClient admin) {
    String secret =
        destination
            .current()
            .orElseThrow(() -> CliFailure.unreachable("nothing is at the destination"));
    HomeFiles home = invocation.home();
    BrokerAddress address = BrokerAddress.find(invocation, Optional.empty());
    Map<String, Object> registered =
        admin.getObject("/admin/api/realms/%s/clients/%s".formatted(options.realm, client));
    boolean attested = "required".equals(registered.get("attestation"));
    CredentialsFile stored = home.credentials(options.realm, client);
    try (BrokerClient http = BrokerClient.trusting(home.certificateAuthority())) {
      RealmEndpoints realm = RealmEndpoints.discover(http, address, options.realm);
      TokenExchange exchange =
          new TokenExchange(http, realm, new Proofs(invocation.clock()), false);
      Credentials credentials =
          (attested && stored.exists() ? stored.read() : Credentials.ofSecret(client, secret))
              .withClientSecret(secret);
      boolean provable =
          !attested
              || (credentials.instanceKey().isPresent()
                  && !credentials.attestationNeedsRenewal(invocation.clock().instant()));
      Optional<Object> scope =
          registered.get("scopes") instanceof List<?> all && provable
              ? all.stream().findFirst().map(one -> one)
              : Optional.empty();
      Answer answer = ask(exchange, credentials, scope);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (answer.isError("invalid_client") && System.nanoTime() < end) {
        answer = ask(exchange, credentials, scope);
      }
      if (!answer.isOk()) {
        throw CliFailure.refused(
            "the new secret did not pass its test, and the first is still good: "
                + answer.failure().getMessage());
      }
    }
  }

  private static Answer ask(
      TokenExchange exchange, Credentials credentials, Optional<Object> scope) {
    return scope.isPresent()
        ? exchange.request(
            credentials,
            Map.of("grant_type", "client_credentials", "scope", scope.get().toString()))
        : exchange.revokeNothing(credentials);
  }
}
