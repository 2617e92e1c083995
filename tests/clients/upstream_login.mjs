// Two servers of other make, with which Doorstep lets people sign in: oidc-provider for Node.js and Canaille. The
// domain of the login_hint says which. They are asked again when tokens are refreshed, and whoever is closed there
// is out.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import * as client from 'openid-client'
import { config, signIn } from './openid_client_sign_in.mjs'

const { CANAILLE_PORT, PROVIDER_PORT } = process.env
const RECHECK = 10_000 // as in doorstep.toml

const providers = [
  { name: 'oidc-provider', domain: 'node.example', port: PROVIDER_PORT },
  { name: 'Canaille', domain: 'canaille.example', port: CANAILLE_PORT },
]
for (const provider of providers) {
  const { domain } = provider
  const tokens = await signIn({ login_hint: `ada@${domain}` })
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.equal(info.email, `ada@${domain}`)
  assert.deepEqual(info.groups, ['makers'])
  assert.ok(tokens.claims().amr.includes('fed'))
  provider.refreshToken = tokens.refresh_token
}

const refresh = provider => client.refreshTokenGrant(config, provider.refreshToken)
await sleep(RECHECK + 1000)
for (const provider of providers) provider.refreshToken = (await refresh(provider)).refresh_token
for (const { port } of providers) assert.ok((await fetch(`http://127.0.0.1:${port}/close-ada`)).ok)
for (const provider of providers) provider.refreshToken = (await refresh(provider)).refresh_token // nobody was asked
await sleep(RECHECK + 1000)
for (const provider of providers) {
  await assert.rejects(refresh(provider), { error: 'invalid_grant' })
  console.log(`${provider.name}: ada signed in with it, on to openid-client, until it closed her account`)
}
