package dev.mayfly.events;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a receiver can ask to hear of.
enum EventType {
  SESSION_REVOKED("caep"),
  CREDENTIAL_CHANGE("caep"),
  VERIFICATION("ssf"),
  STREAM_UPDATED("ssf"),

  /// Ours: no standard has one. For whoever the realm's file names to be pushed to, since it tells
  /// of every client of the realm.
  SECRET_EXPIRING();

  private final String uri;

  EventType(String family) {
    this.uri = "https://schemas.openid.net/secevent/" + family + "/event-type/" + word();
  }

  EventType() {
    this.uri = "tag:mayfly.dev,2026:" + word();
  }

  /// The last word of its address, by which the database knows it.
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String uri() {
    return uri;
  }

  /// Those that are sent by request; the others come with every stream.
  static final List<EventType> ON_REQUEST =
      List.of(SESSION_REVOKED, CREDENTIAL_CHANGE, SECRET_EXPIRING);

  static Optional<EventType> ofWord(String word) {
    return Arrays.stream(values()).filter(type -> type.word().equals(word)).findFirst();
  }
}
