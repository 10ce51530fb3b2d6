package dev.mayfly.keys;

/// The functions that are used, by name and by place in `CK_FUNCTION_LIST` (PKCS#11 2.x, where the
/// order is fixed; `C_Initialize` is the first).
enum CkFunction {
  C_Initialize(0),
  C_Finalize(1),
  C_GetInfo(2),
  C_GetFunctionList(3),
  C_GetSlotList(4),
  C_GetTokenInfo(6),
  C_GetMechanismInfo(8),
  C_InitToken(9),
  C_InitPIN(10),
  C_OpenSession(12),
  C_CloseSession(13),
  C_Login(18),
  C_CreateObject(20),
  C_CopyObject(21),
  C_DestroyObject(22),
  C_GetAttributeValue(24),
  C_FindObjectsInit(26),
  C_FindObjects(27),
  C_FindObjectsFinal(28),
  C_SignInit(42),
  C_Sign(43),
  C_GenerateKey(58),
  C_GenerateKeyPair(59),
  C_GenerateRandom(64);

  /// One past the last place that is used.
  static final int PLACES = 65;

  private final int place;

  CkFunction(int place) {
    this.place = place;
  }

  int place() {
    return place;
  }
}
