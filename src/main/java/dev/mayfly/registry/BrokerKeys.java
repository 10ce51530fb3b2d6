package dev.mayfly.registry;

import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmKeyMissingException;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/// The keys of the broker itself, of all realms and on every token: `mac` for keyed hashes and
/// what is derived, `wrap` for what is sealed. They follow one another: the newest makes, older
/// ones know again what they made, as long as they are trusted.
///
/// A token may hold another key under the right label: one that was made anew, or restored from
/// something else. Its MACs would be wrong without a sign of it, so each token has to show once
/// that it has the registry's key before it is believed.
@Singleton
public class BrokerKeys {
  private static final Logger LOG = Logger.getLogger(BrokerKeys.class);
  private static final byte[] CHECK = "mayfly/check/v1".getBytes(StandardCharsets.US_ASCII);

  private final Realms realms;
  private final Registry registry;
  private final Hsms hsms;
  private final Clock clock;

  /// Token and kid of what has been checked in this process; an entry goes when the token fails.
  private final Set<OnToken> checked = ConcurrentHashMap.newKeySet();

  private record OnToken(String token, String kid) {}

  /// What is trusted of one reading of the registry, until the clock says something else.
  private record View(long version, Instant from, Instant until, List<Registration.Key> trusted) {
    boolean isOf(long current, Instant now) {
      return version == current && !now.isBefore(from) && now.isBefore(until);
    }
  }

  private final Map<Purpose, View> views = new ConcurrentHashMap<>();

  @Inject
  BrokerKeys(Realms realms, Registry registry, Hsms hsms, Clock clock) {
    this.realms = realms;
    this.registry = registry;
    this.hsms = hsms;
    this.clock = clock;
  }

  /// The key that makes.
  /// Errors: [HsmUnavailableException] before the first start has made one, or when every one is
  /// distrusted.
  public Uni<Registration.Key> current(Purpose purpose) {
    return trusted(purpose).stream()
        .findFirst()
        .map(key -> Uni.createFrom().item(key))
        .orElseGet(
            () ->
                Uni.createFrom()
                    .failure(
                        new HsmUnavailableException(
                            "no trusted " + purpose.text() + " key is known yet")));
  }

  /// Keys that may know something again, the current one first. An announced one is among them:
  /// another replica's clock may be a little ahead.
  public List<Registration.Key> trusted(Purpose purpose) {
    // Before the keys: what is newer than it says is only looked at once more.
    long version = realms.version();
    Instant now = clock.instant();
    View view = views.get(purpose);
    if (view == null || !view.isOf(version, now)) {
      List<Registration.Key> read = realms.brokerKeys();
      Instant until =
          read.stream()
              .map(Registration.Key::signsFrom)
              .filter(now::isBefore)
              .min(Comparator.naturalOrder())
              .orElse(Instant.MAX);
      view = new View(version, now, until, inOrder(read, purpose, now));
      views.put(purpose, view);
    }
    return view.trusted();
  }

  /// Pure. Current, older ones from the newest on, announced ones.
  static List<Registration.Key> inOrder(List<Registration.Key> keys, Purpose purpose, Instant now) {
    List<Registration.Key> newestFirst =
        keys.stream()
            .filter(key -> key.purpose() == purpose && key.realm().isEmpty())
            .filter(key -> key.distrust().isEmpty() && key.destroyedAt().isEmpty())
            .sorted(
                Comparator.comparing(Registration.Key::signsFrom)
                    .thenComparing(Registration.Key::createdAt)
                    .thenComparing(Registration.Key::kid)
                    .reversed())
            .toList();
    return Stream.concat(
            newestFirst.stream().filter(key -> !now.isBefore(key.signsFrom())),
            newestFirst.reversed().stream().filter(key -> now.isBefore(key.signsFrom())))
        .toList();
  }

  /// Trusted, with this kid.
  public Optional<Registration.Key> find(Purpose purpose, String kid) {
    return trusted(purpose).stream().filter(key -> key.kid().equals(kid)).findFirst();
  }

  /// Of a deny list: a distrusted key is good enough to recognise what is refused.
  List<Registration.Key> existing(Purpose purpose, Set<String> kids) {
    return realms.brokerKeys().stream()
        .filter(key -> key.purpose() == purpose && key.destroyedAt().isEmpty())
        .filter(key -> kids.contains(key.kid()))
        .toList();
  }

  /// HMAC-SHA256 under that key, by the first token that is ready and has it.
  /// Errors: [HsmUnavailableException], [HsmKeyMissingException].
  public Uni<byte[]> mac(Registration.Key key, byte[] data) {
    List<Hsm> tokens = hsms.tokens();
    if (tokens.size() > 1) {
      tokens =
          tokens.stream()
              .sorted(
                  Comparator.comparingInt(token -> token.state() instanceof HsmState.Ready ? 0 : 1))
              .toList();
    }
    Uni<byte[]> answer = mac(tokens.getFirst(), key, data);
    for (Hsm next : tokens.subList(1, tokens.size())) {
      answer = answer.onFailure().recoverWithUni(() -> mac(next, key, data));
    }
    return answer;
  }

  private Uni<byte[]> mac(Hsm token, Registration.Key key, byte[] data) {
    OnToken place = new OnToken(token.tokenLabel(), key.kid());
    Uni<byte[]> mac = token.mac(key.label(), data);
    return (checked.contains(place)
            ? mac
            : token
                .mac(key.label(), CHECK)
                .chain(value -> check(place, key, value))
                .chain(() -> mac))
        .onFailure()
        .invoke(() -> checked.removeIf(other -> other.token().equals(place.token())));
  }

  private Uni<Void> check(OnToken place, Registration.Key key, byte[] value) {
    String text = text(value);
    if (key.checkValue().isEmpty()) {
      // Made by a version that wrote none: the first look counts.
      return registry.keepCheckValue(key.kid(), text).onFailure().recoverWithNull();
    }
    if (!MessageDigest.isEqual(bytes(key.checkValue().get()), bytes(text))) {
      String because =
          "the key labelled %s on the token is not the key of the registry".formatted(key.label());
      LOG.error(because);
      return Uni.createFrom().failure(new HsmKeyMissingException(because));
    }
    checked.add(place);
    return Uni.createFrom().voidItem();
  }

  /// What a new key's row keeps, so that another one is told from it.
  Uni<String> checkValue(String label) {
    return hsms.mac(label, CHECK).map(BrokerKeys::text);
  }

  private static String text(byte[] mac) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(mac);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
