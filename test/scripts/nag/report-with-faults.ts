import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { nagApp } from '../../../scripts/nag/nag-app.ts';
import { openFindings } from '../../../scripts/nag/open-findings.ts';

/** Prints what is found where somebody has added a queue and a bucket without care, as JSON. */
const folder = await mkdtemp(join(tmpdir(), 'waybill-nag-'));
try {
  const app = await nagApp(folder, {});
  const stack = app.node.findChild('Waybill') as Stack;
  new Queue(stack, 'Careless');
  const bucket = new Bucket(stack, 'Blanket');
  Validations.of(stack).acknowledge({ id: 'AwsSolutions-S1', reason: 'Nobody needs to know who reads.' });
  Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S10', reason: 'later' });
  console.log(JSON.stringify(openFindings(app)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
