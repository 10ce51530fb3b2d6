package dev.mayfly.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestedCredentialDataConverter;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.AuthenticationRequest;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationData;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.RegistrationRequest;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.data.client.CollectedClientData;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.client.challenge.DefaultChallenge;
import com.webauthn4j.server.ServerProperty;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Account;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// WebAuthn without state: what the browser is asked, and whether its answer is genuine. User
/// verification (a PIN, a finger) is always required: the device is one factor, this the other.
/// No attestation is asked for: which make of authenticator it is decides nothing here.
final class Passkeys {
  private static final Logger LOG = Logger.getLogger(Passkeys.class);

  /// ES256, EdDSA, RS256: what platforms and keys in use can do.
  private static final List<COSEAlgorithmIdentifier> ALGORITHMS =
      List.of(
          COSEAlgorithmIdentifier.ES256,
          COSEAlgorithmIdentifier.EdDSA,
          COSEAlgorithmIdentifier.RS256);

  private final String site;
  private final Origin origin;
  private final ObjectConverter converter = new ObjectConverter();
  private final WebAuthnManager webauthn =
      WebAuthnManager.createNonStrictWebAuthnManager(converter);

  /// `baseUrl`: where browsers reach the broker; its host is what passkeys belong to.
  Passkeys(String baseUrl) {
    URI url = URI.create(baseUrl);
    this.site = url.getHost();
    this.origin = new Origin(Site.origin(url));
  }

  /// A genuine answer: which passkey, of whom it says it is, and how often it has signed.
  record Assertion(String credentialId, Optional<UUID> user, long signCount) {}

  /// PublicKeyCredentialCreationOptions, as JSON.
  ObjectNode creation(String challenge, Account account) {
    ObjectNode options = Answers.JSON.createObjectNode().put("challenge", challenge);
    options.putObject("rp").put("id", site).put("name", "Mayfly");
    options
        .putObject("user")
        .put("id", AdminSecrets.encode(handle(account.id())))
        .put("name", account.name())
        .put("displayName", account.name());
    ArrayNode algorithms = options.putArray("pubKeyCredParams");
    for (COSEAlgorithmIdentifier algorithm : ALGORITHMS) {
      algorithms.addObject().put("type", "public-key").put("alg", algorithm.getValue());
    }
    options
        .putObject("authenticatorSelection")
        .put("residentKey", "required")
        .put("requireResidentKey", true)
        .put("userVerification", "required");
    options.put("attestation", "none").put("timeout", SessionLife.CHALLENGE.toMillis());
    credentials(options.putArray("excludeCredentials"), account);
    return options;
  }

  /// PublicKeyCredentialRequestOptions, as JSON. Without an account the browser offers what it
  /// has, and we tell nobody who our admins are.
  ObjectNode request(String challenge, Optional<Account> account) {
    ObjectNode options =
        Answers.JSON
            .createObjectNode()
            .put("challenge", challenge)
            .put("rpId", site)
            .put("userVerification", "required")
            .put("timeout", SessionLife.CHALLENGE.toMillis());
    ArrayNode allowed = options.putArray("allowCredentials");
    account.ifPresent(known -> credentials(allowed, known));
    return options;
  }

  private static void credentials(ArrayNode list, Account account) {
    for (Account.Passkey passkey : account.passkeys()) {
      list.addObject().put("type", "public-key").put("id", passkey.credentialId());
    }
  }

  /// The challenge that the browser says it answers; what it is worth is not known yet.
  static Optional<String> challenge(JsonNode credential) {
    try {
      JsonNode data = Answers.JSON.readTree(part(credential, "clientDataJSON"));
      return Optional.of(data.path("challenge").asText(""));
    } catch (java.io.IOException | IllegalArgumentException unreadable) {
      return Optional.empty();
    }
  }

