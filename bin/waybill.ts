import { App } from 'aws-cdk-lib';
import { settingsFromContext } from '../lib/settings-from-context.ts';
import { WaybillStack } from '../lib/waybill-stack.ts';

const app = new App();
try {
  new WaybillStack(app, 'Waybill', {
    description: 'Waybill: submit, queue, workers, status, signed webhooks',
    settings: settingsFromContext(app.node),
  });
} catch (error) {
  // A sentence for whoever deploys; the stack trace of the CDK says nothing more.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
