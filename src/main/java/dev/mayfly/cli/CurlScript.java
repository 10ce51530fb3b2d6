package dev.mayfly.cli;

import java.nio.file.Path;

/// The token exchange as text to paste into bash, for a person with curl, openssl and the
/// credentials file. It stays good for as long as the attestation does: challenge and proof are
/// made when it runs.
///
/// No secret is in the text, nor in the arguments of any program it starts: secrets are read from
/// the files and reach curl and openssl through pipes (`printf` is a builtin of bash). The whole is
/// one subshell, so that pasting it neither changes nor ends the person's shell; no `!` and no tab
/// occurs, which an interactive bash would act on.
record CurlScript(
    String arguments,
    String metadataUri,
    Path certificateAuthority,
    Path credentials,
    Path tokens,
    boolean attested,
    boolean refresh,
    String scope,
    String authorizationDetails) {

  /// The script reads the secret with `sed` and hands it to curl as it stands: true when that is
  /// the same as reading JSON and form-encoding (RFC 6749 §2.3.1).
  static boolean canCarry(String clientSecret) {
    return clientSecret.matches("[A-Za-z0-9._-]+");
  }

  String text() {
    StringBuilder text = new StringBuilder(head());
    if (attested) {
      text.append(PROOF);
    }
    text.append(request());
    text.append(TAIL);
    return text.toString();
  }

  private String head() {
    return """
        # ./mayfly token %s, with curl and openssl only: paste all of it into bash.
        (
        set -eu -o pipefail
        credentials=%s
        tokens=%s
        ca=%s

        # One string member of a JSON text.
        member() { sed -n 's/.*"'"$1"'" *: *"\\([^"]*\\)".*/\\1/p'; }

        # Where the endpoints are (RFC 8414).
        metadata=$(curl -sS --fail --cacert "$ca" %s)
        issuer=$(member issuer <<<"$metadata")
        """
        .formatted(
            arguments + (refresh ? " --refresh" : ""),
            quoted(credentials.toString()),
            quoted(tokens.toString()),
            quoted(certificateAuthority.toString()),
            quoted(metadataUri));
  }

  private static final String PROOF =
      """

      # A challenge, and a proof of the instance key that answers it: a JWT signed with ES256.
      challenge=$(curl -sS --fail --cacert "$ca" -X POST \\
        "$(member challenge_endpoint <<<"$metadata")" | member attestation_challenge)
      base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
      # The member d of the JWK as PEM: SEC 1 ECPrivateKey, curve P-256.
      instance_key() {
        echo '-----BEGIN EC PRIVATE KEY-----'
        {
          printf '\\x30\\x31\\x02\\x01\\x01\\x04\\x20'
          { member d <"$credentials" | tr -d '\\n' | tr '_-' '/+'; echo '='; } |
            openssl base64 -d -A
          printf '\\xa0\\x0a\\x06\\x08\\x2a\\x86\\x48\\xce\\x3d\\x03\\x01\\x07'
        } | openssl base64
        echo '-----END EC PRIVATE KEY-----'
      }
      # openssl signs in DER; a JWS wants the two numbers as 32 bytes each (RFC 7518 3.4).
      es256() {
        local numbers
        numbers=$(openssl dgst -sha256 -sign <(instance_key) | openssl asn1parse -inform DER |
          grep INTEGER | while read -r line; do printf '%64s' "${line##*:}"; done | tr ' ' 0)
        printf "$(sed 's/../\\\\x&/g' <<<"$numbers")" | base64url
      }
      header='{"typ":"oauth-client-attestation-pop+jwt","alg":"ES256"}'
      claims=$(printf '{"aud":"%s","jti":"%s","iat":%s,"challenge":"%s"}' \\
        "$issuer" "$(openssl rand -hex 16)" "$(date +%s)" "$challenge")
      pop="$(printf %s "$header" | base64url).$(printf %s "$claims" | base64url)"
      pop="$pop.$(printf %s "$pop" | es256)"
      """;

  private String request() {
    StringBuilder request = new StringBuilder();
    request.append("\n# The token request. What is secret goes to curl on its standard input.\n");
    request.append("response=$(curl -sS --cacert \"$ca\" --config - \\\n");
    request.append("  --data-urlencode 'grant_type=");
    request.append(refresh ? "refresh_token' \\\n" : "client_credentials' \\\n");
    if (!scope.isEmpty()) {
      request.append("  --data-urlencode ").append(quoted("scope=" + scope)).append(" \\\n");
    }
    if (!authorizationDetails.isEmpty()) {
      request
          .append("  --data-urlencode ")
          .append(quoted("authorization_details=" + authorizationDetails))
          .append(" \\\n");
    }
    request.append("  \"$(member token_endpoint <<<\"$metadata\")\" <<CONFIG\n");
    request.append(
        """
        user = "$(member client_id <"$credentials"):$(member client_secret <"$credentials")"
        """);
    if (attested) {
      request.append(
          """
          header = "OAuth-Client-Attestation: $(member attestation <"$credentials")"
          header = "OAuth-Client-Attestation-PoP: $pop"
          """);
    }
    if (refresh) {
      request.append(
          """
          data-urlencode = "refresh_token=$(member refresh_token <"$tokens")"
          """);
    }
    request.append("CONFIG\n)\n");
    return request.toString();
  }

  private static final String TAIL =
      """

      # Kept as ./mayfly token keeps it, for --refresh.
      if grep -q access_token <<<"$response"; then
        umask 077
        mkdir -p "$(dirname "$tokens")"
        printf '%s\\n' "$response" >"$tokens.new"
        mv "$tokens.new" "$tokens"
      fi
      printf '%s\\n' "$response"
      )
      """;

  /// One word of bash, whatever is in it.
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
