import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiDocument } from '../lib/openapi/document.ts';

const ROOT = join(import.meta.dirname, '..');

/** The document as it is committed, and as GET /openapi.json answers it. */
export const OPENAPI_FILE = join(ROOT, 'docs/openapi.json');

/** The text that the file must have. */
export async function openApiText(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return `${JSON.stringify(openApiDocument(version), null, 2)}\n`;
}

if (import.meta.main) {
  const text = await openApiText();
  await writeFile(OPENAPI_FILE, text);
  console.log(`docs/openapi.json: ${Math.round(text.length / 1024)} KB`);
}
