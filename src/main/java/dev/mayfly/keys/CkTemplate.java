package dev.mayfly.keys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// An array of `CK_ATTRIBUTE` (type, pointer to the value, length of the value; 24 bytes each) in
/// the memory of an arena.
final class CkTemplate {
  private static final long ATTRIBUTE = 24;
  private static final long VALUE = 8;
  private static final long LENGTH = 16;
  private static final int CAPACITY = 16;

  /// `CK_UNAVAILABLE_INFORMATION`: what the module writes as the length of a value it will not
  /// give.
  private static final long UNAVAILABLE = -1;

  private final Arena arena;
  private final MemorySegment attributes;
  private int count;

  CkTemplate(Arena arena) {
    this.arena = arena;
    this.attributes = arena.allocate(ATTRIBUTE * CAPACITY, 8);
  }

  CkTemplate with(long type, boolean value) {
    MemorySegment held = arena.allocate(JAVA_BYTE);
    held.set(JAVA_BYTE, 0, (byte) (value ? 1 : 0));
    return add(type, held);
  }

  CkTemplate with(long type, long value) {
    return add(type, arena.allocateFrom(JAVA_LONG, value));
  }

  CkTemplate with(long type, byte[] value) {
    return add(type, arena.allocateFrom(JAVA_BYTE, value));
  }

  /// A value that the caller keeps and wipes.
  CkTemplate with(long type, MemorySegment value) {
    return add(type, value);
  }

  /// Label, and the ID that goes with it.
  CkTemplate labelled(String label) {
    return with(Ck.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8))
        .with(Ck.CKA_ID, KeyLabel.id(label));
  }

  /// Room for a value that the module is to fill in.
  CkTemplate room(long type, long length) {
    return add(type, arena.allocate(length, 8));
  }

  private CkTemplate add(long type, MemorySegment value) {
    MemorySegment attribute = attributes.asSlice(ATTRIBUTE * count, ATTRIBUTE);
    attribute.set(JAVA_LONG, 0, type);
    attribute.set(ADDRESS, VALUE, value);
    attribute.set(JAVA_LONG, LENGTH, value.byteSize());
    count++;
    return this;
  }

  /// The value that the module filled in; empty where it gave none.
  @SuppressWarnings("restricted") // the pointer is one of our own allocations
  byte[] value(int index) {
    long length = attributes.get(JAVA_LONG, ATTRIBUTE * index + LENGTH);
    if (length == UNAVAILABLE) {
      return new byte[0];
    }
    return attributes
        .get(ADDRESS, ATTRIBUTE * index + VALUE)
        .reinterpret(length)
        .toArray(JAVA_BYTE);
  }

  boolean isTrue(int index) {
    byte[] value = value(index);
    return value.length == 1 && value[0] != 0;
  }

  MemorySegment segment() {
    return attributes;
  }

  long count() {
    return count;
  }
}
