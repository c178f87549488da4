import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type TellDependencies, type TellOptions, tellStatus } from './tell-status.ts';

/** What `work` gives; a conflict that it throws carries, as `current`, how the assembly stands, told as everywhere. */
export async function tellingConflict<T>(
  work: Promise<T>,
  options: TellOptions,
  telling: TellDependencies,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof WaybillError) || !error.current) throw error;
    const current = await tellStatus(error.current, options, telling);
    const { code, message, errors, members } = error;
    throw new WaybillError(code, message, { errors, members: { ...members, current } });
  }
}
