package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registration.Sealed;
import dev.mayfly.ledger.Secrets;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Seals and opens what must be recoverable, under the HSM's wrap key; [SealedSecret] has the
/// shape. Opened secrets and the keys of rows are wiped as soon as they were used.
@ApplicationScoped
public class SealedSecrets {
  private static final Logger LOG = Logger.getLogger(SealedSecrets.class);
  private static final int PORTION = 100;

  private final BrokerKeys keys;
  private final Secrets secrets;

  @Inject
  SealedSecrets(BrokerKeys keys, Secrets secrets) {
    this.keys = keys;
    this.secrets = secrets;
  }

  /// Under the current wrap key; `plaintext` is wiped once it is sealed.
  /// Errors: [dev.mayfly.keys.HsmUnavailableException].
  public Uni<Sealed> seal(RealmName realm, String owner, String name, byte[] plaintext) {
    return keys.current(Purpose.WRAP)
        .chain(wrap -> seal(wrap, realm, owner, name, plaintext))
        .onTermination()
        .invoke(() -> Arrays.fill(plaintext, (byte) 0));
  }

  private Uni<Sealed> seal(
      Registration.Key wrap, RealmName realm, String owner, String name, byte[] plaintext) {
    SealedSecret.Identity row = new SealedSecret.Identity(realm.value(), owner, name, wrap.kid());
    return withRowKey(wrap, row, key -> SealedSecret.seal(key, row, plaintext))
        .map(bytes -> new Sealed(realm, owner, name, wrap.kid(), encode(bytes)));
  }

  /// Empty, with an error in the log, when the row was moved, changed, or sealed under a key that
  /// is not trusted any more. The caller wipes what it is given.
  public Uni<Optional<byte[]>> open(Sealed secret) {
    Optional<Registration.Key> wrap = keys.find(Purpose.WRAP, secret.wrapKid());
    if (wrap.isEmpty()) {
      return Uni.createFrom().item(refused(secret, "its wrap key is not trusted"));
    }
    SealedSecret.Identity row =
        new SealedSecret.Identity(
            secret.realm().value(), secret.owner(), secret.name(), secret.wrapKid());
    return withRowKey(wrap.get(), row, key -> open(key, row, secret))
        .map(opened -> opened.isPresent() ? opened : refused(secret, "it was moved or changed"));
  }

  private static Optional<byte[]> open(byte[] key, SealedSecret.Identity row, Sealed secret) {
    try {
      return SealedSecret.open(key, row, Base64.getUrlDecoder().decode(secret.ciphertext()));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  private static Optional<byte[]> refused(Sealed secret, String because) {
    LOG.errorf(
        "the sealed secret %s of %s/%s cannot be opened: %s",
        secret.name(), secret.realm(), secret.owner(), because);
    return Optional.empty();
  }

  private <T> Uni<T> withRowKey(
      Registration.Key wrap, SealedSecret.Identity row, Function<byte[], T> use) {
    return keys.mac(wrap, row.keyInput())
        .map(
            key -> {
              try {
                return use.apply(key);
              } finally {
                Arrays.fill(key, (byte) 0);
              }
            });
  }

  /// Seals every row of an older wrap key anew, in portions; any replica may, and two at once do
  /// no harm. Answers how many it sealed.
  public Uni<Integer> rewrap() {
    return keys.current(Purpose.WRAP).chain(current -> rewrap(current.kid(), 0));
  }

  private Uni<Integer> rewrap(String current, int before) {
    return secrets
        .sealedByOthersThan(current, PORTION)
        .chain(this::rewrapAll)
        .chain(done -> done == 0 ? Uni.createFrom().item(before) : rewrap(current, before + done));
  }

  private Uni<Integer> rewrapAll(List<Sealed> rows) {
    return Multi.createFrom()
        .iterable(rows)
        .onItem()
        .transformToUniAndConcatenate(this::rewrapOne)
        .collect()
        .with(java.util.stream.Collectors.summingInt(Integer::intValue));
  }

  private Uni<Integer> rewrapOne(Sealed row) {
    return open(row)
        .chain(
            opened ->
                opened.isEmpty()
                    ? Uni.createFrom().item(0)
                    : seal(row.realm(), row.owner(), row.name(), opened.get())
                        .chain(anew -> secrets.reseal(row, anew)));
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
