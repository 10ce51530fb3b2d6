// The broker as oauth4webapi sees it, with no check of its own switched off. JSON in on stdin, JSON out on stdout.
import * as oauth from 'oauth4webapi';
import * as jose from 'jose';
import https from 'node:https';

const input = JSON.parse(await new Response(process.stdin).text());
const issuer = new URL(input.issuer);
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' }),
);
const client = { client_id: input.client_id };
// With a certificate the library sends requests by the endpoints' mTLS aliases, through a fetch that shows it.
const authentication = input.certificate ? oauth.TlsClientAuth() : await privateKeyJwt(input.client_key);
if (input.certificate) client.use_mtls_endpoint_aliases = true;
const options = input.certificate ? { [oauth.customFetch]: fetchWithCertificate } : {};
const DPoP = input.dpop ? oauth.DPoP(client, await oauth.generateKeyPair('ES256')) : undefined;
const told = { nonce_errors: 0 };

const first = await answered(
  () =>
    oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: input.scope }, { DPoP, ...options }),
  (response) => oauth.processClientCredentialsResponse(as, client, response),
);
told.token_type = first.token_type;
told.access_token = first.access_token;
if (first.refresh_token) {
  const second = await answered(
    () => oauth.refreshTokenGrantRequest(as, client, authentication, first.refresh_token, { DPoP, ...options }),
    (response) => oauth.processRefreshTokenResponse(as, client, response),
  );
  told.refreshed_token_type = second.token_type;
  told.rotated = second.refresh_token !== first.refresh_token;
}
process.stdout.write(JSON.stringify(told));

/** RFC 9449 section 8: one more try with the nonce that the library took from the refusal. */
async function answered(ask, read) {
  try {
    return await read(await ask());
  } catch (error) {
    if (!DPoP || !oauth.isDPoPNonceError(error)) throw error;
    told.nonce_errors++;
    return read(await ask());
  }
}

async function privateKeyJwt(jwk) {
  return oauth.PrivateKeyJwt({ key: await jose.importJWK(jwk, 'ES256'), kid: jwk.kid });
}

function fetchWithCertificate(url, { method, headers, body }) {
  const { certificate: cert, key } = input;
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method, headers, cert, key }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve(new Response(Buffer.concat(chunks), { status: response.statusCode, headers: response.headers })),
      );
    });
    request.on('error', reject);
    request.end(body.toString());
  });
}
