import type { Assembly } from '../../lib/domain/assembly.ts';
import { sentenceOf, ValidationError } from '../../lib/domain/assembly-error.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { SendingTemplate } from '../../lib/domain/template.ts';
import { configOf, type TemplateConfigs } from '../shared/config-of.ts';
import type { FileStore } from '../shared/file-store.ts';
import { readFields } from '../shared/read-fields.ts';

/** What `send` is given of the assembly as a whole. */
export interface Prepared {
  readonly fields: { readonly recipients: readonly Readonly<Record<string, Json>>[] };
  readonly config: unknown;
}

/** Of 5 MB each, at most: a worker meets the same few assemblies again and again. */
const MAX_KEPT = 3;

/** Reads and parses the fields of an assembly once, and not for each of its ten thousand submissions. */
export class ParsedFields {
  private readonly files: Pick<FileStore, 'read'>;
  private readonly configs: TemplateConfigs;
  private readonly kept = new Map<string, Promise<Prepared>>();

  constructor(files: Pick<FileStore, 'read'>, configs: TemplateConfigs) {
    this.files = files;
    this.configs = configs;
  }

  /** @throws ValidationError where the fields are gone or no longer fit the template, StepError where its configuration does not */
  of(assembly: Assembly, template: SendingTemplate): Promise<Prepared> {
    const key = `${assembly.assembly_id} ${assembly.fields_md5}`;
    const known = this.kept.get(key);
    if (known) {
      // The one that was asked for last is the last to go.
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const [oldest] = this.kept.keys();
    if (oldest !== undefined && this.kept.size >= MAX_KEPT) this.kept.delete(oldest);
    const prepared = this.prepare(assembly, template);
    this.kept.set(key, prepared);
    prepared.catch(() => this.kept.delete(key));
    return prepared;
  }

  private async prepare(assembly: Assembly, template: SendingTemplate): Promise<Prepared> {
    const config = configOf(template, this.configs);
    const parsed = template.fields.safeParse(await readFields(assembly, this.files));
    if (!parsed.success)
      throw new ValidationError('fields_invalid', sentenceOf('fields_invalid'), { cause: parsed.error });
    return { fields: parsed.data as Prepared['fields'], config };
  }
}
