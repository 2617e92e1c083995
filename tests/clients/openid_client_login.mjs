// openid-client for Node.js: a public client on loopback that takes the code by form_post, with PKCE,
// state, nonce and every check of the library. LOGIN_HINT says who is about to sign in.

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as client from 'openid-client'

const { ISSUER, PYTHON, LOGIN_HINT } = process.env
const person = fileURLToPath(new URL('person.py', import.meta.url))

const config = await client.discovery(new URL(ISSUER), 'openid-client', undefined, client.None())

const arrived = Promise.withResolvers?.() ?? (() => {
  const parts = {}
  parts.promise = new Promise(resolve => { parts.resolve = resolve })
  return parts
})()
const door = createServer(async (request, response) => {
  const { method, headers } = request
  arrived.resolve(new Request(`${redirectUri}`, { method, headers, body: await text(request) }))
  response.end('signed in')
})
await new Promise(listening => door.listen(0, '127.0.0.1', listening))
const redirectUri = `http://127.0.0.1:${door.address().port}/callback`

const [pkceCodeVerifier, expectedState, expectedNonce] =
  [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()]
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  response_mode: 'form_post',
  scope: 'openid email groups offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
  ...(LOGIN_HINT && { login_hint: LOGIN_HINT }),
})
await promisify(execFile)(PYTHON, [person, address.href])

const tokens = await client.authorizationCodeGrant(config, await arrived.promise, {
  pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true,
})
const { sub } = tokens.claims()
const info = await client.fetchUserInfo(config, tokens.access_token, sub)
const again = await client.refreshTokenGrant(config, tokens.refresh_token)
await client.tokenRevocation(config, again.refresh_token)
door.close()
console.log(`openid-client: signed in, refreshed and revoked as ${info.email} (${tokens.claims().amr})`)
