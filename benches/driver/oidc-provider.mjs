// node-oidc-provider, in memory, set up to do what our own server does in a session login: PKCE, a code, and
// for it an ID token and an access token as JWTs signed with ES256, and a refresh token that rotates. It asks
// for no password and keeps nothing. Prints its port.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from '../../tests/clients/node_modules/oidc-provider/lib/index.js'

const SCOPE = 'openid email offline_access'
const server = createServer()
await new Promise(listening => server.listen(0, '127.0.0.1', listening))
const { port } = server.address()
const issuer = `http://127.0.0.1:${port}`
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })

// Its own adapter forgets what came a thousand steps ago, which is less than one round.
const stored = new Map()
const inSession = new Map()
class Adapter {
  constructor(model) { this.model = model }
  key(id) { return `${this.model}:${id}` }
  async upsert(id, payload) {
    stored.set(this.key(id), payload)
    if (this.model === 'Session') inSession.set(payload.uid, id)
  }
  async find(id) { return stored.get(this.key(id)) }
  async findByUid(uid) { return this.find(inSession.get(uid)) }
  async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000) }
  async destroy(id) { stored.delete(this.key(id)) }
  async revokeByGrantId() {}
}

const provider = new Provider(issuer, {
  adapter: Adapter,
  clients: [{
    client_id: 'es256',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['https://app.example/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  }],
  jwks: { keys: [{ ...key, use: 'sig', alg: 'ES256', kid: 'peer' }] },
  cookies: { keys: ['an invented key'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: 'ada@example.org' }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  // Whoever is signed in has granted everything, as with a trusted client. One grant serves all: a code whose
  // grant is no longer the session's is not found.
  async loadExistingGrant({ oidc }) {
    const { clientId } = oidc.client
    const granted = oidc.session.grantIdFor(clientId)
    if (granted) return oidc.provider.Grant.find(granted)
    const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope(SCOPE)
    grant.addResourceScope(issuer, SCOPE)
    await grant.save()
    return grant
  },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => issuer,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

const answer = provider.callback()
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response)
  // Everybody who comes is signed in at once.
  return provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
})
console.log(port)
// Nobody reads further, so its first notice would end it.
console.info = () => {}
