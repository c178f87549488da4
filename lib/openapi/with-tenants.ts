import type { Operation } from './operation.ts';

/** The operation with what follows for users from tenants: whoever sends a token may say which one they mean, and be wrong. */
export const withTenants = (operation: Operation): Operation =>
  operation.security.includes('user')
    ? {
        ...operation,
        parameters: [...(operation.parameters ?? []), 'x-site-id'],
        problems: [...operation.problems, 'invalid_site'],
      }
    : operation;
