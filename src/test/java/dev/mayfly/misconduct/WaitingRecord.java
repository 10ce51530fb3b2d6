package dev.mayfly.misconduct;

import io.smallrye.mutiny.Uni;
import java.time.Instant;

/// A value that waits, and asks the machine for the time.
public record WaitingRecord(Uni<Instant> time) {
  public WaitingRecord() {
    this(Uni.createFrom().item(Instant.now()));
  }

  public Instant now() {
    return time.await().indefinitely();
  }
}
