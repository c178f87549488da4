import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { defineTemplate } from '../lib/domain/template.ts';
import { buildRegistry } from '../lib/domain/template-registry.ts';
import { csvValidation } from '../templates/csv-validation.ts';

/**
 * Work that lasts until the test says so: until there is a file of that path. Under the id of a template of ours, as metrics
 * know no other.
 */
const gated = defineTemplate({
  id: 'text-statistics',
  fields: z.strictObject({ gate: z.string(), nonce: z.string().optional() }),
  steps: [
    {
      name: 'wait',
      title: 'Waiting at the gate',
      async run({ fields: { gate }, signal }) {
        while (!existsSync(gate)) await setTimeout(20, undefined, { signal });
        return undefined;
      },
    },
  ],
});

export const templates = buildRegistry([gated, csvValidation]);
