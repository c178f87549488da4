import { waybillSettings } from '../../lib/settings.ts';

const parse = (webhookScheduleSeconds?: unknown) =>
  waybillSettings.safeParse({ jwt: 'generated', webhookScheduleSeconds });

describe('webhookScheduleSeconds', () => {
  test.each<[string, unknown, readonly number[]]>([
    [
      'is 76 hours where nothing is said',
      undefined,
      [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
    ],
    ['is a list in cdk.json', [0, 1, 2], [0, 1, 2]],
    ['of texts, too', ['0', '1'], [0, 1]],
    ['is text on the command line', '0, 1,2', [0, 1, 2]],
    ['may be empty: one attempt', '', []],
    ['may wait for two days', '172800', [172_800]],
  ])('%s', (_, given, expected) => {
    expect(parse(given).data?.webhookScheduleSeconds).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['longer than two days', '5,172801'],
    ['negative', [-1]],
    ['a part of a second', '5,1.5'],
    ['a word', '5,soon'],
    ['more than twenty', Array(21).fill(1)],
    ['a number', 5],
    ['null', [null]],
  ])('is not %s', (_, given) => {
    expect(parse(given).success).toBe(false);
  });
});
