import { tokenBucket } from '../../../scripts/local-cloud/token-bucket.ts';

/** How many of `tries` requests at this moment are let in. */
const letIn = (take: () => boolean, tries: number): number =>
  Array.from({ length: tries }, take).filter(Boolean).length;

test('lets in a burst, then as many as the rate fills up, and no more than the burst after a rest', () => {
  let time = 0;
  const take = tokenBucket({ rate: 10, burst: 5 }, () => time);
  expect(letIn(take, 20)).toBe(5);
  time += 99;
  expect(letIn(take, 20)).toBe(0);
  time += 1;
  expect(letIn(take, 20)).toBe(1);
  time += 300;
  expect(letIn(take, 20)).toBe(3);
  time += 60_000;
  expect(letIn(take, 20)).toBe(5);
});

test('parts of tokens add up', () => {
  let time = 0;
  const take = tokenBucket({ rate: 0.5, burst: 1 }, () => time);
  expect(letIn(take, 2)).toBe(1);
  for (const at of [700, 1_400]) {
    time = at;
    expect(letIn(take, 2)).toBe(0);
  }
  time = 2_000;
  expect(letIn(take, 2)).toBe(1);
});

test('a burst of 0 lets nothing in', () => {
  let time = 0;
  const take = tokenBucket({ rate: 100, burst: 0 }, () => time);
  time = 1_000;
  expect(letIn(take, 3)).toBe(0);
});
