package dev.mayfly.network;

import java.net.InetAddress;

/// A network in CIDR notation, RFC 4632 §3.1 and RFC 4291 §2.3.
/// Shape: an address whose host bits are zero, and a prefix length of 0 to 32 or 0 to 128. The
/// address is kept as two words (IPv4 in the upper half of `high`), so that `contains` is a mask
/// and a comparison.
/// Errors: `IllegalArgumentException` when host bits are set or the prefix is out of range.
public record Network(boolean v6, long high, long low, int prefixLength)
    implements Comparable<Network> {

  public Network {
    if (prefixLength < 0 || prefixLength > (v6 ? 128 : 32)) {
      throw new IllegalArgumentException("prefix out of range");
    }
    if ((high & ~highMask(prefixLength)) != 0 || (low & ~lowMask(prefixLength)) != 0) {
      throw new IllegalArgumentException(
          "host bits are set; the network is "
              + new Network(
                  v6, high & highMask(prefixLength), low & lowMask(prefixLength), prefixLength));
    }
  }

  /// Parses `address/prefix`. A missing prefix is refused: nobody should have to guess whether
  /// `10.0.0.0` is one address or a network.
  /// Errors: `IllegalArgumentException` with a message that says what is wrong.
  public static Network parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("a network is address/prefix; the prefix is missing");
    }
    String prefix = text.substring(slash + 1);
    if (!prefix.matches("0|[1-9][0-9]{0,2}")) {
      throw new IllegalArgumentException(
          "a network is address/prefix with a decimal prefix without leading zeros");
    }
    InetAddress address = parseAddress(text.substring(0, slash));
    boolean v6 = address.getAddress().length == 16;
    if (v6 != text.indexOf(':') >= 0) {
      throw new IllegalArgumentException("write an IPv4-mapped network as the IPv4 network");
    }
    int length = Integer.parseInt(prefix);
    if (length > (v6 ? 128 : 32)) {
      throw new IllegalArgumentException("the prefix is at most " + (v6 ? 128 : 32));
    }
    byte[] bytes = address.getAddress();
    return new Network(v6, highOf(bytes), lowOf(bytes), length);
  }

  /// Parses an address literal; never asks a resolver. An IPv4-mapped IPv6 address becomes the
  /// IPv4 address.
  /// Errors: `IllegalArgumentException`, also for every host name.
  public static InetAddress parseAddress(String text) {
    return IpLiteral.parse(text);
  }

  /// The canonical text of an address: dotted decimal, or RFC 5952 §4 without a scope id.
  public static String text(InetAddress address) {
    return IpLiteral.text(address);
  }

  /// The network of this prefix length that the address lies in.
  public static Network around(InetAddress address, int prefixLength) {
    byte[] bytes = address.getAddress();
    return new Network(
        bytes.length == 16,
        highOf(bytes) & highMask(prefixLength),
        lowOf(bytes) & lowMask(prefixLength),
        prefixLength);
  }

  /// An IPv4-mapped IPv6 address counts as the IPv4 address: the JDK makes no other kind.
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return (bytes.length == 16) == v6
        && (highOf(bytes) & highMask(prefixLength)) == high
        && (lowOf(bytes) & lowMask(prefixLength)) == low;
  }

  public boolean contains(Network other) {
    return other.v6 == v6
        && other.prefixLength >= prefixLength
        && (other.high & highMask(prefixLength)) == high
        && (other.low & lowMask(prefixLength)) == low;
  }

  /// IPv4 first, then by address, the wider network first: the order of canonical texts.
  @Override
  public int compareTo(Network other) {
    int order = Boolean.compare(v6, other.v6);
    order = order != 0 ? order : Long.compareUnsigned(high, other.high);
    order = order != 0 ? order : Long.compareUnsigned(low, other.low);
    return order != 0 ? order : Integer.compare(prefixLength, other.prefixLength);
  }

  /// The canonical text, `10.0.0.0/8` or `2001:db8::/32`.
  @Override
  public String toString() {
    byte[] bytes = new byte[v6 ? 16 : 4];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((i < 8 ? high : low) >>> (56 - 8 * (i % 8)));
    }
    return IpLiteral.text(IpLiteral.ofBytes(bytes)) + "/" + prefixLength;
  }

  private static long highMask(int prefix) {
    return prefix <= 0 ? 0 : prefix >= 64 ? -1L : -1L << (64 - prefix);
  }

  private static long lowMask(int prefix) {
    return highMask(prefix - 64);
  }

  private static long highOf(byte[] bytes) {
    return word(bytes, 0);
  }

  private static long lowOf(byte[] bytes) {
    return word(bytes, 8);
  }

  private static long word(byte[] bytes, int from) {
    long word = 0;
    for (int i = from; i < from + 8; i++) {
      word = (word << 8) | (i < bytes.length ? bytes[i] & 255 : 0);
    }
    return word;
  }
}
