package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// A transaction is begun anew when the database gave it up for another one: three times in all.
/// What it does beside the database it then does again.
final class Attempts {
  private static final Logger LOG = Logger.getLogger(Attempts.class);
  private static final int MOST = 3;

  private Attempts() {}

  static <T> Uni<T> of(Supplier<Uni<T>> transaction) {
    return Uni.createFrom()
        .deferred(transaction::get)
        .onFailure(Attempts::wasGivenUp)
        .invoke(
            failure ->
                LOG.warnf(
                    "a transaction was given up for another one: SQLSTATE %s",
                    SqlState.of(failure).map(SqlState::code).orElse("")))
        .onFailure(Attempts::wasGivenUp)
        .retry()
        .atMost(MOST - 1);
  }

  private static boolean wasGivenUp(Throwable failure) {
    return SqlState.of(failure).map(SqlState::isConflict).orElse(false);
  }
}
