import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Bytes of a bundle: what its import loads, and all of it, with parts that it imports when it needs them. */
export interface BundleSize {
  readonly loaded: number;
  readonly whole: number;
}

/** An import statement of another part. One with parentheses loads it later. */
const PART = /(?:from|import)\s*["']\.\/([^"']+)["']/g;

export async function bundleSize(entry: string): Promise<BundleSize> {
  const folder = dirname(entry);
  const parts = (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
  const sizes = await Promise.all(parts.map(async (name) => (await stat(join(folder, name))).size));
  const loaded = new Set<string>();
  const load = async (file: string): Promise<number> => {
    if (loaded.has(file)) return 0;
    loaded.add(file);
    const text = await readFile(file, 'utf8');
    const others = [...text.matchAll(PART)].map(([, name = '']) => join(folder, name));
    let bytes = Buffer.byteLength(text);
    for (const other of others) bytes += await load(other);
    return bytes;
  };
  return { loaded: await load(entry), whole: sizes.reduce((sum, size) => sum + size, 0) };
}
