import { tellUploads } from '../../../lambdas/shared/tell-uploads.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';
import { statusOf } from '../../../lib/domain/status-of.ts';
import type { Upload } from '../../../lib/domain/upload.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { uploadsOf } from '../in-memory-files.ts';

const UPLOADS = uploadsOf('one', 'two', 'three');
const [ONE, TWO, THREE] = UPLOADS.map(({ id }) => id) as [string, string, string];
const request = (id: string) => ({
  method: 'PUT' as const,
  url: `https://bucket/${id}`,
  headers: { 'content-length': '3' },
});

async function tell(changes: Partial<Assembly>) {
  const assembly = sampleAssembly({ uploads: UPLOADS, ...changes });
  const status = statusOf(assembly, { now: new Date(), language: 'en', linkTo: () => '' });
  const files = {
    presignUpload: async (assemblyId: string, upload: Upload) => {
      expect(assemblyId).toBe(assembly.assembly_id);
      return request(upload.id);
    },
  };
  return { shown: status.uploads, told: await tellUploads(assembly, status, files) };
}

test('each that is still to come is told with the request that brings it', async () => {
  const { shown, told } = await tell({ status: 'uploading', received: [TWO] });
  expect(told.map(({ id }) => id)).toEqual([ONE, TWO, THREE]);
  expect(told).toEqual([{ ...shown[0], ...request(ONE) }, shown[1], { ...shown[2], ...request(THREE) }]);
});

test.each(STATUSES.filter((status) => status !== 'uploading'))(
  'one that is %s asks for none, whatever has come',
  async (status) => {
    const { shown, told } = await tell({ status, received: [] });
    expect(told).toEqual(shown);
  },
);

test('without uploads there are none', async () => {
  expect((await tell({ status: 'queued', uploads: undefined })).told).toEqual([]);
});
