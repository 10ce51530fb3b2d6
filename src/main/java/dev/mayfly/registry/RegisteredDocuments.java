package dev.mayfly.registry;

import dev.mayfly.ledger.Registration;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RegistrationPolicy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/// The documents of registered clients, each read when somebody asks for its client: reading a
/// hundred thousand of them takes longer than a change may take to be in force.
final class RegisteredDocuments {
  private static final Logger LOG = Logger.getLogger(RegisteredDocuments.class);
  private static final int MOST = 20_000;

  private final RealmConfig realm;
  private final Map<ClientId, Reading> readings = new ConcurrentHashMap<>();

  private record Reading(String document, Optional<ClientConfig> client) {}

  RegisteredDocuments(RealmConfig realm) {
    this.realm = realm;
  }

  /// Those of before, where the realm is the same: what was read need not be read again.
  static RegisteredDocuments of(RealmConfig realm, Optional<AppliedRealm> before) {
    return before
        .map(AppliedRealm::documents)
        .filter(documents -> documents.realm.equals(realm))
        .orElseGet(() -> new RegisteredDocuments(realm));
  }

  /// Empty when the realm does not allow such a client any more: it is refused until one of the two
  /// is changed.
  Optional<ClientConfig> read(ClientId id, Registration.Document document) {
    Reading known = readings.get(id);
    if (known == null || !known.document().equals(document.json())) {
      if (readings.size() >= MOST) {
        readings.clear();
      }
      known = new Reading(document.json(), read(id, document.json()));
      readings.put(id, known);
    }
    return known.client();
  }

  private Optional<ClientConfig> read(ClientId id, String json) {
    Optional<RegistrationPolicy> policy = realm.registration();
    if (policy.isEmpty()) {
      LOG.warnf("client %s of realm %s is refused: it takes no registrations", id, realm.realm());
      return Optional.empty();
    }
    try {
      ClientConfig client = policy.get().completed(realm.readClient(id.value(), json));
      Optional<RegistrationPolicy.Objection> objection = policy.get().objection(client);
      objection.ifPresent(
          what -> LOG.warnf("client %s of realm %s is refused: %s", id, realm.realm(), what));
      return objection.isPresent() ? Optional.empty() : Optional.of(client);
    } catch (RealmConfigException misfit) {
      LOG.warnf("client %s of realm %s is refused: %s", id, realm.realm(), misfit.getMessage());
      return Optional.empty();
    }
  }
}
