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
    networks = networks.map(NetworkPolicy::canonical);
    countries = countries.map(NetworkPolicy::canonical);
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

  /// Sorted, nothing twice; what is so already stays: a policy is made for each request.
  private static <T extends Comparable<T>> List<T> canonical(List<T> list) {
    for (int i = 1; i < list.size(); i++) {
      if (list.get(i - 1).compareTo(list.get(i)) >= 0) {
        return list.stream().sorted().distinct().toList();
      }
    }
    return List.copyOf(list);
  }

  /// The first objection in the order address, country, hours; nothing when all agree.
  public Optional<Objection> objection(InetAddress address, Location location, Instant at) {
    return objectionTo(address).or(() -> objectionTo(location)).or(() -> objectionTo(at));
  }

  public Optional<Objection> objectionTo(InetAddress address) {
    return networks.isPresent() && !isInside(networks.get(), address)
        ? Optional.of(Objection.ADDRESS_NOT_ALLOWED)
        : Optional.empty();
  }

  public Optional<Objection> objectionTo(Location location) {
    return countries.isPresent() ? objectionTo(location, countries.get()) : Optional.empty();
  }

  public Optional<Objection> objectionTo(Instant at) {
    return hours.isPresent() && !hours.get().allows(at)
        ? Optional.of(Objection.OUTSIDE_HOURS)
        : Optional.empty();
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
