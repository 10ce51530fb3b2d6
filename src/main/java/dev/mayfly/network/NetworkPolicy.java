package dev.mayfly.network;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where and when a client may be. An absent dimension is not limited; an empty list cannot be
/// constructed, so that "nothing allowed" is never read as "everything allowed" or the reverse.
/// Errors: `IllegalArgumentException` on an empty list or a code that is no country.
public record NetworkPolicy(
    Optional<List<Network>> networks, Optional<List<String>> countries, Optional<Hours> hours) {

  public static final NetworkPolicy UNLIMITED =
      new NetworkPolicy(Optional.empty(), Optional.empty(), Optional.empty());

  public NetworkPolicy {
    networks = networks.map(list -> list.stream().sorted().distinct().toList());
    countries = countries.map(list -> list.stream().sorted().distinct().toList());
    if (networks.filter(List::isEmpty).isPresent()) {
      throw new IllegalArgumentException("an empty list of networks allows nothing");
    }
    if (countries.filter(List::isEmpty).isPresent()) {
      throw new IllegalArgumentException("an empty list of countries allows nothing");
    }
    if (countries.filter(list -> !list.stream().allMatch(Location::isCountry)).isPresent()) {
      throw new IllegalArgumentException("a country is an ISO 3166-1 alpha-2 code in upper case");
    }
  }

  /// The first objection in the order address, country, hours; nothing when all agree.
  public Optional<Objection> objection(InetAddress address, Location location, Instant at) {
    if (networks.isPresent() && !isInside(networks.get(), address)) {
      return Optional.of(Objection.ADDRESS_NOT_ALLOWED);
    }
    if (countries.isPresent()) {
      Optional<Objection> country = objectionTo(location, countries.get());
      if (country.isPresent()) {
        return country;
      }
    }
    if (hours.isPresent() && !hours.get().allows(at)) {
      return Optional.of(Objection.OUTSIDE_HOURS);
    }
    return Optional.empty();
  }

  /// The policy of a client of this realm: each dimension the client's own where it has one.
  /// The realm file loader has made sure that it lies inside ours.
  public NetworkPolicy narrowedBy(NetworkPolicy client) {
    if (client.equals(UNLIMITED)) {
      return this;
    }
    return new NetworkPolicy(
        client.networks.or(() -> networks),
        client.countries.or(() -> countries),
        client.hours.or(() -> hours));
  }

  private static Optional<Objection> objectionTo(Location location, List<String> countries) {
    return switch (location) {
      case Location.Known(String country) when countries.contains(country) -> Optional.empty();
      case Location.Known _ -> Optional.of(Objection.COUNTRY_NOT_ALLOWED);
      case Location.Unknown _ -> Optional.of(Objection.COUNTRY_UNKNOWN);
    };
  }

  private static boolean isInside(List<Network> networks, InetAddress address) {
    for (Network network : networks) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
