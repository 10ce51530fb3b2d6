package dev.mayfly.evidence;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the part of CBOR (RFC 8949) that attestation documents are made of: integers, byte and
/// text strings, arrays, maps and null, all of definite length, each number in its shortest form,
/// no key of a map twice, nothing behind the end. Everything else is refused, so that one
/// document has one reading. Values become `Long`, `byte[]`, `String`, `List`, `Map`, [#NULL].
final class CborReader {
  /// `null` of CBOR.
  static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  private static final int DEEPEST = 4;
  private static final int MOST_ITEMS = 64;

  private final String structure;
  private final ByteBuffer bytes;

  private CborReader(String structure, byte[] bytes) {
    this.structure = structure;
    this.bytes = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  static Object read(String structure, byte[] bytes) throws MalformedEvidence {
    CborReader in = new CborReader(structure, bytes);
    Object value = in.value(0);
    if (in.bytes.hasRemaining()) {
      throw in.refused("bytes follow its end");
    }
    return value;
  }

  private Object value(int depth) throws MalformedEvidence {
    if (depth > DEEPEST) {
      throw refused("it is nested too deeply");
    }
    int first = u8();
    int major = first >> 5;
    if (major == 7) {
      if (first != 0xf6) {
        throw refused("it has a simple value other than null");
      }
      return NULL;
    }
    long argument = argument(first & 0x1f);
    return switch (major) {
      case 0 -> argument;
      case 1 -> -1 - argument;
      case 2 -> take(argument);
      case 3 -> text(take(argument));
      case 4 -> array(items(argument), depth);
      case 5 -> map(items(argument), depth);
      default -> throw refused("it has a tag");
    };
  }

  private long argument(int info) throws MalformedEvidence {
    if (info < 24) {
      return info;
    }
    if (info > 27) {
      throw refused("it has an indefinite or a reserved length");
    }
    int size = 1 << (info - 24);
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = value << 8 | u8();
    }
    long least = info == 24 ? 24 : 1L << (size * 4);
    if (value < least) {
      throw refused("a number is not in its shortest form, or beyond 63 bits");
    }
    return value;
  }

  private int items(long count) throws MalformedEvidence {
    if (count > MOST_ITEMS) {
      throw refused("a list or a map is too long");
    }
    return (int) count;
  }

  private List<Object> array(int count, int depth) throws MalformedEvidence {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(value(depth + 1));
    }
    return values;
  }

  private Map<Object, Object> map(int count, int depth) throws MalformedEvidence {
    Map<Object, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Object key = value(depth + 1);
      if (!(key instanceof Long || key instanceof String)) {
        throw refused("a key is neither a number nor a text");
      }
      if (values.put(key, value(depth + 1)) != null) {
        throw refused("a key stands twice");
      }
    }
    return values;
  }

  private String text(byte[] utf8) throws MalformedEvidence {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw refused("a text is not UTF-8");
    }
  }

  private byte[] take(long length) throws MalformedEvidence {
    if (length > bytes.remaining()) {
      throw refused("it is cut short");
    }
    byte[] taken = new byte[(int) length];
    bytes.get(taken);
    return taken;
  }

  private int u8() throws MalformedEvidence {
    if (!bytes.hasRemaining()) {
      throw refused("it is cut short");
    }
    return Byte.toUnsignedInt(bytes.get());
  }

  private MalformedEvidence refused(String because) {
    return new MalformedEvidence(structure + ": " + because);
  }
}
