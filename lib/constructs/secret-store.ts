import { RemovalPolicy } from 'aws-cdk-lib';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { WaybillSettings } from '../settings.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** Twice the 32 bytes that an HS256 key needs, since letters and digits hold less than 6 bits each. */
const SECRET_LENGTH = 64;

/**
 * The secrets of the stack, each JSON `{"current": "…"}`. To rotate one, put
 * `{"current": "<new>", "previous": "<old>"}`: functions take both, and know of it after five minutes.
 */
export class SecretStore extends Construct {
  private readonly settings: Pick<WaybillSettings, 'jwt' | 'jwtIssuer' | 'jwtAudience'>;
  readonly jwt: ISecret;
  readonly read: Secret;
  readonly update: Secret;
  readonly master: Secret;

  constructor(
    scope: Construct,
    id: string,
    settings: Pick<WaybillSettings, 'jwt' | 'jwtIssuer' | 'jwtAudience'>,
  ) {
    super(scope, id);
    this.settings = settings;
    this.jwt =
      settings.jwt === 'generated'
        ? this.generated('Jwt', 'Signs the tokens of users (HS256).')
        : Secret.fromSecretCompleteArn(this, 'Jwt', settings.jwt);
    this.read = this.generated('Read', 'Lets a machine read every status.');
    this.update = this.generated('Update', 'Lets external workers report the status of their assemblies.');
    this.master = this.generated(
      'Master',
      'Webhook secrets and result links are derived from it. Never rotate it in place.',
      {
        // Without it, no signature that a receiver was told of could be made again.
        removalPolicy: RemovalPolicy.RETAIN,
      },
    );
  }

  /** To verify the tokens of users. */
  grantJwt(fn: WaybillFunction): void {
    fn.set({
      JWT_SECRET: this.jwt.secretArn,
      JWT_ISSUER: this.settings.jwtIssuer,
      JWT_AUDIENCE: this.settings.jwtAudience,
    });
    this.grant(fn, this.jwt);
  }

  grantReadSecret(fn: WaybillFunction): void {
    fn.set({ READ_SECRET: this.read.secretArn });
    this.grant(fn, this.read);
  }

  grantUpdateSecret(fn: WaybillFunction): void {
    fn.set({ UPDATE_SECRET: this.update.secretArn });
    this.grant(fn, this.update);
  }

  grantMasterSecret(fn: WaybillFunction): void {
    fn.set({ MASTER_SECRET: this.master.secretArn });
    this.grant(fn, this.master);
  }

  private grant(fn: WaybillFunction, secret: ISecret): void {
    fn.allow(['secretsmanager:GetSecretValue'], secret.secretArn);
  }

  private generated(
    id: string,
    description: string,
    { removalPolicy = RemovalPolicy.DESTROY }: { readonly removalPolicy?: RemovalPolicy } = {},
  ): Secret {
    return new Secret(this, id, {
      description: `Waybill: ${description}`,
      removalPolicy,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'current',
        passwordLength: SECRET_LENGTH,
        excludePunctuation: true,
      },
    });
  }
}
