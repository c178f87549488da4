/** A template that the registry had once, for tests that store assemblies of it. */
export const FORMER_TEMPLATE = 'a-template-of-before';
