/// PKCS#11 over `java.lang.foreign`: keys that live on the token, signatures and MACs made there,
/// and recovery when the token, its module or the way to it fails. There is no software key to
/// fall back to: while the token is away, every call is refused.
package dev.mayfly.keys;
