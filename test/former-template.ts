/** A template that the registry had once, for tests that store assemblies of it, or have a registry of their own. */
export const FORMER_TEMPLATE = 'a-template-of-before';
