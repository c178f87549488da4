import { setTimeout as wait } from 'node:timers/promises';
import { buildApp } from 'fauxqs';
import { awsJsonCall } from './aws-json-call.ts';
import { REGION } from './place.ts';
import type { ResolvedTemplate } from './resolve-template.ts';
import { QUEUE_ATTRIBUTES } from './resource-types.ts';
import { whySqsRefuses } from './why-sqs-refuses.ts';

export interface SqsServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** SQS in this process. Not `startFauxqs`, which would listen on every network interface. */
export async function startSqsServer(): Promise<SqsServer> {
  const app = buildApp({ logger: false, defaultRegion: REGION });
  // Its own queue URLs (from GetQueueUrl, ListQueues) name a host that does not resolve everywhere.
  app.addHook('onSend', async (request, _reply, payload) =>
    typeof payload === 'string'
      ? payload.replaceAll(/http:\/\/sqs\.[a-z0-9-]+\.localhost(:\d+)?/g, `http://${request.headers.host}`)
      : payload,
  );
  app.addHook('preHandler', async (request, reply) => {
    const message = whySqsRefuses(request.body);
    if (message === undefined) return;
    reply.status(400).header('x-amzn-query-error', 'InvalidParameterValue;Sender');
    await reply.send({ __type: 'com.amazonaws.sqs#InvalidParameterValue', message });
  });
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    endpoint,
    async stop() {
      const closed = app.close();
      // A client's long poll would hold the server open: end what has not ended by itself.
      await Promise.race([closed, wait(50, undefined, { ref: false })]);
      app.server.closeAllConnections();
      await closed;
    },
  };
}

type QueueProperties = Readonly<Record<string, string | number | boolean | object>>;

/** Creates every queue of the template. */
export async function createQueues(resolved: ResolvedTemplate, endpoint: string): Promise<void> {
  const queueArns = resolved.idsOf('AWS::SQS::Queue').map((id) => resolved.identityOf(id).attributes.Arn);
  for (const logicalId of resolved.idsOf('AWS::SQS::Queue')) {
    const properties = resolved.propertiesOf<QueueProperties>(logicalId);
    const target = (properties.RedrivePolicy as { deadLetterTargetArn?: string } | undefined)
      ?.deadLetterTargetArn;
    if (target !== undefined && !queueArns.includes(target)) {
      throw new Error(`The dead-letter queue of "${logicalId}" (${target}) is not in the template.`);
    }
    await awsJsonCall(endpoint, 'AmazonSQS.CreateQueue', {
      QueueName: resolved.identityOf(logicalId).attributes.QueueName,
      Attributes: queueAttributes(properties),
    });
  }
}

function queueAttributes(properties: QueueProperties): Record<string, string> {
  const entries = QUEUE_ATTRIBUTES.filter((name) => properties[name] !== undefined).map((name) => {
    const value = properties[name];
    return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
