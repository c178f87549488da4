import { readStatements, type Statement } from './iam-policy.ts';
import type { ResolvedTemplate } from './resolve-template.ts';

/** What a function runs as. */
export interface Role {
  readonly name: string;
  readonly statements: readonly Statement[];
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: { readonly Statement?: TrustStatement | readonly TrustStatement[] };
  readonly ManagedPolicyArns?: readonly string[];
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: object }[];
}

interface TrustStatement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: { readonly Service?: string | readonly string[] };
}

interface PolicyProperties {
  readonly PolicyDocument: object;
  readonly Roles?: readonly string[];
  readonly Groups?: readonly string[];
  readonly Users?: readonly string[];
}

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html */
const MANAGED_POLICIES: Readonly<Record<string, object>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': {
    Statement: {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  },
};

/**
 * The role of each function, by the function's name.
 * @throws Error for what AWS refuses, and for what the local cloud cannot hold a function to
 */
export function readRoles(resolved: ResolvedTemplate): ReadonlyMap<string, Role> {
  const attached = attachedStatements(resolved);
  const entries = resolved.idsOf('AWS::Lambda::Function').map((functionId): [string, Role] => {
    const { Role: arn } = resolved.propertiesOf<{ Role: string }>(functionId);
    const roleId = resolved
      .idsOf('AWS::IAM::Role')
      .find((id) => resolved.identityOf(id).attributes.Arn === arn);
    if (!roleId)
      throw new Error(`Function "${functionId}" has the role ${arn}, which is not in the template.`);
    const properties = resolved.propertiesOf<RoleProperties>(roleId);
    refuseUnlessLambdaMayAssume(properties, roleId, functionId);
    const { ref: name } = resolved.identityOf(roleId);
    const statements = [...ownStatements(properties, roleId), ...(attached.get(name) ?? [])];
    return [resolved.identityOf(functionId).ref, { name, statements }];
  });
  return new Map(entries);
}

function refuseUnlessLambdaMayAssume(
  { AssumeRolePolicyDocument }: RoleProperties,
  roleId: string,
  functionId: string,
): void {
  const trusts = [AssumeRolePolicyDocument.Statement ?? []]
    .flat()
    .some(
      ({ Effect, Action, Principal }) =>
        Effect === 'Allow' &&
        [Action].flat().includes('sts:AssumeRole') &&
        [Principal?.Service].flat().includes('lambda.amazonaws.com'),
    );
  if (trusts) return;
  throw new Error(
    `The role defined for the function cannot be assumed by Lambda (role "${roleId}", function "${functionId}"). ` +
      'AWS refuses this function.',
  );
}

function ownStatements(
  { ManagedPolicyArns = [], Policies = [] }: RoleProperties,
  roleId: string,
): Statement[] {
  const managed = ManagedPolicyArns.flatMap((arn) => {
    const document = MANAGED_POLICIES[arn];
    if (!document)
      throw new Error(`Role "${roleId}": the local cloud doesn't know the managed policy ${arn}.`);
    return readStatements(document, arn);
  });
  const inline = Policies.flatMap(({ PolicyName, PolicyDocument }) =>
    readStatements(PolicyDocument, `Policy "${PolicyName}" of role "${roleId}"`),
  );
  return [...managed, ...inline];
}

/** Of every AWS::IAM::Policy, by the name of the role that has it. */
function attachedStatements(resolved: ResolvedTemplate): ReadonlyMap<string, readonly Statement[]> {
  const attached = new Map<string, Statement[]>();
  for (const id of resolved.idsOf('AWS::IAM::Policy')) {
    const { PolicyDocument, Roles = [], Groups, Users } = resolved.propertiesOf<PolicyProperties>(id);
    if (Groups?.length || Users?.length) {
      throw new Error(`Policy "${id}": the local cloud doesn't know policies of users and groups.`);
    }
    const statements = readStatements(PolicyDocument, `Policy "${id}"`);
    for (const role of Roles) attached.set(role, [...(attached.get(role) ?? []), ...statements]);
  }
  return attached;
}
