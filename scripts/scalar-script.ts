import { copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..');
const PACKAGE = join(ROOT, 'node_modules/@scalar/fastify-api-reference');
const CACHE = join(ROOT, '.build/cache');

/** Writes the script of the page GET /docs, compressed, and its licence into the folder of the bundle. */
export async function writeScalarScript(folder: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
  };
  const cached = join(CACHE, `scalar-${version}.js.gz`);
  if (!(await exists(cached))) await fill(cached);
  await mkdir(folder, { recursive: true });
  await copyFile(cached, join(folder, 'scalar.js.gz'));
  await copyFile(join(PACKAGE, 'LICENSE'), join(folder, 'scalar.LICENSE'));
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Once a version: it takes most of a second. Another build may be doing the same at this moment. */
async function fill(file: string): Promise<void> {
  const compressed = await promisify(gzip)(await scalarScript(), { level: constants.Z_BEST_COMPRESSION });
  await mkdir(CACHE, { recursive: true });
  await writeFile(`${file}.${process.pid}`, compressed);
  await rename(`${file}.${process.pid}`, file);
}

/**
 * Scalar for browsers in one file. Its own package needs 287 MB of others; the plugin for Fastify has the finished file
 * inside, but gives it over HTTP only.
 */
async function scalarScript(): Promise<Buffer> {
  const [{ default: fastify }, { default: scalar }] = await Promise.all([
    import('fastify'),
    import('@scalar/fastify-api-reference'),
  ]);
  const server = fastify();
  try {
    await server.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
    const { statusCode, rawPayload } = await server.inject('/docs/js/scalar.js');
    if (statusCode !== 200 || rawPayload.length < 1_000_000)
      throw new Error(`The Fastify plugin of Scalar gives no script any more: ${statusCode}`);
    return rawPayload;
  } finally {
    await server.close();
  }
}
