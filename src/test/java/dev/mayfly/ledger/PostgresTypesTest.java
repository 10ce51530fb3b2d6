package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Types;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.spi.TypeConfiguration;
import org.junit.jupiter.api.Test;

class PostgresTypesTest {
  private static int resolved(String typeName, int typeCode) {
    var registry = new TypeConfiguration().getJdbcTypeRegistry();
    return new PostgresTypes()
        .resolveSqlTypeDescriptor(typeName, typeCode, 0, 0, registry)
        .getDefaultSqlTypeCode();
  }

  @Test
  void takesTextWithoutANumberForACharacterType() {
    assertEquals(SqlTypes.VARCHAR, resolved("text", Types.NULL));
  }

  @Test
  void leavesOtherTypesWhatTheyAre() {
    assertEquals(SqlTypes.INTEGER, resolved("int4", Types.INTEGER));
    assertEquals(SqlTypes.BIGINT, resolved("int8", Types.BIGINT));
  }
}
