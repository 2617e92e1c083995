// openid-client for Node.js, as a FAPI 2.0 client with message signing: it signs its request and pushes it,
// takes a signed answer, authenticates by its own key, and proves another for its tokens.

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import * as client from 'openid-client'

const { CLIENT_KEY, ISSUER, PERSON, PYTHON } = process.env

const jwk = JSON.parse(CLIENT_KEY)
const privateKey = await crypto.subtle.importKey(
  'jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const key = { key: privateKey, kid: jwk.kid }
const algorithms = { id_token_signed_response_alg: 'ES256', authorization_signed_response_alg: 'EdDSA' }
const config = await client.discovery(new URL(ISSUER), 'fapi2', algorithms, client.PrivateKeyJwt(key))
client.useJwtResponseMode(config)
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

const arrived = {}
arrived.promise = new Promise(resolve => { arrived.resolve = resolve })
const door = createServer((request, response) => {
  response.end('signed in')
  arrived.resolve(new URL(request.url, redirectUri))
})
await new Promise(listening => door.listen(0, '127.0.0.1', listening))
const redirectUri = `http://127.0.0.1:${door.address().port}/callback`

const [pkceCodeVerifier, expectedState, expectedNonce] =
  [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
const signed = await client.buildAuthorizationUrlWithJAR(config, {
  redirect_uri: redirectUri,
  scope: 'openid email offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
}, key)
const address = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP })
await promisify(execFile)(PYTHON, [PERSON, address.href])

const answer = await arrived.promise
if (answer.searchParams.has('code')) throw new Error(`the answer is not signed: ${answer}`)
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
const tokens = await client.authorizationCodeGrant(config, answer, checks, undefined, { DPoP })
const { sub } = tokens.claims()
const info = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
const again = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
if (again.token_type !== 'dpop') throw new Error(`the tokens are bound to nothing: ${again.token_type}`)
await client.tokenRevocation(config, again.refresh_token)
door.close()
console.log(`openid-client: signed in by FAPI 2.0 with signed messages as ${info.email}`)
