package dev.mayfly.audit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/// The tree of RFC 9162 §2.1.1 over SHA-256, grown leaf by leaf: it holds one hash for each of its
/// complete subtrees, however many leaves there are.
final class MerkleTree {
  static final int HASH_BYTES = 32;
  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  /// A complete subtree of 2^height leaves.
  private static final class Subtree {
    private final int height;
    private final byte[] hash;

    private Subtree(int height, byte[] hash) {
      this.height = height;
      this.hash = hash;
    }
  }

  /// From the left; each is higher than the next.
  private final List<Subtree> subtrees = new ArrayList<>();

  /// The hash of a leaf. Leaves and nodes are told apart by their first byte, so that none of one
  /// kind can be passed off as the other.
  static byte[] leaf(byte[] data) {
    MessageDigest digest = sha256();
    digest.update(LEAF);
    return digest.digest(data);
  }

  static byte[] sha256(byte[] data) {
    return sha256().digest(data);
  }

  static byte[] root(List<byte[]> leaves) {
    MerkleTree tree = new MerkleTree();
    leaves.forEach(tree::add);
    return tree.root();
  }

  void add(byte[] leafHash) {
    Subtree last = new Subtree(0, leafHash);
    while (!subtrees.isEmpty() && subtrees.getLast().height == last.height) {
      last = new Subtree(last.height + 1, node(subtrees.removeLast().hash, last.hash));
    }
    subtrees.add(last);
  }

  /// Of no leaves: the hash of nothing.
  byte[] root() {
    if (subtrees.isEmpty()) {
      return sha256(new byte[0]);
    }
    byte[] root = subtrees.getLast().hash;
    for (Subtree left : subtrees.reversed().subList(1, subtrees.size())) {
      root = node(left.hash, root);
    }
    return root;
  }

  private static byte[] node(byte[] left, byte[] right) {
    MessageDigest digest = sha256();
    digest.update(NODE);
    digest.update(left);
    return digest.digest(right);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("this JDK has no SHA-256", impossible);
    }
  }
}
