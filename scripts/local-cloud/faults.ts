import type { Principal } from './principals.ts';

/**
 * What a call of a service may meet: it is throttled, the service fails, or it does what it was asked for and its
 * answer is lost. The last is the one that programs forget.
 */
export const FAULT_KINDS = ['throttle', 'serverError', 'dropAfterCommit'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultOptions {
  /** How many of the calls fail, from 0 to 1. */
  readonly awsCallRate: number;
  /** From 0 to below 1, as Math.random; with a seed, for a run that can be repeated. */
  readonly random: () => number;
  /** All of them by default, each as often as the others. */
  readonly kinds?: readonly FaultKind[];
}

/** Faults in what functions ask of AWS. Never in what others do, presigned URLs included: they could not be told apart from a bug. */
export interface Faults {
  /** What befalls the next call. */
  draw(by: Principal): FaultKind | undefined;
  readonly injected: Readonly<Record<FaultKind, number>>;
}

export function createFaults(options?: FaultOptions): Faults {
  const injected = { throttle: 0, serverError: 0, dropAfterCommit: 0 };
  const { awsCallRate, random, kinds = FAULT_KINDS } = options ?? { awsCallRate: 0, random: () => 0 };
  return {
    injected,
    draw({ kind: by }) {
      if (by !== 'function' || awsCallRate === 0 || random() >= awsCallRate) return undefined;
      const kind = kinds[Math.floor(random() * kinds.length)];
      if (kind) injected[kind]++;
      return kind;
    },
  };
}
