import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { FUNCTIONS } from '../lib/bindings.ts';

const ROOT = join(import.meta.dirname, '..');
/** Where the bundles go that cdk deploy takes; native packages for the functions' platform lie beside them. */
export const DEPLOY_BUNDLES = join(ROOT, '.build/deploy');
/** Where the bundles go that the local cloud takes: native packages are those of this machine. */
export const LOCAL_BUNDLES = join(ROOT, '.build/local');

/** Packages with an addon, which no bundle can hold. */
export const NATIVE_PACKAGES = ['sharp'] as const;

/**
 * An ESM import of node:http loads undici and fetch with it: 16 to 28 ms of every cold start. Taken through
 * `process.getBuiltinModule` it does not.
 */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace: 'lazy-http',
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: 'lazy-http' }, ({ path }) => ({
      contents: [
        `const module = process.getBuiltinModule('node:${path}');`,
        'export default module;',
        'export const { request, get, Agent, globalAgent, createServer, STATUS_CODES, METHODS } = module;',
        'export const { ClientRequest, IncomingMessage, ServerResponse, Server } = module;',
      ].join('\n'),
    }));
  },
};

/**
 * Bundles lambdas/<name>/handler.ts of every function into <outdir>/<name>/handler.mjs.
 * @throws esbuild's BuildFailure, whose message names file and line
 */
export async function buildLambdas(outdir: string): Promise<void> {
  await build({
    entryPoints: FUNCTIONS.map((name) => ({
      in: join(ROOT, `lambdas/${name}/handler.ts`),
      out: `${name}/handler`,
    })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // "module" first halves the bundles: the SDK's CommonJS builds cannot be shaken.
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    logLevel: 'silent',
    external: [...NATIVE_PACKAGES],
    plugins: [lazyHttp],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
}

if (import.meta.main) await buildLambdas(DEPLOY_BUNDLES);
