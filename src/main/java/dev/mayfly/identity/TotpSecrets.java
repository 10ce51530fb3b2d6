package dev.mayfly.identity;

import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminCredentials;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registration.Sealed;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.BrokerKeys;
import dev.mayfly.registry.SealedSecrets;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// The secrets of authenticator apps at rest: sealed under the HSM's wrap key, opened for one
/// look.
@ApplicationScoped
class TotpSecrets {
  private static final int LENGTH = 20;
  private static final RealmName NO_REALM = new RealmName(AdminCredentials.SEALED_FOR);

  private final AdminCredentials credentials;
  private final SealedSecrets sealed;
  private final BrokerKeys keys;

  @Inject
  TotpSecrets(AdminCredentials credentials, SealedSecrets sealed, BrokerKeys keys) {
    this.credentials = credentials;
    this.sealed = sealed;
    this.keys = keys;
  }

  /// The secret that goes with a challenge: a function of it and the HSM's key, so that nothing
  /// is kept of a secret whose code never comes.
  Uni<byte[]> offered(String challenge) {
    byte[] input = ("mayfly/totp/v1\n" + challenge).getBytes(StandardCharsets.US_ASCII);
    return keys.current(Purpose.MAC)
        .chain(key -> keys.mac(key, input))
        .map(mac -> Arrays.copyOf(mac, LENGTH));
  }

  Uni<Sealed> seal(UUID admin, byte[] secret) {
    return sealed.seal(NO_REALM, admin.toString(), AdminCredentials.TOTP, secret);
  }

  /// The time step of the code, if it is one of this account's that count now.
  Uni<Optional<Long>> step(Account account, String code, Instant now) {
    if (account.totpSince().isEmpty()) {
      return Uni.createFrom().item(Optional.empty());
    }
    return credentials
        .totp(account.id())
        .chain(
            row -> row.map(sealed::open).orElseGet(() -> Uni.createFrom().item(Optional.empty())))
        .map(opened -> opened.flatMap(secret -> step(secret, code, now)));
  }

  private static Optional<Long> step(byte[] secret, String code, Instant now) {
    try {
      OptionalLong step = Totp.step(secret, code, now);
      return step.isPresent() ? Optional.of(step.getAsLong()) : Optional.empty();
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
