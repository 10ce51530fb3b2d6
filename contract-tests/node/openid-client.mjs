// The broker as openid-client sees it. One story per run: JSON in on stdin, JSON out on stdout.
import * as openid from 'openid-client';
import * as jose from 'jose';

const input = JSON.parse(await new Response(process.stdin).text());
const told = await stories()[input.story]();
process.stdout.write(JSON.stringify(told));

function stories() {
  const basic = () => openid.ClientSecretBasic(input.client_secret);
  return {
    'oidc-discovery': async () => token(await discovered(basic(), 'oidc')),
    'oauth2-discovery': async () => token(await discovered(basic(), 'oauth2')),
    post: async () => token(await discovered(openid.ClientSecretPost(input.client_secret), 'oauth2')),
    'private-key-jwt': async () => {
      const key = await jose.importJWK(input.client_key, 'ES256');
      const method = openid.PrivateKeyJwt({ key, kid: input.client_key.kid });
      return token(await discovered(method, 'oauth2'), 'orders:read');
    },
    life: async () => life(await discovered(basic(), 'oauth2')),
    refusal: async () => {
      try {
        return await token(await discovered(basic(), 'oauth2'));
      } catch (error) {
        return refusal(error);
      }
    },
  };
}

async function discovered(method, algorithm) {
  const config = await openid.discovery(new URL(input.issuer), input.client_id, undefined, method, {
    algorithm,
  });
  if (input.attestation) config[openid.customFetch] = attesting(config);
  return config;
}

/** All that a stock library lacks: the attestation and a fresh proof in two headers. */
function attesting(config) {
  return async (url, options) => {
    const { challenge_endpoint, issuer } = config.serverMetadata();
    const answer = await fetch(challenge_endpoint, { method: 'POST' });
    const { attestation_challenge } = await answer.json();
    const proof = await new jose.SignJWT({ challenge: attestation_challenge })
      .setProtectedHeader({ alg: 'ES256', typ: 'oauth-client-attestation-pop+jwt' })
      .setAudience(issuer)
      .setIssuedAt()
      .setJti(crypto.randomUUID())
      .sign(await jose.importJWK(input.instance_key, 'ES256'));
    const headers = new Headers(options.headers);
    headers.set('OAuth-Client-Attestation', input.attestation);
    headers.set('OAuth-Client-Attestation-PoP', proof);
    return fetch(url, { ...options, headers });
  };
}

function token(config, scope = 'balance:read') {
  return openid.clientCredentialsGrant(config, { scope });
}

async function life(config) {
  const first = await token(config, 'orders:read');
  const second = await openid.refreshTokenGrant(config, first.refresh_token);
  const before = await openid.tokenIntrospection(config, second.access_token);
  await openid.tokenRevocation(config, second.refresh_token);
  const after = await openid.tokenIntrospection(config, second.access_token);
  let refresh_after;
  try {
    await openid.refreshTokenGrant(config, second.refresh_token);
  } catch (error) {
    refresh_after = refusal(error).error;
  }
  return {
    rotated: second.refresh_token !== first.refresh_token,
    active_before: before.active,
    active_after: after.active,
    refresh_after,
  };
}

/** openid-client reports an error body, or, when there is a WWW-Authenticate header, the challenge. */
function refusal(error) {
  if (error instanceof openid.ResponseBodyError) {
    return { error: error.error, status: error.status };
  }
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    return { error: 'invalid_client', status: error.status };
  }
  throw error;
}
