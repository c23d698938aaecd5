// Creates a card with a number encrypted by jose, and finds it again by that number.
//
// Usage: node jwe_node.mjs BASE_URL, of a sandbox server.

import { X509Certificate, createHash, randomInt, webcrypto } from 'node:crypto';
import { CompactEncrypt, importX509 } from 'jose';

// Node.js 18 has Web Crypto, but not where jose looks for it.
globalThis.crypto ??= webcrypto;

const baseUrl = process.argv[2].replace(/\/$/, '');
const credentials = Buffer.from('sandbox:sandbox').toString('base64');

async function main() {
  const certificate = await call('GET', '/kortti/v1/certificates/jwe');
  const number = cardNumber();
  const created = JSON.parse(
    await call('POST', '/card/v4/VISA_VIRTUAL/customer/1001/account/2001/MAIN?auditUser=interop', {
      body: { encryptedData: await encrypt(number, certificate) },
      expected: 201,
    }),
  );
  // Encrypted anew, so that nothing but the number inside can lead to the card.
  const found = JSON.parse(
    await call('POST', '/card/v4/card/cardnumber?auditUser=interop', {
      body: { encryptedData: await encrypt(number, certificate) },
    }),
  );
  const masked = `${number.slice(0, 6)}______${number.slice(-4)}`;
  check('id', found.id, created.id);
  check('maskedCardNumber', found.maskedCardNumber, masked);
  console.log(`jwe_node: card ${found.id} was created and found as ${masked}`);
}

// A Visa number in the sandbox's range, with nine random digits and the Luhn check digit.
function cardNumber() {
  const digits = '411111' + String(randomInt(1_000_000_000)).padStart(9, '0');
  // The check digit will stand on the right, so the last digit here is the first to be doubled.
  const doubled = [...digits].reverse().map((digit, place) => Number(digit) * (place % 2 === 0 ? 2 : 1));
  const total = doubled.reduce((sum, value) => sum + Math.floor(value / 10) + (value % 10), 0);
  return digits + String((10 - (total % 10)) % 10);
}

// The card number in a compact JWE that names the certificate by its SHA-256 thumbprint.
async function encrypt(number, certificate) {
  const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url');
  return new CompactEncrypt(Buffer.from(JSON.stringify({ cardNumber: number })))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', 'x5t#S256': thumbprint })
    .encrypt(await importX509(certificate, 'RSA-OAEP-256'));
}

async function call(method, path, { body, expected = 200 } = {}) {
  const response = await fetch(baseUrl + path, {
    method,
    headers: { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (response.status !== expected) {
    fail(`${method} ${path} answered ${response.status} instead of ${expected}: ${text}`);
  }
  return text;
}

function check(name, value, expected) {
  if (value !== expected) {
    fail(`${name} is ${value} instead of ${expected}`);
  }
}

function fail(why) {
  console.error(`jwe_node: ${why}`);
  process.exit(1);
}

await main();
