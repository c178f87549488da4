/** Who may ask. */
export const SECURITY_SCHEMES = {
  user: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      "Signed with a key that the deployment knows (HS256 with its secret, or RS, PS, ES or EdDSA with its issuer's keys), " +
      'with its `iss` and `aud`, with `exp`, and with `sub`: the user id.',
  },
  readSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'x-webhook-secret',
    description: 'The read secret of the deployment: shows every assembly.',
  },
  updateSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'x-webhook-secret',
    description: 'The update secret of the deployment: changes assemblies of external templates.',
  },
  signedLink: {
    type: 'apiKey',
    in: 'query',
    name: 'sig',
    description: 'The `ssl_url` of a result has it, beside `exp`.',
  },
} as const;

export type SecurityScheme = keyof typeof SECURITY_SCHEMES;
