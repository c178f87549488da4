import type { AccessKeys } from './access-keys.ts';
import { decide, type Permission } from './iam-policy.ts';
import type { Role } from './iam-roles.ts';
import { ACCOUNT } from './place.ts';

/** Somebody who calls AWS. */
export interface Principal {
  readonly kind: 'developer' | 'function';
  /** Of the function, or `developer`. */
  readonly name: string;
  /** In AWS's words, which of these it may not do; undefined where it may do all. */
  refusal(permissions: readonly Permission[]): string | undefined;
}

/** Who has an access key; undefined: nobody. */
export type Principals = (accessKeyId: string) => Principal | undefined;

/** The developer may do everything, each function what its role allows. */
export function createPrincipals(keys: AccessKeys, roles: ReadonlyMap<string, Role>): Principals {
  const known = new Map<string, Principal>([
    [keys.developer.accessKeyId, { kind: 'developer', name: 'developer', refusal: () => undefined }],
  ]);
  for (const [name, role] of roles)
    known.set(keys.forFunction(name).accessKeyId, functionPrincipal(name, role));
  return (accessKeyId) => known.get(accessKeyId);
}

const functionPrincipal = (name: string, role: Role): Principal => ({
  kind: 'function',
  name,
  refusal(permissions) {
    for (const permission of permissions) {
      const verdict = decide(role.statements, permission);
      if (verdict === 'allowed') continue;
      const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/${role.name}/${name}`;
      return refusalMessage(arn, permission, verdict);
    }
    return undefined;
  },
});

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 * SQS writes its actions in lower case, and S3 its resources between quotes.
 */
function refusalMessage(
  arn: string,
  { action: name, resource }: Permission,
  verdict: 'denied' | 'unmentioned',
): string {
  const action = name.startsWith('sqs:') ? name.toLowerCase() : name;
  const on = name.startsWith('s3:') ? `"${resource}"` : resource;
  const reason =
    verdict === 'denied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${on} ${reason}`;
}
