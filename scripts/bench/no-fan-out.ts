import type { RunDependencies } from '../../lambdas/worker/run-assembly.ts';

const unused = (): never => {
  throw new Error('This job has no recipients');
};

/** For runs of templates without recipients. */
export const NO_FAN_OUT: RunDependencies['fanOut'] = {
  submissions: { create: unused, change: unused, all: unused },
  submissionsQueue: { send: unused },
  tallyQueue: { send: unused },
};
