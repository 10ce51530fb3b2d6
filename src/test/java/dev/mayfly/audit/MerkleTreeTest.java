package dev.mayfly.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
  /// The reference data of the certificate transparency project's own tests of this tree.
  private static final List<String> LEAVES =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  private static final List<String> ROOTS =
      List.of(
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  @Test
  void theRootsAreThoseOfTheReference() {
    MerkleTree tree = new MerkleTree();
    for (int i = 0; i < LEAVES.size(); i++) {
      tree.add(MerkleTree.leaf(HexFormat.of().parseHex(LEAVES.get(i))));
      assertEquals(ROOTS.get(i), HexFormat.of().formatHex(tree.root()), i + 1 + " leaves");
    }
  }

  @Test
  void theRootOfNothingIsTheHashOfNothing() {
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        HexFormat.of().formatHex(new MerkleTree().root()));
  }

  /// The standard's own words: split at the largest power of two below the number of leaves.
  private static byte[] bySplitting(List<byte[]> leaves) {
    if (leaves.size() == 1) {
      return leaves.getFirst();
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    byte[] left = bySplitting(leaves.subList(0, split));
    byte[] right = bySplitting(leaves.subList(split, leaves.size()));
    return MerkleTree.sha256(ByteBuffer.allocate(65).put((byte) 1).put(left).put(right).array());
  }

  @Test
  void growingGivesTheSameRootAsSplitting() {
    List<byte[]> leaves = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      leaves.add(MerkleTree.leaf(new byte[] {(byte) i}));
      assertArrayEquals(bySplitting(leaves), MerkleTree.root(leaves), i + 1 + " leaves");
    }
  }
}
