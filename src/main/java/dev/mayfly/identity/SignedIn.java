package dev.mayfly.identity;

/// A session, and the two things that its browser needs. `cookie` goes into a cookie that no
/// script can read (a program sends it as its bearer token), `csrf` into a header that only a
/// script of ours can set.
public record SignedIn(Admin admin, String cookie, String csrf) {
  @Override
  public String toString() {
    return "SignedIn[" + admin.name() + "]";
  }
}
