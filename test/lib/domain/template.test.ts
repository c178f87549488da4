import * as z from 'zod';
import { defineTemplate, type StepContext } from '../../../lib/domain/template.ts';

const context = <Fields>(fields: Fields): StepContext<Fields> => ({
  assemblyId: 'a0'.repeat(32),
  attempt: 1,
  fields,
  config: undefined,
  previousResult: async () => undefined,
  inputs: [],
  outputs: {},
  signal: new AbortController().signal,
  tempFolder: '/tmp',
  log: { info: () => {}, warn: () => {} },
  now: () => new Date(),
  progress: () => {},
  result: async () => {},
  eachInput: async () => {},
});

test('a step gets what the schema of its template makes of the fields', async () => {
  const template = defineTemplate({
    id: 'doubling',
    fields: z.strictObject({ amount: z.number().default(21) }),
    steps: [{ name: 'double', title: 'Doubling', run: ({ fields }) => fields.amount * 2 }],
  });
  if (!template.steps) throw new Error('doubling has no steps');
  expect(await template.steps[0]?.run(context(template.fields.parse({})))).toBe(42);
});

// What follows holds if tsc accepts this file: an expected error that does not occur is an error.
test('the types refuse what a template cannot be', () => {
  const fields = z.strictObject({ amount: z.number() });
  const templates = [
    defineTemplate({
      id: 'doubling',
      fields,
      // @ts-expect-error the schema knows no `total`
      steps: [{ name: 'double', title: 'Doubling', run: (step) => step.fields.total }],
    }),
    // @ts-expect-error nobody would do the work
    defineTemplate({ id: 'idle', fields }),
  ];
  expect(templates).toHaveLength(2);
});
