package dev.mayfly.realm;

/// What is known about where a client runs: a name of the realm's own, and its rank among the
/// realm's, weakest first. `none` is below them all.
public record AttestationLevel(int rank, String name) {
  public static final AttestationLevel NONE = new AttestationLevel(0, "none");

  public AttestationLevel {
    if (rank < 0 || (rank == 0) != name.equals("none")) {
      throw new IllegalArgumentException("none is the lowest level, and no other has its name");
    }
  }

  public boolean isNone() {
    return rank == 0;
  }

  /// Whether who proved this level has proved `needed` too.
  public boolean covers(AttestationLevel needed) {
    return rank >= needed.rank;
  }

  @Override
  public String toString() {
    return name;
  }
}
