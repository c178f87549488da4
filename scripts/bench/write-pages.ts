import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { costsPage } from './costs-page.ts';
import type { Figures } from './figures.ts';
import { performancePage } from './performance-page.ts';

const DOCS = join(import.meta.dirname, '../../docs');

/** Both pages that are made of figures. */
export async function writePages(figures: Figures): Promise<void> {
  await writeFile(join(DOCS, 'performance.md'), performancePage(figures));
  await writeFile(join(DOCS, 'costs.md'), costsPage(figures));
}
