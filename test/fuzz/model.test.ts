import { createHash, createHmac, randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import type { FunctionName } from '../../lib/bindings.ts';
import { FUZZ, FUZZ_TIMEOUT_MS, fuzzParameters } from './fuzz-parameters.ts';
import {
  type Answered,
  type Call,
  type Model,
  modelCommands,
  Read,
  type Real,
  Submit,
  submission,
} from './model-commands.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';

let cloud: QuietCloud;

beforeAll(async () => {
  cloud = await startQuietCloud();
}, 60_000);

afterAll(async () => {
  await cloud?.stop();
});

const USER = 'ada';

/** A new assembly. Its id by its definition: sha256(md5 of the canonical fields + template + user). */
function newReal(): Real {
  const fields = { nonce: randomUUID(), title: 'Look' };
  const md5 = createHash('md5').update(JSON.stringify(fields)).digest('hex');
  const id = createHash('sha256').update(`${md5}human-review${USER}`).digest('hex');
  return { fields, call: (name, call) => ask(name, id, call) };
}

function bearer(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'waybill', aud: 'waybill', sub: USER, exp: 4_000_000_000 };
  const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `Bearer ${signed}.${createHmac('sha256', cloud.secrets.jwt).update(signed).digest('base64url')}`;
}

async function ask(name: FunctionName, id: string, { body, query }: Call = {}): Promise<Answered> {
  const invoked = await cloud.invoke(name, {
    version: '2.0',
    headers: {
      authorization: bearer(),
      'x-webhook-secret': name === 'status-update' ? cloud.secrets.update : cloud.secrets.read,
      'content-type': 'application/json',
    },
    pathParameters: { assembly_id: id },
    ...(query && { queryStringParameters: query }),
    requestContext: { requestId: 'model' },
    ...(body && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  });
  if (!('value' in invoked)) throw new Error(`The handler threw: ${JSON.stringify(invoked)}`);
  const { statusCode, body: text } = invoked.value as { statusCode: number; body?: string };
  return { status: statusCode, json: text === undefined ? undefined : JSON.parse(text) };
}

/** Most sequences begin with an assembly, the others with nothing. */
const begun = fc.option(submission, { freq: 10, nil: undefined });

test(
  'whatever is said in whatever order, the deployment is where the model is, and refuses with the state as it stands',
  async () => {
    const statuses = new Set<string>();
    await fc.assert(
      fc.asyncProperty(begun, fc.commands(modelCommands, { maxCommands: 10 }), async (first, sequence) => {
        const model: Model = {};
        const real = newReal();
        if (first) await new Submit(first).run(model, real);
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        await new Read().run(model, real);
        if (model.assembly) statuses.add(model.assembly.status);
      }),
      fuzzParameters(),
    );
    if (FUZZ >= 1_000) expect(statuses.size).toBe(6);
  },
  FUZZ_TIMEOUT_MS,
);
