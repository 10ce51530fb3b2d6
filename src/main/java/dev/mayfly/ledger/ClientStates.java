package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.State;
import dev.mayfly.oauth.ClientId;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who is registered in a realm. It never changes; what comes after it shares with it all clients
/// that did not move, so that a change of a few costs as much with a million of them.
public final class ClientStates extends AbstractMap<ClientId, State> {
  public static final ClientStates NONE = new ClientStates(List.of(Map.of()), 0);

  /// A change copies so many for each client that moved.
  private static final int IN_SHARD = 128;

  private static final int MOST_SHARDS = 4096;
  private static final int GROWTH = 16;

  /// As many as a power of two. None of them is written to once it is here.
  private final List<Map<ClientId, State>> shards;

  private final int size;

  private ClientStates(List<Map<ClientId, State>> shards, int size) {
    this.shards = shards;
    this.size = size;
  }

  public static ClientStates of(Map<ClientId, State> all) {
    Change change = NONE.change();
    all.forEach(change::put);
    return change.done();
  }

  Change change() {
    return new Change(this);
  }

  /// The clients' own hash spreads over the places within a shard; this one must not be the same.
  private static int shard(Object client, int shards) {
    return ((client.hashCode() * 0x9E3779B9) >>> 16) & (shards - 1);
  }

  @Override
  public State get(Object client) {
    return shards.get(shard(client, shards.size())).get(client);
  }

  @Override
  public boolean containsKey(Object client) {
    return get(client) != null;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Set<Entry<ClientId, State>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Entry<ClientId, State>> iterator() {
        return shards.stream()
            .flatMap(one -> Collections.unmodifiableMap(one).entrySet().stream())
            .iterator();
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  /// What comes after a [ClientStates]. Of one thread, and done once.
  static final class Change {
    private List<Map<ClientId, State>> shards;
    private BitSet own;
    private int size;

    private Change(ClientStates before) {
      this.shards = new ArrayList<>(before.shards);
      this.own = new BitSet(shards.size());
      this.size = before.size;
    }

    void put(ClientId client, State state) {
      if (size >= shards.size() * IN_SHARD && shards.size() < MOST_SHARDS) {
        spread(shards.size() * GROWTH);
      }
      if (shard(client).put(client, state) == null) {
        size++;
      }
    }

    private Map<ClientId, State> shard(ClientId client) {
      int number = ClientStates.shard(client, shards.size());
      if (!own.get(number)) {
        shards.set(number, new HashMap<>(shards.get(number)));
        own.set(number);
      }
      return shards.get(number);
    }

    private void spread(int number) {
      List<Map<ClientId, State>> before = shards;
      shards = new ArrayList<>(Collections.nCopies(number, Map.of()));
      own = new BitSet(number);
      before.forEach(one -> one.forEach((client, state) -> shard(client).put(client, state)));
    }

    ClientStates done() {
      return new ClientStates(shards, size);
    }
  }
}
