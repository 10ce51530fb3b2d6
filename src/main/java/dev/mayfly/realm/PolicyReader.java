package dev.mayfly.realm;

import dev.mayfly.network.Hours;
import dev.mayfly.network.Location;
import dev.mayfly.network.Network;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.realm.RefreshPolicy.Rotating;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads `policy`, and the parts of it that a client can have of its own.
final class PolicyReader {
  private static final List<String> DAYS =
      Arrays.stream(DayOfWeek.values())
          .map(day -> day.name().substring(0, 3).toLowerCase(Locale.ROOT))
          .toList();

  private PolicyReader() {}

  static RealmPolicy read(Value policy) {
    Fields fields =
        policy.fields(
            "challenge",
            "networks",
            "countries",
            "hours",
            "secret_lifetime",
            "secret_overlap",
            "client_secret_jwt",
            "refresh",
            "suspend_unused_after");
    RealmPolicy otherwise = RealmPolicy.DEFAULT;
    RealmPolicy.Challenge challenge =
        fields
            .optional("challenge")
            .map(value -> value.oneOf(RealmPolicy.Challenge.class))
            .orElse(otherwise.challenge());
    NetworkPolicy network = network(fields, NetworkPolicy.UNLIMITED);
    Optional<Value> lifetime = fields.optional("secret_lifetime");
    Optional<Value> overlap = fields.optional("secret_overlap");
    Duration secretLifetime = lifetime.map(Value::duration).orElse(otherwise.secretLifetime());
    Duration secretOverlap = overlap.map(Value::duration).orElse(otherwise.secretOverlap());
    boolean clientSecretJwt =
        fields.optional("client_secret_jwt").map(Value::bool).orElse(otherwise.clientSecretJwt());
    RefreshPolicy refresh =
        fields.optional("refresh").map(PolicyReader::refresh).orElse(otherwise.refresh());
    Optional<Value> unused = fields.optional("suspend_unused_after");
    Optional<Duration> suspendUnusedAfter = unused.map(Value::duration);
    unused.ifPresent(
        value ->
            value.checked(
                () ->
                    new RealmPolicy(
                        otherwise.challenge(),
                        otherwise.network(),
                        otherwise.secretLifetime(),
                        otherwise.secretOverlap(),
                        false,
                        otherwise.refresh(),
                        suspendUnusedAfter)));
    lifetime.ifPresent(
        value -> value.checked(() -> withSecrets(secretLifetime, Duration.ofMinutes(1))));
    return overlap
        .orElse(policy)
        .checked(
            () ->
                new RealmPolicy(
                    challenge,
                    network,
                    secretLifetime,
                    secretOverlap,
                    clientSecretJwt,
                    refresh,
                    suspendUnusedAfter));
  }

  private static RealmPolicy withSecrets(Duration lifetime, Duration overlap) {
    return new RealmPolicy(
        RealmPolicy.Challenge.REQUIRED,
        NetworkPolicy.UNLIMITED,
        lifetime,
        overlap,
        false,
        RefreshPolicy.DEFAULT,
        Optional.empty());
  }

  /// The limits of a client; each has to lie inside the realm's.
  static NetworkPolicy network(Fields fields, NetworkPolicy realm) {
    Optional<List<Network>> networks =
        fields.optional("networks").map(list -> list.list(item -> network(item, realm)));
    Optional<List<String>> countries =
        fields.optional("countries").map(list -> list.list(item -> country(item, realm)));
    Optional<Hours> hours = fields.optional("hours").map(value -> hours(value, realm));
    return new NetworkPolicy(networks, countries, hours);
  }

  static Network network(Value item) {
    return item.parsed(Network::parse);
  }

  static String country(Value item) {
    return item.parsed(code -> new Location.Known(code).country());
  }

  private static Network network(Value item, NetworkPolicy realm) {
    Network network = network(item);
    if (realm.networks().isPresent()
        && realm.networks().get().stream().noneMatch(outer -> outer.contains(network))) {
      throw item.refuse("%s lies in none of the realm's networks".formatted(network));
    }
    return network;
  }

  private static String country(Value item, NetworkPolicy realm) {
    String country = country(item);
    if (realm.countries().isPresent() && !realm.countries().get().contains(country)) {
      throw item.refuse("%s is not one of the realm's countries".formatted(country));
    }
    return country;
  }

  private static Hours hours(Value value, NetworkPolicy realm) {
    Fields fields = value.fields("zone", "days", "from", "to");
    ZoneId zone = fields.required("zone").parsed(PolicyReader::zone);
    List<DayOfWeek> days =
        fields.required("days").list(day -> DayOfWeek.of(DAYS.indexOf(day.oneOf(DAYS)) + 1));
    LocalTime from = fields.required("from").parsed(PolicyReader::time);
    LocalTime to = fields.required("to").parsed(PolicyReader::endTime);
    Hours hours = value.checked(() -> new Hours(zone, EnumSet.copyOf(days), from, to));
    if (realm.hours().isPresent() && !hours.isWithin(realm.hours().get())) {
      throw value.refuse("must lie inside the realm's hours, in the same zone");
    }
    return hours;
  }

  static String dayWord(DayOfWeek day) {
    return DAYS.get(day.getValue() - 1);
  }

  private static ZoneId zone(String id) {
    if (!ZoneId.getAvailableZoneIds().contains(id)) {
      throw new IllegalArgumentException(
          "a zone is a name of the tz database, such as Europe/London");
    }
    return ZoneId.of(id);
  }

  private static LocalTime time(String text) {
    if (!text.matches("([01][0-9]|2[0-3]):[0-5][0-9]")) {
      throw new IllegalArgumentException("a time is HH:MM, 00:00 to 23:59");
    }
    return LocalTime.parse(text);
  }

  /// The end of a day is written `24:00`, so that nobody reads `00:00` as its beginning.
  private static LocalTime endTime(String text) {
    if (text.equals("24:00")) {
      return LocalTime.MIDNIGHT;
    }
    LocalTime time = time(text);
    if (time.equals(LocalTime.MIDNIGHT)) {
      throw new IllegalArgumentException("write 24:00 for the end of the day");
    }
    return time;
  }

  static RefreshPolicy refresh(Value value) {
    return refresh(value, RefreshPolicy.DEFAULT);
  }

  /// What a client's override leaves out is as the realm has it.
  static RefreshPolicy refresh(Value value, RefreshPolicy otherwise) {
    if (value.isScalar()) {
      value.oneOf(List.of("none"));
      return new RefreshPolicy.None();
    }
    Rotating base = otherwise instanceof Rotating rotating ? rotating : RefreshPolicy.DEFAULT;
    Fields fields = value.fields("lifetime", "grant_lifetime", "without_instance_key");
    Optional<Value> lifetimeField = fields.optional("lifetime");
    Optional<Value> grantField = fields.optional("grant_lifetime");
    Duration lifetime = lifetimeField.map(Value::duration).orElse(base.lifetime());
    Duration grant = grantField.map(Value::duration).orElse(base.grantLifetime());
    boolean without =
        fields.optional("without_instance_key").map(Value::bool).orElse(base.withoutInstanceKey());
    lifetimeField.ifPresent(
        field -> field.checked(() -> new Rotating(lifetime, Rotating.LONGEST_GRANT, without)));
    return grantField.orElse(value).checked(() -> new Rotating(lifetime, grant, without));
  }
}
