import { describe, expect, test } from '@jest/globals';
import { assemblyStatus } from '../lib/domain/assembly-status.ts';
import { type ApiAnswer, ended, newUser, statusOf, submit } from './local-cloud.ts';
import { announced, download, putFile, type SubmittedUpload, type TestFile } from './pictures.ts';

const FIELDS = {
  columns: [
    { name: 'matricule', type: 'string', pattern: '[A-Z]{2}\\d{3}', unique: true },
    { name: 'nom', type: 'string', max_length: 40 },
    { name: 'début', type: 'date', format: 'DD/MM/YYYY' },
    { name: 'fin', type: 'date', format: 'DD/MM/YYYY', nullable: true },
  ],
  rules: [{ left: 'début', operator: '<=', right: 'fin' }],
  keep_valid_rows: true,
};

/** As Excel in Québec writes it: Windows-1252, semicolons. */
const csv = (name: string, text: string): TestFile => ({
  name,
  mime: 'text/csv',
  bytes: Buffer.from(text, 'latin1'),
});

async function uploadFiles(user: string, files: readonly TestFile[]): Promise<string> {
  const { status, json }: ApiAnswer = await submit(user, {
    template_id: 'csv-validation',
    uploads: files.map(announced),
    fields: FIELDS,
  });
  expect(status).toBe(202);
  const uploads: SubmittedUpload[] = json.uploads;
  for (const [index, file] of files.entries()) await putFile(uploads[index] as SubmittedUpload, file);
  return json.assembly_id;
}

const HEADER = 'matricule;nom;début;fin\r\n';

describe('CSV files from POST to their report', () => {
  test('rows that are wrong are the result, with a report of all of them', async () => {
    const user = newUser();
    const rows = [
      'AB001;Geneviève;31/01/2026;',
      'AB002;"Côté; Zoé";31/02/2026;',
      'AB001;Léa;01/03/2026;28/02/2026',
      'X;;01/03/2026;',
    ];
    const id = await uploadFiles(user, [csv('employés.csv', HEADER + rows.join('\r\n'))]);
    const status = assemblyStatus.parse(await ended(user, id));
    expect(status).toMatchObject({
      ok: 'ASSEMBLY_COMPLETED',
      status: 'completed',
      result: {
        valid: false,
        row_count: 4,
        valid_rows: 1,
        invalid_rows: 3,
        error_count: 5,
        files: [
          {
            name: 'employés.csv',
            encoding: 'windows-1252',
            delimiter: ';',
            errors_truncated: false,
            errors: [
              { row: 2, line: 3, column: 'début', code: 'not_a_date' },
              { row: 3, line: 4, column: 'matricule', code: 'duplicate', params: { first_row: 1 } },
              { row: 3, line: 4, column: 'début', code: 'rule_broken' },
              { row: 4, line: 5, column: 'matricule', code: 'pattern_mismatch' },
              { row: 4, line: 5, column: 'nom', code: 'value_missing' },
            ],
          },
        ],
      },
    });
    // What the file says is in its report, and not in the status.
    expect(JSON.stringify(status)).not.toMatch(/Geneviève|Zoé|AB00/);
    const [report, valid] = status.results.validate ?? [];
    expect([report?.name, valid?.name]).toEqual(['employés-errors.csv', 'employés-valid.csv']);
    const { bytes, file } = await download(report?.ssl_url ?? '');
    expect(file?.headers.get('content-type')).toBe('text/csv');
    expect(bytes?.toString().split('\r\n')).toEqual([
      '\ufeffrow;line;column;code;value;message_en;message_fr',
      '2;3;début;not_a_date;31/02/2026;“début” is not a date (DD/MM/YYYY).;« début » n’est pas une date (DD/MM/YYYY).',
      '3;4;matricule;duplicate;AB001;“matricule” is the same as in row 1.;« matricule » est le même qu’à la rangée 1.',
      '3;4;début;rule_broken;;“début” must be <= “fin”.;« début » doit être <= « fin ».',
      '4;5;matricule;pattern_mismatch;X;“matricule” does not have the right form.;« matricule » n’a pas la forme attendue.',
      '4;5;nom;value_missing;;“nom” is empty.;« nom » est vide.',
      '',
    ]);
    const kept = await download(valid?.ssl_url ?? '');
    expect(kept.bytes?.toString()).toBe('matricule;nom;début;fin\r\nAB001;Geneviève;31/01/2026;\r\n');
  });

  test('a broken file fails with its line, in the language of its reader', async () => {
    const user = newUser();
    const id = await uploadFiles(user, [
      csv('paie.csv', `${HEADER}AB001;Léa;01/03/2026;\r\nAB002;5" de plus;;\r\n`),
    ]);
    await ended(user, id);
    const read = async (language: string) => (await statusOf(user, id, { 'accept-language': language })).json;
    expect(await read('fr-CA')).toMatchObject({
      status: 'failed',
      error: 'Le fichier « paie.csv » contient un guillemet mal placé à la ligne 3.',
      error_code: 'csv_quote_misplaced',
      error_category: 'FILE_ERROR',
      can_retry: false,
      results: {},
    });
    expect((await read('en')).error).toBe(
      'The file “paie.csv” has a quotation mark where none may be, on line 3.',
    );
  });

  test('beside a good one it spoils itself alone', async () => {
    const user = newUser();
    const files = [csv('un.csv', 'matricule;nom\r\n'), csv('deux.csv', `${HEADER}AB001;Léa;01/03/2026;\r\n`)];
    const id = await uploadFiles(user, files);
    expect(await ended(user, id)).toMatchObject({
      status: 'partial',
      result: { valid: true, row_count: 1, files: [{ name: 'deux.csv', valid: true }] },
      file_errors: [{ error_code: 'csv_columns_missing' }],
    });
  });

  test('a schema that makes no sense is refused before anything is uploaded', async () => {
    const { status, json } = await submit(newUser(), {
      template_id: 'csv-validation',
      uploads: [announced(csv('a.csv', 'a'))],
      fields: {
        columns: [{ name: 'a', type: 'string', pattern: '(a)\\1' }],
        rules: [{ left: 'a', operator: '<', right: 'b' }],
      },
    });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      code: 'invalid_fields',
      errors: [{ pointer: '/fields/columns/0/pattern' }, { pointer: '/fields/rules/0/right' }],
    });
  });
});
