-- What a grant's tokens may be used for beside their scope (RFC 9396 §2).

alter table grants
  add authorization_details text;      -- canonical JSON; null: scope alone decides
