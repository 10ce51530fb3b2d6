package dev.mayfly.realm;

import dev.mayfly.network.Network;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.realm.RegistrationPolicy.StatementIssuer;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Reads `registration`: a part of what the realm defines above it.
record RegistrationReader(List<String> audiences, Set<String> scopes, RealmPolicy policy) {
  private static final List<String> METHODS =
      RegistrationPolicy.POSSIBLE.stream().map(Value::word).toList();

  RegistrationPolicy read(Value value) {
    Fields fields =
        value.fields(
            "scopes",
            "audiences",
            "token_endpoint_auth_methods",
            "networks",
            "refresh",
            "unattested",
            "approval",
            "endpoint",
            "software_statements");
    List<String> own =
        fields
            .optional("audiences")
            .map(list -> list.list(item -> item.definedIn("the realm's audiences", audiences)))
            .orElse(audiences);
    List<AuthMethod> methods =
        fields
            .optional("token_endpoint_auth_methods")
            .map(list -> list.list(RegistrationReader::method))
            .orElse(List.of(AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.PRIVATE_KEY_JWT));
    Optional<List<Network>> networks = PolicyReader.network(fields, policy.network()).networks();
    Set<String> issuers = new HashSet<>();
    return new RegistrationPolicy(
        ScopeSet.of(
            fields.required("scopes").list(item -> item.definedIn("the realm's scopes", scopes))),
        own,
        EnumSet.copyOf(methods),
        networks,
        fields.optional("refresh").map(most -> PolicyReader.refresh(most, policy.refresh())),
        fields.optional("unattested").map(Value::bool).orElse(false),
        fields.optional("approval").map(Value::bool).orElse(false),
        fields.optional("endpoint").map(Value::bool).orElse(false),
        fields
            .optional("software_statements")
            .map(list -> list.list(item -> statement(item, issuers)))
            .orElse(List.of()));
  }

  private static AuthMethod method(Value item) {
    return AuthMethod.valueOf(item.oneOf(METHODS).toUpperCase(Locale.ROOT));
  }

  private static StatementIssuer statement(Value item, Set<String> issuers) {
    Fields fields = item.fields("issuer", "jwks");
    Value issuer = fields.required("issuer");
    StatementIssuer read =
        new StatementIssuer(issuer.text(), JwksReader.read(fields.required("jwks")).keys());
    if (!issuers.add(read.issuer())) {
      throw issuer.refuse("stands twice");
    }
    return read;
  }
}
