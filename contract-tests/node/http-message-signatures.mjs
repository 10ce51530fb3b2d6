// Signs one request with each of the keys, by the library's own helpers. JSON in on stdin, JSON out on stdout.
import { createPrivateKey, randomUUID } from 'node:crypto';
import { createSigner, httpbis } from 'http-message-signatures';

const input = JSON.parse(await new Response(process.stdin).text());
const told = [];
for (const { algorithm, keyid, secret, jwk } of input.keys) {
  const key = secret ? Buffer.from(secret, 'base64url') : createPrivateKey({ key: jwk, format: 'jwk' });
  const signed = await httpbis.signMessage(
    {
      key: createSigner(key, algorithm, keyid),
      fields: input.fields,
      params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
      paramValues: { expires: new Date(Date.now() + 20_000), nonce: randomUUID(), tag: 'xrq-v1' },
    },
    input.request,
  );
  told.push(signed.headers);
}
process.stdout.write(JSON.stringify(told));
