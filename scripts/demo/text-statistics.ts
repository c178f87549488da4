import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectThat, pollToEnd, type Scene, type Stage, submit } from './stage.ts';

interface TextStatistics {
  readonly words: number;
  readonly sentences: number;
  readonly reading_seconds: number;
  readonly terms: readonly { readonly term: string; readonly count: number }[];
}

/** A job without files: text in, a result embedded in the status. */
export const textStatisticsScene = (stage: Stage): Scene => ({
  title: 'text-statistics',
  async run() {
    const text = await readFile(join(import.meta.dirname, 'the-lighthouse-ledger.txt'), 'utf8');
    const { body } = await submit(stage, {
      template_id: 'text-statistics',
      fields: { text, language: 'en' },
    });
    const { end } = await pollToEnd(stage, body.assembly_id);
    expectThat(end.status === 'completed', `the end to be completed, not ${end.status}`);
    const { words, sentences, reading_seconds, terms } = end.result as unknown as TextStatistics;
    const frequent = terms.slice(0, 3).map(({ term, count }) => `${term} ${count}`);
    return `${words} words, ${sentences} sentences, ${Math.round(reading_seconds / 60)} min to read: ${frequent.join(', ')}`;
  },
});
