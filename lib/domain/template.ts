import type * as z from 'zod';
import type { Json } from './json.ts';

/** What a step is given. */
export interface StepContext<Fields> {
  readonly assemblyId: string;
  readonly attempt: number;
  readonly fields: Fields;
  /** What the steps before this one returned, by step name. */
  readonly outputs: Readonly<Record<string, Json>>;
  /** Says how far this step is, 0 to 1, and what it does. Cheap to call often: at most one write a second follows. */
  progress(fraction: number, message?: string): void;
}

export interface Step<Fields> {
  /** `^[a-z][a-z0-9-]{0,31}$`, unique in the template. */
  readonly name: string;
  /** A short phrase for people: the progress message while the step runs. */
  readonly title: string;
  /**
   * Does the work. What the last step returns is the `result` of the assembly: JSON of at most 32 KB.
   * @throws StepError to fail the assembly in words that its reader understands; any other error fails it as `step_failed`.
   */
  run(context: StepContext<Fields>): Promise<Json> | Json;
}

interface TemplateBase<Fields> {
  readonly id: string;
  /** What `fields` must look like. The assembly keeps them as they were sent; each step gets them parsed. */
  readonly fields: z.ZodType<Fields>;
}

/** Worked by Waybill's worker, step by step. */
export interface WorkedTemplate<Fields = unknown> extends TemplateBase<Fields> {
  readonly external?: false;
  readonly steps: readonly Step<Fields>[];
}

/** Never queued for our worker: somebody else moves it through `POST /assemblies/{id}/status`. */
export interface ExternalTemplate<Fields = unknown> extends TemplateBase<Fields> {
  readonly external: true;
}

export type Template<Fields = unknown> = WorkedTemplate<Fields> | ExternalTemplate<Fields>;

/**
 * Declares a template; put it into templates/registry.ts to make it known.
 * Its `Fields` are checked here and forgotten: a registry holds templates of all kinds, and only the template's own
 * schema decides what reaches its own steps.
 */
export const defineTemplate = <Fields>(template: Template<Fields>): Template => template as Template;
