import { Aws, Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { FAILURES_PREFIX, FIELDS_PREFIX, RESULTS_PREFIX, UPLOADS_PREFIX } from '../domain/object-key.ts';
import type { WaybillFunction } from './waybill-function.ts';
import type { WorkQueue } from './work-queue.ts';

export interface FilesBucketProps {
  /** Days until uploads, fields and results are deleted. */
  readonly fileRetentionDays: number;
  /** Origins that browsers may upload and download from. */
  readonly corsAllowedOrigins: readonly string[];
  /** Is told of every upload. */
  readonly uploadsQueue: WorkQueue;
  readonly removalPolicy: RemovalPolicy;
}

/** Time enough to look at what went wrong and send it again. */
const FAILURE_RETENTION = Duration.days(90);

/** Uploads, large fields, results, and stream records that could not be handled. Private, and TLS only. */
export class FilesBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: FilesBucketProps) {
    super(scope, id);
    const { fileRetentionDays, corsAllowedOrigins, uploadsQueue, removalPolicy } = props;
    const expiring = (prefix: string) => ({ prefix, expiration: Duration.days(fileRetentionDays) });
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy,
      lifecycleRules: [
        expiring(UPLOADS_PREFIX),
        expiring(FIELDS_PREFIX),
        expiring(RESULTS_PREFIX),
        { prefix: FAILURES_PREFIX, expiration: FAILURE_RETENTION },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      ...(corsAllowedOrigins.length > 0 && {
        cors: [
          {
            allowedOrigins: [...corsAllowedOrigins],
            allowedMethods: [HttpMethods.PUT],
            allowedHeaders: ['content-type', 'content-md5'],
            exposedHeaders: ['ETag'],
          },
          // A result comes by a redirect from the API, after which browsers send the origin "null". Its URL is signed and
          // short-lived: whoever has it may read it from anywhere.
          { allowedOrigins: ['*'], allowedMethods: [HttpMethods.GET, HttpMethods.HEAD] },
        ],
      }),
    });
    this.notify(uploadsQueue);
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Objects are reached by the functions, each below its prefixes, and by short-lived URLs that they sign for one object. ' +
        'Whoever must account for every access switches on data events of CloudTrail, for which no bucket is needed here.',
    });
  }

  /** To sign the PUTs of uploads, look whether they came, and keep large fields. */
  grantReceive(fn: WaybillFunction): void {
    this.grantAnnounce(fn);
    this.grant(fn, 's3:PutObject', FIELDS_PREFIX);
  }

  /** To look whether uploads came. */
  grantLook(fn: WaybillFunction): void {
    this.grant(fn, 's3:GetObject', UPLOADS_PREFIX);
    this.grantList(fn);
  }

  /** To sign the PUTs of uploads and look whether they came. */
  grantAnnounce(fn: WaybillFunction): void {
    this.grant(fn, 's3:PutObject', UPLOADS_PREFIX);
    this.grantLook(fn);
  }

  /** To work on uploads, and on the result of an earlier attempt. */
  grantWork(fn: WaybillFunction): void {
    this.grant(fn, 's3:GetObject', UPLOADS_PREFIX, FIELDS_PREFIX, RESULTS_PREFIX);
    this.grant(fn, 's3:PutObject', RESULTS_PREFIX);
    this.grant(fn, 's3:AbortMultipartUpload', RESULTS_PREFIX);
    this.grantList(fn);
  }

  /** To read large fields. */
  grantReadFields(fn: WaybillFunction): void {
    this.grant(fn, 's3:GetObject', FIELDS_PREFIX);
    this.grantList(fn);
  }

  /** To sign the GETs of results and look whether they are still there. */
  grantDownload(fn: WaybillFunction): void {
    this.grant(fn, 's3:GetObject', RESULTS_PREFIX);
    this.grantList(fn);
  }

  /** To put aside what a stream consumer cannot handle. */
  grantKeep(fn: WaybillFunction): void {
    this.grant(fn, 's3:PutObject', FAILURES_PREFIX);
  }

  private grant(fn: WaybillFunction, action: string, ...prefixes: string[]): void {
    fn.set({ FILES_BUCKET: this.bucket.bucketName });
    fn.allow([action], ...prefixes.map((prefix) => this.bucket.arnForObjects(`${prefix}*`)));
    const bucketId = Stack.of(this).getLogicalId(this.cfnBucket);
    for (const prefix of prefixes)
      Validations.of(fn.ownRole).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${prefix}*]`,
        reason: `Each object below ${prefix} gets its key when it is written: a role cannot be narrower than the prefix.`,
      });
  }

  private get cfnBucket(): CfnBucket {
    return this.bucket.node.defaultChild as CfnBucket;
  }

  /** Without the right to list, S3 answers 403 for an object that is not there, which cannot be told from a refusal. */
  private grantList(fn: WaybillFunction): void {
    fn.allow(['s3:ListBucket'], this.bucket.bucketArn);
  }

  /**
   * A plain property of the bucket: the CDK's own way brings a function that sets it at deployment. CloudFormation
   * checks the queue's policy when it makes the bucket, so the policy comes first; it names the account and not the
   * bucket, or the two would wait for each other.
   */
  private notify({ queue }: WorkQueue): void {
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    const bucket = this.cfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: queue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: UPLOADS_PREFIX }] } },
        },
      ],
    };
    for (const policy of queue.node.findAll().filter(({ node }) => node.id === 'Policy'))
      bucket.node.addDependency(policy);
  }
}
