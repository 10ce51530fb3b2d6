package dev.mayfly.evidence;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/// Reads the wire format of TPM 2.0 structures: big-endian numbers and sized buffers. Each read
/// is bounded, and [#end] refuses what is left over, so that one structure has one reading.
final class TpmReader {
  private final String structure;
  private final ByteBuffer bytes;

  TpmReader(String structure, byte[] bytes) {
    this.structure = structure;
    this.bytes = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  int u8() throws MalformedEvidence {
    try {
      return Byte.toUnsignedInt(bytes.get());
    } catch (BufferUnderflowException e) {
      throw tooShort();
    }
  }

  int u16() throws MalformedEvidence {
    try {
      return Short.toUnsignedInt(bytes.getShort());
    } catch (BufferUnderflowException e) {
      throw tooShort();
    }
  }

  /// As a signed number: for bit fields and for constants.
  int u32() throws MalformedEvidence {
    try {
      return bytes.getInt();
    } catch (BufferUnderflowException e) {
      throw tooShort();
    }
  }

  long u64() throws MalformedEvidence {
    try {
      return bytes.getLong();
    } catch (BufferUnderflowException e) {
      throw tooShort();
    }
  }

  byte[] take(int length) throws MalformedEvidence {
    if (length > bytes.remaining()) {
      throw tooShort();
    }
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  /// A TPM2B: two bytes of length and as many bytes, `longest` at most.
  byte[] sized(int longest) throws MalformedEvidence {
    int length = u16();
    if (length > longest) {
      throw refused("a buffer is too long");
    }
    return take(length);
  }

  void end() throws MalformedEvidence {
    if (bytes.hasRemaining()) {
      throw refused("bytes follow its end");
    }
  }

  MalformedEvidence refused(String because) {
    return new MalformedEvidence(structure + ": " + because);
  }

  private MalformedEvidence tooShort() {
    return refused("it is cut short");
  }
}
