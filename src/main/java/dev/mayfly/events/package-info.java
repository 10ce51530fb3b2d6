/// Security events for those who verify tokens by themselves: OpenID SSF 1.0 and CAEP 1.0.
package dev.mayfly.events;
