package dev.mayfly.registry;

import dev.mayfly.http.Answers;
import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.network.PeerAddress;
import dev.mayfly.oauth.OAuthError;
import io.netty.util.NetUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Establishes to which realm a request came, and from where, before anything else is looked at.
@Singleton
public class Arrivals {
  /// Where the early route filter keeps the id that it gave the request.
  public static final String REQUEST_ID = "mayfly.request-id";

  private static final CharSequence FORWARDED_FOR = HttpHeaders.createOptimized("X-Forwarded-For");

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
      return new Arrival.TurnedAway(noSuchRealm());
    }
    HttpServerRequest request = http.request();
    Peer peer = peer(request.remoteAddress());
    return switch (PeerAddress.resolve(
        peer.address(), request.headers().getAll(FORWARDED_FOR), proxies.trustedProxies())) {
      case PeerAddress.Known(InetAddress address) ->
          new Arrival.At(
              realm.get(),
              facts(requestId(http), realm.get(), address),
              PresentedCertificate.of(request, peer.trusted()),
              peer.trusted());
      case PeerAddress.Untrustworthy _ -> new Arrival.TurnedAway(noAddress());
    };
  }

  /// Who asks, where no realm is named; empty when that cannot be established.
  public Optional<InetAddress> address(HttpServerRequest request) {
    return switch (PeerAddress.resolve(
        peer(request.remoteAddress()).address(),
        request.headers().getAll(FORWARDED_FOR),
        proxies.trustedProxies())) {
      case PeerAddress.Known(InetAddress address) -> Optional.of(address);
      case PeerAddress.Untrustworthy _ -> Optional.empty();
    };
  }

  /// What the peer has shown, or a proxy that we believe says it has.
  public PresentedCertificate certificate(HttpServerRequest request) {
    return PresentedCertificate.of(request, peer(request.remoteAddress()).trusted());
  }

  /// As [#of], of a request that a trusted proxy does not forward but tells of. `forwardedFor`:
  /// the hops before the proxy, in their order.
  public Arrival toldOf(
      SocketAddress proxy,
      String realmName,
      List<String> forwardedFor,
      PresentedCertificate certificate) {
    Optional<AppliedRealm> realm = realms.find(realmName);
    if (realm.isEmpty()) {
      return new Arrival.TurnedAway(noSuchRealm());
    }
    Peer peer = peer(proxy);
    return switch (PeerAddress.resolve(peer.address(), forwardedFor, proxies.trustedProxies())) {
      case PeerAddress.Known(InetAddress address) ->
          new Arrival.At(
              realm.get(),
              facts(UUID.randomUUID().toString(), realm.get(), address),
              certificate,
              peer.trusted());
      case PeerAddress.Untrustworthy _ -> new Arrival.TurnedAway(noAddress());
    };
  }

  /// Whether the word of this peer on a request counts.
  public boolean isOfTrustedProxy(SocketAddress peer) {
    return peer(peer).trusted();
  }

  private static Response noSuchRealm() {
    return Answers.problem(404, "There is no such realm").build();
  }

  private static Response noAddress() {
    return Answers.error(OAuthError.INVALID_REQUEST, "the client address cannot be established")
        .build();
  }

  private static String requestId(RoutingContext http) {
    String given = http.get(REQUEST_ID);
    return given == null ? UUID.randomUUID().toString() : given;
  }

  private RequestFacts facts(String requestId, AppliedRealm realm, InetAddress address) {
    Instant now = clock.instant();
    return new RequestFacts(realm.name(), address, realm.geo().locate(address), now, requestId);
  }

  private Peer peer(SocketAddress remote) {
    String text = remote.hostAddress();
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
