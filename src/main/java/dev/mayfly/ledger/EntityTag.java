package dev.mayfly.ledger;

import dev.mayfly.oauth.RealmName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;

/// A version of what admins change, a strong one (RFC 9110 §8.8.3). `text` with its quotes. It
/// follows from what an act would change, and from nothing that changes by itself: an admin who
/// signs in is no other version of the account.
public record EntityTag(String text) {
  private static final int LENGTH = 22;

  /// `revision`: of a registered client's document; 0 for a client of a realm file.
  public static EntityTag of(Registration.Standing standing, Instant at, long revision) {
    // What the database keeps of an instant.
    return of(
        List.of(
            "client",
            standing.name(),
            at.truncatedTo(ChronoUnit.MICROS).toString(),
            Long.toString(revision)));
  }

  public static EntityTag of(Registration.State state) {
    return of(
        state.standing(),
        state.at(),
        state.document().map(Registration.Document::revision).orElse(0L));
  }

  public static EntityTag of(Account account) {
    List<String> parts = new ArrayList<>();
    parts.add("admin");
    parts.add(account.state().word());
    parts.add(account.roles());
    parts.add(account.totpSince().map(Instant::toString).orElse(""));
    account.passkeys().forEach(passkey -> parts.add(passkey.credentialId()));
    account
        .machine()
        .ifPresent(
            machine -> {
              parts.add("machine");
              parts.add(machine.jwks().orElse(""));
              parts.add(machine.certificate().orElse(""));
            });
    return of(parts);
  }

  /// `documents`: canonical JSON by realm, empty for one that is not applied.
  public static EntityTag of(SortedMap<RealmName, String> documents) {
    List<String> parts = new ArrayList<>();
    parts.add("realms");
    documents.forEach(
        (realm, document) -> {
          parts.add(realm.value());
          parts.add(document);
        });
    return of(parts);
  }

  /// Keys, whatever their order.
  public static EntityTag ofKeys(Collection<Registration.Key> keys) {
    List<String> parts = new ArrayList<>();
    parts.add("keys");
    keys.stream()
        .sorted(Comparator.comparing(Registration.Key::kid))
        .forEach(
            key -> {
              parts.add(key.kid());
              parts.add(key.signsFrom().truncatedTo(ChronoUnit.MICROS).toString());
              parts.add(Boolean.toString(key.distrust().isPresent()));
              parts.add(Boolean.toString(key.destroyedAt().isPresent()));
            });
    return of(parts);
  }

  /// How often everything of before was ended.
  public static EntityTag ofEpoch(long epoch) {
    return of(List.of("epoch", Long.toString(epoch)));
  }

  static EntityTag of(List<String> parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
      }
      String all = Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
      return new EntityTag('"' + all.substring(0, LENGTH) + '"');
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
