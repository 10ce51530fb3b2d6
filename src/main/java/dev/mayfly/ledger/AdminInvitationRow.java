package dev.mayfly.ledger;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

@Entity
@Table(name = "admin_invitations")
class AdminInvitationRow {
  /// As for [ClientRow#COLUMNS].
  static final String COLUMNS = "invitation_id, admin_id, digest, mac_kid, created_at, expires_at";

  @Id
  @Column(name = "invitation_id")
  UUID invitationId;

  @Column(name = "admin_id")
  UUID adminId;

  @Column(name = "digest")
  String digest;

  @Column(name = "mac_kid")
  String macKid;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "expires_at")
  Instant expiresAt;

  static AdminInvitationRow of(AdminInvitation invitation, UUID admin) {
    AdminInvitationRow row = new AdminInvitationRow();
    row.invitationId = invitation.id();
    row.adminId = admin;
    row.digest = invitation.kept().digest();
    row.macKid = invitation.kept().macKid();
    row.createdAt = invitation.createdAt();
    row.expiresAt = invitation.expiresAt();
    return row;
  }

  AdminInvitation invitation() {
    return new AdminInvitation(
        invitationId, adminId, new Account.Hash(macKid, digest), createdAt, expiresAt);
  }
}
