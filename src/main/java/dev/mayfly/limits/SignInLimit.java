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

  /// Takes an attempt, if one is left: before it is known what comes of it, so that many at once
  /// are no more than one after the other. `admin`: the name that is used, if there is an admin of
  /// that name.
  public boolean mayTry(InetAddress from, Optional<String> admin) {
    long now = nanos.getAsLong();
    return sources
        .of(new Source(Quotas.network(from), admin), now)
        .map(bucket -> bucket.take(FAILURES, now).granted())
        .orElse(true);
  }

  /// The attempt was right: it does not count.
  public void succeeded(InetAddress from, Optional<String> admin) {
    sources.find(new Source(Quotas.network(from), admin)).ifPresent(b -> b.giveBack(FAILURES));
  }
}
