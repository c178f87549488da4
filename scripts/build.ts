import { readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { FUNCTIONS, type FunctionName } from '../lib/bindings.ts';
import { writeScalarScript } from './scalar-script.ts';

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
 * Where credentials come from: the environment, where Lambda puts them. The SDK's own chain asks there first as well, and
 * brings the ways of SSO, of STS and of EC2 along: 141 KB, and 20 ms of every cold start.
 */
const lambdaCredentials: Plugin = {
  name: 'lambda-credentials',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: 'lambda-credentials',
      pluginData: resolveDir,
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: 'lambda-credentials' }, ({ pluginData: resolveDir }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir,
    }));
  },
};

/** What stands in for templates/registry.ts. */
const withTemplates = (registry: string): Plugin => ({
  name: 'templates',
  setup({ onResolve }) {
    onResolve({ filter: /\/templates\/registry\.ts$/ }, () => ({ path: registry }));
  },
});

const TEMPLATES = join(ROOT, 'templates');

/**
 * A module that a template imports while a step runs, such as the client of a model, is left to be a file of its own, which holds
 * a copy of all that it needs: sharing parts with it made the worker load all of it at each cold start. So it is for packages
 * alone: a class of ours would be another class there.
 */
const partsOfSteps = (parts: Set<string>): Plugin => ({
  name: 'parts-of-steps',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import' || resolveDir !== TEMPLATES) return null;
      parts.add(join(resolveDir, path));
      return { path: `./${basename(path, '.ts')}.mjs`, external: true };
    });
  },
});

/** How a function is bundled. What is measured beside the functions is bundled in the same way. */
export const BUNDLE_OPTIONS = {
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
  plugins: [lazyHttp, lambdaCredentials],
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} as const satisfies BuildOptions;

/**
 * Functions that import a part of themselves when they need it. It is a file of its own then: in one file, the SDK
 * could not be shaken any more.
 */
const SPLIT: readonly FunctionName[] = ['status'];

/** The functions that run what is in the templates. The others know them, and need no part of their steps. */
const WORKERS: readonly FunctionName[] = ['worker', 'submission-worker'];

/**
 * Bundles lambdas/<name>/handler.ts of every function into <outdir>/<name>/handler.mjs, and lays beside that of `docs` the
 * script of its page.
 * @param registry a module that is bundled in place of templates/registry.ts
 * @throws esbuild's BuildFailure, whose message names file and line
 */
export async function buildLambdas(outdir: string, registry?: string): Promise<void> {
  const whole = FUNCTIONS.filter((name) => !SPLIT.includes(name));
  const options: BuildOptions = registry
    ? { ...BUNDLE_OPTIONS, plugins: [...BUNDLE_OPTIONS.plugins, withTemplates(registry)] }
    : BUNDLE_OPTIONS;
  const parts = new Set<string>();
  await Promise.all([
    build({
      ...options,
      plugins: [...(options.plugins ?? []), partsOfSteps(parts)],
      entryPoints: whole.map((name) => ({ in: entryOf(name), out: `${name}/handler` })),
      outdir,
    }),
    ...SPLIT.map((name) => buildSplit(name, join(outdir, name), options)),
    writeScalarScript(join(outdir, 'docs')),
  ]);
  await Promise.all(
    WORKERS.map((name) => build({ ...options, entryPoints: [...parts], outdir: join(outdir, name) })),
  );
}

const entryOf = (name: FunctionName): string => join(ROOT, `lambdas/${name}/handler.ts`);

async function buildSplit(name: FunctionName, outdir: string, options: BuildOptions): Promise<void> {
  const { metafile } = await build({
    ...options,
    entryPoints: { handler: entryOf(name) },
    outdir,
    splitting: true,
    chunkNames: '[name]-[hash]',
    metafile: true,
  });
  // Parts have their hash in their name, so those of an earlier build lie beside the new ones.
  const built = new Set(Object.keys(metafile.outputs).map((path) => resolve(path)));
  const files = (await readdir(outdir)).map((file) => join(outdir, file));
  await Promise.all(files.filter((file) => !built.has(file)).map((file) => rm(file, { force: true })));
}

if (import.meta.main) await buildLambdas(DEPLOY_BUNDLES);
