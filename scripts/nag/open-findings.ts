import { type App, CfnResource, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** Something that is to be mended, or acknowledged with a reason at the resource it is about. */
export interface Finding {
  readonly rule: string;
  /** Path of the construct. */
  readonly where: string;
  readonly sentence: string;
}

/** What cdk-nag's packs and the house's own rules find in an app. It is synthesized first: then its tree is whole. */
export function openFindings(app: App): Finding[] {
  app.synth();
  const packs = [new AwsSolutionsChecks(), new ServerlessChecks()];
  const violations = packs.flatMap((pack) => pack.validateScope(app).violations);
  return [
    ...violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({
        rule: ruleName,
        where: constructPath ?? '',
        sentence: description,
      })),
    ),
    ...app.node.findAll().flatMap(looseAcknowledgements),
  ];
}

/** How many acknowledgements the app has. */
export const countAcknowledgements = (app: App): number =>
  app.node.findAll().flatMap((scope) => Object.keys(acknowledgementsOf(scope))).length;

/** An acknowledgement on more than a resource would also hold for those that are added to it later. */
function looseAcknowledgements(scope: IConstruct): Finding[] {
  const ofResource = CfnResource.isCfnResource(scope) || CfnResource.isCfnResource(scope.node.defaultChild);
  return Object.entries(acknowledgementsOf(scope))
    .filter(([, reason]) => !ofResource || !/\w+ \w+ \w+/.test(reason))
    .map(([rule]) => ({
      rule: rule.replace(/^annotation::/i, ''),
      where: scope.node.path || 'the app',
      sentence: ofResource
        ? 'It is acknowledged without a reason.'
        : 'It is acknowledged for more than one resource.',
    }));
}

/** Reasons by rule. */
const acknowledgementsOf = ({ node }: IConstruct): Record<string, string> =>
  Object.assign(
    {},
    ...node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .map(({ data }) => data),
  );
