package dev.mayfly.ledger;

import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.jdbc.dialect.spi.DialectResolutionInfo;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.descriptor.jdbc.JdbcType;
import org.hibernate.type.descriptor.jdbc.spi.JdbcTypeRegistry;

/// PostgreSQL's dialect for the check of the schema at each start: Hibernate Reactive asks for the
/// name of a column's type and, unlike JDBC, has no number for `text`.
public final class PostgresTypes extends PostgreSQLDialect {
  public PostgresTypes() {}

  public PostgresTypes(DialectResolutionInfo info) {
    super(info);
  }

  @Override
  public JdbcType resolveSqlTypeDescriptor(
      String typeName, int typeCode, int precision, int scale, JdbcTypeRegistry registry) {
    return super.resolveSqlTypeDescriptor(
        typeName,
        typeName.equals("text") ? SqlTypes.VARCHAR : typeCode,
        precision,
        scale,
        registry);
  }
}
