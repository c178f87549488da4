import * as z from 'zod';

/** All variables of a function have 4 KB together. */
const MAX_BYTES = 2_048;

const FORM = `must be a JSON object by template id, such as {"message-delivery":{"urls":{"house":"https://house.example.com"}}}`;

/**
 * What a deployment sets for its templates, by template id: an object in cdk.json, and text with `-c`. Each template's own
 * schema says what its part must be; the worker knows it, and the CDK app knows no template.
 */
export const templateConfig = z
  .preprocess(
    (given) => (typeof given === 'string' ? parseJson(given) : given),
    z.record(z.string(), z.json(), FORM),
  )
  .refine(
    (config) => Buffer.byteLength(JSON.stringify(config)) <= MAX_BYTES,
    `may have ${MAX_BYTES} bytes at most`,
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
