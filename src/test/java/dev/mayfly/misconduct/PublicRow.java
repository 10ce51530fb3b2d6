package dev.mayfly.misconduct;

/// A row that everybody can see. With an annotation of its own: Hibernate would take a real entity
/// for one of the broker's.
@PublicRow.Row
public class PublicRow {
  @interface Row {}
}
