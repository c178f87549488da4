import type { Json } from '../../lib/domain/json.ts';
import { fileMemory } from './file-memory.ts';
import type { FileReport } from './run-file-job.ts';

const HEADER = 'id;nom;courriel;naissance;début;fin;montant;province\r\n';
const ROWS_A_PIECE = 10_000;

/** Of everything that costs: every type, a pattern, a key to be unique, a rule, and the good rows as a file of their own. */
const FIELDS: Json = {
  decimal_separator: ',',
  columns: [
    { name: 'id', type: 'string', pattern: '[A-Z]{4}\\d{8}', unique: true },
    { name: 'nom', type: 'string', max_length: 60 },
    { name: 'courriel', type: 'email', nullable: true },
    { name: 'naissance', type: 'date', min: '1900-01-01' },
    { name: 'début', type: 'datetime' },
    { name: 'fin', type: 'datetime', nullable: true },
    { name: 'montant', type: 'number', min: 0 },
    { name: 'province', type: 'string', one_of: ['QC', 'ON', 'NB', 'NS', 'MB'] },
  ],
  rules: [{ left: 'début', operator: '<=', right: 'fin' }],
  keep_valid_rows: true,
};

/** One row in a hundred is wrong in two ways. */
function row(index: number): string {
  const number = String(index).padStart(8, '0');
  const isWrong = index % 100 === 99;
  return [
    `ABCD${number}`,
    `"Côté; Geneviève ${index}"`,
    `genevieve.${index}@example.org`,
    isWrong ? '1970-02-30' : '1970-02-28',
    '2026-01-31T09:30:00-05:00',
    isWrong ? '2025-01-31T09:30:00-05:00' : '2026-02-01T09:30:00-05:00',
    `${index},50`,
    'QC\r\n',
  ].join(';');
}

function* pieces(rows: number): Generator<Buffer> {
  yield Buffer.from(HEADER);
  for (let start = 0; start < rows; start += ROWS_A_PIECE) {
    const length = Math.min(ROWS_A_PIECE, rows - start);
    yield Buffer.from(Array.from({ length }, (_, index) => row(start + index)).join(''));
  }
}

/** The most memory that a worker has while it validates a CSV file of so many rows. */
export const csvMemory = (rows: number): Promise<FileReport> =>
  fileMemory({
    name: 'rows.csv',
    templateId: 'csv-validation',
    fields: FIELDS,
    pieces: () => pieces(rows),
  });
