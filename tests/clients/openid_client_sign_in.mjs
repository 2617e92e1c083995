// Signs in with openid-client for Node.js: a public client on loopback that takes the code by form_post, with
// PKCE, state, nonce and every check of the library.

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as client from 'openid-client'

const { ISSUER, PYTHON } = process.env
const person = fileURLToPath(new URL('person.py', import.meta.url))

export const config = await client.discovery(new URL(ISSUER), 'openid-client', undefined, client.None())

/** The tokens of a sign-in, of which more is said by `further` parameters. */
export async function signIn (further = {}) {
  let arrive
  const arrived = new Promise(resolve => { arrive = resolve })
  const door = createServer(async (request, response) => {
    const { method, headers } = request
    arrive(new Request(redirectUri, { method, headers, body: await text(request) }))
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
    ...further,
  })
  await promisify(execFile)(PYTHON, [person, address.href])
  const tokens = await client.authorizationCodeGrant(config, await arrived, {
    pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true,
  })
  door.close()
  return tokens
}
