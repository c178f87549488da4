import type { Permission } from './iam-policy.ts';
import { arnOf } from './place.ts';

interface DynamoDbRequest {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName?: string }>>[];
}

/** The parts of a transaction are allowed one by one. */
const TRANSACTION_ACTIONS: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Delete: 'DeleteItem',
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
};

const ON_ONE_TABLE =
  /^((Get|Put|Update|Delete)Item|Query|Scan|(Create|Describe|Update|Delete)Table|(Describe|Update)TimeToLive)$/;

/**
 * What a call of DynamoDB needs; undefined for an operation that the local cloud cannot judge.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 * @param operation such as `GetItem`
 */
export function dynamoDbPermissions(operation: string, body: unknown): Permission[] | undefined {
  const { TableName, IndexName, RequestItems = {}, TransactItems = [] } = body as DynamoDbRequest;
  const on = (table: string, action = operation): Permission => ({
    action: `dynamodb:${action}`,
    resource: table.startsWith('arn:') ? table : arnOf('dynamodb', `table/${table}`),
  });
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.keys(RequestItems).map((table) => on(table));
  }
  if (operation === 'TransactGetItems' || operation === 'TransactWriteItems') {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, part]) => on(part.TableName ?? '', TRANSACTION_ACTIONS[kind])),
    );
  }
  if (operation === 'ListTables') return [{ action: 'dynamodb:ListTables', resource: '*' }];
  if (!ON_ONE_TABLE.test(operation)) return undefined;
  const permission = on(TableName ?? '');
  return [IndexName ? { ...permission, resource: `${permission.resource}/index/${IndexName}` } : permission];
}
