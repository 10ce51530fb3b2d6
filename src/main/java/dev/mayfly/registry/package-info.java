/// The applied realms as every replica holds them in memory, with the keys and secrets that go
/// with them. The truth is in the database; what is held here is at most a second old.
package dev.mayfly.registry;
