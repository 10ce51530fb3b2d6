package dev.mayfly.boot;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The facts of this start as the properties that Quarkus and the server read;
/// `application.properties` holds what never changes.
record QuarkusSettings(
    Home home,
    Settings settings,
    ChosenPorts ports,
    String baseUrl,
    Optional<String> mtlsBaseUrl,
    DatabaseAccess database,
    List<Settings.Pkcs11Token> tokens,
    TlsFiles tls) {

  record ChosenPorts(int tls, int management, OptionalInt plain, OptionalInt mtls) {}

  Map<String, String> properties() {
    var p = new LinkedHashMap<String, String>();
    mayfly(p);
    p.put("quarkus.http.host", settings.host());
    p.put("quarkus.http.ssl-port", Integer.toString(ports.tls()));
    p.put("quarkus.http.insecure-requests", ports.plain().isPresent() ? "enabled" : "disabled");
    ports.plain().ifPresent(plain -> p.put("quarkus.http.port", Integer.toString(plain)));
    p.put("quarkus.management.host", Ports.LOOPBACK);
    p.put("quarkus.management.port", Integer.toString(ports.management()));
    p.put("quarkus.tls.mayfly.key-store.pem.server.key", tls.serverKey().toString());
    p.put("quarkus.tls.mayfly.key-store.pem.server.cert", tls.serverCertificate().toString());
    // The key goes through a key store in memory, sealed with a password that is no secret: 10,000
    // rounds of its derivation, once to put it in and once to take it out, protect nothing.
    p.put("keystore.pkcs12.keyPbeIterationCount", "1");
    p.put("quarkus.datasource.jdbc.url", database.jdbcUrl());
    for (var source : List.of("quarkus.datasource.", "quarkus.datasource.batches.")) {
      p.put(source + "reactive.url", database.reactiveUrl());
      p.put(source + "username", database.user());
      p.put(source + "password", database.password());
    }
    // A log of its own for each: a process that starts rotates what it finds, and would take the
    // file away from the one that writes to it.
    var log = settings.replica() ? home.replicaLog(ports.tls()) : home.log();
    p.put("quarkus.log.file.path", log.toString());
    // One for each processor, and not two: what is handed from one to another has to wake it.
    p.put(
        "quarkus.vertx.event-loops-pool-size",
        Integer.toString(Runtime.getRuntime().availableProcessors()));
    return p;
  }

  private void mayfly(Map<String, String> p) {
    p.put("mayfly.home", home.root().toString());
    p.put("mayfly.base-url", baseUrl);
    ports.mtls().ifPresent(port -> p.put("mayfly.mtls.port", Integer.toString(port)));
    mtlsBaseUrl.ifPresent(url -> p.put("mayfly.mtls.base-url", url));
    p.put("mayfly.realm-config", settings.realmConfig().toString());
    p.put("mayfly.replica", Boolean.toString(settings.replica()));
    for (var i = 0; i < tokens.size(); i++) {
      pkcs11(p, i == 0 ? "mayfly.pkcs11." : "mayfly.pkcs11." + (i + 1) + ".", tokens.get(i));
    }
    if (!settings.trustedProxies().isEmpty()) {
      p.put("mayfly.trusted-proxies", String.join(",", settings.trustedProxies()));
    }
    settings.countryDb().ifPresent(file -> p.put("mayfly.country-db", file.toString()));
  }

  private static void pkcs11(Map<String, String> p, String prefix, Settings.Pkcs11Token token) {
    p.put(prefix + "module", token.module().toString());
    p.put(prefix + "token-label", token.label());
    p.put(prefix + "pin-file", token.pinFile().toString());
    token.sessions().ifPresent(count -> p.put(prefix + "sessions", Integer.toString(count)));
  }

  @Override
  public String toString() {
    return "QuarkusSettings[" + home.root() + "]";
  }
}
