package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.SigningJwk;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmKeyMissingException;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.Registration;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All keys of a realm for one purpose: one signs at any moment, those that are trusted verify.
/// Which is which follows from the clock, so that a ring need not be made anew for a change-over.
public final class KeyRing {
  private final List<KeyChain> chains;
  private final Clock clock;
  private final Map<String, JWK> jwks = new HashMap<>();
  private final Map<String, SigningKey> signers = new HashMap<>();
  private volatile View view = new View(Instant.MAX, Instant.MIN, List.of(), Set.of(), List.of());

  /// What follows from the clock, until it says something else: a ring is asked several times for
  /// each request.
  private record View(
      Instant from,
      Instant until,
      List<Registration.Key> trusted,
      Set<String> kids,
      List<Registration.Key> signing) {
    boolean isOf(Instant now) {
      return !now.isBefore(from) && now.isBefore(until);
    }
  }

  /// `chains` of one realm and purpose, the preferred token first.
  KeyRing(List<KeyChain> chains, Hsms tokens, Clock clock) {
    this.chains = List.copyOf(chains);
    this.clock = clock;
    for (KeyChain chain : chains) {
      Optional<Hsm> token = tokens.find(chain.token());
      for (Registration.Key key : chain.timeline().keys()) {
        if (key.distrust().isEmpty() && key.destroyedAt().isEmpty()) {
          add(key, token);
        }
      }
    }
  }

  private void add(Registration.Key key, Optional<Hsm> token) {
    JWK jwk = SigningJwk.published(key.jwk().orElseThrow(), key.kid(), key.algorithm());
    jwks.put(key.kid(), jwk);
    token.ifPresent(
        hsm ->
            signers.put(
                key.kid(),
                SigningKey.of(
                    key.kid(), key.label(), SigningAlgorithm.parse(key.algorithm()), jwk, hsm)));
  }

  /// Whether there was ever a key: without one the realm is not in force yet.
  boolean isEmpty() {
    return chains.stream().allMatch(chain -> chain.timeline().keys().isEmpty());
  }

  /// A compact JWS, RFC 7515 §7.1, by the key that signs now on the first token that can.
  /// `type` is the JOSE `typ`; `claims` a JSON object.
  /// Errors: [HsmUnavailableException], [HsmKeyMissingException] of the token that was tried
  /// first.
  public Uni<String> sign(String type, String claims) {
    List<SigningKey> candidates = candidates();
    if (candidates.isEmpty()) {
      return Uni.createFrom().failure(new HsmUnavailableException("no key signs at this moment"));
    }
    Uni<String> signed = candidates.getFirst().sign(type, claims);
    for (SigningKey next : candidates.subList(1, candidates.size())) {
      signed =
          signed.onFailure(KeyRing::isOfTheToken).recoverWithUni(() -> next.sign(type, claims));
    }
    return signed;
  }

  private static boolean isOfTheToken(Throwable failure) {
    return failure instanceof HsmUnavailableException || failure instanceof HsmKeyMissingException;
  }

  /// Tokens that are ready come first, else in the realm's order.
  private List<SigningKey> candidates() {
    List<SigningKey> candidates = new ArrayList<>(1);
    for (Registration.Key key : view().signing()) {
      SigningKey signer = signers.get(key.kid());
      if (signer != null) {
        candidates.add(signer);
      }
    }
    if (candidates.size() > 1) {
      candidates.sort(
          Comparator.comparingInt(key -> key.token().state() instanceof HsmState.Ready ? 0 : 1));
    }
    return candidates;
  }

  private View view() {
    Instant now = clock.instant();
    View current = view;
    if (!current.isOf(now)) {
      List<Registration.Key> trusted = trusted(now).toList();
      current =
          new View(
              now,
              change(now),
              trusted,
              trusted.stream().map(Registration.Key::kid).collect(Collectors.toUnmodifiableSet()),
              signing(now).toList());
      view = current;
    }
    return current;
  }

  /// When the next key begins to sign, or an older one ends to verify.
  private Instant change(Instant now) {
    return chains.stream()
        .flatMap(
            chain ->
                chain.timeline().keys().stream()
                    .flatMap(
                        key ->
                            Stream.concat(
                                Stream.of(key.signsFrom()),
                                chain.timeline().verifiesUntil(key, chain.plan()).stream())))
        .filter(now::isBefore)
        .min(Comparator.naturalOrder())
        .orElse(Instant.MAX);
  }

  /// The keys that may sign now, one for each token. A token that the realm has left signs until
  /// another does. Where none signs, an announced one does already: it was to sign at once, and
  /// the clock that said so is a little ahead of ours.
  private Stream<Registration.Key> signing(Instant now) {
    for (boolean open : new boolean[] {true, false}) {
      List<Registration.Key> keys = new ArrayList<>();
      chains.stream()
          .filter(chain -> chain.present() && chain.plan().open() == open)
          .forEach(chain -> chain.timeline().signing(now).ifPresent(keys::add));
      if (!keys.isEmpty()) {
        return keys.stream();
      }
    }
    return chains.stream()
        .filter(KeyChain::present)
        .map(chain -> chain.timeline().announced(now))
        .flatMap(Optional::stream)
        .sorted(Comparator.comparing(Registration.Key::signsFrom));
  }

  /// Whether a key of ours that is trusted now made the signature: found by its `kid`, with
  /// exactly its own algorithm.
  public boolean verifies(CompactJwt jwt) {
    return jwt.keyId()
        .filter(this::trusts)
        .filter(kid -> jwt.isSignedByOwn(jwks.get(kid)))
        .isPresent();
  }

  /// Whether the header names a key of ours that is trusted now, with exactly its own algorithm:
  /// [#verifies] without the signature, for a token whose signature was verified before.
  public boolean isNamedBy(CompactJwt jwt) {
    return jwt.keyId().filter(this::trusts).filter(kid -> jwt.namesOwn(jwks.get(kid))).isPresent();
  }

  /// Whether the key of this name is trusted now: for a token whose signature was verified before.
  public boolean trusts(String kid) {
    return view().kids().contains(kid);
  }

  /// RFC 7517 §5: what verifiers must know now, public members only.
  public List<JWK> published() {
    return view().trusted().stream().map(key -> jwks.get(key.kid())).toList();
  }

  private Stream<Registration.Key> trusted(Instant now) {
    return chains.stream()
        .flatMap(
            chain ->
                chain.timeline().keys().stream()
                    .filter(key -> chain.timeline().state(key, chain.plan(), now).isTrusted()));
  }

  /// What is signed with now.
  public List<String> algorithms() {
    return view().signing().stream().map(Registration.Key::algorithm).distinct().toList();
  }

  public List<KeyChain> chains() {
    return chains;
  }
}
