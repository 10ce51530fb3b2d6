package dev.mayfly.check;

import dev.mayfly.http.RequestFacts;
import dev.mayfly.network.IpLiteral;
import dev.mayfly.network.Network;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.token.VerifiedAccessToken;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// From where the requests came that passed here, by grant. What other replicas saw is not known
/// here. Time is counted by the machine's own counter: it does not step back when the clock does.
final class Sightings {
  private static final int MOST = 20_000;

  /// Of one grant; whatever comes after them is not worth a word any more.
  static final int MOST_ADDRESSES = 16;

  private final LongSupplier nanos;
  private final int most;
  private final Map<GrantId, Seen> grants = new ConcurrentHashMap<>();

  Sightings(LongSupplier nanos) {
    this(nanos, MOST);
  }

  /// `most`: so many grants.
  Sightings(LongSupplier nanos, int most) {
    this.nanos = nanos;
    this.most = most;
  }

  /// Where the last request of a grant came from that passed, and how long ago.
  record Last(String country, Duration ago) {}

  private record Place(String country, long at) {}

  private static final class Seen {
    private final Set<Network> networks = new HashSet<>();
    private volatile Instant until;
    private volatile InetAddress latest;
    private volatile Place place;

    /// Whether it is one that was not seen before.
    private synchronized boolean add(Network network, boolean isKnown) {
      boolean room = networks.size() < MOST_ADDRESSES;
      return room && networks.add(network) && !isKnown;
    }
  }

  Optional<Last> last(GrantId grant) {
    Seen seen = grants.get(grant);
    Place place = seen == null ? null : seen.place;
    return place == null
        ? Optional.empty()
        : Optional.of(new Last(place.country(), Duration.ofNanos(nanos.getAsLong() - place.at())));
  }

  /// Notes a request that passed. True when its address is new for the grant: none that one of
  /// its tokens was issued to, or used from. An IPv6 address stands for its /64, which is what one
  /// customer of a provider usually has.
  boolean isNewAddress(VerifiedAccessToken token, RequestFacts facts) {
    Seen seen = grants.get(token.grant());
    if (seen == null) {
      makeRoom(facts.received());
      seen = grants.computeIfAbsent(token.grant(), _ -> new Seen());
    }
    seen.until = token.expiresAt();
    if (facts.country().isPresent()) {
      seen.place = new Place(facts.country().get(), nanos.getAsLong());
    }
    InetAddress address = facts.address();
    if (address.equals(seen.latest)) {
      return false;
    }
    seen.latest = address;
    return seen.add(network(address), isIssuedTo(token, address));
  }

  private static Network network(InetAddress address) {
    return Network.around(address, address.getAddress().length == 16 ? 64 : 32);
  }

  private static boolean isIssuedTo(VerifiedAccessToken token, InetAddress address) {
    return token.claims().getClaim("issued_address") instanceof String issued
        && network(IpLiteral.parse(issued)).contains(address);
  }

  private void makeRoom(Instant now) {
    if (grants.size() >= most) {
      grants.values().removeIf(seen -> seen.until == null || !now.isBefore(seen.until));
      if (grants.size() >= most) {
        grants.clear(); // some are told again; what a token says of its issuance still counts
      }
    }
  }

  int size() {
    return grants.size();
  }
}
