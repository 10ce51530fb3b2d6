/// Realm files: what they may say, read strictly, compared readably.
///
/// One reader serves the operator's YAML and the stored JSON of an applied realm: both have the
/// shape of `realm-config/realm.schema.json`, and JSON is a part of YAML.
package dev.mayfly.realm;
