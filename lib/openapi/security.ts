/** Who may ask. */
export const SECURITY_SCHEMES = {
  user: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      "Signed with a key that the deployment knows (HS256 with its secret, or RS, PS, ES or EdDSA with its issuer's keys), " +
      'with its `iss` and `aud`, with `exp`, with `sub`, the user id, and, where tenants are on, with `tenant_id`. ' +
      'With `waybill:operator` in `scope` (or `scp`), it may read what others have submitted.',
  },
  readSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'x-webhook-secret',
    description:
      'The read secret of the deployment: shows every assembly, or those of the tenant that it is for.',
  },
  updateSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'x-webhook-secret',
    description:
      'The update secret of the deployment, or of a tenant: changes assemblies of external templates.',
  },
  signedLink: {
    type: 'apiKey',
    in: 'query',
    name: 'sig',
    description: 'The `ssl_url` of a result has it, beside `exp`.',
  },
} as const;

export type SecurityScheme = keyof typeof SECURITY_SCHEMES;
