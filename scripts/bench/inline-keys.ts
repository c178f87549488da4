import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { LOCAL_USER, type LocalWaybill } from '../local-waybill.ts';

const ALG = 'ES256';
const KEY_ID = 'bench';

/** A key set for the variable `JWT_KEYS` of a function, and a token of the local user that it verifies. */
export async function inlineKeys({
  issuer,
  audience,
}: LocalWaybill['jwt']): Promise<{ readonly keys: string; readonly token: string }> {
  const { publicKey, privateKey } = await generateKeyPair(ALG);
  const jwk = { ...(await exportJWK(publicKey)), alg: ALG, kid: KEY_ID, use: 'sig' };
  const token = await new SignJWT()
    .setProtectedHeader({ alg: ALG, kid: KEY_ID })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(LOCAL_USER)
    .setIssuedAt()
    .setExpirationTime('1 day')
    .sign(privateKey);
  return { keys: JSON.stringify({ keys: [jwk] }), token };
}
