import { findResult, isResultId, type ResultFile } from '../../../lib/domain/result-file.ts';

const result = (id: string): ResultFile => ({
  id,
  name: `${id}.txt`,
  size: 1,
  mime: 'text/plain',
  field: '',
  original_id: '',
});

test.each([
  ['1-1', true],
  ['12-345', true],
  ['999999999-999999999', true],
  ['', false],
  ['1', false],
  ['1-', false],
  ['-1', false],
  ['1-1-1', false],
  ['1-x', false],
  ['1-1\n', false],
  [' 1-1', false],
  ['1_1', false],
  ['1/1', false],
  ['..-1', false],
  ['1234567890-1', false],
  ['１-1', false],
])('%j is the id of a result: %s', (text, expected) => {
  expect(isResultId(text)).toBe(expected);
});

describe('findResult', () => {
  const assembly = {
    results: { resize: [result('1-1'), result('1-2')], report: [result('1-3')], empty: [] },
    result_file: result('1-5'),
  };

  test.each(['1-1', '1-2', '1-3', '1-5'])('%s, whatever it was made by', (id) => {
    expect(findResult(assembly, id)).toStrictEqual(result(id));
  });

  test.each([['1-4'], ['1'], ['2-1'], ['resize'], ['']])('%j is none', (id) => {
    expect(findResult(assembly, id)).toBeUndefined();
    expect(findResult({}, id)).toBeUndefined();
  });
});
