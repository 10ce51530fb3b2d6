/// Admins from the first day: an authenticated endpoint on the management port, until the admin
/// API takes over. Its table is in `src/docs/contracts.md`.
package dev.mayfly.admin;
