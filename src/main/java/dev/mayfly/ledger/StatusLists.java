package dev.mayfly.ledger;

import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Status lists as the database knows them. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class StatusLists {
  private static final String OPEN =
      "insert into status_lists (list_id, realm, dead_after) values (:list, :realm, :dead)";
  private static final String LIVE =
      "select list_id, realm from status_lists where dead_after > :now";

  /// From the side of what is revoked: that is little.
  private static final String INVALID =
      "select s.idx from revocations r join token_statuses s on s.grant_id = r.grant_id"
          + " where s.list_id = :list union all"
          + " select s.idx from clients c join grants g on g.client_key = c.client_key"
          + " join token_statuses s on s.grant_id = g.grant_id"
          + " where c.realm = :realm and c.state <> 'active' and g.revoked_at is null"
          + " and s.list_id = :list";

  private final Registry registry;

  @Inject
  StatusLists(Registry registry) {
    this.registry = registry;
  }

  /// Committed before anybody is given a place in it.
  public Uni<Void> open(String list, RealmName realm, Instant deadAfter) {
    return registry
        .transaction(
            session ->
                session
                    .createNativeQuery(OPEN)
                    .setParameter("list", list)
                    .setParameter("realm", realm.value())
                    .setParameter("dead", deadAfter)
                    .executeUpdate())
        .replaceWithVoid();
  }

  /// Lists in which a token may live, and whose they are.
  public Uni<Map<String, RealmName>> live(Instant now) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(LIVE, Object[].class)
                .setParameter("now", now)
                .getResultList()
                .map(StatusLists::byName));
  }

  private static Map<String, RealmName> byName(List<Object[]> rows) {
    return rows.stream()
        .collect(Collectors.toMap(row -> (String) row[0], row -> new RealmName((String) row[1])));
  }

  /// The places of tokens whose grant is revoked or whose client may not act.
  public Uni<BitSet> invalid(String list, RealmName realm) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(INVALID, Integer.class)
                .setParameter("list", list)
                .setParameter("realm", realm.value())
                .getResultList()
                .map(StatusLists::bits));
  }

  private static BitSet bits(List<Integer> places) {
    BitSet bits = new BitSet();
    places.forEach(bits::set);
    return bits;
  }
}
