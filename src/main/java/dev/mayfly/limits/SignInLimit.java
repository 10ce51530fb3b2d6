package dev.mayfly.limits;

import dev.mayfly.network.Network;
import dev.mayfly.realm.Quota;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Slows down who guesses an admin's credentials: failures are counted for an address and the
/// name that it uses, never for the name alone, so that no stranger can keep an admin out. On
/// this replica only.
@ApplicationScoped
public class SignInLimit {
  private static final int MOST = 20_000;
  private static final Quota FAILURES = new Quota(10, Duration.ofMinutes(10));

  private final LongSupplier nanos;
  private final Buckets<Source> sources;

  /// Names of nobody share one bucket.
  private record Source(Network network, Optional<String> admin) {}

  @Inject
  SignInLimit() {
    this(System::nanoTime);
  }

  SignInLimit(LongSupplier nanos) {
    this.nanos = nanos;
    this.sources = new Buckets<>(MOST, nanos.getAsLong());
  }

  /// `admin`: the name that is used, if there is an admin of that name.
  public boolean mayTry(InetAddress from, Optional<String> admin) {
    return sources
        .find(new Source(Quotas.network(from), admin))
        .map(bucket -> bucket.look(FAILURES, nanos.getAsLong()).granted())
        .orElse(true);
  }

  public void failed(InetAddress from, Optional<String> admin) {
    long now = nanos.getAsLong();
    sources
        .of(new Source(Quotas.network(from), admin), now)
        .ifPresent(bucket -> bucket.take(FAILURES, now));
  }
}
