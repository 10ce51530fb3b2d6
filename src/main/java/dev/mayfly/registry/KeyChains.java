package dev.mayfly.registry;

import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.KeyPolicy;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.ScopeConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

/// All chains that these keys and realms make. Pure.
public record KeyChains(List<KeyChain> all) {
  public static final List<Purpose> SIGNING =
      List.of(Purpose.ACCESS_TOKEN, Purpose.CLIENT_ATTESTATION);

  /// The broker's own keys are kept by others; here they are only shown.
  private static final KeyPlan NO_PLAN =
      new KeyPlan("HS256", Duration.ZERO, Duration.ZERO, Duration.ofDays(36_500), false);

  /// Checkpoints are to be verified for as long as there are rows; [AuditKeys] makes the keys.
  private static final KeyPlan AUDIT_PLAN =
      new KeyPlan(
          AuditKeys.ALGORITHM.jws(), Duration.ZERO, Duration.ZERO, Duration.ofDays(36_500), false);

  public KeyChains {
    all = List.copyOf(all);
  }

  /// A step that is due, and for what.
  public record Due(KeyChain chain, KeyStep step) {}

  /// The PKCS#11 tokens of this broker in its order, and whether one is known not to offer an
  /// algorithm.
  public record Tokens(List<String> labels, BiPredicate<String, SigningAlgorithm> mayOffer) {
    public Tokens {
      labels = List.copyOf(labels);
    }
  }

  public static KeyChains of(
      List<Registration.Key> keys, Collection<RealmConfig> realms, Tokens tokens) {
    List<KeyChain> chains = new ArrayList<>();
    for (RealmConfig realm : realms) {
      for (Purpose purpose : SIGNING) {
        chains.addAll(chains(keys, realm, purpose, tokens));
      }
    }
    for (Purpose purpose : List.of(Purpose.MAC, Purpose.WRAP)) {
      List<Registration.Key> own = keys.stream().filter(key -> key.purpose() == purpose).toList();
      if (!own.isEmpty()) {
        chains.add(
            new KeyChain(
                Optional.empty(),
                purpose,
                Registration.Key.EVERY_TOKEN,
                true,
                NO_PLAN,
                new KeyTimeline(own)));
      }
    }
    chains.addAll(auditChains(keys, tokens));
    return new KeyChains(chains);
  }

  /// One on each token, so that one can stand in for another.
  private static List<KeyChain> auditChains(List<Registration.Key> keys, Tokens tokens) {
    List<Registration.Key> held =
        keys.stream().filter(key -> key.purpose() == Purpose.AUDIT).toList();
    SequencedSet<String> labels = new LinkedHashSet<>(tokens.labels());
    held.forEach(key -> labels.add(key.token()));
    return labels.stream()
        .map(
            label ->
                new KeyChain(
                    Optional.empty(),
                    Purpose.AUDIT,
                    label,
                    tokens.labels().contains(label),
                    AUDIT_PLAN,
                    new KeyTimeline(
                        held.stream().filter(key -> key.token().equals(label)).toList())))
        .toList();
  }

  private static List<KeyChain> chains(
      List<Registration.Key> keys, RealmConfig realm, Purpose purpose, Tokens tokens) {
    List<Registration.Key> held =
        keys.stream()
            .filter(
                key -> key.purpose() == purpose && key.realm().equals(Optional.of(realm.realm())))
            .toList();
    SequencedSet<String> labels = new LinkedHashSet<>(named(realm.keys(), tokens));
    held.forEach(key -> labels.add(key.token()));
    return labels.stream()
        .map(
            label ->
                new KeyChain(
                    Optional.of(realm.realm()),
                    purpose,
                    label,
                    tokens.labels().contains(label),
                    plan(realm.keys(), purpose, label, tokens),
                    new KeyTimeline(
                        held.stream().filter(key -> key.token().equals(label)).toList())))
        .sorted((one, other) -> Boolean.compare(other.plan().open(), one.plan().open()))
        .toList();
  }

  /// The tokens that a realm uses, the preferred first.
  static List<String> named(KeyPolicy policy, Tokens tokens) {
    return policy.tokens().isEmpty()
        ? tokens.labels()
        : policy.tokens().stream().filter(tokens.labels()::contains).toList();
  }

  private static KeyPlan plan(KeyPolicy policy, Purpose purpose, String label, Tokens tokens) {
    return new KeyPlan(
        policy.algorithm(),
        policy.announce(),
        policy.sign(),
        verify(purpose),
        named(policy, tokens).contains(label)
            && tokens.mayOffer().test(label, SigningAlgorithm.parse(policy.algorithm())));
  }

  /// Not the realm's own lifetimes: they may have been longer when the key signed.
  private static Duration verify(Purpose purpose) {
    return switch (purpose) {
      case ACCESS_TOKEN -> ScopeConfig.LONGEST_LIFETIME.plus(KeyPlan.SKEW);
      case CLIENT_ATTESTATION -> Attester.LONGEST_LIFETIME.plus(KeyPlan.SKEW);
      case MAC, WRAP, AUDIT -> NO_PLAN.verify();
    };
  }

  public Stream<KeyChain> of(RealmName realm, Purpose purpose) {
    return all.stream()
        .filter(chain -> chain.purpose() == purpose && chain.realm().equals(Optional.of(realm)));
  }

  /// Of all keys of a realm; of the broker itself, where that is empty.
  public EntityTag tag(Optional<RealmName> realm) {
    return EntityTag.ofKeys(
        all.stream()
            .filter(chain -> chain.realm().equals(realm))
            .flatMap(chain -> chain.timeline().keys().stream())
            .toList());
  }

  /// Of the broker itself.
  public Stream<KeyChain> own(Purpose purpose) {
    return all.stream().filter(chain -> chain.purpose() == purpose && chain.realm().isEmpty());
  }

  public Optional<KeyChain> holding(String kid) {
    return all.stream()
        .filter(chain -> chain.timeline().keys().stream().anyMatch(key -> key.kid().equals(kid)))
        .findFirst();
  }

  /// What is due for one purpose of a realm, on every token. Where nothing signs at all, every
  /// token gets a key that signs at once: they become known together.
  public List<Due> due(RealmName realm, Purpose purpose, Instant now) {
    List<KeyChain> chains = of(realm, purpose).toList();
    List<Due> due = new ArrayList<>();
    for (KeyChain chain : chains) {
      boolean elsewhere =
          chains.stream()
              .anyMatch(
                  other ->
                      !other.token().equals(chain.token())
                          && other.present()
                          && other.timeline().signing(now).isPresent());
      KeyStep step = chain.timeline().next(chain.plan(), elsewhere, now);
      if (!(step instanceof KeyStep.Nothing)) {
        due.add(new Due(chain, step));
      }
    }
    return due;
  }
}
