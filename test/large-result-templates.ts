import * as z from 'zod';
import { FileError } from '../lib/domain/assembly-error.ts';
import { defineTemplate } from '../lib/domain/template.ts';
import { buildRegistry } from '../lib/domain/template-registry.ts';
import { FORMER_TEMPLATE } from './former-template.ts';

const Fields = z.strictObject({ bytes: z.number().int().min(0), nonce: z.string().optional() });

/** Returns a line for each file, and fills the first up to that many bytes. A file `bad.txt` is spoiled the first time. */
const largeResult = defineTemplate({
  id: FORMER_TEMPLATE,
  uploads: { min: 0, max: 2 },
  fields: Fields,
  steps: [
    {
      name: 'fill',
      title: 'Filling',
      async run({ attempt, fields, eachInput, previousResult }) {
        const before = z
          .object({ files: z.array(z.string()) })
          .default({ files: [] })
          .parse(await previousResult());
        const files = [...before.files];
        await eachInput(async ({ name }) => {
          if (name === 'bad.txt' && attempt === 1)
            throw new FileError('bad', 'It is bad.', { retryable: true });
          files.push(name);
        });
        return { files, padding: 'x'.repeat(fields.bytes) };
      },
    },
  ],
});

/** The templates of a deployment of which some results are too large for a status. */
export const templates = buildRegistry([largeResult]);
