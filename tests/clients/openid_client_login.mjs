// openid-client for Node.js, from sign-in to revocation.

import * as client from 'openid-client'
import { config, signIn } from './openid_client_sign_in.mjs'

const tokens = await signIn()
const { sub } = tokens.claims()
const info = await client.fetchUserInfo(config, tokens.access_token, sub)
const again = await client.refreshTokenGrant(config, tokens.refresh_token)
await client.tokenRevocation(config, again.refresh_token)
console.log(`openid-client: signed in, refreshed and revoked as ${info.email} (${tokens.claims().amr})`)
