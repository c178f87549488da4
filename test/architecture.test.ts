import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import typescript from '@typescript/typescript6';

const ROOT = join(import.meta.dirname, '..');

interface Rule {
  /** Files that the rule is about. */
  readonly from: RegExp;
  /** Imports that it allows; of our own files by their path, of packages by their name. */
  readonly may: RegExp;
  readonly why: string;
}

const RULES: readonly Rule[] = [
  {
    from: /^lib\/domain\//,
    may: /^(lib\/domain\/|node:(crypto|stream)$|zod$|canonicalize$|ipaddr\.js$)/,
    why: 'lib/domain is pure: it imports nothing of ours beside itself, and no AWS',
  },
  {
    from: /^lib\/client\//,
    may: /^(lib\/client\/|lib\/domain\/|@aws-sdk\/client-lambda$)/,
    why: 'lib/client imports the domain, and the SDK where it wraps Lambda',
  },
  {
    from: /^lib\/openapi\//,
    may: /^(lib\/(openapi|domain)\/|lib\/bindings\.ts$|zod$)/,
    why: 'the document is made from the domain and the routes, and from nothing that runs',
  },
  {
    from: /^lib\/(constructs\/|waybill-stack|settings)/,
    may: /^(lib\/(constructs|domain)\/|lib\/(bindings|settings)\.ts$|aws-cdk-lib|constructs$|zod$|node:(path|fs)$)/,
    why: 'constructs name lambdas by path only',
  },
  {
    from: /^lib\/bindings\.ts$/,
    may: /^$/,
    why: 'bindings are bare names that both sides import',
  },
  {
    from: /^lambdas\/shared\//,
    may: /^(lambdas\/shared\/|lib\/(domain\/|bindings\.ts$)|@aws-sdk\/|@middy\/|@aws-lambda-powertools\/|aws-lambda$|jose$|zod$|node:)/,
    why: 'adapters and middy stacks know the domain, and no lambda',
  },
  {
    from: /^templates\//,
    may: /^(templates\/|lib\/domain\/|zod$|sharp$|csv-parse$|@aws-sdk\/client-bedrock-runtime$|node:)/,
    why: 'a template is what users edit: it knows the domain and its own libraries',
  },
  {
    from: /^bin\//,
    may: /^(bin\/|lib\/|@aws-sdk\/client-(s3|lambda)$|aws-cdk-lib$|commander$|zod$|node:(fs\/promises|path)$)/,
    why: 'bin is the CDK app and the command line: it knows a deployment by its outputs, and no lambda',
  },
  {
    from: /^bin\/replay-failures\.ts$/,
    may: /^(lib\/domain\/|zod$)/,
    why: 'a use case of the command line gets what it calls passed in',
  },
  {
    from: /^(bin|lib|lambdas|templates)\//,
    may: /^(?!(scripts|test|dashboard)\/)/,
    why: 'what is deployed does not depend on what developers run',
  },
  {
    from: /^scripts\/local-cloud\//,
    may: /^(?!(lib|lambdas|templates|bin)\/)/,
    why: 'the local cloud runs any template: it knows nothing of Waybill',
  },
];

const sources = globSync('{bin,lib,lambdas,templates,scripts}/**/*.ts', { cwd: ROOT }).sort();

/** What a file imports: paths of our own files, names of packages. Types count as well. */
function importsOf(file: string): string[] {
  const { importedFiles } = typescript.preProcessFile(readFileSync(join(ROOT, file), 'utf8'));
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), fileName)) : fileName,
  );
}

const violations = (file: string, imported: string): string[] =>
  RULES.filter(({ from, may }) => from.test(file) && !may.test(imported)).map(
    ({ why }) => `${file} imports ${imported}: ${why}`,
  );

test('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(importsOf('lib/waybill-stack.ts')).toContain('lib/constructs/jobs-table.ts');
});

test.each(RULES)('some file is under the rule: $why', ({ from }) => {
  expect(sources.filter((file) => from.test(file))).not.toEqual([]);
});

test('imports keep to the house', () => {
  expect(
    sources.flatMap((file) => importsOf(file).flatMap((imported) => violations(file, imported))),
  ).toEqual([]);
});

test('a violation would be seen', () => {
  expect(violations('lib/domain/events.ts', '@aws-sdk/client-sqs')).toHaveLength(1);
  expect(violations('lambdas/submit/handler.ts', 'scripts/build.ts')).toHaveLength(1);
});

