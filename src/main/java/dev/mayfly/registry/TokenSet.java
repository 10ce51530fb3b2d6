package dev.mayfly.registry;

import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.realm.KeyPolicy;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import java.util.List;
import java.util.Set;

/// The PKCS#11 tokens of this broker, as realms speak of them.
final class TokenSet {
  private TokenSet() {}

  static KeyChains.Tokens of(Hsms hsms) {
    return new KeyChains.Tokens(
        hsms.tokens().stream().map(Hsm::tokenLabel).toList(),
        (label, algorithm) ->
            hsms.find(label).filter(token -> mayOffer(token, algorithm)).isPresent());
  }

  /// A token that was never ready has said nothing yet.
  private static boolean mayOffer(Hsm token, SigningAlgorithm algorithm) {
    Set<SigningAlgorithm> offered = token.algorithms();
    return offered.isEmpty() || offered.contains(algorithm);
  }

  static boolean isReady(Hsms hsms, String label) {
    return hsms.find(label).filter(token -> token.state() instanceof HsmState.Ready).isPresent();
  }

  /// Errors: [RealmConfigException], one line with file and field, for a token that the broker
  /// does not have and an algorithm that none of the realm's tokens offers.
  static void requireServes(Hsms hsms, RealmConfig realm) {
    KeyPolicy keys = realm.keys();
    KeyChains.Tokens tokens = of(hsms);
    for (String label : keys.tokens()) {
      if (!tokens.labels().contains(label)) {
        throw refusal(
            realm,
            "tokens",
            "the broker has no PKCS#11 token %s (it has %s)"
                .formatted(label, String.join(", ", tokens.labels())));
      }
    }
    SigningAlgorithm algorithm = SigningAlgorithm.parse(keys.algorithm());
    List<String> used = KeyChains.named(keys, tokens);
    if (used.stream().noneMatch(label -> tokens.mayOffer().test(label, algorithm))) {
      throw refusal(
          realm,
          "algorithm",
          "no token of this realm offers %s (%s)".formatted(keys.algorithm(), offers(hsms, used)));
    }
  }

  private static String offers(Hsms hsms, List<String> labels) {
    return String.join(
        "; ",
        labels.stream()
            .map(label -> label + ": " + String.join(", ", names(hsms, label)))
            .toList());
  }

  private static List<String> names(Hsms hsms, String label) {
    return hsms.find(label).stream()
        .flatMap(token -> token.algorithms().stream())
        .sorted()
        .map(SigningAlgorithm::jws)
        .toList();
  }

  private static RealmConfigException refusal(RealmConfig realm, String field, String what) {
    return new RealmConfigException("%s.yaml: keys.%s: %s".formatted(realm.realm(), field, what));
  }
}
