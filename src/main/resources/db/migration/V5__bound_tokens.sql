-- What a grant's tokens are bound to beyond the instance.

alter table grants
  add confirmation_jkt text,           -- RFC 7638 thumbprint of the DPoP key; null: not bound to one
  add confirmation_x5t text;           -- SHA-256 of the client certificate, base64url; null likewise