test('what a template imports while a step runs has packages alone', () => {
  // It is bundled by itself: a class of ours would be another class there, and "instanceof" would not know it.
  const templates = sources.filter((file) => file.startsWith('templates/'));
  const parts = templates.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/import\('\.\/([^']+)'\)/g)].map(
      ([, name]) => `templates/${name}`,
    ),
  );
  expect(parts).toContain('templates/bedrock-runtime.ts');
  expect(parts.flatMap(importsOf).filter((imported) => sources.includes(imported))).toEqual([]);
});

test('a lambda never imports another lambda', () => {
  const folderOf = (path: string): string | undefined => /^lambdas\/([^/]+)\//.exec(path)?.[1];
  const strays = sources.flatMap((file) =>
    importsOf(file)
      .filter((imported) => folderOf(file) && folderOf(imported))
      .filter((imported) => folderOf(imported) !== 'shared' && folderOf(imported) !== folderOf(file))
      .map((imported) => `${file} imports ${imported}`),
  );
  expect(strays).toEqual([]);
});

test('use cases do not import the SDK', () => {
  const strays = sources
    .filter((file) => /^lambdas\/(?!shared\/)/.test(file) && !file.endsWith('/handler.ts'))
    .filter((file) => importsOf(file).some((imported) => imported.startsWith('@aws-sdk/')));
  expect(strays).toEqual([]);
});

test('only handlers read the environment', () => {
  const readers = sources
    .filter((file) => /^(lib|lambdas|templates)\//.test(file) && !file.endsWith('/handler.ts'))
    .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('process.env'))
    // A comment of the one reader names it.
    .filter((file) => file !== 'lambdas/shared/environment.ts');
  expect(readers).toEqual([]);
});

test('what is deployed logs through the logger, which masks secrets, and through the metrics', () => {
  const deployed = sources.filter((file) => /^(lib|lambdas|templates)\//.test(file));
  const using = (pattern: RegExp): string[] =>
    deployed.filter((file) => pattern.test(readFileSync(join(ROOT, file), 'utf8')));
  // A comment says why not.
  expect(using(/\bconsole\s*\.(?!log` on Lambda)|\b(std(out|err))\.write/)).toEqual([
    'lambdas/shared/metric.ts',
  ]);
  expect(using(/from '@aws-lambda-powertools\/logger'/)).toEqual([
    'lambdas/shared/log-formatter.ts',
    'lambdas/shared/logger.ts',
  ]);
});

test('every function that may write assemblies counts what becomes of them', () => {
  const granted = sources
    .filter((file) => file.startsWith('lib/'))
    .flatMap((file) => [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bjobs\.grant(?:Create|Change|Sweep)\((\w+)\)/g),
    ])
    .map(([, name = '']) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  const counting = sources
    .filter((file) => file.endsWith('/handler.ts'))
    .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('new MeteredAssemblyStore('))
    .map((file) => file.split('/')[1]);
  expect(granted.length).toBeGreaterThan(5);
  expect(counting.sort()).toEqual([...new Set(granted)].sort());
});

test('no folder or file is a heap', () => {
  const heaps = sources.filter((file) =>
    /(^|\/)(utils?|common|helpers?|types|misc|index)(\/|\.ts$)/.test(file),
  );
  expect(heaps).toEqual([]);
});

test('files can be read at a sitting', () => {
  const long = sources.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 400);
  expect(long).toEqual([]);
});

test('the product and its tests do not need what is beside the repository', () => {
  const beside = /shared\/(DESIGN|TOOLCHAIN|STYLE|RELIABILITY|seeds|prototypes)/;
  const files = globSync('{bin,lib,lambdas,templates,scripts,test}/**/*.{ts,js,mjs,json}', { cwd: ROOT });
  expect(files.filter((file) => beside.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('every function of the bindings has its folder and handler', async () => {
  const { FUNCTIONS } = await import('../lib/bindings.ts');
  expect(FUNCTIONS.filter((name) => !existsSync(join(ROOT, `lambdas/${name}/handler.ts`)))).toEqual([]);
  const folders = globSync('lambdas/*/handler.ts', { cwd: ROOT }).map((file) => file.split('/')[1]);
  expect(folders.sort()).toEqual([...FUNCTIONS].sort());
});
