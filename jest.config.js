export default {
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
