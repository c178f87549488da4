import { availableParallelism } from 'node:os';

export default {
  // Jest leaves one core to itself, but of two that would be half of the machine: with both, the whole takes two thirds of the time.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/jest/strip-types.js' },
  globalSetup: '<rootDir>/test/local-cloud-setup.ts',
  globalTeardown: '<rootDir>/test/local-cloud-teardown.ts',
  setupFiles: ['<rootDir>/test/capture-own-logs.ts'],
  testTimeout: 30_000,
  coverageProvider: 'v8',
};
