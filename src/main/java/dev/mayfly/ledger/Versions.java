package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.regex.Pattern;
import org.hibernate.reactive.mutiny.Mutiny;

/// Entity tags of what is in the database, and acts that go on only if it is as it was seen.
/// Failures are [LedgerUnavailableException].
@ApplicationScoped
public class Versions {
  private final Registry registry;

  @Inject
  Versions(Registry registry) {
    this.registry = registry;
  }

  public Uni<EntityTag> now(Versioned what) {
    return registry.transaction(session -> tag(session, what));
  }

  private static Uni<EntityTag> tag(Mutiny.StatelessSession session, Versioned what) {
    return texts(session, what.state(), what).map(state -> what.as(state.getFirst()));
  }

  /// Holds it to the end of the transaction, which goes on only if it is as it was seen.
  /// Errors: [StaleException].
  static Uni<Void> require(Mutiny.StatelessSession session, Versioned what, IfMatch seen) {
    return seen.isAny()
        ? Uni.createFrom().voidItem()
        : held(session, what)
            .chain(() -> tag(session, what))
            .invoke(
                now -> {
                  if (!seen.holds(now)) {
                    throw new StaleException();
                  }
                })
            .replaceWithVoid();
  }

  private static Uni<Void> held(Mutiny.StatelessSession session, Versioned what) {
    return what.hold().isEmpty()
        ? Uni.createFrom().voidItem()
        : texts(session, what.hold(), what).replaceWithVoid();
  }

  private static Uni<List<String>> texts(
      Mutiny.StatelessSession session, String sql, Versioned what) {
    Mutiny.SelectionQuery<String> query = session.createNativeQuery(sql, String.class);
    what.values()
        .forEach(
            (name, value) -> {
              if (Pattern.compile(":" + name + "\\b").matcher(sql).find()) {
                query.setParameter(name, value);
              }
            });
    return query.getResultList();
  }
}
