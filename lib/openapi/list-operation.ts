import type { Operation } from './operation.ts';

/** `GET /assemblies` */
export const listOperation: Operation = {
  id: 'listAssemblies',
  tag: 'Assemblies',
  summary: 'List assemblies',
  description:
    "The caller's own, the newest first. The indexes that it reads may be a moment behind; what it shows is as it stands, and what " +
    'has changed to be no part of the list any more is left out. So, and where something rare is looked for, a page may be ' +
    'short or empty and be followed by another one. With `all_owners=true`, an operator lists those of a template, whoever ' +
    'submitted them, in their tenant where tenants are on.',
  security: ['user'],
  parameters: [
    'list_status',
    'template_id',
    'reference',
    'from',
    'to',
    'limit_of_assemblies',
    'cursor',
    'page',
    'all_owners',
    'accept-language',
  ],
  answers: {
    200: {
      description: 'A page. As long as there is a `cursor`, another one follows; the last may be empty.',
      schemas: ['AssembliesPage'],
      headers: ['content-language', 'vary'],
      examples: ['assemblies', 'assemblies_page'],
    },
  },
  problems: ['invalid_request', 'unauthenticated', 'insufficient_scope', 'internal_error', 'unavailable'],
};
