import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { jwtKeySource } from '../domain/jwt-key-source.ts';
import type { WaybillSettings } from '../settings.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** Twice the 32 bytes that an HS256 key needs, since letters and digits hold less than 6 bits each. */
const SECRET_LENGTH = 64;

type JwtSettings = Pick<
  WaybillSettings,
  'jwt' | 'jwtIssuer' | 'jwtAudience' | 'jwtType' | 'tenants' | 'siteIdRequired'
>;

const keysAsText = (jwt: WaybillSettings['jwt']): string =>
  typeof jwt === 'string' ? jwt : JSON.stringify(jwt);

/** Why nothing rotates a secret that others were given. */
const SHARED = 'Those who send it have to change with it; functions take the old and the new one meanwhile.';

interface SecretOptions {
  /** Why it is rotated by hand and not by a schedule. */
  readonly unscheduled: string;
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The secrets of the stack, each JSON `{"current": "…"}`. To rotate one, put
 * `{"current": "<new>", "previous": "<old>"}`: functions take both, and know of it after five minutes.
 */
export class SecretStore extends Construct {
  private readonly settings: JwtSettings;
  /** Undefined where tokens are verified with public keys. */
  readonly jwt: ISecret | undefined;
  readonly read: Secret;
  readonly update: Secret;
  readonly master: Secret;

  constructor(scope: Construct, id: string, settings: JwtSettings) {
    super(scope, id);
    this.settings = settings;
    this.jwt = this.jwtSecret(settings.jwt);
    this.read = this.generated('Read', 'Lets a machine read every status.', { unscheduled: SHARED });
    this.update = this.generated('Update', 'Lets external workers report the status of their assemblies.', {
      unscheduled: SHARED,
    });
    this.master = this.generated(
      'Master',
      'Webhook secrets and result links are derived from it. Never rotate it in place.',
      {
        // Without it, no signature that a receiver was told of could be made again.
        removalPolicy: RemovalPolicy.RETAIN,
        unscheduled: 'Every webhook secret would change and every link to a result end, all at once.',
      },
    );
  }

  /** To verify the tokens of users. */
  grantJwt(fn: WaybillFunction): void {
    fn.set({
      JWT_KEYS: this.jwt?.secretArn ?? keysAsText(this.settings.jwt),
      JWT_ISSUER: this.settings.jwtIssuer,
      JWT_AUDIENCE: this.settings.jwtAudience,
      JWT_TYPE: this.settings.jwtType ?? '',
      SITE_ID_REQUIRED: String(this.settings.siteIdRequired),
    });
    this.tellTenants(fn);
    if (this.jwt) this.grant(fn, this.jwt);
  }

  grantReadSecret(fn: WaybillFunction): void {
    fn.set({ READ_SECRET: this.read.secretArn });
    this.tellTenants(fn);
    this.grant(fn, this.read);
  }

  grantUpdateSecret(fn: WaybillFunction): void {
    fn.set({ UPDATE_SECRET: this.update.secretArn });
    this.tellTenants(fn);
    this.grant(fn, this.update);
  }

  grantMasterSecret(fn: WaybillFunction): void {
    fn.set({ MASTER_SECRET: this.master.secretArn });
    this.grant(fn, this.master);
  }

  private tellTenants(fn: WaybillFunction): void {
    fn.set({ TENANTS: String(this.settings.tenants) });
  }

  private jwtSecret(jwt: WaybillSettings['jwt']): ISecret | undefined {
    if (jwt === 'generated')
      return this.generated('Jwt', 'Signs the tokens of users (HS256).', {
        unscheduled:
          'Whoever signs tokens has to change with it; functions take the old and the new one meanwhile.',
      });
    return jwtKeySource(keysAsText(jwt)).kind === 'secret'
      ? Secret.fromSecretCompleteArn(this, 'Jwt', keysAsText(jwt))
      : undefined;
  }

  private grant(fn: WaybillFunction, secret: ISecret): void {
    fn.allow(['secretsmanager:GetSecretValue'], secret.secretArn);
  }

  private generated(
    id: string,
    description: string,
    { removalPolicy = RemovalPolicy.DESTROY, unscheduled }: SecretOptions,
  ): Secret {
    const secret = new Secret(this, id, {
      description: `Waybill: ${description}`,
      removalPolicy,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'current',
        passwordLength: SECRET_LENGTH,
        excludePunctuation: true,
      },
    });
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: unscheduled });
    return secret;
  }
}
