package dev.mayfly.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a small MMDB file (MaxMind DB file format 2.0, IP version 6, 24-bit records), so that
/// the tests know every address in it. IPv4 networks stand under `::/96`, as the format says.
final class MmdbWriter {
  private static final int DATA_SEPARATOR = 16;
  private final List<Object[]> nodes = new ArrayList<>(List.<Object[]>of(new Object[2]));

  MmdbWriter put(String network, Map<String, ?> data) {
    Network parsed = Network.parse(network);
    int depth = parsed.v6() ? parsed.prefixLength() : 96 + parsed.prefixLength();
    int node = 0;
    for (int i = 0; i < depth; i++) {
      int bit = bit(parsed, i);
      if (i == depth - 1) {
        nodes.get(node)[bit] = data;
      } else {
        if (nodes.get(node)[bit] == null) {
          nodes.add(new Object[2]);
          nodes.get(node)[bit] = nodes.size() - 1;
        }
        node = (int) nodes.get(node)[bit];
      }
    }
    return this;
  }

  /// Swaps the file in by renaming, the way an operator should.
  void writeTo(Path file) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, bytes());
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static int bit(Network network, int i) {
    if (network.v6()) {
      return (int) ((i < 64 ? network.high() : network.low()) >>> (63 - i % 64)) & 1;
    }
    return i < 96 ? 0 : (int) (network.high() >>> (63 - (i - 96))) & 1;
  }

  private byte[] bytes() {
    ByteArrayOutputStream tree = new ByteArrayOutputStream();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Object[] node : nodes) {
      for (Object record : node) {
        int value =
            switch (record) {
              case null -> nodes.size();
              case Integer next -> next;
              case Map<?, ?> map -> {
                int offset = data.size();
                write(data, map);
                yield nodes.size() + DATA_SEPARATOR + offset;
              }
              default -> throw new IllegalStateException();
            };
        tree.write(value >> 16);
        tree.write(value >> 8);
        tree.write(value);
      }
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(tree.toByteArray());
    file.writeBytes(new byte[DATA_SEPARATOR]);
    file.writeBytes(data.toByteArray());
    file.writeBytes(
        new byte[] {(byte) 0xAB, (byte) 0xCD, (byte) 0xEF, 'M', 'a', 'x', 'M', 'i', 'n', 'd'});
    file.writeBytes(".com".getBytes(StandardCharsets.US_ASCII));
    write(file, metadata());
    return file.toByteArray();
  }

  private Map<String, Object> metadata() {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("binary_format_major_version", 2);
    metadata.put("binary_format_minor_version", 0);
    metadata.put("build_epoch", 1L);
    metadata.put("database_type", "test");
    metadata.put("description", Map.of("en", "test"));
    metadata.put("ip_version", 6);
    metadata.put("languages", List.of("en"));
    metadata.put("node_count", (long) nodes.size());
    metadata.put("record_size", 24);
    return metadata;
  }

  private static void write(ByteArrayOutputStream out, Object value) {
    switch (value) {
      case String text -> {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        control(out, 2, bytes.length);
        out.writeBytes(bytes);
      }
      case Integer number -> { // type 5, an unsigned 16-bit integer
        control(out, 5, 2);
        out.write(number >> 8);
        out.write(number);
      }
      case Long number -> { // type 6, an unsigned 32-bit integer
        control(out, 6, 4);
        for (int shift = 24; shift >= 0; shift -= 8) {
          out.write((int) (number >> shift));
        }
      }
      case Map<?, ?> map -> {
        control(out, 7, map.size());
        map.forEach(
            (key, item) -> {
              write(out, key);
              write(out, item);
            });
      }
      case List<?> list -> { // type 11 is extended: control byte 0, then type minus 7
        out.write(list.size());
        out.write(11 - 7);
        list.forEach(item -> write(out, item));
      }
      default -> throw new IllegalArgumentException(value.getClass().getName());
    }
  }

  private static void control(ByteArrayOutputStream out, int type, int size) {
    out.write((type << 5) | size);
  }
}
