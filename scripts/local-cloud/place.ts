/** Where the local cloud pretends to be, and where its services listen. Account and region as fauxqs has them. */
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

/** `arn:aws:sqs:us-east-1:000000000000:NAME` for ('sqs', 'NAME'). */
export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
