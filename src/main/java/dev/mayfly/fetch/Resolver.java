package dev.mayfly.fetch;

import io.smallrye.mutiny.Uni;
import java.net.InetAddress;
import java.util.List;

/// Names to addresses.
@FunctionalInterface
interface Resolver {
  /// Every address of the host; fails when there is none.
  Uni<List<InetAddress>> resolve(String host);
}
