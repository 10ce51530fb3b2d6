package dev.mayfly.server;

import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmConfig;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.Pkcs11Hsm;
import dev.mayfly.network.CountryFile;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.network.Network;
import dev.mayfly.registry.ProxySettings;
import dev.mayfly.registry.RegistrySettings;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Makes the parts that know nothing of Quarkus.
@ApplicationScoped
class Wiring {
  private static final int SESSIONS = 4;

  @Produces
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  Hsms hsms(BrokerConfig config, Clock clock, MeterRegistry meters) {
    BrokerConfig.Pkcs11 pkcs11 = config.pkcs11();
    List<BrokerConfig.Pkcs11Token> tokens = pkcs11.tokens();
    // Shared out, so that a caller who has to try them all still has its answer in time.
    Duration deadline = pkcs11.deadline().dividedBy(tokens.size());
    HsmMeters observer = new HsmMeters(meters);
    List<Pkcs11Hsm> hsms = new ArrayList<>();
    try {
      for (BrokerConfig.Pkcs11Token token : tokens) {
        Pkcs11Hsm hsm =
            new Pkcs11Hsm(
                new HsmConfig(
                    token.module(),
                    token.tokenLabel(),
                    token.pinFile(),
                    token.sessions().orElse(SESSIONS),
                    deadline,
                    pkcs11.queue()),
                clock,
                observer);
        hsm.start();
        hsms.add(hsm);
        observer.watch(hsm);
      }
    } catch (RuntimeException e) {
      hsms.forEach(Pkcs11Hsm::close);
      throw e;
    }
    return Hsms.of(hsms.toArray(Hsm[]::new));
  }

  void close(@Disposes Hsms hsms) {
    for (Hsm hsm : hsms.tokens()) {
      if (hsm instanceof Pkcs11Hsm pkcs11) {
        pkcs11.close();
      }
    }
  }

  @Produces
  @Singleton
  GeoLookup geoLookup(BrokerConfig config, Clock clock) throws IOException {
    return config.countryDb().isPresent()
        ? CountryFile.open(config.countryDb().get(), clock)
        : GeoLookup.NOWHERE;
  }

  @Produces
  @Singleton
  RegistrySettings registrySettings(BrokerConfig config) {
    return new RegistrySettings(config.baseUrl(), config.mtls().baseUrl());
  }

  @Produces
  @Singleton
  ProxySettings proxySettings(BrokerConfig config) {
    return new ProxySettings(
        config.trustedProxies().orElse(List.of()).stream().map(Network::parse).toList());
  }
}
