package dev.mayfly.registry;

import dev.mayfly.http.Answers;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.network.PeerAddress;
import dev.mayfly.oauth.OAuthError;
import io.netty.util.NetUtil;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// Establishes to which realm a request came, and from where, before anything else is looked at.
@Singleton
public class Arrivals {
  /// Where the early route filter keeps the id that it gave the request.
  public static final String REQUEST_ID = "mayfly.request-id";

  private final Realms realms;
  private final ProxySettings proxies;
  private final Clock clock;

  /// Behind a proxy nearly every connection has the same peer.
  private volatile Peer lastPeer;

  private record Peer(String text, InetAddress address, boolean trusted) {}

  @Inject
  Arrivals(Realms realms, ProxySettings proxies, Clock clock) {
    this.realms = realms;
    this.proxies = proxies;
    this.clock = clock;
  }

  public sealed interface Arrival {
    /// `byProxy`: the peer of the connection is one of the configured proxies, whose word on the
    /// original request counts.
    record At(
        AppliedRealm realm, RequestFacts facts, PresentedCertificate certificate, boolean byProxy)
        implements Arrival {}

    /// It goes no further; the answer is ready.
    record TurnedAway(Response answer) implements Arrival {}
  }

  public Arrival of(RoutingContext http, String realmName) {
    Optional<AppliedRealm> realm = realms.find(realmName);
    if (realm.isEmpty()) {
      return new Arrival.TurnedAway(Answers.problem(404, "There is no such realm").build());
    }
    HttpServerRequest request = http.request();
    Peer peer = peer(request);
    return switch (PeerAddress.resolve(
        peer.address(), request.headers().getAll("X-Forwarded-For"), proxies.trustedProxies())) {
      case PeerAddress.Known(InetAddress address) ->
          new Arrival.At(
              realm.get(),
              facts(http, realm.get(), address),
              PresentedCertificate.of(request, peer.trusted()),
              peer.trusted());
      case PeerAddress.Untrustworthy _ ->
          new Arrival.TurnedAway(
              Answers.error(OAuthError.INVALID_REQUEST, "the client address cannot be established")
                  .build());
    };
  }

  /// Who asks, where no realm is named; empty when that cannot be established.
  public Optional<InetAddress> address(HttpServerRequest request) {
    return switch (PeerAddress.resolve(
        peer(request).address(),
        request.headers().getAll("X-Forwarded-For"),
        proxies.trustedProxies())) {
      case PeerAddress.Known(InetAddress address) -> Optional.of(address);
      case PeerAddress.Untrustworthy _ -> Optional.empty();
    };
  }

  private RequestFacts facts(RoutingContext http, AppliedRealm realm, InetAddress address) {
    Instant now = clock.instant();
    String requestId = http.get(REQUEST_ID);
    return new RequestFacts(
        realm.name(),
        address,
        realm.geo().locate(address),
        now,
        requestId == null ? UUID.randomUUID().toString() : requestId);
  }

  private Peer peer(HttpServerRequest request) {
    String text = request.remoteAddress().hostAddress();
    Peer last = lastPeer;
    if (last == null || !last.text().equals(text)) {
      // A socket's address is a literal: no name is resolved here.
      InetAddress address = NetUtil.createInetAddressFromIpAddressString(text);
      last = new Peer(text, address, PeerAddress.isTrusted(address, proxies.trustedProxies()));
      lastPeer = last;
    }
    return last;
  }
}
