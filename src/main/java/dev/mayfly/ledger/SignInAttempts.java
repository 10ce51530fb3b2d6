package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.hibernate.reactive.mutiny.Mutiny;

/// Attempts to sign in, counted over all replicas: a token bucket for each source, kept as the
/// one moment at which it would be full again. Failures are [LedgerUnavailableException]: where
/// nothing can be counted nobody may try.
@ApplicationScoped
public class SignInAttempts {
  private final Registry registry;

  @Inject
  SignInAttempts(Registry registry) {
    this.registry = registry;
  }

  /// A bucket of so many; one comes back after each `share`.
  public record Allowance(int most, Duration share) {
    Duration whole() {
      return share.multipliedBy(most);
    }

    private double seconds() {
      return share.toNanos() / 1e9;
    }
  }

  /// Takes one, where one is left; else says how long until the next. One statement, which holds
  /// the row: many at once, on however many replicas, are no more than one after the other.
  public Uni<Optional<Duration>> take(String source, Allowance allowance, Instant now) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "insert into sign_in_attempts as known (source, full_at) values (:source,"
                        + " :after) on conflict (source) do update set full_at ="
                        + " greatest(known.full_at, :now) + cast(:share as double precision) *"
                        + " interval '1 second' where greatest(known.full_at, :now) <= :latest",
                    Map.of(
                        "source", source,
                        "after", now.plus(allowance.share()),
                        "now", now,
                        "share", allowance.seconds(),
                        "latest", now.plus(allowance.whole()).minus(allowance.share())))
                .chain(
                    taken ->
                        taken == 1
                            ? Uni.createFrom().item(Optional.empty())
                            : wait(session, source, allowance, now).map(Optional::of)));
  }

  private static Uni<Duration> wait(
      Mutiny.StatelessSession session, String source, Allowance allowance, Instant now) {
    return session
        .createNativeQuery(
            "select source, full_at from sign_in_attempts where source = :source", Object[].class)
        .setParameter("source", source)
        .getSingleResultOrNull()
        .map(
            row ->
                row == null
                    ? Duration.ZERO
                    : Duration.between(now, Moments.of(row[1]))
                        .plus(allowance.share())
                        .minus(allowance.whole()));
  }

  /// Undoes a [#take] that was granted. Further back than now is as good as full.
  public Uni<Void> giveBack(String source, Allowance allowance) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update sign_in_attempts set full_at = full_at - cast(:share as double"
                        + " precision) * interval '1 second' where source = :source",
                    Map.of("source", source, "share", allowance.seconds()))
                .replaceWithVoid());
  }
}
