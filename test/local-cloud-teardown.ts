import { running } from './local-cloud.ts';

export default async function teardown(): Promise<void> {
  await running.stop?.();
}
