// oidc-provider for Node.js, as the place where people sign in: Doorstep is its client, and so is an app behind
// the gateway. Listens on PROVIDER_PORT until it is stopped. Whoever opens /close-ada closes ada's account.

import Provider from 'oidc-provider'

const { APP_ORIGIN, ISSUER, PROVIDER_PORT } = process.env

let closed = false
const provider = new Provider(`http://127.0.0.1:${PROVIDER_PORT}`, {
  clients: [{
    client_id: 'doorstep',
    client_secret: 'an-invented-secret_of.doorstep~',
    redirect_uris: [`${ISSUER}/upstream/node/callback`],
    post_logout_redirect_uris: [`${ISSUER}/upstream/node/signed-out`],
    grant_types: ['authorization_code', 'refresh_token'],
  }, {
    client_id: 'dash',
    client_secret: 'an-invented-secret_of.dash~',
    redirect_uris: [`${APP_ORIGIN}/node/auth/callback`],
    post_logout_redirect_uris: [`${APP_ORIGIN}/node/auth/signed-out`],
    backchannel_logout_uri: `${APP_ORIGIN}/node/auth/backchannel-logout`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
  }],
  claims: {
    openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'], groups: ['groups'],
  },
  scopes: ['openid', 'offline_access', 'groups'],
  features: { backchannelLogout: { enabled: true } },
  // Its own guard would keep it from asking this machine.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  cookies: { keys: ['an invented key'] },
  findAccount: (_, sub) => closed ? undefined : ({
    accountId: sub,
    claims: () => ({
      sub, preferred_username: sub, email: `${sub}@node.example`, email_verified: true, groups: ['makers'],
    }),
  }),
})
provider.use(async (context, next) => {
  if (context.path !== '/close-ada') return next()
  closed = true
  context.body = 'closed'
})
provider.on('backchannel.error', (_, error) => console.error(error))
provider.listen(Number(PROVIDER_PORT), '127.0.0.1')
