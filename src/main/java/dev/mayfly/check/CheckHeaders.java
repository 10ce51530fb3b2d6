package dev.mayfly.check;

import io.vertx.core.http.HttpHeaders;

/// The header fields of a verdict that lets a request pass, in the shape that costs least to
/// write.
final class CheckHeaders {
  static final CharSequence CACHE_CONTROL = HttpHeaders.CACHE_CONTROL;
  static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
  static final CharSequence REALM = HttpHeaders.createOptimized("X-Mayfly-Realm");
  static final CharSequence SUBJECT = HttpHeaders.createOptimized("X-Mayfly-Subject");
  static final CharSequence CLIENT_ID = HttpHeaders.createOptimized("X-Mayfly-Client-Id");
  static final CharSequence GRANT_ID = HttpHeaders.createOptimized("X-Mayfly-Grant-Id");
  static final CharSequence SCOPE = HttpHeaders.createOptimized("X-Mayfly-Scope");
  static final CharSequence AUTHORIZATION_DETAILS =
      HttpHeaders.createOptimized("X-Mayfly-Authorization-Details");
  static final CharSequence ATTESTATION = HttpHeaders.createOptimized("X-Mayfly-Attestation");
  static final CharSequence JTI = HttpHeaders.createOptimized("X-Mayfly-Jti");
  static final CharSequence EXP = HttpHeaders.createOptimized("X-Mayfly-Exp");
  static final CharSequence CONTENT_DIGEST = HttpHeaders.createOptimized("X-Mayfly-Content-Digest");
  static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Mayfly-Request-Id");
  static final CharSequence UPSTREAM_TOKEN = HttpHeaders.createOptimized("X-Mayfly-Upstream-Token");

  private CheckHeaders() {}
}
