/** What a call consumed of one table, in the words of DynamoDB; on demand it is what is paid for. */
export interface ConsumedCapacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
  readonly Table?: { readonly CapacityUnits: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits: number }>>;
}

/** A call that reached a service and that no role refused. */
export interface MeteredCall {
  readonly service: 'dynamodb' | 'lambda' | 's3' | 'secretsmanager' | 'sqs';
  /** `GetItem`, `SendMessage`, `PutObject`, … */
  readonly operation: string;
  /** The name of a function, `developer`, or `presigned` for whoever uses the URL that a function has signed. */
  readonly by: string;
  /** Of DynamoDB, where the call succeeded. */
  readonly consumed: readonly ConsumedCapacity[];
  /** True where the service answered with an error, such as that of a condition. */
  readonly refused?: boolean;
}

/** A function that has answered. */
export interface MeteredInvocation {
  readonly functionName: string;
  /** JSON text. */
  readonly event: string;
  /** Of the handler alone, as Lambda bills a warm one. */
  readonly milliseconds: number;
}

/** Is told what the account would be billed for. */
export interface Meter {
  call(call: MeteredCall): void;
  invocation(invocation: MeteredInvocation): void;
}

/** Operations that answer what they consumed, where they are asked. */
const CONSUMING =
  /^(BatchGetItem|BatchWriteItem|DeleteItem|GetItem|PutItem|Query|Scan|TransactGetItems|TransactWriteItems|UpdateItem)$/;

/** The same request, asking what it consumes of the table and of each index. */
export function askingForCapacity(operation: string, body: Buffer): Buffer {
  if (!CONSUMING.test(operation)) return body;
  return Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ReturnConsumedCapacity: 'INDEXES' }));
}

/** What an answer of DynamoDB says that it consumed. */
export function consumedIn(answer: Buffer): ConsumedCapacity[] {
  const { ConsumedCapacity = [] } = JSON.parse(answer.toString()) as {
    ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
  };
  return [ConsumedCapacity].flat();
}
