// MSAL for Node.js: an interactive login of a public client, which opens the person's browser itself and
// takes the code by form_post only; then a silent refresh; and a login of a device.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LogLevel, PublicClientApplication } from '@azure/msal-node'

const { ISSUER, PYTHON } = process.env
const person = fileURLToPath(new URL('person.py', import.meta.url))

const app = new PublicClientApplication({
  auth: { clientId: 'msal-node', authority: ISSUER, knownAuthorities: [new URL(ISSUER).host] },
  system: { protocolMode: 'OIDC', loggerOptions: { logLevel: LogLevel.Error } },
})
const scopes = ['openid', 'profile', 'email', 'offline_access']
const tokens = await app.acquireTokenInteractive({
  scopes,
  openBrowser: address => promisify(execFile)(PYTHON, [person, address]),
})
const { account } = tokens
if (account.username !== 'ada') throw new Error(`signed in as ${JSON.stringify(account)}`)
const again = await app.acquireTokenSilent({ account, scopes, forceRefresh: true })
if (again.fromCache || again.accessToken === tokens.accessToken) throw new Error('nothing was refreshed')
const device = await app.acquireTokenByDeviceCode({
  scopes,
  deviceCodeCallback: ({ verificationUri, userCode }) =>
    promisify(execFile)(PYTHON, [person, `${verificationUri}?user_code=${userCode}`]),
})
if (device.account.username !== 'ada') throw new Error(`signed in as ${JSON.stringify(device.account)}`)
console.log(`MSAL for Node.js: signed in, refreshed, and signed in on a device as ${account.username}`)
