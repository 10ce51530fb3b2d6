package dev.mayfly.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Bytes of UTF-8 to where commands print.
/// Errors: an `IOException` when nobody reads it any more.
final class TextStream extends OutputStream {
  private final PrintWriter out;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /// What a read left behind of a character.
  private byte[] rest = {};

  TextStream(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(rest.length + length);
    in.put(rest).put(bytes, from, length).flip();
    CharBuffer text = CharBuffer.allocate(in.remaining());
    var _ = decoder.decode(in, text, false);
    rest = new byte[in.remaining()];
    in.get(rest);
    out.append(text.flip());
    if (out.checkError()) {
      throw new IOException("nobody reads the output");
    }
  }
}
