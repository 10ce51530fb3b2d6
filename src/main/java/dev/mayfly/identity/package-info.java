/// Who an admin is, and what that admin may do. Its story is in `src/docs/admins.md`.
package dev.mayfly.identity;
