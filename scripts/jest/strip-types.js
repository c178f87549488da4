import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/** The jest transform: Node's own type stripping, so that tests run the very code that `node file.ts` runs. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source, file) =>
    createHash('sha1').update(source).update(file).update(process.version).digest('hex'),
};
