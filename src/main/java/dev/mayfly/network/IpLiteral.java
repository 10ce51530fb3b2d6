package dev.mayfly.network;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// The textual form of an address, both ways, without the resolver: no text ever becomes a DNS
/// query.
/// Why not `InetAddress.ofLiteral`: it takes scope ids and over-long groups, and prints IPv6
/// uncompressed. One address must have one text, because texts are compared in claims and logs.
public final class IpLiteral {
  private static final int LONGEST = 45; // eight groups, the last two written as IPv4

  private IpLiteral() {}

  /// Shape: dotted decimal without leading zeros, or RFC 4291 §2.2 without a scope id. An
  /// IPv4-mapped IPv6 address becomes the IPv4 address.
  /// Errors: `IllegalArgumentException`.
  public static InetAddress parse(String text) {
    byte[] bytes = text.length() > LONGEST ? null : text.indexOf(':') < 0 ? v4(text) : v6(text);
    if (bytes == null) {
      throw new IllegalArgumentException("not an IP address");
    }
    return ofBytes(bytes);
  }

  /// The canonical text: dotted decimal, or RFC 5952 §4 for IPv6.
  static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4 ? v4Text(bytes) : v6Text(bytes);
  }

  static InetAddress ofBytes(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
    }
  }

  private static byte[] v4(String text) {
    byte[] bytes = new byte[4];
    int at = 0;
    int value = -1;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? '.' : text.charAt(i);
      if (c == '.') {
        if (value < 0 || at == 4) {
          return null;
        }
        bytes[at++] = (byte) value;
        value = -1;
      } else if (c >= '0'
          && c <= '9'
          && value != 0) { // a digit after a leading zero is octal to some
        value = Math.max(value, 0) * 10 + (c - '0');
        if (value > 255) {
          return null;
        }
      } else {
        return null;
      }
    }
    return at == 4 ? bytes : null;
  }

  private static byte[] v6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      byte[] all = groups(text);
      return all != null && all.length == 16 ? all : null;
    }
    byte[] head = groups(text.substring(0, gap));
    byte[] tail = groups(text.substring(gap + 2));
    if (head == null || tail == null || head.length + tail.length > 14) {
      return null; // the gap stands for at least one group
    }
    if (text.substring(0, gap).indexOf('.') >= 0) {
      return null; // dotted decimal may stand only at the very end
    }
    byte[] bytes = new byte[16];
    System.arraycopy(head, 0, bytes, 0, head.length);
    System.arraycopy(tail, 0, bytes, 16 - tail.length, tail.length);
    return bytes;
  }

  private static byte[] groups(String text) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] groups = text.split(":", -1);
    boolean dotted = groups[groups.length - 1].indexOf('.') >= 0;
    byte[] bytes = new byte[groups.length * 2 + (dotted ? 2 : 0)];
    for (int i = 0; i < groups.length - (dotted ? 1 : 0); i++) {
      if (!isGroup(groups[i])) {
        return null;
      }
      int value = Integer.parseInt(groups[i], 16);
      bytes[2 * i] = (byte) (value >> 8);
      bytes[2 * i + 1] = (byte) value;
    }
    if (dotted) {
      byte[] last = v4(groups[groups.length - 1]);
      if (last == null) {
        return null;
      }
      System.arraycopy(last, 0, bytes, bytes.length - 4, 4);
    }
    return bytes;
  }

  private static boolean isGroup(String text) {
    return !text.isEmpty()
        && text.length() <= 4
        && text.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0);
  }

  private static String v4Text(byte[] b) {
    return (b[0] & 255) + "." + (b[1] & 255) + "." + (b[2] & 255) + "." + (b[3] & 255);
  }

  /// RFC 5952 §4.2: the longest run of two or more zero groups is `::`, the first one of equals.
  private static String v6Text(byte[] bytes) {
    int bestAt = -1;
    int best = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && bytes[2 * (i + run)] == 0 && bytes[2 * (i + run) + 1] == 0) {
        run++;
      }
      if (run > best) {
        best = run;
        bestAt = i;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == bestAt) {
        text.append("::");
        i += best - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(((bytes[2 * i] & 255) << 8) | (bytes[2 * i + 1] & 255)));
    }
    return text.toString();
  }
}
