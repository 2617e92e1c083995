// oauth4webapi, as a web application that leaves nothing open: it pushes its request, proves itself by a
// signed assertion, binds its tokens to a key (DPoP, with the nonces that it is asked for), and takes the
// code by form_post.

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as oauth from 'oauth4webapi'

const { ISSUER, PYTHON, OAUTH4WEBAPI_PORT, CLIENT_KEY } = process.env
const person = fileURLToPath(new URL('person.py', import.meta.url))
const redirectUri = `http://127.0.0.1:${OAUTH4WEBAPI_PORT}/callback`

const issuer = new URL(ISSUER)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
const client = { client_id: 'oauth4webapi' }
const jwk = JSON.parse(CLIENT_KEY)
const key = await crypto.subtle.importKey(
  'jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const clientAuth = oauth.PrivateKeyJwt({ key, kid: jwk.kid })
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

// A server may ask for a nonce with its first refusal.
async function insisting(request) {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await request()
  }
}

const [verifier, state, nonce] =
  [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()]
const asked = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: redirectUri,
  response_type: 'code',
  response_mode: 'form_post',
  scope: 'openid email offline_access',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
const pushed = await insisting(async () => oauth.processPushedAuthorizationResponse(as, client,
  await oauth.pushedAuthorizationRequest(as, client, clientAuth, asked, { DPoP })))

const arriving = new Promise(arrived => {
  const door = createServer(async (request, response) => {
    const { method, headers } = request
    const body = await text(request)
    response.end('signed in')
    door.close()
    arrived(new Request(redirectUri, { method, headers, body }))
  }).listen(OAUTH4WEBAPI_PORT, '127.0.0.1')
})
const address = new URL(as.authorization_endpoint)
address.searchParams.set('client_id', client.client_id)
address.searchParams.set('request_uri', pushed.request_uri)
await promisify(execFile)(PYTHON, [person, address.href])

const form = new URLSearchParams(await oauth.formPostResponse(await arriving))
const answer = oauth.validateAuthResponse(as, client, form, state)
const tokens = await insisting(async () => oauth.processAuthorizationCodeResponse(as, client,
  await oauth.authorizationCodeGrantRequest(
    as, client, clientAuth, answer, redirectUri, verifier, { DPoP }),
  { expectedNonce: nonce, requireIdToken: true }))
const { sub } = oauth.getValidatedIdTokenClaims(tokens)
const info = await insisting(async () => oauth.processUserInfoResponse(as, client, sub,
  await oauth.userInfoRequest(as, client, tokens.access_token, { DPoP })))
const again = await insisting(async () => oauth.processRefreshTokenResponse(as, client,
  await oauth.refreshTokenGrantRequest(as, client, clientAuth, tokens.refresh_token, { DPoP })))
if (again.token_type !== 'dpop') throw new Error(`the tokens are bound to nothing: ${again.token_type}`)
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, clientAuth, again.refresh_token))
console.log(`oauth4webapi: signed in with PAR, private_key_jwt and DPoP as ${info.email}`)
