import { fromItem, removedAttributes, toChangedItem, toItem } from '../../../lambdas/shared/assembly-item.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';

const ID = 'a0'.repeat(32);

test('a new assembly has a place in each list that it belongs to', () => {
  expect(
    toItem(sampleAssembly({ tenant_id: 'north', status: 'queued', reference: 'order 7' })),
  ).toMatchObject({
    owner_key: '["north","ada"]',
    owner_status: '["north","ada","queued"]',
    owner_reference: '["north","ada","reference","order 7"]',
    template_shard: '["north","text-statistics","a"]',
    list_position: expect.stringMatching(/^2026-.*Z#a0a0a0a0a0a0a0a0$/),
  });
});

test('one without a reference is in no list of references', () => {
  expect(toItem(sampleAssembly())).not.toHaveProperty('owner_reference');
});

test('what is stored for lists is not part of the assembly', () => {
  const assembly = sampleAssembly({ reference: 'order 7', deadline_at: 1 });
  expect(fromItem(toItem(assembly))).toEqual(assembly);
});

test('a change of status moves it to another list, and no other', () => {
  const changed = toChangedItem({ status: 'completed' }, { assembly_id: ID, user_id: 'ada' });
  expect(changed).toEqual({ status: 'completed', owner_status: '[null,"ada","completed"]' });
});

test('a change of something else moves it nowhere', () => {
  expect(toChangedItem({ progress: 5 }, { assembly_id: ID })).toEqual({ progress: 5 });
});

test('a status of nobody is not stored', () => {
  expect(() => toChangedItem({ status: 'completed' }, { assembly_id: ID })).toThrow('Whose assembly');
});

test('with the reference goes its place among the references, with the deadline its among the open', () => {
  expect(removedAttributes(['reference', 'deadline_at', 'result'])).toEqual([
    ...['reference', 'owner_reference'],
    ...['deadline_at', 'open_shard'],
    'result',
  ]);
});
