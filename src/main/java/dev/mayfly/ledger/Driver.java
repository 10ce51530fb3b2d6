package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;

/// The database's driver, asked without Hibernate.
final class Driver {
  private Driver() {}

  /// Asked when it is subscribed to, so that questions go out in the order of their locks.
  static Uni<RowSet<Row>> rows(SqlClient client, String sql, Tuple values) {
    return Uni.createFrom()
        .deferred(() -> UniHelper.toUni(client.preparedQuery(sql).execute(values)));
  }
}