  /// A new passkey, if the answer is genuine. `challenge`: known to be ours and for this.
  Optional<Account.Passkey> register(
      JsonNode credential, String challenge, String name, Instant now) {
    try {
      RegistrationData data =
          webauthn.verify(
              new RegistrationRequest(
                  part(credential, "attestationObject"), part(credential, "clientDataJSON")),
              new RegistrationParameters(
                  server(challenge),
                  ALGORITHMS.stream()
                      .map(
                          algorithm ->
                              new PublicKeyCredentialParameters(
                                  PublicKeyCredentialType.PUBLIC_KEY, algorithm))
                      .toList(),
                  true,
                  true));
      requireSameOrigin(data.getCollectedClientData());
      AuthenticatorData<?> made = data.getAttestationObject().getAuthenticatorData();
      byte[] kept =
          new AttestedCredentialDataConverter(converter).convert(made.getAttestedCredentialData());
      return Optional.of(
          new Account.Passkey(
              AdminSecrets.encode(made.getAttestedCredentialData().getCredentialId()),
              name,
              AdminSecrets.encode(kept),
              made.getSignCount(),
              made.isFlagBE(),
              now,
              Optional.empty()));
    } catch (RuntimeException unreadable) {
      // The library reads what strangers send: whatever it stumbles over is not genuine.
      return refused(unreadable);
    }
  }

  /// Which passkey the answer names, unverified.
  static Optional<String> credentialId(JsonNode credential) {
    String id = credential.path("id").asText("");
    return id.matches("[A-Za-z0-9_-]{16,1400}") ? Optional.of(id) : Optional.empty();
  }

  /// The answer of this passkey, if it is genuine. Whether it has been counted backwards is for
  /// the table to say, at the moment in which it counts.
  Optional<Assertion> authenticate(JsonNode credential, String challenge, Account.Passkey passkey) {
    try {
      byte[] id = Base64.getUrlDecoder().decode(passkey.credentialId());
      JsonNode user = credential.path("response").path("userHandle");
      AuthenticationData data =
          webauthn.verify(
              new AuthenticationRequest(
                  id,
                  user.isTextual() ? Base64.getUrlDecoder().decode(user.asText()) : null,
                  part(credential, "authenticatorData"),
                  part(credential, "clientDataJSON"),
                  part(credential, "signature")),
              new AuthenticationParameters(
                  server(challenge), kept(passkey), List.of(id), true, true));
      requireSameOrigin(data.getCollectedClientData());
      return Optional.of(
          new Assertion(
              passkey.credentialId(),
              Optional.ofNullable(data.getUserHandle()).flatMap(Passkeys::user),
              data.getAuthenticatorData().getSignCount()));
    } catch (RuntimeException unreadable) {
      return refused(unreadable);
    }
  }

  private CredentialRecordImpl kept(Account.Passkey passkey) {
    return new CredentialRecordImpl(
        null,
        true,
        passkey.backup(),
        null,
        0,
        new AttestedCredentialDataConverter(converter)
            .convert(Base64.getUrlDecoder().decode(passkey.credential())),
        null,
        null,
        null,
        null);
  }

  private ServerProperty server(String challenge) {
    return new ServerProperty(
        origin, site, new DefaultChallenge(Base64.getUrlDecoder().decode(challenge)));
  }

  /// A page of somebody else must not ask through a frame.
  private static void requireSameOrigin(CollectedClientData data) {
    if (Boolean.TRUE.equals(data.getCrossOrigin())) {
      throw new IllegalArgumentException("the answer was given to another site's page");
    }
  }

  private static byte[] part(JsonNode credential, String name) {
    return Base64.getUrlDecoder().decode(credential.path("response").path(name).asText(""));
  }

  /// What the passkey keeps of its owner: the 16 bytes of the account's id.
  static byte[] handle(UUID account) {
    return ByteBuffer.allocate(16)
        .putLong(account.getMostSignificantBits())
        .putLong(account.getLeastSignificantBits())
        .array();
  }

  private static Optional<UUID> user(byte[] handle) {
    if (handle.length != 16) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(handle);
    return Optional.of(new UUID(bytes.getLong(), bytes.getLong()));
  }

  private static <T> Optional<T> refused(RuntimeException because) {
    LOG.debugf("a passkey's answer is refused: %s", because.getClass().getSimpleName());
    return Optional.empty();
  }
}
