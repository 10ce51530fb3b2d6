package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.Checkpoint;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.jose.SigningJwk;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.KeyRegister;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// The keys that sign checkpoints of the audit trail, one on each token. One follows another by an
/// admin's act only: what is signed is no credential, and the chain vouches for what older ones
/// signed.
@ApplicationScoped
public class AuditKeys {
  private static final Logger LOG = Logger.getLogger(AuditKeys.class);

  /// Every token offers it, and whoever verifies needs no other.
  static final SigningAlgorithm ALGORITHM = SigningAlgorithm.ES256;

  private final Realms realms;
  private final KeyRegister register;
  private final Hsms hsms;
  private final Clock clock;

  @Inject
  AuditKeys(Realms realms, KeyRegister register, Hsms hsms, Clock clock) {
    this.realms = realms;
    this.register = register;
    this.hsms = hsms;
    this.clock = clock;
  }

  /// The compact JWS of a checkpoint.
  /// Errors: those of the token; [HsmUnavailableException] while there is no key.
  Uni<String> sign(Checkpoint checkpoint) {
    return realms.auditKeys().sign(Checkpoint.TYPE, checkpoint.payload());
  }

  /// A public key, and whether it is compromised.
  public record Published(JWK jwk, boolean distrusted) {}

  /// All that ever signed: what they signed is to be verified for ever.
  public List<Published> published() {
    return realms
        .keyChains()
        .own(Purpose.AUDIT)
        .flatMap(chain -> chain.timeline().keys().stream())
        .map(
            key ->
                new Published(
                    SigningJwk.published(key.jwk().orElseThrow(), key.kid(), key.algorithm()),
                    key.distrust().isPresent()))
        .toList();
  }

  /// A key on each token that is ready and where none signs.
  Uni<Void> ensure() {
    Instant now = clock.instant();
    boolean complete =
        hsms.tokens().stream()
            .noneMatch(token -> serves(token) && lacks(realms.keyChains(), token, now));
    return complete
        ? Uni.createFrom().voidItem()
        : register
            .tryLocked(KeyKeeper.DEADLINE, this::makeMissing)
            .chain(made -> made.isPresent() ? realms.reload() : Uni.createFrom().<Void>nullItem());
  }

  private static boolean serves(Hsm token) {
    return token.state() instanceof HsmState.Ready && token.algorithms().contains(ALGORITHM);
  }

  private static boolean lacks(KeyChains chains, Hsm token, Instant now) {
    return chains
        .own(Purpose.AUDIT)
        .filter(chain -> chain.token().equals(token.tokenLabel()))
        .allMatch(
            chain ->
                chain.timeline().signing(now).isEmpty()
                    && chain.timeline().announced(now).isEmpty());
  }

  private Uni<List<Registration.Key>> makeMissing(KeyRegister.Rows rows) {
    Context context = Vertx.currentContext();
    return rows.keys()
        .chain(
            keys -> {
              Instant now = now();
              KeyChains chains = KeyChains.of(keys, List.of(), TokenSet.of(hsms));
              return make(
                  context,
                  rows,
                  hsms.tokens().stream()
                      .filter(token -> serves(token) && lacks(chains, token, now))
                      .toList(),
                  now);
            });
  }

  /// A new key on each token that is ready. The older ones sign no more.
  /// Errors: [HsmUnavailableException] when none is.
  public Uni<List<Registration.Key>> rotate(KeyActs.Act act) {
    List<Hsm> ready = hsms.tokens().stream().filter(AuditKeys::serves).toList();
    if (ready.isEmpty()) {
      return Uni.createFrom().failure(new HsmUnavailableException("no token is ready"));
    }
    return register
        .locked(
            KeyKeeper.DEADLINE,
            rows -> {
              Context context = Vertx.currentContext();
              Instant from = now().plus(KeyTimeline.NOTICE);
              return rows.requireOwn(act.seen())
                  .chain(() -> make(context, rows, ready, from))
                  .call(made -> say(rows, made, act.by(), act.reason()));
            })
        .call(realms::reload);
  }

  /// The row of a key that is made does not say by whom.
  private Uni<Void> say(
      KeyRegister.Rows rows, List<Registration.Key> made, String by, String reason) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (Registration.Key key : made) {
      all =
          all.chain(
              () ->
                  rows.signFrom(
                      key.kid(),
                      key.signsFrom(),
                      new AuditEvent.SigningKeyBroughtForward(
                          context(),
                          key.kid(),
                          Purpose.AUDIT.text(),
                          by,
                          reason,
                          key.signsFrom())));
    }
    return all;
  }

  private Uni<List<Registration.Key>> make(
      Context context, KeyRegister.Rows rows, List<Hsm> tokens, Instant signsFrom) {
    Uni<List<Registration.Key>> all = Uni.createFrom().item(new ArrayList<>());
    for (Hsm token : tokens) {
      all =
          all.chain(
              made -> make(context, rows, token, signsFrom).invoke(made::add).replaceWith(made));
    }
    return all;
  }

  private Uni<Registration.Key> make(
      Context context, KeyRegister.Rows rows, Hsm token, Instant signsFrom) {
    String label = "mayfly/all/audit/" + UUID.randomUUID().toString().substring(0, 8);
    return KeyKeeper.back(context, token.generateSigningKey(label, ALGORITHM))
        .map(SigningJwk::of)
        .map(jwk -> key(token, label, jwk, signsFrom))
        .call(
            key ->
                rows.add(
                    key,
                    new AuditEvent.SigningKeyCreated(
                        context(),
                        key.kid(),
                        key.purpose().text(),
                        key.token(),
                        key.algorithm(),
                        key.signsFrom())))
        .invoke(
            key ->
                LOG.infof(
                    "a new key for checkpoints of the audit trail on token %s: kid %s",
                    key.token(), key.kid()));
  }

  private Registration.Key key(Hsm token, String label, JWK jwk, Instant signsFrom) {
    return new Registration.Key(
        PublicKeys.thumbprint(jwk).value(),
        Optional.empty(),
        Purpose.AUDIT,
        token.tokenLabel(),
        ALGORITHM.jws(),
        label,
        Optional.of(jwk.toJSONString()),
        Optional.empty(),
        now(),
        signsFrom,
        Optional.empty(),
        Optional.empty());
  }

  private AuditContext context() {
    return new AuditContext(
        clock.instant(),
        RealmApplier.EVERY_REALM,
        Optional.empty(),
        UUID.randomUUID().toString(),
        "local");
  }

  /// As PostgreSQL keeps it: what is read back is what was decided.
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
