package dev.mayfly.signature;

/// A field that is not what it should be. The message says why, in words of ours only: it may be
/// shown to the client.
public final class MalformedField extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedField(String because) {
    super(because);
  }
}
