import { idsOfBody, idsOfQuery } from '../../../lambdas/status/batch-request.ts';

const id = (number: number): string => number.toString(16).padStart(64, '0');
const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => id(index));
const refusal = (code: string, more: object = {}) => expect.objectContaining({ code, ...more });

describe('the body', () => {
  test.each([1, 2, 100])('may have %i ids', (count) => {
    expect(idsOfBody({ assembly_ids: ids(count) })).toEqual(ids(count));
  });

  test('may have one twice', () => {
    expect(idsOfBody({ assembly_ids: [id(1), id(1)] })).toEqual([id(1), id(1)]);
  });

  test.each<[string, unknown, string]>([
    ['no id', { assembly_ids: [] }, '/assembly_ids'],
    ['101 ids', { assembly_ids: ids(101) }, '/assembly_ids'],
    ['101 times the same', { assembly_ids: Array(101).fill(id(1)) }, '/assembly_ids'],
    ['no list', {}, '/assembly_ids'],
    ['an id in place of the list', { assembly_ids: id(1) }, '/assembly_ids'],
    ['a number for an id', { assembly_ids: [id(1), 2] }, '/assembly_ids/1'],
    ['a null for an id', { assembly_ids: [null] }, '/assembly_ids/0'],
    ['something else beside it', { assembly_ids: [id(1)], assemblyIds: [] }, '/assemblyIds'],
    ['nothing', null, ''],
    ['a list alone', [id(1)], ''],
  ])('with %s is refused, with its place', (_, body, pointer) => {
    expect(() => idsOfBody(body)).toThrow(
      refusal('invalid_request', { errors: [{ pointer, detail: expect.any(String) }] }),
    );
  });

  test('with ids that are none is refused, with the place of each', () => {
    const body = {
      assembly_ids: ['', id(1), id(2).toUpperCase().replace('2', 'A'), id(3).slice(1), `${id(4)}\n`],
    };
    expect(() => idsOfBody(body)).toThrow(
      refusal('invalid_id', {
        errors: [0, 2, 3, 4].map((place) => ({
          pointer: `/assembly_ids/${place}`,
          detail: 'must have 64 digits, 0-9 and a-f in lower case',
        })),
      }),
    );
  });

  test('with many that are none names 20 of them', () => {
    expect.assertions(1);
    try {
      idsOfBody({ assembly_ids: Array(100).fill('x') });
    } catch (error) {
      expect((error as { errors: unknown[] }).errors).toHaveLength(20);
    }
  });
});

describe('the query', () => {
  const asking = (assemblyId: string | undefined, more: Record<string, string> = {}) =>
    idsOfQuery({ path: {}, query: { batch: 'true', assemblyId, ...more } });

  test.each([1, 2, 100])('may name %i ids, with commas', (count) => {
    expect(asking(ids(count).join())).toEqual(ids(count));
  });

  test('is not looked at for ids where the path has one', () => {
    expect(idsOfQuery({ path: { assembly_id: id(1) }, query: { assemblyId: id(2) } })).toEqual([id(1)]);
  });

  test('a path has one', () => {
    expect(() => idsOfQuery({ path: { assembly_id: `${id(1)},${id(2)}` }, query: {} })).toThrow(
      refusal('invalid_id'),
    );
  });

  test.each<[string, string | undefined, string]>([
    ['nothing', undefined, '1'],
    ['an empty text', '', '1'],
    ['a comma at the end', `${id(1)},`, '2'],
    ['a space', `${id(1)}, ${id(2)}`, '2'],
    ['several', `x,${id(1)},${id(2)}f,`, '1, 3, 4'],
  ])('with %s is refused, and says which ids are none', (_, text, places) => {
    expect(() => asking(text)).toThrow(
      refusal('invalid_id', { message: expect.stringMatching(new RegExp(`number ${places}\\.$`)) }),
    );
  });

  test('with 101 ids is refused', () => {
    expect(() => asking(ids(101).join())).toThrow(
      refusal('invalid_request', { message: expect.stringContaining('100') }),
    );
  });

  test('does not promise a version of many', () => {
    expect(() => asking(id(1), { min_version: '2' })).toThrow(
      refusal('invalid_request', { message: expect.stringContaining('"min_version"') }),
    );
  });
});
