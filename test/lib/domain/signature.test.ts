import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import {
  deriveSecret,
  ownerWebhookSecret,
  type SecretName,
  signatureHeaders,
} from '../../../lib/domain/signature.ts';

const MASTER = 'a master secret of 32 bytes or more';

describe('deriveSecret', () => {
  // From Python: RFC 5869 by hand over hmac, without salt; info is the JSON array in UTF-8.
  test.each<[SecretName, string]>([
    [
      { purpose: 'webhook', owner: 'ada', endpoint: '', generation: 1 },
      'whsec_BfMf6T6TfQeHuhOeLGIwGXpdoB5fmkeT8DTCmFxRL04=',
    ],
    [
      { purpose: 'webhook', owner: 'acme/Zoë', endpoint: 'ep_1', generation: 2 },
      'whsec_LM+qQ8eV95YY+XJLzQUIubPof2OHY1Zk+qn2PAbTfCk=',
    ],
  ])('known answer: %j', (name, secret) => {
    expect(deriveSecret(MASTER, name)).toBe(secret);
  });

  test('the secret of an owner is the one without an endpoint, in its first generation', () => {
    expect(deriveSecret(MASTER, ownerWebhookSecret('ada'))).toBe(
      'whsec_BfMf6T6TfQeHuhOeLGIwGXpdoB5fmkeT8DTCmFxRL04=',
    );
  });

  test('whsec_ and 32 bytes, the same each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }), (owner) => {
        const secret = deriveSecret(MASTER, ownerWebhookSecret(owner));
        expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
        expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
        expect(deriveSecret(MASTER, ownerWebhookSecret(owner))).toBe(secret);
      }),
    );
  });

  const name = { purpose: 'webhook', owner: 'ada', endpoint: 'ep_1', generation: 1 } as const;
  test.each<[string, string, Partial<SecretName>]>([
    ['master', 'another master secret of 32 bytes', {}],
    ['owner', MASTER, { owner: 'bob' }],
    ['endpoint', MASTER, { endpoint: 'ep_2' }],
    ['generation', MASTER, { generation: 2 }],
  ])('another %s, another secret', (_, master, change) => {
    expect(deriveSecret(master, { ...name, ...change })).not.toBe(deriveSecret(MASTER, name));
  });

  test.each<[string, Partial<SecretName>, Partial<SecretName>]>([
    ['owner and endpoint', { owner: 'ab', endpoint: 'c' }, { owner: 'a', endpoint: 'bc' }],
    ['endpoint and generation', { endpoint: 'ep_', generation: 11 }, { endpoint: 'ep_1', generation: 1 }],
    ['one of them empty', { owner: 'ada', endpoint: '' }, { owner: '', endpoint: 'ada' }],
    ['the separators of JSON', { owner: 'a","b', endpoint: 'c' }, { owner: 'a', endpoint: 'b","c' }],
    ['backslashes', { owner: 'a\\', endpoint: '"b' }, { owner: 'a\\"', endpoint: 'b' }],
    ['a purpose in the owner', { owner: 'webhook', endpoint: 'a' }, { owner: '', endpoint: 'webhooka' }],
    ['composed and decomposed', { owner: '\u00e9' }, { owner: 'e\u0301' }],
    ['lone surrogates', { owner: '\ud800' }, { owner: '\ud801' }],
  ])('names that concatenate or encode alike have secrets of their own: %s', (_, one, other) => {
    expect(deriveSecret(MASTER, { ...name, ...one })).not.toBe(deriveSecret(MASTER, { ...name, ...other }));
  });
});

describe('signatureHeaders', () => {
  // The example of the Standard Webhooks libraries (and of Svix before them); the second signature is from Python.
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

  test('known answer: the vector of Standard Webhooks', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      sentAt: new Date(1614265330_000),
      body: '{"test": 2432232314}',
    };
    expect(signatureHeaders(message, SECRET)).toStrictEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      'x-transflow-signature': 'sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c',
    });
  });

  test('known answer: a body in UTF-8, part of a second cut off', () => {
    const message = { id: 'evt_1', sentAt: new Date(1700000000_999), body: '{"name":"Zoë 猫😀"}' };
    expect(signatureHeaders(message, SECRET)).toStrictEqual({
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': 'v1,TFfg80AU1v/lF/KvjPZgt7p7rOInR3SO2V6+Y8r5M0o=',
      'x-transflow-signature': 'sha256=0ff3f2eefc2fed6180bacd6f6dcf4e53d8981ba3467f65d43145af7d26fc781b',
    });
  });

  const secret = deriveSecret(MASTER, ownerWebhookSecret('ada'));
  const body = JSON.stringify({ assembly_id: 'a0'.repeat(32), text: 'Zoë 猫😀' });
  const message = { id: 'evt_1', sentAt: new Date(), body };

  describe('a receiver with the library of Standard Webhooks', () => {
    test('verifies it', () => {
      expect(new Webhook(secret).verify(body, signatureHeaders(message, secret))).toEqual(JSON.parse(body));
      expect(new Webhook(secret).verify(Buffer.from(body), signatureHeaders(message, secret))).toEqual(
        JSON.parse(body),
      );
    });

    test.each<[string, string, string, Record<string, string>]>([
      ['another body', secret, body.replace('猫', '犬'), {}],
      ['another secret', deriveSecret(MASTER, ownerWebhookSecret('bob')), body, {}],
      ['another id', secret, body, { 'webhook-id': 'evt_2' }],
      ['a fresher timestamp', secret, body, { 'webhook-timestamp': `${Math.floor(Date.now() / 1000) + 60}` }],
    ])('refuses %s', (_, key, text, headers) => {
      expect(() =>
        new Webhook(key).verify(text, { ...signatureHeaders(message, secret), ...headers }),
      ).toThrow('No matching signature found');
    });
  });

  describe('a receiver with the code of seed 003', () => {
    /** As its pages/api/webhooks/transflow.ts has it; `parsed` is what a JSON body parser left in `req.body`. */
    const accepts = (signature: string | undefined, parsed: unknown, key: string): boolean =>
      signature === `sha256=${createHmac('sha256', key).update(JSON.stringify(parsed)).digest('hex')}`;

    test('accepts every body that we write', () => {
      fc.assert(
        fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
          const text = JSON.stringify({ assembly_id: 'a0'.repeat(32), result: value });
          const headers = signatureHeaders({ ...message, body: text }, secret);
          expect(accepts(headers['x-transflow-signature'], JSON.parse(text), secret)).toBe(true);
        }),
      );
    });

    test.each<[string, string, string]>([
      ['another body', body.replace('猫', '犬'), secret],
      ['another secret', body, deriveSecret(MASTER, ownerWebhookSecret('bob'))],
      ['the secret without its prefix', body, secret.slice('whsec_'.length)],
    ])('refuses %s', (_, text, key) => {
      const headers = signatureHeaders(message, secret);
      expect(accepts(headers['x-transflow-signature'], JSON.parse(text), key)).toBe(false);
    });

    test('its signature does not depend on id and time', () => {
      const later = { id: 'evt_2', sentAt: new Date(1700000000_000), body };
      expect(signatureHeaders(later, secret)['x-transflow-signature']).toBe(
        signatureHeaders(message, secret)['x-transflow-signature'],
      );
    });
  });
});
