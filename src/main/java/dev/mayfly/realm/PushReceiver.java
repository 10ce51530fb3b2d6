package dev.mayfly.realm;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.KeySource.RemoteDocument;
import java.util.Optional;

/// A client to which its stream of security events may be pushed (RFC 8935), and where: no address
/// comes from anywhere else.
///
/// @param authorizationFile the file on the broker's host with the value of the header
/// `Authorization`; empty: the receiver asks for none
public record PushReceiver(
    ClientId client, RemoteDocument endpoint, Optional<String> authorizationFile) {
  /// Without this scope nobody has a stream.
  public static final String SCOPE = "ssf.manage";
}
