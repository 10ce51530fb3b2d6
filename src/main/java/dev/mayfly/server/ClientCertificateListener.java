package dev.mayfly.server;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.vertx.http.HttpsServerStart;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.impl.cpu.CpuCoreSensor;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TrustOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jboss.logging.Logger;

/// A second TLS listener in front of the same routes, which asks for a client certificate and
/// goes on without one. It has a port of its own because whoever is asked may be shown a dialogue:
/// browsers use the main one (RFC 8705 §5).
///
/// Everything else is as on the main listener: TLS, limits, and the certificate when it is renewed.
@ApplicationScoped
class ClientCertificateListener {
  private static final Logger LOG = Logger.getLogger(ClientCertificateListener.class);
  private static final String BUCKET = "mayfly";
  private static final TrustOptions ANY_CHAIN = TrustOptions.wrap(new AnyClientChain());

  private final Vertx vertx;
  private final BrokerConfig config;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();

  @Inject
  ClientCertificateListener(Vertx vertx, BrokerConfig config) {
    this.vertx = vertx;
    this.config = config;
  }

  /// When the main listener is up, with its options.
  void start(@ObservesAsync HttpsServerStart main) {
    config.mtls().port().ifPresent(port -> start(options(main.options(), port)));
  }

  static HttpServerOptions options(HttpServerOptions main, int port) {
    HttpServerOptions options = new HttpServerOptions(main);
    options.setPort(port);
    options.setClientAuth(ClientAuth.REQUEST);
    options.setTrustOptions(ANY_CHAIN);
    return options;
  }

  /// As many as the main listener has: Vert.x shares the port out over them.
  private void start(HttpServerOptions options) {
    int eventLoops = 2 * CpuCoreSensor.availableProcessors();
    vertx
        .deployVerticle(
            () -> new Listening(options), new DeploymentOptions().setInstances(eventLoops))
        .onSuccess(
            _ -> LOG.infof("client certificates are asked for on port %d", options.getPort()))
        .onFailure(
            failure -> {
              LOG.errorf(
                  "cannot listen on %s:%d (MAYFLY_MTLS_PORT): %s",
                  options.getHost(), options.getPort(), failure.getMessage());
              Quarkus.asyncExit(1);
            });
  }

  void renew(@Observes CertificateUpdatedEvent event) {
    if (!event.name().equals(BUCKET) || servers.isEmpty()) {
      return;
    }
    SSLOptions renewed = new SSLOptions(event.tlsConfiguration().getSSLOptions());
    renewed.setTrustOptions(ANY_CHAIN);
    // They share one port, and with it one set of options.
    servers
        .getFirst()
        .updateSSLOptions(renewed)
        .onFailure(
            failure ->
                LOG.errorf(
                    "the renewed certificate is not in use on port %d: %s",
                    config.mtls().port().orElse(0), failure.getMessage()));
  }

  void stop(@Observes ShutdownEvent event) {
    servers.forEach(HttpServer::close);
  }

  private final class Listening extends AbstractVerticle {
    private final HttpServerOptions options;

    Listening(HttpServerOptions options) {
      this.options = options;
    }

    @Override
    public void start(Promise<Void> started) {
      HttpServer server = getVertx().createHttpServer(options);
      server
          .requestHandler(VertxHttpRecorder.getRootHandler())
          .listen()
          .onSuccess(servers::add)
          .<Void>mapEmpty()
          .onComplete(started);
    }
  }
}
