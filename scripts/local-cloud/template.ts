import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** One resource as CDK writes it into the template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Condition?: string;
}

export interface Template {
  readonly stackName: string;
  /** The folder of the template: asset paths are relative to it. */
  readonly folder: string;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, TemplateOutput>>;
  readonly parameters: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly conditions: Readonly<Record<string, unknown>>;
}

interface TemplateFile {
  readonly Resources?: Template['resources'];
  readonly Outputs?: Template['outputs'];
  readonly Parameters?: Template['parameters'];
  readonly Conditions?: Template['conditions'];
}

/** Reads `X.template.json`; the stack's name is X. */
export function readTemplate(file: string): Template {
  const path = resolve(file);
  const content = parse(path);
  if (!content.Resources) throw new Error(`${path} is not a CloudFormation template: it has no "Resources".`);
  return {
    stackName: basename(path).replace(/(\.template)?\.json$/, ''),
    folder: dirname(path),
    resources: content.Resources,
    outputs: content.Outputs ?? {},
    parameters: content.Parameters ?? {},
    conditions: content.Conditions ?? {},
  };
}

function parse(path: string): TemplateFile {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TemplateFile;
  } catch (error) {
    throw new Error(
      `The template ${path} cannot be read: ${(error as Error).message} (run "npm run synth"?)`,
      {
        cause: error,
      },
    );
  }
}
