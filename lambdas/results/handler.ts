import { resultKey } from '../../lib/domain/object-key.ts';
import { sightOf } from '../../lib/domain/owner.ts';
import { isResultId } from '../../lib/domain/result-file.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { authenticateUser, type Headers } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore, presigningClient } from '../shared/file-store.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { parseAssemblyId } from '../shared/parse-request.ts';
import { type DownloadRight, findDownload, notFound } from './find-download.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE', 'FILES_BUCKET', ...JWT_VARIABLES, 'MASTER_SECRET']);
const jwt = jwtSettings(env);
const files = new FileStore(presigningClient(), env.FILES_BUCKET);
const dependencies = {
  store: new AssemblyStore(documentClient(), env.JOBS_TABLE),
  files,
  masterSecret: masterSecretOf(env),
  now: () => new Date(),
};

/** GET /assemblies/{assembly_id}/results/{result_id}: 302 to the bucket, with a signed link or a bearer token. 410 where the file is gone. */
export const handler = httpHandler(async ({ headers, path, query }) => {
  const right = await rightOf(headers, query);
  const assemblyId = parseAssemblyId(path.assembly_id);
  const result = await findDownload(
    { assemblyId, resultId: parseResultId(path.result_id) },
    right,
    dependencies,
  );
  const location = await files.presignDownload(resultKey(assemblyId, result.id), result);
  return { statusCode: 302, headers: { location, 'referrer-policy': 'no-referrer' } };
});

async function rightOf(
  headers: Headers,
  { exp, sig }: Readonly<Record<string, string | undefined>>,
): Promise<DownloadRight> {
  if (sig === undefined && exp === undefined) return { sight: sightOf(await authenticateUser(headers, jwt)) };
  if (!/^\d{1,12}$/.test(exp ?? '') || !sig) throw notFound();
  return { expires: Number(exp), signature: sig };
}

function parseResultId(text = ''): string {
  if (isResultId(text)) return text;
  throw new WaybillError('invalid_id', 'A result id has two numbers with a hyphen in between.');
}
